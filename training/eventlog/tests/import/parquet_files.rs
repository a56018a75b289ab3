//! Parquet in the types that writers choose, and damaged.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray, Float32Array,
    Float64Array, Int32Array, Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tenure_core::{Attributes, Currency, Event, EventKind, Money, Timestamp};
use tenure_eventlog::{BATCH_ROWS, EventLogError, EventWriter, RejectReason, SourceFormat, read_events};

use crate::{Shop, show};

fn write(shop: &Shop, columns: Vec<(&str, ArrayRef)>) -> PathBuf {
    let path = shop.path("orders.parquet");
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

/// Imports one order of these three columns.
#[track_caller]
fn check(id: ArrayRef, date: ArrayRef, amount: ArrayRef, expected: &str) {
    let shop = Shop::new();
    let path = write(&shop, vec![("customer_id", id), ("date", date), ("total", amount)]);
    let (events, summary) = shop.try_read(&path).unwrap();
    assert_eq!(events.iter().map(show).collect::<Vec<_>>(), [expected], "{summary}");
    assert_eq!(summary.format, SourceFormat::Parquet);
}

fn id() -> ArrayRef {
    Arc::new(StringArray::from(vec!["7"]))
}

fn date() -> ArrayRef {
    Arc::new(StringArray::from(vec!["2024-05-31"]))
}

fn amount() -> ArrayRef {
    Arc::new(Float64Array::from(vec![29.33]))
}

const EXPECTED: &str = "7 order 2024-05-31T00:00:00Z 29.33 USD";

#[test]
fn ids_of_any_type() {
    let dictionary: DictionaryArray<Int8Type> = vec!["7"].into_iter().collect();
    let ids: [ArrayRef; 7] = [
        id(),
        Arc::new(LargeStringArray::from(vec!["7"])),
        Arc::new(StringViewArray::from(vec!["7"])),
        Arc::new(dictionary),
        Arc::new(Int32Array::from(vec![7])),
        Arc::new(UInt64Array::from(vec![7])),
        Arc::new(Float64Array::from(vec![7.0])),
    ];
    for id in ids {
        check(id, date(), amount(), EXPECTED);
    }
    let largest = Arc::new(UInt64Array::from(vec![u64::MAX]));
    check(largest, date(), amount(), "18446744073709551615 order 2024-05-31T00:00:00Z 29.33 USD");
}

#[test]
fn dates_of_any_type() {
    // 2024-05-31 is day 19,874; the clock of the shop is UTC here.
    let seconds = 19_874 * 86_400;
    let dates: [ArrayRef; 8] = [
        Arc::new(Date32Array::from(vec![19_874])),
        Arc::new(Date64Array::from(vec![seconds * 1_000])),
        Arc::new(TimestampSecondArray::from(vec![seconds])),
        Arc::new(TimestampMillisecondArray::from(vec![seconds * 1_000]).with_timezone("+08:00")),
        Arc::new(
            TimestampNanosecondArray::from(vec![seconds * 1_000_000_000]).with_timezone("Europe/Berlin"),
        ),
        Arc::new(Int64Array::from(vec![seconds])),
        Arc::new(Int32Array::from(vec![20_240_531])),
        Arc::new(Float64Array::from(vec![seconds as f64])),
    ];
    for date in dates {
        check(id(), date, amount(), EXPECTED);
    }
}

#[test]
fn a_timestamp_is_local_unless_it_has_a_zone() {
    let mut shop = Shop::new();
    shop.options.time_zone = "Asia/Shanghai".parse().unwrap();
    let dates = TimestampSecondArray::from(vec![19_874 * 86_400]);
    let read = |dates: ArrayRef| {
        let path = write(&shop, vec![("id", id()), ("ts", dates), ("value", amount())]);
        shop.try_read(&path).unwrap().0[0].occurred_at.to_string()
    };
    assert_eq!(read(Arc::new(dates.clone())), "2024-05-30T16:00:00Z");
    assert_eq!(read(Arc::new(dates.with_timezone("UTC"))), "2024-05-31T00:00:00Z");
}

#[test]
fn amounts_of_any_type() {
    let amounts: [ArrayRef; 4] = [
        Arc::new(Float32Array::from(vec![29.33])),
        Arc::new(Decimal128Array::from(vec![2_933]).with_precision_and_scale(10, 2).unwrap()),
        Arc::new(Decimal128Array::from(vec![293_349]).with_precision_and_scale(10, 4).unwrap()),
        Arc::new(StringArray::from(vec!["$29.33"])),
    ];
    for amount in amounts {
        check(id(), date(), amount, EXPECTED);
    }
    check(id(), date(), Arc::new(Int32Array::from(vec![29])), "7 order 2024-05-31T00:00:00Z 29.00 USD");
    check(id(), date(), Arc::new(Float64Array::from(vec![1e-5])), "7 order 2024-05-31T00:00:00Z 0.00 USD");
}

#[test]
fn nulls_and_gaps_are_rejected_with_their_row() {
    let mut shop = Shop::new();
    shop.options.rejects = Some(shop.path("rejects.csv"));
    let path = write(
        &shop,
        vec![
            ("id", Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4)]))),
            ("date", Arc::new(Date32Array::from(vec![Some(19_874), Some(19_874), None, Some(i32::MAX)]))),
            ("total", Arc::new(Float64Array::from(vec![f64::NAN, 5.0, 5.0, 5.0]))),
        ],
    );
    let (events, summary) = shop.try_read(&path).unwrap();
    assert!(events.is_empty());
    let reasons: Vec<_> = summary.rejects.iter().map(|(reason, count)| (*reason, *count)).collect();
    assert_eq!(reasons, [(RejectReason::CustomerId, 1), (RejectReason::Date, 2), (RejectReason::Amount, 1)]);
    let file = fs::read_to_string(shop.path("rejects.csv")).unwrap();
    assert!(file.contains("\n3,unreadable date: the date is empty,\"id=3, date=, total=5.0\"\n"), "{file}");
}

