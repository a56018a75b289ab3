//! How many rows of CSV and of Parquet are read in a second, on one core.

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tenure_core::{Currency, TimeZone, Timestamp};
use tenure_eventlog::{EventWriter, ImportOptions, read_events};

const ROWS: u64 = 200_000;

/// Orders of `customer_id,ts,value` with times of day, as a shop's database exports them.
fn orders() -> String {
    let mut text = String::from("order_id,customer_id,ts,value,country\n");
    for row in 0..ROWS {
        let (day, second, cents) = (row % 28 + 1, row * 7_919 % 86_400, row * 37 % 100_000);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{row},customer-{:06},2024-05-{day:02} {hour:02}:{minute:02}:{second:02},{}.{:02},DE",
            row * 7_901 % 50_000,
            cents / 100,
            cents % 100
        );
    }
    text
}

fn count(path: &Path, options: &ImportOptions) -> u64 {
    let mut events = 0;
    let mut sink = |event| {
        black_box(event);
        events += 1;
        Ok(())
    };
    match read_events(path, options, &mut sink, &mut |_| {}) {
        Ok(_) => events,
        Err(_) => 0,
    }
}

fn import(criterion: &mut Criterion) {
    let prepared = (|| {
        let folder = tempfile::tempdir()?;
        let csv = folder.path().join("orders.csv");
        std::fs::write(&csv, orders())?;
        let now = Timestamp::parse("2024-06-01", &TimeZone::utc())?;
        let options = ImportOptions::new(Currency::USD, now);
        let parquet = folder.path().join("events.parquet");
        let mut writer = EventWriter::create(&parquet, Currency::USD)?;
        read_events(&csv, &options, &mut |event| Ok(writer.write(&event)?), &mut |_| {})?;
        writer.finish()?;
        Ok::<_, Box<dyn std::error::Error>>((folder, csv, parquet, options))
    })();
    let Ok((_folder, csv, parquet, options)) = prepared else {
        return;
    };
    let local =
        ImportOptions { time_zone: "Europe/Berlin".parse().unwrap_or(TimeZone::utc()), ..options.clone() };
    let mut group = criterion.benchmark_group("import");
    group.throughput(Throughput::Elements(ROWS)).sample_size(10);
    group.bench_function("csv", |bencher| bencher.iter(|| count(&csv, &options)));
    group.bench_function("csv in a zone with clock changes", |bencher| bencher.iter(|| count(&csv, &local)));
    group.bench_function("parquet", |bencher| bencher.iter(|| count(&parquet, &options)));
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
