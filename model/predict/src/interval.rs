//! How sure a predicted value is: conformal intervals around a hurdle.
//!
//! Most customers spend nothing in a horizon, and a few spend many times what was expected, so no interval of the
//! form "value plus or minus" fits. The predictive distribution here has the two parts of the prediction itself:
//! nothing with probability `p`, else the expected spend of a customer who orders, times a ratio whose distribution
//! is that of actual over expected spend among past payers. Its central interval at a nominal level is then widened
//! or narrowed until it held as often as promised on outcomes that the model had not seen (split conformal
//! prediction: Vovk, Gammerman and Shafer 2005; Angelopoulos and Bates 2021, "A gentle introduction to conformal
//! prediction"), in groups of customers alike in `p` (Mondrian), so that loyal customers do not pay for the
//! certainty of those long gone.

use serde::{Deserialize, Serialize};

use crate::PredictError;
use crate::error::{check_finite, check_pairs, check_probabilities};

/// How often an interval is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Four times in five.
    P80,
    /// Nineteen times in twenty.
    P95,
}

impl Confidence {
    /// Both, the lower first.
    pub const ALL: [Self; 2] = [Self::P80, Self::P95];

    /// The share of truths that is to lie inside.
    #[must_use]
    pub const fn share(self) -> f64 {
        match self {
            Self::P80 => 0.80,
            Self::P95 => 0.95,
        }
    }
}

/// Quantiles of the ratio that are kept.
const QUANTILES: usize = 199;
/// Groups of customers end at these probabilities of no order.
const EDGES: [f64; 6] = [0.1, 0.3, 0.5, 0.7, 0.85, 1.0];
/// A smaller group tells too little of its own and joins the next.
const LEAST_IN_GROUP: usize = 60;
/// Fewer payers tell nothing about a tail.
const LEAST_PAYERS: usize = 20;
/// What other groups may give up of their share so that all customers together hold what was promised, where
/// those long gone are surer than that whatever one does.
const MOST_GIVEN: f64 = 0.04;

/// Intervals around predicted values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct ValueIntervals {
    ratios: Vec<f64>,
    groups: Vec<Group>,
}

/// Customers alike in their probability of no order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Group {
    /// The highest probability of no order in the group.
    up_to: f64,
    /// Nominal levels at which the central interval held 80 and 95 times of 100.
    levels: [f64; 2],
}

#[derive(Deserialize)]
struct Unchecked {
    ratios: Vec<f64>,
    groups: Vec<Group>,
}

/// What was predicted of customers, beside what they then spent.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes<'a> {
    /// Probabilities of no order.
    pub p_no_order: &'a [f64],
    /// Expected spend, no order counting as nothing.
    pub expected: &'a [f64],
    /// What was spent.
    pub actual: &'a [f64],
}

impl ValueIntervals {
    /// Fits intervals to outcomes that the predictions had not seen.
    ///
    /// # Errors
    /// When the three do not pair up, a number is not finite or a probability not from 0 to 1, or fewer than 20
    /// customers spent anything.
    pub fn fit(outcomes: Outcomes<'_>) -> Result<Self, PredictError> {
        let Outcomes { p_no_order, expected, actual } = outcomes;
        check_pairs(actual.len(), p_no_order.len())?;
        check_pairs(actual.len(), expected.len())?;
        check_probabilities(p_no_order)?;
        check_finite("predicted", expected)?;
        check_finite("actual", actual)?;
        let mut ratios: Vec<f64> = (0..actual.len())
            .filter(|at| actual[*at] > 0.0)
            .filter_map(|at| given_order(p_no_order[at], expected[at]).map(|mean| actual[at] / mean))
            .collect();
        if ratios.len() < LEAST_PAYERS {
            return Err(PredictError::TooFewPayers { payers: ratios.len(), needed: LEAST_PAYERS });
        }
        ratios.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| {
            let place = (index as f64 + 0.5) / QUANTILES as f64 * (ratios.len() - 1) as f64;
            let (low, part) = (place.floor(), place.fract());
            let upper = ratios[(low as usize + 1).min(ratios.len() - 1)];
            ratios[low as usize] + part * (upper - ratios[low as usize])
        };
        let mut fitted = Self { ratios: (0..QUANTILES).map(at).collect(), groups: Vec::new() };
        let scores: Vec<(f64, f64)> = (0..actual.len())
            .map(|at| (p_no_order[at], fitted.score(p_no_order[at], expected[at], actual[at])))
            .collect();
        fitted.groups = groups(scores);
        Ok(fitted)
    }

