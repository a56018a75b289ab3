//! What cannot be used is said, and the log stays as it was.

use tenure_core::Currency;
use tenure_eventlog::EventLogError;
use tenure_eventlog::log::{EventLog, MAX_KINDS};

use crate::support::Shop;

const EVENTS: &str = "customer,ts,kind,value\n1,2024-05-30,order,5\n2,2024-05-31,session,\n";

#[track_caller]
fn check(shop: &Shop, error: &EventLogError, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(shop.log().events(), 2, "{message}");
    assert_eq!(shop.names(), ["manifest.json", "run-000001.parquet"], "{message}");
}

fn begun() -> Shop {
    let shop = Shop::new();
    shop.append(&shop.write("events.csv", EVENTS));
    shop
}

#[test]
fn sources_that_cannot_be_read() {
    let shop = begun();
    let error = shop.try_append(&shop.write("a.csv", "customer,kind\n1,order\n")).unwrap_err();
    check(&shop, &error, &["occurred_at", "\"customer\"", "--map"]);
    let error = shop.try_append(&shop.path("missing.csv")).unwrap_err();
    check(&shop, &error, &["cannot open", "missing.csv"]);

    let events: Vec<tenure_core::Event> = (0..5_000)
        .map(|at| {
            let at = tenure_core::Timestamp::from_microseconds(at).unwrap();
            tenure_core::Event::new("7".parse().unwrap(), tenure_core::EventKind::Session, at, None)
        })
        .collect();
    let whole = std::fs::read(shop.write_events("whole.parquet", &events)).unwrap();
    let error = shop.try_append(&shop.write("cut.parquet", &whole[..whole.len() / 2])).unwrap_err();
    check(&shop, &error, &["cut.parquet", "cut short or damaged"]);
    let mut broken = whole.clone();
    broken[20..200].fill(0xff);
    let error = shop.try_append(&shop.write("broken.parquet", &broken)).unwrap_err();
    check(&shop, &error, &["broken.parquet"]);
}

#[test]
fn too_many_bad_rows() {
    let mut shop = begun();
    shop.options.max_reject_share = 0.1;
    let error =
        shop.try_append(&shop.write("bad.csv", format!("{EVENTS}3,yesterday,session,\n"))).unwrap_err();
    check(&shop, &error, &["1 of 3 rows", "unreadable date"]);
}

#[test]
fn another_currency() {
    let mut shop = begun();
    shop.options.currency = Currency::EUR;
    let error = shop.try_append(&shop.path("events.csv")).unwrap_err();
    shop.options.currency = Currency::USD;
    check(&shop, &error, &["in USD", "in EUR", "--currency USD"]);
}

#[test]
fn a_column_that_is_no_kind() {
    let shop = begun();
    let mut text = "customer,ts,kind\n".to_owned();
    for row in 0..=MAX_KINDS {
        text.push_str(&format!("1,2024-05-30,k{row}\n"));
    }
    let error = shop.try_append(&shop.write("kinds.csv", text)).unwrap_err();
    check(&shop, &error, &["4096 kinds", "kinds.csv"]);
}

#[test]
fn logs_that_cannot_be_read() {
    let shop = begun();
    let missing = EventLog::open(&shop.path("nowhere")).unwrap_err();
    assert!(matches!(missing, EventLogError::LogMissing { .. }), "{missing}");

    let manifest = shop.path("log/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let refused = |text: &str, part: &str| {
        std::fs::write(&manifest, text).unwrap();
        let error = EventLog::open(&shop.path("log")).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(&text.replace("\"version\": 1", "\"version\": 2"), "version 2");
    refused(&text.replace("tenure event log", "something else"), "damaged");
    refused(&text[..text.len() / 2], "damaged");
    refused(&text.replace("\"buckets\": 64", "\"buckets\": 0"), "0 buckets");
    refused(&text.replace("run-000001.parquet", "../run-000001.parquet"), "makes no sense");
    refused(&text.replace("\"currency\": \"USD\"", "\"currency\": \"USD\", \"x\": 1"), "unknown field");
    std::fs::write(&manifest, &text).unwrap();

    let run = shop.path("log/run-000001.parquet");
    let bytes = std::fs::read(&run).unwrap();
    std::fs::write(&run, &bytes[..bytes.len() - 1]).unwrap();
    let error = EventLog::open(&shop.path("log")).unwrap_err();
    assert!(matches!(error, EventLogError::LogDamaged { .. }), "{error}");
    std::fs::remove_file(&run).unwrap();
    let error = EventLog::open(&shop.path("log")).unwrap_err();
    assert!(matches!(error, EventLogError::Io { .. }), "{error}");
}

#[test]
fn a_run_whose_bytes_changed_is_an_error_and_no_panic() {
    let shop = begun();
    let run = shop.path("log/run-000001.parquet");
    let bytes = std::fs::read(&run).unwrap();
    for place in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x5a;
        std::fs::write(&run, &damaged).unwrap();
        // Some bytes say nothing that is read; the others must be noticed without a panic.
        if let Ok(log) = EventLog::open(&shop.path("log")) {
            let _ = log.stats(&|_| {});
        }
    }
}

#[test]
fn what_a_visitor_says_is_passed_on() {
    let shop = begun();
    let visit = |_: &mut (), _: &str, _: &[tenure_behaviour::Fact]| Err("enough".into());
    let error = shop
        .log()
        .for_each_customer(tenure_eventlog::log::Columns::NONE, &|| (), &visit, &|_| {})
        .unwrap_err();
    assert_eq!(error.to_string(), "enough");
}
