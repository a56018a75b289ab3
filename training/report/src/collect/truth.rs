//! Predictions beside what happened, where that is known.

use tenure_behaviour::rfm::RfmSegment;
use tenure_predict::{
    CalibrationBin, calibration_table, churn_measures, gain_curve, ranking_curves, tenths, value_measures,
};

use crate::ReportError;
use crate::collect::mean;
use crate::collect::rows::Row;
use crate::proof::{Group, GroupKind, Proof, Totals};

/// Groups of the reliability diagram.
const BINS: u32 = 10;

pub(crate) fn proof(rows: &[Row]) -> Result<Proof, ReportError> {
    let of = |pick: &dyn Fn(&Row) -> f64| rows.iter().map(pick).collect::<Vec<f64>>();
    let churned: Vec<bool> = rows.iter().map(|row| row.churned).collect();
    let came: Vec<f64> = churned.iter().map(|gone| f64::from(u8::from(!*gone))).collect();
    let probability = of(&|row| row.answer.churn_probability);
    let (spent, predicted) = (of(&|row| row.outcome.net_spend.major_units()), of(&|row| row.answer.value));
    let calibration = calibration_table(&churned, &probability, BINS)?;
    let totals = Totals {
        mean_churn_probability: mean(probability.iter().copied()),
        churn_rate: 1.0 - mean(came.iter().copied()),
        expected_orders: rows.iter().map(|row| row.answer.expected_orders).sum(),
        orders: rows.iter().map(|row| f64::from(row.outcome.occasions)).sum(),
        predicted_value: predicted.iter().sum(),
        value: spent.iter().sum(),
    };
    let stays: Vec<f64> = probability.iter().map(|p| 1.0 - p).collect();
    Ok(Proof {
        totals,
        churn: churn_measures(&churned, &probability)?,
        value: value_measures(&spent, &predicted)?,
        naive_churn: churn_measures(&churned, &of(&|row| row.naive.p_no_order))?,
        naive_value: value_measures(&spent, &of(&|row| row.naive.net_spend))?,
        tenths: tenths(&spent, &predicted)?,
        curves: ranking_curves(&churned, &probability)?,
        buyers: gain_curve(&came, &stays)?,
        spend: gain_curve(&spent, &predicted)?,
        groups: groups(rows, &calibration),
        calibration,
    })
}

fn groups(rows: &[Row], calibration: &[CalibrationBin]) -> Vec<Group> {
    let tenth = |(index, bin): (usize, &CalibrationBin)| Group {
        kind: GroupKind::RiskTenth(index + 1),
        customers: bin.customers as u64,
        predicted: bin.mean_probability,
        happened: bin.churned_share,
        // Within a bin the probabilities are much alike, so that their mean stands for them.
        surprise: surprise(bin.churned_share, bin.mean_probability, bin.customers as f64, {
            bin.customers as f64 * bin.mean_probability * (1.0 - bin.mean_probability)
        }),
    };
    let segment = |segment: RfmSegment| {
        let own: Vec<&Row> = rows.iter().filter(|row| row.answer.segment == segment).collect();
        if own.is_empty() {
            return None;
        }
        let predicted = mean(own.iter().map(|row| row.answer.churn_probability));
        let happened = mean(own.iter().map(|row| f64::from(u8::from(row.churned))));
        let spread =
            own.iter().map(|row| row.answer.churn_probability * (1.0 - row.answer.churn_probability)).sum();
        Some(Group {
            kind: GroupKind::Segment(segment.name().to_owned(), segment.name_zh().to_owned()),
            customers: own.len() as u64,
            predicted,
            happened,
            surprise: surprise(happened, predicted, own.len() as f64, spread),
        })
    };
    let segments = RfmSegment::ALL.into_iter().filter_map(segment);
    segments.chain(calibration.iter().enumerate().map(tenth)).collect()
}

/// Standard deviations between two shares of `count` customers, the sum of whose variances is `spread`.
fn surprise(happened: f64, predicted: f64, count: f64, spread: f64) -> f64 {
    let off = (happened - predicted).abs() * count;
    // Certain predictions that came true are no surprise; those that did not are one without end.
    if off <= 0.0 { 0.0 } else { off / spread.max(1e-12).sqrt() }
}