    /// The same without the levels that outcomes set, where those say nothing of what is to be asked: what is left is
    /// what the predictive distribution promises.
    #[must_use]
    pub fn uncounted(self) -> Self {
        Self { groups: Vec::new(), ..self }
    }

    /// The interval around one prediction, in the unit of `expected`: at least 0. Where [no levels](Self::uncounted)
    /// are kept, the [nominal](Self::nominal) one.
    #[must_use]
    pub fn around(&self, p_no_order: f64, expected: f64, confidence: Confidence) -> (f64, f64) {
        if self.groups.is_empty() {
            return self.nominal(p_no_order, expected, confidence);
        }
        let group = self.groups.iter().find(|group| p_no_order <= group.up_to).or(self.groups.last());
        let level = group.map_or(confidence.share(), |group| group.levels[confidence as usize]);
        let at = |share: f64| self.quantile(p_no_order, expected, share);
        (at((1.0 - level) / 2.0), at(f64::midpoint(1.0, level)))
    }

    /// The interval that holds the promised share by the predictive distribution alone, for another horizon than the one
    /// that intervals were fitted for: over that one nobody counted how often they hold.
    ///
    /// The central interval, or where nothing is likelier than its lower tail, the one from nothing up.
    #[must_use]
    pub fn nominal(&self, p_no_order: f64, expected: f64, confidence: Confidence) -> (f64, f64) {
        let tail = (1.0 - confidence.share()) / 2.0;
        let (low, high) = if p_no_order <= tail {
            (tail, 1.0 - tail)
        } else {
            (0.0, confidence.share().max(1.0 - p_no_order))
        };
        let at = |share: f64| self.quantile(p_no_order, expected, share);
        (at(low), at(high))
    }

    /// Which share of truths the intervals held.
    #[must_use]
    pub fn coverage(&self, outcomes: Outcomes<'_>, confidence: Confidence) -> f64 {
        let Outcomes { p_no_order, expected, actual } = outcomes;
        let held = (0..actual.len()).filter(|at| {
            let (low, high) = self.around(p_no_order[*at], expected[*at], confidence);
            (low..=high).contains(&actual[*at].max(0.0))
        });
        held.count() as f64 / actual.len().max(1) as f64
    }

    /// The predictive quantile.
    fn quantile(&self, p_no_order: f64, expected: f64, share: f64) -> f64 {
        let Some(mean) = given_order(p_no_order, expected).filter(|_| share > p_no_order) else { return 0.0 };
        let place = (share - p_no_order) / (1.0 - p_no_order) * self.ratios.len() as f64 - 0.5;
        let (Some(first), Some(last)) = (self.ratios.first(), self.ratios.last()) else { return 0.0 };
        let low = place.floor();
        let ratio = if low < 0.0 {
            // From nothing at probability 0 up to the first quantile kept.
            first * (place + 0.5) / 0.5
        } else {
            let next = self.ratios.get(low as usize + 1).unwrap_or(last);
            let this = self.ratios.get(low as usize).unwrap_or(last);
            this + (place - low) * (next - this)
        };
        (mean * ratio).max(0.0)
    }

    /// The lowest nominal level whose interval holds what was spent: 0 for the middle, 1 for the ends.
    fn score(&self, p_no_order: f64, expected: f64, actual: f64) -> f64 {
        if actual <= 0.0 {
            return (1.0 - 2.0 * p_no_order).max(0.0);
        }
        let Some(mean) = given_order(p_no_order, expected) else { return 1.0 };
        let ratio = actual / mean;
        let above = self.ratios.partition_point(|one| *one < ratio);
        let count = self.ratios.len() as f64;
        let inner = match (above.checked_sub(1).and_then(|at| self.ratios.get(at)), self.ratios.get(above)) {
            (None, Some(first)) => 0.5 * ratio / first,
            (Some(low), Some(high)) if high > low => above as f64 - 0.5 + (ratio - low) / (high - low),
            (Some(_), Some(_)) => above as f64 + 0.5,
            (_, None) => count,
        };
        let share = p_no_order + (1.0 - p_no_order) * inner / count;
        (2.0 * share - 1.0).abs().min(1.0)
    }
}

/// Expected spend of a customer who orders at all; absent where none is expected.
fn given_order(p_no_order: f64, expected: f64) -> Option<f64> {
    (expected > 0.0 && p_no_order < 1.0).then(|| expected / (1.0 - p_no_order))
}