#[test]
fn a_column_of_the_wrong_type_is_named_with_its_type() {
    let shop = Shop::new();
    let columns = vec![
        ("id", id()),
        ("date", Arc::new(BooleanArray::from(vec![true])) as ArrayRef),
        ("total", amount()),
    ];
    let error = shop.try_read(&write(&shop, columns)).unwrap_err();
    assert!(
        matches!(&error, EventLogError::ColumnType { column, found, .. } if column == "date" && found == "Boolean")
    );
    assert!(error.to_string().contains("a date, a timestamp"), "{error}");
}

#[test]
fn a_file_cut_short_anywhere_is_an_error() {
    let shop = Shop::new();
    let path = write(&shop, vec![("id", id()), ("date", date()), ("total", amount())]);
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        match shop.try_read(&path) {
            Err(EventLogError::Parquet { .. }) if length >= 4 => {}
            Err(EventLogError::NoRows { .. } | EventLogError::MissingColumn { .. }) if length < 4 => {}
            other => panic!("{length}: {other:?}"),
        }
    }
}

/// Many batches, all of one date and amount, the last amount as given.
fn long_file(shop: &Shop, last: f64) -> PathBuf {
    let rows = 5 * BATCH_ROWS;
    let amounts = (1..rows).map(|_| 5.0).chain([last]);
    write(
        shop,
        vec![
            ("id", Arc::new(Int64Array::from_iter_values(0..rows as i64)) as ArrayRef),
            ("date", Arc::new(Date32Array::from(vec![19_874; rows]))),
            ("total", Arc::new(Float64Array::from_iter_values(amounts))),
        ],
    )
}

#[test]
fn all_batches_are_read_in_their_order() {
    let mut shop = Shop::new();
    shop.options.rejects = Some(shop.path("rejects.csv"));
    let (events, summary) = shop.try_read(&long_file(&shop, f64::NAN)).unwrap();
    let all = events.iter().enumerate().all(|(row, event)| event.customer_id.as_str() == row.to_string());
    assert!(all && events.len() + 1 == 5 * BATCH_ROWS, "{summary}");
    let rejects = fs::read_to_string(shop.path("rejects.csv")).unwrap();
    assert!(rejects.contains(&format!("\n{},", 5 * BATCH_ROWS)), "{rejects}");
}

#[test]
fn a_failing_sink_stops_the_unpacking_of_further_batches() {
    let shop = Shop::new();
    let path = long_file(&shop, 5.0);
    let error = read_events(&path, &shop.options, &mut |_| Err("disk full".into()), &mut |_| {}).unwrap_err();
    assert!(error.to_string().ends_with("orders.parquet, line 1: disk full"), "{error}");
}

fn event(customer: &str, kind: EventKind, amount: Option<i64>) -> Event {
    let instant = Timestamp::from_microseconds(1_717_113_600_000_001).unwrap();
    let amount = amount.map(|minor| Money::from_minor_units(minor, Currency::USD));
    Event::new(customer.parse().unwrap(), kind, instant, amount)
}

