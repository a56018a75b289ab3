use tenure_core::{Currency, Money};
use tenure_proto::v1::{Amount, CustomerHistory, PurchaseEvent, PurchaseKind};

use super::*;
use crate::config::ServerConfig;

const AS_OF_US: i64 = 1_000_000_000_000_000;

fn limits() -> RequestLimits {
    let mut limits = ServerConfig::for_bundle("b".as_ref()).unwrap().limits;
    limits.max_history_events = 4;
    limits.max_batch_rows = 3;
    limits.max_violations = 6;
    limits
}

fn rules(limits: &RequestLimits) -> Rules<'_> {
    let defaults = ScoreOptions {
        as_of: AsOf::new(Timestamp::from_microseconds(AS_OF_US).unwrap()),
        horizon: "90d".parse().unwrap(),
        clv_horizon: "365d".parse().unwrap(),
        discount_rate: "0.1".parse().unwrap(),
    };
    Rules { limits, currency: Currency::USD, defaults, churn: None }
}

fn event(kind: PurchaseKind, occurred_at_us: i64, minor_units: i64) -> PurchaseEvent {
    PurchaseEvent {
        kind: kind.into(),
        occurred_at_us: Some(occurred_at_us),
        amount: Some(Amount { minor_units }),
    }
}

fn good() -> CustomerHistory {
    CustomerHistory {
        customer_id: " 00004 ".into(),
        currency_code: "USD".into(),
        events: vec![
            event(PurchaseKind::Order, 30, 500),
            event(PurchaseKind::Refund, 20, -100),
            event(PurchaseKind::Order, 10, 0),
        ],
    }
}

fn request(change: impl FnOnce(&mut CustomerHistory)) -> v1::ScoreCustomerRequest {
    let mut history = good();
    change(&mut history);
    v1::ScoreCustomerRequest { history: Some(history), options: None }
}

fn violations<T: std::fmt::Debug>(read: Result<T, AppError>) -> (Vec<(String, String)>, usize) {
    let AppError::Invalid { listed, n_found } = read.unwrap_err() else { panic!("another error") };
    let listed = listed.into_iter().map(|violation| (violation.field, violation.description));
    (listed.collect(), n_found)
}

#[track_caller]
fn check(request: &v1::ScoreCustomerRequest, field: &str, description: &str) {
    let (found, n_found) = violations(customer(request, &rules(&limits())));
    assert_eq!(n_found, 1, "{found:?}");
    assert_eq!(found[0].0, field);
    assert!(found[0].1.contains(description), "{:?} does not say {description:?}", found[0].1);
}

#[test]
fn a_good_request_is_read_in_time_order() {
    let read = customer(&request(|_| {}), &rules(&limits())).unwrap();
    assert_eq!(read.id.as_str(), "00004");
    let entries: Vec<_> =
        read.history.entries().iter().map(|(at, minor)| (at.microseconds(), *minor)).collect();
    assert_eq!(entries, [(10, 0), (20, -100), (30, 500)]);
    assert_eq!(read.options, rules(&limits()).defaults);
}

#[test]
fn what_is_asked_goes_over_the_defaults() {
    let mut request = request(|history| history.events.clear());
    request.options = Some(v1::ScoreOptions {
        as_of_us: Some(-5),
        horizon_seconds: Some(1),
        clv_horizon_seconds: Some(3_650 * 86_400),
        discount_rate: Some(0.0),
    });
    let read = customer(&request, &rules(&limits())).unwrap();
    assert!(read.history.is_empty());
    assert_eq!(read.options.as_of.instant().microseconds(), -5);
    assert_eq!(read.options.horizon.length().to_string(), "1s");
    assert_eq!(read.options.clv_horizon.length().to_string(), "3650d");
    assert_eq!(read.options.discount_rate, DiscountRate::ZERO);
}