/// Scores by group, and the levels at which all together hold what is promised.
fn groups(mut scores: Vec<(f64, f64)>) -> Vec<Group> {
    scores.sort_unstable_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
    let mut cut: Vec<(f64, Vec<f64>)> = Vec::new();
    let mut rest = scores.as_slice();
    for edge in EDGES {
        let (own, later) = rest.split_at(rest.partition_point(|(p, _)| *p <= edge));
        rest = later;
        let own = own.iter().map(|(_, score)| *score);
        match cut.last_mut().filter(|(_, group)| group.len() < LEAST_IN_GROUP) {
            Some(last) => {
                last.0 = edge;
                last.1.extend(own);
            }
            None => cut.push((edge, own.collect())),
        }
    }
    if cut.len() > 1 && cut.last().is_some_and(|(_, group)| group.len() < LEAST_IN_GROUP) {
        let (edge, own) = cut.pop().unwrap_or_default();
        if let Some(last) = cut.last_mut() {
            last.0 = edge;
            last.1.extend(own);
        }
    }
    for (_, group) in &mut cut {
        group.sort_unstable_by(f64::total_cmp);
    }
    let levels: Vec<Vec<f64>> = Confidence::ALL.iter().map(|one| levels(&cut, one.share())).collect();
    let group = |(at, (edge, _)): (usize, &(f64, Vec<f64>))| Group {
        up_to: *edge,
        levels: [levels[0][at], levels[1][at]],
    };
    cut.iter().enumerate().map(group).collect()
}

/// Levels of the groups at which all customers together hold `share`, each group no less than a little below it.
fn levels(groups: &[(f64, Vec<f64>)], share: f64) -> Vec<f64> {
    let all: usize = groups.iter().map(|(_, group)| group.len()).sum();
    let at = |share: f64| -> Vec<f64> { groups.iter().map(|(_, group)| conformal(group, share)).collect() };
    let held = |levels: &[f64]| {
        let inside = groups
            .iter()
            .zip(levels)
            .map(|((_, group), level)| group.partition_point(|score| score <= level));
        inside.sum::<usize>() as f64 / all.max(1) as f64
    };
    let (mut low, mut high) = (share - MOST_GIVEN * (1.0 - share) / 0.2, share);
    for _ in 0..20 {
        let middle = f64::midpoint(low, high);
        if held(&at(middle)) >= share { high = middle } else { low = middle }
    }
    at(high)
}