#[test]
fn a_written_log_reads_back_without_a_map() {
    let shop = Shop::new();
    let path = shop.path("events.parquet");
    // Elsewhere this word would mean that an order came to nothing.
    let own_kind = "returned".parse().unwrap();
    let events = [
        event("00004", EventKind::Order, Some(2_933)),
        event("4", EventKind::Refund, Some(-1)),
        event("客户-17", EventKind::ProductView, None),
        event("x", own_kind, Some(0)),
    ];
    let mut writer = EventWriter::create(&path, Currency::USD).unwrap();
    for event in &events {
        writer.write(event).unwrap();
    }
    assert!(!path.exists(), "a file that is not finished has no name");
    assert_eq!(writer.finish().unwrap(), 4);
    let (read, summary) = shop.try_read(&path).unwrap();
    assert_eq!(read, events);
    assert_eq!((summary.orders, summary.refunds, summary.rejected()), (1, 1, 0));
}

/// Every value of the file, column by column, with the names and types that other tools see.
#[test]
fn attributes_are_columns_and_absent_ones_are_null() {
    let shop = Shop::new();
    let path = shop.path("events.parquet");
    let bare = event("1", EventKind::ProductView, None);
    let full = Event {
        ingested_at: Timestamp::from_microseconds(1_717_113_660_000_001).unwrap(),
        attributes: Attributes {
            event_id: Some("e-1".into()),
            order_id: Some("o-1".into()),
            quantity: Some(2),
            rating: Some(5),
            discount: Some(Money::from_minor_units(150, Currency::USD)),
            duration: Some("90s".parse().unwrap()),
            product: Some("shoes-7".into()),
            category: Some("shoes".into()),
            channel: Some("amazon".into()),
            campaign: Some("双十一".into()),
            device: Some("mobile".into()),
            country: Some("CN".into()),
        },
        ..event("2", EventKind::Order, Some(1_000))
    };
    let mut writer = EventWriter::create(&path, Currency::USD).unwrap();
    writer.write(&bare).unwrap();
    writer.write(&full).unwrap();
    writer.finish().unwrap();

    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let batch = file.build().unwrap().next().unwrap().unwrap();
    let shown: Vec<String> = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| {
            // As numbers, for names of zones need a table that is not built in here.
            let is_time = matches!(field.data_type(), DataType::Timestamp(..));
            let column = if is_time { cast(column, &DataType::Int64).unwrap() } else { Arc::clone(column) };
            let text = |row| array_value_to_string(&column, row).unwrap();
            let null = |row| if column.is_null(row) { "null".to_owned() } else { text(row) };
            format!("{} {} | {}", field.name(), null(0), null(1))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "customer_id 1 | 2",
            "kind product_view | order",
            "occurred_at 1717113600000001 | 1717113600000001",
            "amount_minor null | 1000",
            "currency USD | USD",
            "ingested_at 1717113600000001 | 1717113660000001",
            "discount_minor null | 150",
            "duration_us null | 90000000",
            "quantity null | 2",
            "rating null | 5",
            "event_id null | e-1",
            "order_id null | o-1",
            "product null | shoes-7",
            "category null | shoes",
            "channel null | amazon",
            "campaign null | 双十一",
            "device null | mobile",
            "country null | CN",
        ]
    );
    // The reader of today takes from it what it knows.
    let (read, summary) = shop.try_read(&path).unwrap();
    assert_eq!(read.iter().map(show).collect::<Vec<_>>(), [show(&bare), show(&full)]);
    assert_eq!((summary.orders, summary.rejected()), (1, 0));
}

#[test]
fn a_writer_dropped_leaves_the_old_file_and_nothing_else() {
    let shop = Shop::new();
    let path = shop.write("events.parquet", b"old");
    let mut writer = EventWriter::create(&path, Currency::USD).unwrap();
    writer.write(&event("1", EventKind::Order, Some(1))).unwrap();
    let euros = Event {
        amount: Some(Money::from_minor_units(1, Currency::EUR)),
        ..event("1", EventKind::Order, None)
    };
    assert!(matches!(writer.write(&euros), Err(EventLogError::MixedCurrencies { .. })));
    let mut reduced = event("1", EventKind::Order, Some(1));
    reduced.attributes.discount = Some(Money::from_minor_units(1, Currency::EUR));
    assert!(matches!(writer.write(&reduced), Err(EventLogError::MixedCurrencies { .. })));
    drop(writer);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    assert!(EventWriter::create(&shop.path("no/such/folder.parquet"), Currency::USD).is_err());
}
