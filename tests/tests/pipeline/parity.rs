//! The library, the command line and the server give every customer the same score, bit for bit.

use std::collections::HashMap;

use tenure_behaviour::OrderHistory;
use tenure_bundle::{Limits, Score, ScoreOptions, Scorer};
use tenure_core::{AsOf, CustomerId, DiscountRate, Timestamp};
use tenure_proto::v1::{CustomerScore, batch_score_row};
use tenure_tests::orders::{CDNOW_MAP, cdnow_path, instant};
use tenure_tests::program::succeed;

use crate::remote;
use crate::support::{AS_OF, cdnow, trained};

/// Every fiftieth customer: 471 or 472 of them, of all kinds.
const EVERY: usize = 50;

#[test]
fn library_command_line_and_server_agree() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("cdnow.tenure");
    std::fs::write(&bundle, trained().to_bundle().unwrap()).unwrap();
    let scorer = Scorer::open(&bundle, &Limits::default()).unwrap();
    // Not the bundle's own, so that each way has to pass on what it was asked.
    let options = ScoreOptions {
        as_of: AsOf::new(instant(AS_OF)),
        horizon: "45d".parse().unwrap(),
        clv_horizon: "180d".parse().unwrap(),
        discount_rate: DiscountRate::new(0.15).unwrap(),
    };
    let customers: Vec<(&CustomerId, &OrderHistory)> =
        cdnow().0.sorted().into_iter().step_by(EVERY).collect();
    assert_eq!(customers.len(), 472);

    let remote = remote::score(&bundle, &customers, &options);
    assert_eq!(remote.rows.len(), customers.len());
    let basis = remote.basis.unwrap();
    assert_eq!(basis.model_version, **scorer.model_version());
    assert_eq!((basis.discount_rate, basis.currency_code.as_str()), (0.15, "USD"));

    let file = by_command_line(folder.path());
    assert_eq!(file.len(), 23_570);
    let mut repeat_buyers = 0;
    for ((id, history), row) in customers.iter().zip(remote.rows) {
        let score = scorer.score(history, &options).unwrap();
        assert_eq!(row.customer_id, id.as_str());
        let Some(batch_score_row::Result::Score(wire)) = row.result else { panic!("{row:?}") };
        assert_eq!(as_text(&score), of_wire(&wire), "{id}");
        assert_eq!(as_text(&score), file[id.as_str()], "{id}");
        repeat_buyers += usize::from(history.len() > 1);
    }
    assert!(repeat_buyers > 100, "{repeat_buyers}");
}

/// Numbers as the bits that they are, instants as microseconds, so that equal means the same.
fn as_text(score: &Score) -> Vec<String> {
    let next = score.next_order.map(|next| [next.expected_at, next.earliest_at, next.latest_at]);
    let next = next.map(|all| all.map(|at| at.microseconds()));
    let rfm = score.rfm.unwrap();
    let curve: Vec<f64> = score.churn.iter().map(|one| one.churn_probability).collect();
    row(
        [score.churn_probability, score.predicted_clv.major_units, score.expected_orders, score.p_alive],
        &curve,
        next,
        [rfm.recency, rfm.frequency, rfm.monetary].map(u32::from),
        &[score.segment.as_str(), score.rung.as_str()],
    )
}

fn of_wire(score: &CustomerScore) -> Vec<String> {
    let next = score.next_order.map(|next| [next.expected_at_us, next.earliest_at_us, next.latest_at_us]);
    let rfm = score.rfm.unwrap();
    let curve: Vec<f64> = score.churn.iter().map(|one| one.churn_probability).collect();
    let word = |name: &str, prefix: &str| name.strip_prefix(prefix).unwrap().to_lowercase();
    row(
        [score.churn_probability, score.predicted_clv, score.expected_orders, score.p_alive],
        &curve,
        next,
        [rfm.recency, rfm.frequency, rfm.monetary],
        &[&word(score.segment().as_str_name(), "RFM_SEGMENT_"), &word(score.rung().as_str_name(), "RUNG_")],
    )
}

/// Scores of everybody as the command line writes them, by customer.
fn by_command_line(folder: &std::path::Path) -> HashMap<String, Vec<String>> {
    let orders = cdnow_path();
    let arguments = [
        ["--bundle", "cdnow.tenure"],
        ["--orders", orders.to_str().unwrap()],
        ["--map", CDNOW_MAP],
        ["--rejects", "rejects.csv"],
        ["--as-of", AS_OF],
        ["--horizon", "45d"],
        ["--clv-horizon", "180d"],
        ["--discount-rate", "0.15"],
        ["--out", "scores.csv"],
    ];
    succeed(folder, &[&["score"], arguments.concat().as_slice()].concat());
    let mut reader = csv::Reader::from_path(folder.join("scores.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        let cell = |name: &str| &record[header.iter().position(|column| column == name).unwrap()];
        let number = |name: &str| cell(name).parse::<f64>().unwrap();
        let at = |name: &str| {
            let cell = cell(name);
            (!cell.is_empty()).then(|| instant(cell)).as_ref().map(Timestamp::microseconds)
        };
        let next = at("next_order_at").map(|expected| {
            [expected, at("next_order_earliest_at").unwrap(), at("next_order_latest_at").unwrap()]
        });
        let curve = ["30d", "60d", "90d", "180d", "273d", "365d"];
        let values = row(
            ["churn_probability", "predicted_clv", "expected_orders", "p_alive"].map(number),
            &curve.map(|horizon| number(&format!("churn_probability_{horizon}"))),
            next,
            ["rfm_recency", "rfm_frequency", "rfm_monetary"].map(|name| cell(name).parse().unwrap()),
            &[cell("segment"), cell("rung")],
        );
        (cell("customer_id").to_owned(), values)
    });
    records.collect()
}

fn row(
    numbers: [f64; 4],
    curve: &[f64],
    next: Option<[i64; 3]>,
    rfm: [u32; 3],
    words: &[&str],
) -> Vec<String> {
    let bits = numbers.iter().chain(curve).map(|number| format!("{number} = {:x}", number.to_bits()));
    let rest = [format!("{next:?}"), format!("{rfm:?}")];
    bits.chain(rest).chain(words.iter().map(ToString::to_string)).collect()
}