/// The score that a new one stays below with probability `share`: the ceil((n + 1) share)-th of n.
fn conformal(sorted: &[f64], share: f64) -> f64 {
    let place = ((sorted.len() + 1) as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(1.0)
}

impl TryFrom<Unchecked> for ValueIntervals {
    type Error = PredictError;
    fn try_from(file: Unchecked) -> Result<Self, PredictError> {
        let Unchecked { ratios, groups } = file;
        let rises = ratios.is_sorted() && ratios.len() <= 10_000;
        let fine = |one: &f64| one.is_finite() && *one >= 0.0;
        let within = |one: &f64| (0.0..=1.0).contains(one);
        let held = groups.iter().all(|group| within(&group.up_to) && group.levels.iter().all(within));
        let ordered = groups.is_sorted_by(|left, right| left.up_to < right.up_to) && groups.len() <= 100;
        if rises && ratios.iter().all(fine) && held && ordered && !ratios.is_empty() {
            Ok(Self { ratios, groups })
        } else {
            Err(PredictError::InvalidIntervals)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same everywhere, in (0, 1).
    fn uniforms(count: usize, seed: u64) -> Vec<f64> {
        // SplitMix64 (Steele, Lea and Flood 2014), of which neighbouring seeds have nothing in common.
        let mut state = seed.wrapping_mul(0xD1B5_4A32_D192_ED03);
        let next = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (((mixed ^ (mixed >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    /// Customers whose truth is drawn as predicted, with an exponential spend.
    fn drawn(count: usize, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let (p, coin, spend) = (uniforms(count, seed), uniforms(count, seed + 1), uniforms(count, seed + 2));
        let mean: Vec<f64> = p.iter().map(|p| 100.0 * (1.0 - p) * (1.0 + p)).collect();
        let spent = |at: usize| {
            if coin[at] < p[at] { 0.0 } else { -spend[at].ln() * 100.0 * (1.0 + p[at]) }
        };
        let actual = (0..count).map(spent).collect();
        (p, mean, actual)
    }

    #[test]
    fn intervals_hold_what_they_promise_on_new_customers() {
        let (p, expected, actual) = drawn(6_000, 1);
        let fitted =
            ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &actual }).unwrap();
        let (p, expected, actual) = drawn(6_000, 77);
        let fresh = Outcomes { p_no_order: &p, expected: &expected, actual: &actual };
        let held = fitted.coverage(fresh, Confidence::P80);
        assert!((0.78..=0.825).contains(&held), "{held}");
        let held = fitted.coverage(fresh, Confidence::P95);
        assert!((0.935..=0.965).contains(&held), "{held}");
    }

    /// Fitted over a short horizon in which most order nothing, asked over a long one in which most do.
    #[test]
    fn over_another_horizon_intervals_hold_what_the_distribution_promises() {
        let part = |customers: &(Vec<f64>, Vec<f64>, Vec<f64>), keep: fn(f64) -> bool| {
            let at: Vec<usize> = (0..customers.0.len()).filter(|at| keep(customers.0[*at])).collect();
            let of = |all: &[f64]| at.iter().map(|at| all[*at]).collect::<Vec<f64>>();
            (of(&customers.0), of(&customers.1), of(&customers.2))
        };
        let (p, expected, actual) = part(&drawn(9_000, 3), |p| p > 0.85);
        let fitted =
            ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &actual }).unwrap();
        let (p, expected, actual) = part(&drawn(9_000, 21), |p| p < 0.5);
        for (confidence, allowed) in [(Confidence::P80, 0.77..=0.87), (Confidence::P95, 0.92..=0.98)] {
            let held = (0..p.len()).filter(|at| {
                let (low, high) = fitted.nominal(p[*at], expected[*at], confidence);
                low < high && (low..=high).contains(&actual[*at])
            });
            let held = held.count() as f64 / p.len() as f64;
            assert!(allowed.contains(&held), "{confidence:?} {held}");
        }
    }

    #[test]
    fn a_wider_promise_is_a_wider_interval_and_holds_the_narrower() {
        let (p, expected, actual) = drawn(2_000, 5);
        let fitted =
            ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &actual }).unwrap();
        for (p, expected) in p.iter().zip(&expected) {
            let (low, high) = fitted.around(*p, *expected, Confidence::P80);
            let (lower, higher) = fitted.around(*p, *expected, Confidence::P95);
            assert!(0.0 <= lower && lower <= low && low <= high && high <= higher, "{p} {expected}");
        }
    }

    #[test]
    fn who_is_long_gone_is_expected_to_spend_nothing() {
        let (p, expected, actual) = drawn(4_000, 9);
        let fitted =
            ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &actual }).unwrap();
        assert_eq!(fitted.around(0.97, 3.0, Confidence::P80), (0.0, 0.0));
        assert_eq!(fitted.around(1.0, 0.0, Confidence::P95), (0.0, 0.0));
        assert!(fitted.around(0.01, 99.0, Confidence::P80).0 > 0.0);
    }

    #[test]
    fn without_levels_the_distribution_alone_promises() {
        let (p, expected, actual) = drawn(2_000, 13);
        let fitted =
            ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &actual }).unwrap();
        let uncounted = fitted.clone().uncounted();
        assert_ne!(fitted.around(0.3, 60.0, Confidence::P80), fitted.nominal(0.3, 60.0, Confidence::P80));
        for (p, expected) in p.iter().zip(&expected) {
            for confidence in Confidence::ALL {
                let nominal = fitted.nominal(*p, *expected, confidence);
                assert_eq!(uncounted.around(*p, *expected, confidence), nominal);
                assert_eq!(uncounted.nominal(*p, *expected, confidence), nominal);
            }
        }
    }

    #[test]
    fn too_few_payers_and_bad_numbers_are_refused() {
        let (p, expected) = (vec![0.5; 50], vec![1.0; 50]);
        let few = ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &[0.0; 50] });
        assert!(matches!(few, Err(PredictError::TooFewPayers { payers: 0, needed: 20 })));
        let wrong = ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &[1.0], actual: &[0.0; 50] });
        assert!(wrong.is_err());
        let nan =
            ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &[f64::NAN; 50] });
        assert!(nan.is_err());
    }

    #[test]
    fn a_file_with_impossible_intervals_is_refused() {
        let group = |up_to, level| Group { up_to, levels: [level, 0.9] };
        let read = |ratios: &[f64], groups: &[Group]| {
            ValueIntervals::try_from(Unchecked { ratios: ratios.to_vec(), groups: groups.to_vec() })
        };
        assert!(read(&[0.5, 1.0], &[group(0.5, 0.7), group(1.0, 0.4)]).is_ok());
        assert!(read(&[1.0, 0.5], &[]).is_err());
        assert!(read(&[], &[]).is_err());
        assert!(read(&[-1.0], &[]).is_err());
        assert!(read(&[f64::INFINITY], &[]).is_err());
        assert!(read(&[1.0], &[group(0.5, 1.7)]).is_err());
        assert!(read(&[1.0], &[group(0.5, 0.7), group(0.5, 0.7)]).is_err());
    }
}
