//! `ScoringService` answers what the scorer answers.

use std::time::{SystemTime, UNIX_EPOCH};

use tenure_behaviour::OrderHistory;
use tenure_bundle::{Score, Scorer};
use tenure_core::{AsOf, Currency, EventKind, Money, Timestamp};
use tenure_proto::v1::batch_score_row::Result as RowResult;
use tenure_proto::v1::{
    Amount, BatchScoreCustomersRequest, CustomerHistory, CustomerScore, PurchaseKind, RfmSegment,
    RowErrorReason, Rung, ScoreOptions,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::fixture::{AS_OF_US, Running, batch_request, history, score_request};

fn expected(scorer: &Scorer, history: &CustomerHistory) -> Score {
    let mut recorded = OrderHistory::new(Currency::USD);
    for event in &history.events {
        let kind = if event.kind() == PurchaseKind::Order { EventKind::Order } else { EventKind::Refund };
        let at = Timestamp::from_microseconds(event.occurred_at_us.unwrap()).unwrap();
        let amount = Money::from_minor_units(event.amount.unwrap().minor_units, Currency::USD);
        recorded.record(&kind, at, amount).unwrap();
    }
    let as_of = AsOf::new(Timestamp::from_microseconds(AS_OF_US).unwrap());
    scorer.score(&recorded, &scorer.defaults(as_of)).unwrap()
}

/// Bit for bit: the wire holds doubles, and there is one scoring path.
#[track_caller]
fn assert_same(answer: &CustomerScore, score: &Score) {
    assert_eq!(answer.rung().as_str_name(), format!("RUNG_{}", score.rung.as_str().to_uppercase()));
    assert_eq!(answer.churn_probability.to_bits(), score.churn_probability.to_bits());
    let churn = |(seconds, probability): (i64, f64)| (seconds, probability.to_bits());
    let answered: Vec<_> =
        answer.churn.iter().map(|c| churn((c.horizon_seconds, c.churn_probability))).collect();
    let scored =
        score.churn.iter().map(|c| (c.horizon.length().microseconds() / 1_000_000, c.churn_probability));
    assert_eq!(answered, scored.map(churn).collect::<Vec<_>>());
    assert_eq!(answer.expected_orders.to_bits(), score.expected_orders.to_bits());
    assert_eq!(answer.predicted_clv.to_bits(), score.predicted_clv.major_units.to_bits());
    assert_eq!(answer.p_alive.to_bits(), score.p_alive.to_bits());
    let next = answer.next_order.map(|n| [n.expected_at_us, n.earliest_at_us, n.latest_at_us]);
    let scored =
        score.next_order.map(|n| [n.expected_at, n.earliest_at, n.latest_at].map(|at| at.microseconds()));
    assert_eq!(next, scored);
    let rfm = answer.rfm.map(|rfm| [rfm.recency, rfm.frequency, rfm.monetary]);
    assert_eq!(rfm, score.rfm.map(|rfm| [rfm.recency, rfm.frequency, rfm.monetary].map(u32::from)));
    let segment = format!("RFM_SEGMENT_{}", score.segment.as_str().to_uppercase());
    assert_eq!(answer.segment().as_str_name(), segment);
}

#[tokio::test]
async fn one_customer_scores_as_the_scorer_does() {
    let server = Running::start(|_| {}).await;
    let (mut client, scorer) = (server.scoring().await, server.bundle.scorer());
    for n_orders in [0, 1, 2, 30] {
        let history = history(" 00004 ", n_orders);
        let answer = client.score_customer(score_request(history.clone())).await.unwrap().into_inner();
        assert_eq!(answer.customer_id, "00004");
        assert_same(answer.score.as_ref().unwrap(), &expected(&scorer, &history));
        let basis = answer.basis.unwrap();
        assert_eq!(basis.model_version, &**scorer.model_version());
        assert_eq!((basis.as_of_us, basis.currency_code.as_str()), (AS_OF_US, "USD"));
    }
}

#[tokio::test]
async fn a_customer_without_an_order_is_a_prospect() {
    let server = Running::start(|_| {}).await;
    let request = score_request(history("new", 0));
    let answer = server.scoring().await.score_customer(request).await.unwrap().into_inner();
    let score = answer.score.unwrap();
    assert_eq!((score.rung(), score.segment(), score.rfm), (Rung::Prior, RfmSegment::Prospect, None));
}

#[tokio::test]
async fn without_options_the_as_of_is_now_and_the_rest_the_models() {
    let server = Running::start(|_| {}).await;
    let mut request = score_request(history("a", 3));
    request.options = None;
    let now_us = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
    let before = now_us();
    let answer = server.scoring().await.score_customer(request).await.unwrap().into_inner();
    let (basis, scorer) = (answer.basis.unwrap(), server.bundle.scorer());
    assert!((before..=now_us()).contains(&basis.as_of_us));
    assert_eq!(basis.horizon_seconds * 1_000_000, scorer.manifest().horizon.length().microseconds());
    assert_eq!(basis.clv_horizon_seconds * 1_000_000, scorer.manifest().clv_horizon.length().microseconds());
    assert_eq!(basis.discount_rate.to_bits(), scorer.manifest().discount_rate.annual().to_bits());
}

#[tokio::test]
async fn options_are_used_and_named_in_the_answer() {
    let server = Running::start(|_| {}).await;
    let mut client = server.scoring().await;
    let usual = client.score_customer(score_request(history("a", 3))).await.unwrap().into_inner();
    let mut request = score_request(history("a", 3));
    request.options = Some(ScoreOptions {
        as_of_us: Some(AS_OF_US),
        horizon_seconds: Some(86_400),
        clv_horizon_seconds: Some(2 * 86_400),
        discount_rate: Some(0.5),
    });
    let answer = client.score_customer(request).await.unwrap().into_inner();
    let basis = answer.basis.unwrap();
    assert_eq!((basis.horizon_seconds, basis.clv_horizon_seconds), (86_400, 2 * 86_400));
    assert_eq!(basis.discount_rate.to_bits(), 0.5_f64.to_bits());
    let (usual, asked) = (usual.score.unwrap(), answer.score.unwrap());
    assert!(asked.churn_probability > usual.churn_probability, "nothing is likelier on one day than in 90");
    assert!(asked.predicted_clv < usual.predicted_clv, "two days are worth less than a year");
}

#[tokio::test]
async fn a_batch_keeps_the_order_on_and_off_the_network_thread() {
    for max_inline_rows in [0, 1_000] {
        let server = Running::start(|config| config.limits.max_inline_rows = max_inline_rows).await;
        let scorer = server.bundle.scorer();
        let mut request = batch_request(200);
        request.histories.push(request.histories[3].clone());
        let answer =
            server.scoring().await.batch_score_customers(request.clone()).await.unwrap().into_inner();
        assert_eq!(answer.rows.len(), 201);
        for (row, history) in answer.rows.iter().zip(&request.histories) {
            assert_eq!(row.customer_id, history.customer_id);
            let Some(RowResult::Score(score)) = &row.result else { panic!("{row:?}") };
            assert_same(score, &expected(&scorer, history));
        }
        let basis = answer.basis.unwrap();
        assert_eq!((basis.model_version.as_str(), basis.as_of_us), (&**scorer.model_version(), AS_OF_US));
    }
}

/// Well formed, but its spend exceeds 64 bits.
fn unscorable() -> CustomerHistory {
    let mut history = history("rich", 2);
    for event in &mut history.events {
        event.amount = Some(Amount { minor_units: i64::MAX });
    }
    history
}

#[tokio::test]
async fn what_only_scoring_finds_is_an_error_of_its_row() {
    let server = Running::start(|_| {}).await;
    let mut client = server.scoring().await;
    let histories = vec![history("a", 1), unscorable(), history("b", 2)];
    let request = BatchScoreCustomersRequest { histories, options: batch_request(0).options };
    let rows = client.batch_score_customers(request).await.unwrap().into_inner().rows;
    assert!(matches!(rows[0].result, Some(RowResult::Score(_))));
    assert!(matches!(rows[2].result, Some(RowResult::Score(_))));
    let Some(RowResult::Error(error)) = &rows[1].result else { panic!("{:?}", rows[1]) };
    assert_eq!(error.reason(), RowErrorReason::UnscorableHistory);
    assert!(error.message.contains("64 bits"), "{error:?}");
    let status = client.score_customer(score_request(unscorable())).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("64 bits"), "{status}");
}

#[tokio::test]
async fn bad_input_lists_its_field_violations() {
    let server = Running::start(|_| {}).await;
    let mut request = batch_request(5);
    request.histories[3].events[0].amount = Some(Amount { minor_units: -1 });
    request.histories[4].currency_code = "EUR".into();
    let status = server.scoring().await.batch_score_customers(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["histories[3].events[0].amount.minor_units", "histories[4].currency_code"]);
}

#[tokio::test]
async fn as_many_violations_as_may_be_listed_fit_into_the_headers_of_a_client() {
    let server = Running::start(|_| {}).await;
    let mut request = batch_request(1_000);
    for history in &mut request.histories {
        history.currency_code = "no such currency ".repeat(100);
    }
    let status = server.scoring().await.batch_score_customers(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().starts_with("1000 field violations"), "{status}");
    assert_eq!(status.get_details_bad_request().unwrap().field_violations.len(), 16);
}
