//! `ModelService` tells what the manifest tells.

use tenure_proto::v1::GetModelRequest;

use crate::fixture::Running;

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
