//! Parquet goes into a log by column, and row by row to a sink: both must give the same events, rejects and
//! counts, however messy the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use tenure_behaviour::Fact;
use tenure_eventlog::{NegativeAmounts, read_events};

use crate::support::{Known, Shop};

const DAY_US: i64 = 86_400_000_000;

fn write(shop: &Shop, name: &str, columns: Vec<(&str, ArrayRef)>) -> std::path::PathBuf {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    );
    let batch = batch.unwrap();
    let path = shop.path(name);
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

/// Imports a file both ways and compares all there is to compare.
#[track_caller]
fn check(shop: &mut Shop, path: &std::path::Path) -> u64 {
    shop.options.rejects = Some(shop.path("rows.rejects"));
    let mut expected: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    let mut keep = |event: tenure_core::Event| {
        expected.entry(event.customer_id.to_string()).or_default().push(Fact::from(&event));
        Ok(())
    };
    let by_row = read_events(path, &shop.options, &mut keep, &mut |_| {}).unwrap();
    for facts in expected.values_mut() {
        facts.sort_by_key(|fact| (fact.known_at(), fact.occurred_at));
    }
    let rows_rejects = std::fs::read_to_string(shop.path("rows.rejects")).unwrap_or_default();

    shop.options.rejects = Some(shop.path("columns.rejects"));
    let mut by_column = shop.append(path).sources.remove(0);
    let column_rejects = std::fs::read_to_string(shop.path("columns.rejects")).unwrap_or_default();
    by_column.rejects_file = by_row.rejects_file.clone();
    assert_eq!(by_column, by_row);
    assert_eq!(column_rejects, rows_rejects);
    let known: Known = if by_row.events == 0 { Known::new() } else { shop.known() };
    assert_eq!(known, expected);
    by_row.events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_ways_agree_on_messy_files(
        rows in prop::collection::vec(
            (
                prop::option::weighted(0.95, prop::sample::select(vec!["7", " 8 ", "", "客户", "a\tb", "x1"])),
                prop::option::weighted(0.95, -3_i64..40),
                prop::option::weighted(0.95, prop::sample::select(vec![
                    "order", "refund", "view", "Cancelled", "Größe", "", "session", "returned",
                ])),
                prop::option::weighted(0.9, prop::sample::select(vec![
                    0.0, 12.34, -5.0, 1.005, 2.675, 1e17, f64::NAN, 0.1 + 0.2, -0.0, 1e-9, 4_503_599_627_370_497.5,
                ])),
                prop::option::weighted(0.6, prop::sample::select(vec!["O1", "O2", "C77", " O1", ""])),
                prop::option::weighted(0.5, prop::sample::select(vec!["USD", "usd ", "EUR"])),
                (prop::option::of(-4_i64..4), prop::option::of(prop::sample::select(vec![1.0, 2.5, f64::NAN, 1e12])),
                 prop::option::of(0_i64..30)),
            ),
            1..60,
        ),
        zone in prop::sample::select(vec!["UTC", "Asia/Shanghai"]),
        is_refund in prop::bool::ANY,
        has_orders in prop::bool::ANY,
        has_currency in prop::bool::ANY,
    ) {
        let mut shop = Shop::new();
        shop.options.time_zone = zone.parse().unwrap();
        // Some rows are in the future.
        shop.options.now = tenure_core::Timestamp::from_microseconds(35 * DAY_US).unwrap();
        shop.options.kind_map = "view=product_view".parse().unwrap();
        if is_refund {
            shop.options.negative_amounts = NegativeAmounts::Refund;
        }
        let texts = |values: Vec<Option<&str>>| Arc::new(StringArray::from(values)) as ArrayRef;
        let kinds: DictionaryArray<Int8Type> = rows.iter().map(|row| row.2).collect();
        let times: TimestampMicrosecondArray = rows.iter().map(|row| row.1.map(|day| day * DAY_US)).collect();
        let late: TimestampMicrosecondArray = rows.iter().map(|row| row.6.2.map(|day| day * DAY_US)).collect();
        let mut columns = vec![
            ("customer_id", texts(rows.iter().map(|row| row.0).collect())),
            ("ts", Arc::new(times) as ArrayRef),
            ("kind", Arc::new(kinds)),
            ("value", Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>())),
            ("quantity", Arc::new(rows.iter().map(|row| row.6.0).collect::<Int64Array>())),
            ("duration", Arc::new(rows.iter().map(|row| row.6.1).collect::<Float64Array>())),
            ("ingested_at", Arc::new(late)),
        ];
        if has_orders {
            columns.push(("order_id", texts(rows.iter().map(|row| row.4).collect())));
        }
        if has_currency {
            columns.push(("currency", texts(rows.iter().map(|row| row.5).collect())));
        }
        let path = write(&shop, "messy.parquet", columns);
        check(&mut shop, &path);
    }
}

#[test]
fn ids_of_whole_numbers_and_dictionaries_without_values_are_read() {
    let mut shop = Shop::new();
    let empty: DictionaryArray<Int32Type> =
        DictionaryArray::new(vec![None, None, None].into(), Arc::new(StringArray::new_null(0)));
    let path = write(
        &shop,
        "numbers.parquet",
        vec![
            ("customer_id", Arc::new(Int64Array::from(vec![Some(-3), Some(i64::MAX), None]))),
            ("ts", Arc::new(TimestampMicrosecondArray::from(vec![Some(1), Some(i64::MIN), Some(3)]))),
            ("kind", Arc::new(empty)),
            ("value", Arc::new(Float64Array::from(vec![Some(1.5), Some(2.0), Some(3.0)]))),
        ],
    );
    assert_eq!(check(&mut shop, &path), 1);
    assert_eq!(shop.known().keys().collect::<Vec<_>>(), ["-3"]);
}

#[test]
fn many_batches_with_a_bad_row_here_and_there_keep_their_order() {
    let mut shop = Shop::new();
    let rows = 100_000;
    let customers: StringArray =
        (0..rows).map(|row| if row % 997 == 5 { None } else { Some(format!("c{}", row % 13)) }).collect();
    // All at one instant: only the order of the file tells the events apart.
    let times = TimestampMicrosecondArray::from(vec![1_000_000; rows]);
    let values: Float64Array = (0..rows).map(|row| Some(row as f64 / 100.0)).collect();
    let path = write(
        &shop,
        "long.parquet",
        vec![("customer_id", Arc::new(customers)), ("ts", Arc::new(times)), ("value", Arc::new(values))],
    );
    assert_eq!(check(&mut shop, &path), 100_000 - 101);
}
