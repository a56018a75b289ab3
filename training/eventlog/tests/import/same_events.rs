//! The same orders through CSV and through Parquet are the same events.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use tenure_core::Timestamp;

use crate::Shop;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn csv_and_parquet_agree(
        orders in prop::collection::vec(
            ("[a-z0-9\",; é]{0,6}", 0_i64..1_717_200_000_000_000, -100_000_i64..100_000_000, prop::bool::weighted(0.1)),
            1..40,
        ),
        zone in prop::sample::select(vec!["UTC", "Asia/Shanghai", "America/New_York"]),
    ) {
        let mut shop = Shop::new();
        shop.options.time_zone = zone.parse().unwrap();
        let amount = |minor: i64, is_gap: bool| (!is_gap).then_some(minor as f64 / 100.0);

        let mut csv = csv::Writer::from_path(shop.path("orders.csv")).unwrap();
        csv.write_record(["customer", "date", "total"]).unwrap();
        for (id, us, minor, is_gap) in &orders {
            let instant = Timestamp::from_microseconds(*us).unwrap().to_string();
            // Without its Z the text is the shop's own clock, as a timestamp without a zone is.
            let local = instant.trim_end_matches('Z').replace('T', " ");
            let amount = amount(*minor, *is_gap).map_or_else(String::new, |amount| amount.to_string());
            csv.write_record([id, &local, &amount]).unwrap();
        }
        csv.flush().unwrap();

        let ids: StringArray = orders.iter().map(|(id, ..)| Some(id.as_str())).collect();
        let times: TimestampMicrosecondArray = orders.iter().map(|(_, us, ..)| Some(*us)).collect();
        let amounts: Float64Array = orders.iter().map(|(.., minor, is_gap)| amount(*minor, *is_gap)).collect();
        let columns: [(&str, ArrayRef); 3] =
            [("customer", Arc::new(ids)), ("date", Arc::new(times)), ("total", Arc::new(amounts))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = File::create(shop.path("orders.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let (from_csv, csv_summary) = shop.try_read(&shop.path("orders.csv")).unwrap();
        let (from_parquet, parquet_summary) = shop.try_read(&shop.path("orders.parquet")).unwrap();
        prop_assert_eq!(&from_csv, &from_parquet);
        prop_assert_eq!(csv_summary.rejects, parquet_summary.rejects);
        prop_assert_eq!(csv_summary.rows, orders.len() as u64);
        // Whoever is neither rejected nor negative is there to the cent.
        for event in &from_csv {
            let amount = event.amount.unwrap().minor_units();
            prop_assert!(orders.iter().any(|(id, _, minor, _)| *minor == amount && id.trim() == event.customer_id.as_str()));
        }
    }
}
