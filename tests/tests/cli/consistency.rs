//! Different ways to the same answer give the same answer.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, TimestampMicrosecondType, UInt8Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tenure_tests::orders::instant;
use tenure_tests::program::tenure_with;
use tenure_tests::shop::Shop;

use crate::support::{AS_OF, Desk, Scores};

#[test]
fn the_order_of_rows_does_not_matter() {
    let desk = Desk::trained();
    desk.score("--out scores.csv");
    let shuffled = Desk::with(Shop::simulated(1).shuffled(2));
    assert_ne!(shuffled.text("orders.csv"), desk.text("orders.csv"));
    shuffled.train();
    shuffled.score("--out scores.csv");
    assert_eq!(shuffled.text("scores.csv"), desk.text("scores.csv"));
    assert!(shuffled.bytes("shop.tenure") == desk.bytes("shop.tenure"), "the bundle differs");
}

#[test]
fn a_bundle_remembers_the_zone_and_the_currency() {
    let desk = Desk::new();
    let shop = "--currency EUR --time-zone America/New_York";
    desk.succeed(&format!("train --orders orders.csv --as-of {AS_OF} {shop} --out shop.tenure"));
    desk.score(&format!("--out told.csv {shop}"));
    desk.score("--out remembered.csv");
    assert_eq!(desk.text("told.csv"), desk.text("remembered.csv"));
    desk.score("--out other.csv --time-zone UTC");
    assert_ne!(desk.text("told.csv"), desk.text("other.csv"), "the zone matters to this shop");
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let outcome = |threads: &str| {
        let desk = Desk::new();
        let environment = [("RAYON_NUM_THREADS", threads)];
        let train = ["train", "--orders", "orders.csv", "--as-of", AS_OF, "--out", "shop.tenure"];
        let score = ["score", "--bundle", "shop.tenure", "--orders", "orders.csv", "--as-of", AS_OF];
        for arguments in [&train[..], &[&score[..], &["--out", "scores.csv"]].concat()] {
            let ran = tenure_with(desk.folder(), &environment, arguments);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
        }
        (desk.bytes("shop.tenure"), desk.text("scores.csv"))
    };
    let (one, two) = (outcome("1"), outcome("2"));
    assert_eq!(one.1, two.1);
    assert!(one.0 == two.0, "the bundle differs");
}

#[test]
fn parquet_holds_the_numbers_of_the_csv() {
    let desk = Desk::trained();
    desk.score("--out scores.csv");
    desk.score("--out scores.parquet");
    let scores = Scores::of(&desk, "scores.csv");
    let file = std::fs::File::open(desk.path("scores.parquet")).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), scores.rows.len());

    let names: Vec<String> = batches[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, scores.header);
    for name in &names {
        let columns = batches.iter().map(|batch| batch.column_by_name(name).unwrap());
        let cells = columns.flat_map(|column| (0..column.len()).map(move |row| (column, row)));
        for ((column, row), expected) in cells.zip(scores.column(name)) {
            assert!(is_same(column, row, expected), "{name}, row {row}: {expected}");
        }
    }
}

/// Whether a cell of the Parquet file is a cell of the CSV file, to the last bit.
fn is_same(column: &ArrayRef, row: usize, expected: &str) -> bool {
    if column.is_null(row) {
        return expected.is_empty();
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        texts.value(row) == expected
    } else if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
        numbers.value(row).to_bits() == expected.parse::<f64>().unwrap().to_bits()
    } else if let Some(scores) = column.as_primitive_opt::<UInt8Type>() {
        scores.value(row).to_string() == expected
    } else {
        column.as_primitive::<TimestampMicrosecondType>().value(row) == instant(expected).microseconds()
    }
}

#[test]
fn churn_falls_as_the_horizon_grows() {
    let desk = Desk::trained();
    desk.score("--out scores.csv");
    let scores = Scores::of(&desk, "scores.csv");
    let curve = [30, 60, 90, 180, 365].map(|days| scores.numbers(&format!("churn_probability_{days}d")));
    for pair in curve.windows(2) {
        assert!(pair[0].iter().zip(&pair[1]).all(|(shorter, longer)| shorter >= longer));
        assert!(pair[0] != pair[1]);
    }
}

#[test]
fn a_horizon_of_the_curve_is_the_curves() {
    let desk = Desk::trained();
    desk.score("--out default.csv");
    let curve = Scores::of(&desk, "default.csv");
    assert_eq!(curve.column("churn_probability"), curve.column("churn_probability_90d"));
    // Sixty days are also 1,440 hours.
    for horizon in ["60d", "1440h"] {
        desk.score(&format!("--horizon {horizon} --out asked.csv"));
        let asked = Scores::of(&desk, "asked.csv");
        assert_eq!(asked.column("churn_probability"), curve.column("churn_probability_60d"));
        assert_eq!(asked.column("predicted_clv"), curve.column("predicted_clv"));
    }
    desk.score("--horizon 45d --out between.csv");
    let between = Scores::of(&desk, "between.csv").numbers("churn_probability");
    let (above, below) = (curve.numbers("churn_probability_30d"), curve.numbers("churn_probability_60d"));
    for ((between, above), below) in between.iter().zip(above).zip(below) {
        assert!((below..=above).contains(between), "{between} is not within {below} and {above}");
    }
}

#[test]
fn value_falls_with_the_discount_and_grows_with_the_horizon() {
    let desk = Desk::trained();
    let value = |options: &str| {
        desk.score(&format!("{options} --out value.csv"));
        Scores::of(&desk, "value.csv").numbers("predicted_clv")
    };
    let (plain, tenth, third) =
        (value("--discount-rate 0"), value("--discount-rate 0.1"), value("--discount-rate 0.3"));
    let default = value("");
    let short = value("--clv-horizon 90d");
    for index in 0..plain.len() {
        assert!(plain[index] > tenth[index] && tenth[index] > third[index]);
        // A year's orders lose at most the year's discount.
        assert!(tenth[index] > plain[index] / 1.1, "{} {}", tenth[index], plain[index]);
        assert!(short[index] < default[index]);
    }
    assert_eq!(default, tenth);
}

#[test]
fn a_score_does_not_depend_on_who_else_is_in_the_file() {
    let desk = Desk::trained();
    desk.score("--out all.csv");
    let mut few = Shop::simulated(1);
    few.orders.retain(|order| order.customer_id.ends_with('7'));
    desk.write("orders.csv", few.csv());
    desk.score("--out few.csv");
    let (all, few) = (Scores::of(&desk, "all.csv"), Scores::of(&desk, "few.csv"));
    assert!(few.rows.len() > 20);
    assert!(few.rows.iter().all(|row| all.rows.contains(row)));
}
