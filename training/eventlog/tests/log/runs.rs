//! Imports one after the other, under memory limits, beside other writers and after crashes.

use std::fmt::Write;

use tenure_eventlog::EventLogError;
use tenure_eventlog::log::{AppendSettings, EventLog};

use crate::support::Shop;

/// Events of `customers`, in an order that no sort would leave.
fn csv(customers: usize, events: usize) -> String {
    let mut text = "customer_id,ts,kind,value,product,event_id\n".to_owned();
    let mut state = 7_u64;
    for event in 0..events {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (customer, second) = ((state >> 33) as usize % customers, (state >> 20) % 1_000_000);
        let kind = ["order", "session"][event % 2];
        writeln!(
            text,
            "c{customer},{},{kind},{}.25,p{},e{event}",
            1_700_000_000 + second,
            event % 90,
            event % 500
        )
        .unwrap();
    }
    text
}

#[test]
fn a_sort_that_spills_gives_what_one_in_memory_gives() {
    let (mut small, large) = (Shop::new(), Shop::new());
    // Two customers are two buckets at most, each larger than what one sort may hold.
    let text = csv(2, 60_000);
    large.append(&large.write("events.csv", &text));
    // One thread's sort gets a small part of this, so that both passes go to the disk.
    small.settings = AppendSettings { memory_limit_bytes: 3 << 20 };
    small.append(&small.write("events.csv", &text));
    assert_eq!(small.known(), large.known());
    assert_eq!(small.names(), ["manifest.json", "run-000001.parquet"], "nothing spilled is left");

    small.append(&small.path("events.csv"));
    let mut log = small.log();
    assert_eq!(log.events(), 120_000);
    let summary = log.compact(&small.settings, &mut |_| {}).unwrap();
    assert_eq!((summary.events, summary.repeated), (60_000, 60_000));
    assert_eq!(small.known(), large.known());
}

#[test]
fn too_little_memory_is_said_and_changes_nothing() {
    let mut shop = Shop::new();
    shop.append(&shop.write("first.csv", csv(3, 10)));
    let before = shop.known();
    shop.settings = AppendSettings { memory_limit_bytes: 1 << 16 };
    let error = shop.try_append(&shop.write("events.csv", csv(2, 60_000))).unwrap_err();
    assert!(matches!(error, EventLogError::MemoryLimit { .. }), "{error}");
    assert!(error.to_string().contains("--memory-limit"), "{error}");
    assert_eq!(shop.known(), before);
    assert_eq!(shop.names(), ["manifest.json", "run-000001.parquet"]);
}

#[test]
fn what_a_crash_left_is_ignored_and_cleared_away() {
    let shop = Shop::new();
    shop.append(&shop.write("events.csv", csv(5, 100)));
    let before = shop.known();
    std::fs::write(shop.path("log/run-000002.parquet"), "half a file").unwrap();
    std::fs::write(shop.path("log/.tenure-abc"), "{").unwrap();
    std::fs::create_dir(shop.path("log/.tenure-spill")).unwrap();
    std::fs::write(shop.path("log/.tenure-spill/scattered.arrow"), "x").unwrap();
    std::fs::write(shop.path("log/notes.txt"), "not ours").unwrap();
    assert_eq!(shop.known(), before);
    shop.append(&shop.write("more.csv", csv(5, 10)));
    assert_eq!(shop.names(), ["manifest.json", "notes.txt", "run-000001.parquet", "run-000002.parquet"]);
    assert_eq!(shop.log().events(), 110);
}

#[test]
fn one_writer_at_a_time() {
    let shop = Shop::new();
    shop.append(&shop.write("events.csv", csv(5, 100)));
    let lock = std::fs::File::options().write(true).open(shop.path("log/.lock")).unwrap();
    lock.try_lock().unwrap();
    let error = shop.try_append(&shop.path("events.csv")).unwrap_err();
    assert!(matches!(error, EventLogError::LogBusy { .. }), "{error}");
    assert_eq!(shop.known().len(), 5, "readers need no lock");
    drop(lock);
    shop.append(&shop.path("events.csv"));
}

#[test]
fn an_old_handle_sees_what_others_added_when_it_adds() {
    let shop = Shop::new();
    let mut old = shop.log();
    shop.append(&shop.write("events.csv", csv(5, 100)));
    let source =
        tenure_eventlog::log::Source { path: shop.path("events.csv"), options: shop.options.clone() };
    old.append(&[source.clone(), source], &shop.settings, &mut |_| {}).unwrap();
    assert_eq!((old.runs(), old.events()), (2, 300), "two files together are one run");
    assert_eq!(EventLog::open(&shop.path("log")).unwrap().events(), 300);
}

#[test]
fn an_import_without_events_adds_no_run() {
    let shop = Shop::new();
    let summary = shop.append(&shop.write("bad.csv", "customer,ts,kind\n,2024-05-30,session\n"));
    assert_eq!((summary.file, summary.events), (None, 0));
    assert_eq!(shop.log().runs(), 0);
}