#[test]
fn every_field_of_a_history_is_checked() {
    let none = v1::ScoreCustomerRequest { history: None, options: None };
    check(&none, "history", "missing");
    check(&request(|h| h.customer_id = "  ".into()), "history.customer_id", "is empty");
    check(&request(|h| h.customer_id = "x".repeat(257)), "history.customer_id", "257 bytes");
    check(&request(|h| h.customer_id = "a\nb".into()), "history.customer_id", "control character");
    check(&request(|h| h.currency_code = "usd".into()), "history.currency_code", "not an ISO 4217");
    check(&request(|h| h.currency_code = String::new()), "history.currency_code", "not an ISO 4217");
    check(
        &request(|h| h.currency_code = "EUR".into()),
        "history.currency_code",
        "EUR; the model counts in USD",
    );
    check(&request(|h| h.events = vec![h.events[0]; 5]), "history.events", "5 events; at most 4");
    check(&request(|h| h.events[1].occurred_at_us = None), "history.events[1].occurred_at_us", "missing");
    let us = Some(i64::MAX);
    check(
        &request(|h| h.events[1].occurred_at_us = us),
        "history.events[1].occurred_at_us",
        "outside the years",
    );
    check(&request(|h| h.events[2].amount = None), "history.events[2].amount", "missing");
    let field = "history.events[0].amount.minor_units";
    check(&request(|h| h.events[0] = event(PurchaseKind::Order, 1, -1)), field, "-1 for an order");
    check(&request(|h| h.events[0] = event(PurchaseKind::Refund, 1, 0)), field, "0 for a refund");
    check(&request(|h| h.events[0].kind = 0), "history.events[0].kind", "0 is no kind");
    check(&request(|h| h.events[0].kind = 99), "history.events[0].kind", "99 is no kind");
}

#[test]
fn every_option_is_checked() {
    let asking = |options| v1::ScoreCustomerRequest { options: Some(options), ..request(|_| {}) };
    for us in [i64::MIN, i64::MAX] {
        let options = v1::ScoreOptions { as_of_us: Some(us), ..Default::default() };
        check(&asking(options), "options.as_of_us", "outside the years");
    }
    for seconds in [0, -1, 3_650 * 86_400 + 1, i64::MAX, i64::MIN] {
        let options = v1::ScoreOptions { horizon_seconds: Some(seconds), ..Default::default() };
        check(&asking(options), "options.horizon_seconds", "at most 3650 days");
        let options = v1::ScoreOptions { clv_horizon_seconds: Some(seconds), ..Default::default() };
        check(&asking(options), "options.clv_horizon_seconds", "more than 0 s");
    }
    for rate in [-0.01, 10.01, f64::NAN, f64::INFINITY] {
        let options = v1::ScoreOptions { discount_rate: Some(rate), ..Default::default() };
        check(&asking(options), "options.discount_rate", "0 to 10");
    }
}

#[test]
fn a_batch_names_the_row_and_lists_every_violation() {
    let mut wrong = good();
    wrong.customer_id.clear();
    wrong.events[1].kind = 7;
    let options = v1::ScoreOptions { horizon_seconds: Some(0), ..Default::default() };
    let request = v1::BatchScoreCustomersRequest {
        histories: vec![good(), wrong.clone(), wrong],
        options: Some(options),
    };
    let (found, n_found) = violations(batch(&request, &rules(&limits())));
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(n_found, 5);
    let expected = ["histories[1].customer_id", "histories[1].events[1].kind", "histories[2].customer_id"];
    assert_eq!(fields[0], "options.horizon_seconds");
    assert_eq!(fields[1..4], expected);
}

#[test]
fn what_is_not_listed_is_counted() {
    let mut wrong = good();
    wrong.events = vec![event(PurchaseKind::Unspecified, 0, 0); 4];
    let request = v1::BatchScoreCustomersRequest { histories: vec![wrong; 2], options: None };
    let (found, n_found) = violations(batch(&request, &rules(&limits())));
    assert_eq!((found.len(), n_found), (6, 8));
}

#[test]
fn a_batch_is_neither_empty_nor_too_long() {
    for (n_rows, description) in [(0, "at least one"), (4, "4 customers; at most 3")] {
        let request = v1::BatchScoreCustomersRequest { histories: vec![good(); n_rows], options: None };
        let (found, n_found) = violations(batch(&request, &rules(&limits())));
        assert_eq!((found[0].0.as_str(), n_found), ("histories", 1));
        assert!(found[0].1.contains(description), "{found:?}");
    }
}

#[test]
fn events_out_of_order_read_as_in_order() {
    let mut sorted = good();
    sorted.events.reverse();
    let sorted = v1::ScoreCustomerRequest { history: Some(sorted), options: None };
    let limits = limits();
    assert_eq!(
        customer(&sorted, &rules(&limits)).unwrap(),
        customer(&request(|_| {}), &rules(&limits)).unwrap()
    );
    let equal = request(|history| {
        history.events = vec![event(PurchaseKind::Refund, 10, -1), event(PurchaseKind::Order, 10, 7)];
    });
    let mut recorded = OrderHistory::new(Currency::USD);
    let at = Timestamp::from_microseconds(10).unwrap();
    for (kind, minor) in [(tenure_core::EventKind::Refund, -1), (tenure_core::EventKind::Order, 7)] {
        recorded.record(&kind, at, Money::from_minor_units(minor, Currency::USD)).unwrap();
    }
    assert_eq!(customer(&equal, &rules(&limits)).unwrap().history, recorded);
}
