//! `ModelService` tells what the manifest tells.

use tenure_bundle::{BehaviourSource, Churn, FromPurchases, Limits, Manifest, Scorer};
use tenure_core::Horizon;
use tenure_proto::v1::{GetModelRequest, ScoreOptions};
use tonic::Code;
use tonic_types::StatusExt;

use crate::fixture::{AS_OF_US, Running, batch_request, history, score_request};
use crate::sample::{manifest, model};

#[tokio::test]
async fn the_model_is_described_as_in_its_manifest() {
    let server = Running::start(|_| {}).await;
    let model = server.model().await.get_model(GetModelRequest {}).await.unwrap().into_inner().model.unwrap();
    let scorer = server.bundle.scorer();
    let manifest = scorer.manifest();
    assert_eq!(model.model_version, manifest.model_version);
    assert_eq!(model.model_name, manifest.model);
    assert_eq!(model.as_of_us, manifest.as_of.instant().microseconds());
    assert_eq!(model.currency_code, manifest.currency.code());
    assert_eq!(model.discount_rate.to_bits(), manifest.discount_rate.annual().to_bits());
    let horizons: Vec<_> = manifest.horizons.iter().map(|h| h.length().microseconds() / 1_000_000).collect();
    assert_eq!(model.horizons_seconds, horizons);
    assert_eq!(model.horizon_seconds * 1_000_000, manifest.horizon.length().microseconds());
    assert_eq!(model.clv_horizon_seconds * 1_000_000, manifest.clv_horizon.length().microseconds());
    let data = model.data.unwrap();
    assert_eq!(
        (data.customers, data.orders, data.refunds),
        (manifest.data.customers, manifest.data.orders, manifest.data.refunds)
    );
    assert_eq!(data.first_event_us, manifest.data.first_event.microseconds());
    assert_eq!(data.last_event_us, manifest.data.last_event.microseconds());
    assert_eq!(model.notes, manifest.notes);
    assert_eq!(model.churn_definition, "", "churn is no order");
    assert_eq!((model.backtest.len(), manifest.backtest.len()), (2, 2));
    for (told, row) in model.backtest.iter().zip(&manifest.backtest) {
        assert_eq!(
            (&told.candidate, told.customers, told.chosen),
            (&row.candidate, row.customers, row.chosen)
        );
        assert_eq!(
            told.churn.map(|churn| churn.brier.to_bits()),
            row.churn.map(|churn| churn.brier.to_bits())
        );
        assert_eq!(told.value.map(|value| value.mae.to_bits()), row.value.map(|value| value.mae.to_bits()));
    }
}

/// What churn is in [`defined_bundle`].
const CHURN: &str = "count(order, next 60d) < 2";

/// The same model with a definition of churn.
fn defined_bundle() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let churn =
        Churn { definition: CHURN.into(), from_purchases: FromPurchases::new(1.5, 0.8)?, trees: None };
    let horizon: Horizon = "60d".parse()?;
    let mut manifest = Manifest { horizon, horizons: vec![horizon], ..manifest()? };
    manifest.features.sources = vec![BehaviourSource::of_churn(CHURN)];
    Ok(model()?.to_bundle_with(manifest, vec![churn.to_part()?])?)
}

#[tokio::test]
async fn a_definition_of_churn_is_told_answered_and_asked_over_its_window_alone() {
    let bytes = defined_bundle().unwrap();
    let scorer = Scorer::from_bytes(&bytes, &Limits::default()).unwrap();
    let server = Running::start(|config| std::fs::write(&config.server.bundle, &bytes).unwrap()).await;
    let model = server.model().await.get_model(GetModelRequest {}).await.unwrap().into_inner().model.unwrap();
    assert_eq!((model.churn_definition.as_str(), model.horizons_seconds.len()), (CHURN, 1));
    assert_eq!(model.model_version, scorer.manifest().model_version);
    let mut scoring = server.scoring().await;
    let answer = scoring.score_customer(score_request(history("one", 3))).await.unwrap().into_inner();
    assert_eq!(answer.basis.unwrap().horizon_seconds, 60 * 86_400);
    let score = answer.score.unwrap();
    assert_eq!(score.churn.len(), 1);
    assert_eq!(score.churn_probability.to_bits(), score.churn[0].churn_probability.to_bits());
    // Three orders, none of them two in sixty days for sure: more than no order at all says.
    assert!(score.churn_probability > 0.5 && score.churn_probability < 1.0, "{score:?}");
    let options = Some(ScoreOptions {
        as_of_us: Some(AS_OF_US),
        horizon_seconds: Some(30 * 86_400),
        ..Default::default()
    });
    let one = scoring.score_customer(tenure_proto::v1::ScoreCustomerRequest {
        options,
        ..score_request(history("one", 3))
    });
    let one = one.await.unwrap_err();
    let mut batch = batch_request(3);
    batch.options = options;
    let all = scoring.batch_score_customers(batch).await.unwrap_err();
    for refused in [one, all] {
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        let violation = &details.bad_request().unwrap().field_violations[0];
        assert_eq!(violation.field, "options.horizon_seconds");
        assert!(
            violation.description.contains("looks 60d ahead and says nothing about 30d"),
            "{violation:?}"
        );
    }
}
