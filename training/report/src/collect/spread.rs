//! How value spreads over customers and segments.

use tenure_behaviour::rfm::RfmSegment;
use tenure_bundle::Scorer;
use tenure_predict::gain_curve;

use crate::ReportError;
use crate::collect::rows::Row;
use crate::collect::{mean, quantile};
use crate::report::{SegmentLine, ValueBin, ValueSpread};

/// Bins of the histogram, besides the last, open one.
const BINS: usize = 30;

pub(crate) fn value(scorer: &Scorer, rows: &[Row], is_known: bool) -> Result<ValueSpread, ReportError> {
    let mut sorted: Vec<f64> = rows.iter().map(|row| row.answer.clv).collect();
    sorted.sort_by(f64::total_cmp);
    let spent: Vec<f64> = rows.iter().map(|row| row.outcome.net_spend.major_units()).collect();
    Ok(ValueSpread {
        currency: scorer.currency(),
        horizon: scorer.manifest().clv_horizon,
        mean: mean(sorted.iter().copied()),
        median: quantile(&sorted, 0.5),
        bins: bins(&sorted),
        predicted: gain_curve(&sorted, &sorted)?,
        actual: if is_known { gain_curve(&spent, &spent)? } else { Vec::new() },
    })
}

/// Equal widths up to the 95th percentile, and all above it: the few largest would press the rest into one bin.
fn bins(sorted: &[f64]) -> Vec<ValueBin> {
    let (lowest, highest) = (quantile(sorted, 0.0).min(0.0), quantile(sorted, 0.95));
    let width = round_width((highest - lowest) / BINS as f64);
    if width <= 0.0 {
        return vec![ValueBin { from: lowest, to: highest, customers: sorted.len() as u64 }];
    }
    let first = (lowest / width).floor();
    let edge = |index: usize| (first + index as f64) * width;
    let count = (0..).take_while(|index| edge(*index) < highest).count();
    let below = |amount: f64| sorted.partition_point(|value| *value < amount);
    let bin = |index: usize| {
        let (from, to) = (edge(index), edge(index + 1));
        let upto = if index == count { sorted.len() } else { below(to) };
        ValueBin { from, to, customers: (upto - below(from)) as u64 }
    };
    (0..=count).map(bin).collect()
}

/// The next width that people count in: 1, 2 or 5 times a power of ten.
fn round_width(width: f64) -> f64 {
    if width <= 0.0 || !width.is_finite() {
        return 0.0;
    }
    let power = 10_f64.powf(width.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= width).unwrap_or(width)
}

pub(crate) fn segments(rows: &[Row], is_known: bool) -> Vec<SegmentLine> {
    let line = |segment: RfmSegment| {
        let own: Vec<&Row> = rows.iter().filter(|row| row.answer.segment == segment).collect();
        (!own.is_empty()).then(|| SegmentLine {
            name: segment.name().to_owned(),
            name_zh: segment.name_zh().to_owned(),
            customers: own.len() as u64,
            clv_total: own.iter().map(|row| row.answer.clv).sum(),
            mean_churn_probability: mean(own.iter().map(|row| row.answer.churn_probability)),
            churn_rate: is_known.then(|| mean(own.iter().map(|row| f64::from(u8::from(row.churned))))),
        })
    };
    RfmSegment::ALL.into_iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_everybody_and_have_round_ends() {
        let sorted: Vec<f64> = (0..1_000).map(|index| f64::from(index) * 0.37).collect();
        let bins = bins(&sorted);
        assert_eq!(bins.iter().map(|bin| bin.customers).sum::<u64>(), 1_000);
        assert!(bins.len() <= BINS + 2, "{}", bins.len());
        // The 95th percentile, 351, over 30 is 11.7, so 20.
        assert_eq!((bins[0].from, bins[1].from, bins[1].customers), (0.0, 20.0, 54));
        // From 360 on.
        assert_eq!(bins.last().map(|last| (last.from, last.customers)), Some((360.0, 27)));
    }

    #[test]
    fn equal_values_are_one_bin() {
        for value in [0.0, 7.5] {
            let all = bins(&[value; 3]);
            assert_eq!(all.iter().map(|bin| bin.customers).sum::<u64>(), 3, "{all:?}");
        }
        assert_eq!(bins(&[-4.0, -4.0]).iter().map(|bin| bin.customers).sum::<u64>(), 2);
    }

    #[test]
    fn widths_are_what_people_count_in() {
        for (width, expected) in
            [(0.13, 0.2), (1.0, 1.0), (2.3, 5.0), (6.0, 10.0), (0.0, 0.0), (f64::NAN, 0.0)]
        {
            approx::assert_relative_eq!(round_width(width), expected, max_relative = 1e-12);
        }
    }
}
