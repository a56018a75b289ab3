//! How often intervals of value held at past dates that they had not seen.
//!
//! Each date in turn is judged by intervals that were fitted to the others. Where dates lie close together, what is spent
//! between two of them is part of both outcomes: then the others are those alone whose outcome shares no day with that of
//! the judged one, as far as such dates have payers enough.

mod purchase;

use tenure_core::{AsOf, Horizon, Timestamp};
use tenure_predict::{Confidence, Outcomes, ValueIntervals};

use crate::LearnError;
use crate::counted::counted;
pub(crate) use purchase::Asked;

/// Intervals, and what is told of them.
#[derive(Debug, Default)]
pub(crate) struct Sure {
    /// Over the recipe's horizon.
    pub(crate) intervals: Option<ValueIntervals>,
    /// Over its horizon of value, where that is another and past dates have seen it whole.
    pub(crate) clv_intervals: Option<ValueIntervals>,
    pub(crate) notes: Vec<String>,
}

/// The intervals of the rung, or where it has none those around the purchase model's values; `is_moved` is
/// whether trees or a season move those.
pub(crate) fn sure(
    of_rung: Option<Sure>,
    is_moved: bool,
    asked: Asked<'_>,
    notes: &mut Vec<String>,
) -> Result<Sure, LearnError> {
    let mut sure = match of_rung {
        Some(sure) => sure,
        None => purchase::intervals(asked, is_moved)?,
    };
    notes.append(&mut sure.notes);
    Ok(sure)
}

/// From when to when the outcome of a past date was looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    from: Timestamp,
    until: Timestamp,
}

impl Window {
    pub(crate) fn new(date: AsOf, horizon: Horizon) -> Self {
        Self { from: date.instant(), until: date.instant().saturating_add(horizon.length()) }
    }

    /// Whether they share a day.
    fn meets(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// Predictions of one date or several beside what happened, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pooled {
    pub(crate) p_no_order: Vec<f64>,
    pub(crate) expected: Vec<f64>,
    pub(crate) actual: Vec<f64>,
}

impl Pooled {
    pub(crate) fn add(&mut self, other: Self) {
        self.p_no_order.extend(other.p_no_order);
        self.expected.extend(other.expected);
        self.actual.extend(other.actual);
    }

    /// Intervals that these outcomes set; absent where too few spent anything.
    pub(crate) fn fit(&self) -> Option<ValueIntervals> {
        ValueIntervals::fit(self.outcomes()).ok()
    }

    fn outcomes(&self) -> Outcomes<'_> {
        Outcomes { p_no_order: &self.p_no_order, expected: &self.expected, actual: &self.actual }
    }
}

/// How often intervals held at dates that they had not seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Held {
    /// At each date that could be judged, the share of truths inside by [`Confidence::ALL`].
    shares: Vec<[f64; 2]>,
    /// Of those, the dates at which intervals had seen a part of the judged outcome.
    overlapping: usize,
}

/// Judges each date by intervals that had seen others: `said(one, judged)` is what is said at one date while another is
/// judged, and `said(judged, judged)` as it would have been scored.
pub(crate) fn held(
    windows: &[Window],
    said: impl Fn(usize, usize) -> Result<Pooled, LearnError>,
) -> Result<Held, LearnError> {
    let mut held = Held::default();
    for (judged, window) in windows.iter().enumerate() {
        let fitted_to = |is_seen: &dyn Fn(usize) -> bool| -> Result<Option<ValueIntervals>, LearnError> {
            let mut pooled = Pooled::default();
            for other in (0..windows.len()).filter(|other| *other != judged && is_seen(*other)) {
                pooled.add(said(other, judged)?);
            }
            Ok(pooled.fit())
        };
        let fitted = match fitted_to(&|other| !window.meets(windows[other]))? {
            Some(apart) => apart,
            None => match fitted_to(&|_| true)? {
                Some(overlapping) => {
                    held.overlapping += 1;
                    overlapping
                }
                None => continue,
            },
        };
        let own = said(judged, judged)?;
        held.shares.push(Confidence::ALL.map(|confidence| fitted.coverage(own.outcomes(), confidence)));
    }
    Ok(held)
}

impl Held {
    /// What a reader of the bundle is told of intervals over `horizon`.
    pub(crate) fn note(&self, horizon: Horizon) -> String {
        let dates = self.shares.len();
        if dates == 0 {
            return format!(
                "value intervals over {horizon} were set at the one past date that has seen it whole: nobody has counted \
                 how often they hold at another"
            );
        }
        let mean = |at: usize| 100.0 * self.shares.iter().map(|one| one[at]).sum::<f64>() / dates as f64;
        let overlapping = match self.overlapping {
            0 => String::new(),
            all if all == dates => "; the outcomes they had seen overlap those judged".to_owned(),
            some => format!("; at {some} of them the outcomes they had seen overlap the one judged"),
        };
        format!(
            "value intervals over {horizon} that had seen only the other past dates held {:.0} % of truths where 80 % were \
             promised, and {:.0} % where 95 % were ({}{overlapping})",
            mean(0),
            mean(1),
            counted(dates, "date")
        )
    }
}

/// What is told of a horizon that no past date has seen whole.
pub(crate) fn note_of_none(horizon: Horizon) -> String {
    format!(
        "value intervals over {horizon} are not calibrated, as no judged past date has seen it whole: they are what the \
         model itself promises, and nobody has counted how often they hold"
    )
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::sample::{day, horizon};

    fn window(from: f64, days: u32) -> Window {
        Window::new(AsOf::new(day(from)), horizon(days))
    }

    /// Customers who are even to order and spend `spent` if they do.
    fn customers(spent: f64) -> Pooled {
        let actual =
            (0..200).map(|one| spent * f64::from(one % 2) * (0.5 + f64::from(one) / 200.0)).collect();
        Pooled { p_no_order: vec![0.5; 200], expected: vec![50.0; 200], actual }
    }

    /// Which dates were seen when each was judged, and what was counted.
    fn judged(windows: &[Window], spent: &[f64]) -> (Held, Vec<(usize, usize)>) {
        let asked = RefCell::new(Vec::new());
        let said = |one: usize, judged: usize| {
            asked.borrow_mut().push((judged, one));
            Ok(customers(spent[one]))
        };
        let held = held(windows, said).unwrap();
        (held, asked.into_inner())
    }

    #[test]
    fn a_day_at_the_end_is_not_shared() {
        assert!(window(0.0, 10).meets(window(9.0, 10)) && window(9.0, 10).meets(window(0.0, 10)));
        assert!(!window(0.0, 10).meets(window(10.0, 10)) && !window(10.0, 10).meets(window(0.0, 10)));
        assert!(window(0.0, 30).meets(window(10.0, 5)));
    }

    #[test]
    fn a_date_is_judged_by_dates_that_share_no_day_with_it() {
        let windows = [window(0.0, 10), window(5.0, 10), window(10.0, 10)];
        let (held, asked) = judged(&windows, &[100.0; 3]);
        // The middle one shares days with both, so there is nothing else to judge it by.
        assert_eq!(asked, [(0, 2), (0, 0), (1, 0), (1, 2), (1, 1), (2, 0), (2, 2)]);
        assert_eq!((held.shares.len(), held.overlapping), (3, 1));
        let said = held.note(horizon(90));
        assert!(
            said.starts_with("value intervals over 90d that had seen only the other past dates held "),
            "{said}"
        );
        assert!(
            said.ends_with("(3 dates; at 1 of them the outcomes they had seen overlap the one judged)"),
            "{said}"
        );
    }

    #[test]
    fn dates_apart_with_too_few_payers_are_not_enough() {
        let windows = [window(0.0, 10), window(5.0, 10), window(10.0, 10)];
        let (held, asked) = judged(&windows, &[100.0, 100.0, 0.0]);
        assert_eq!(asked[..4], [(0, 2), (0, 1), (0, 2), (0, 0)]);
        assert_eq!(held.overlapping, 2, "the last one shares no day with the first, which has payers");
    }

    #[test]
    fn what_was_counted_is_what_came() {
        let apart = [window(0.0, 10), window(10.0, 10)];
        let (alike, _) = judged(&apart, &[100.0, 100.0]);
        for [narrow, wide] in &alike.shares {
            assert!((0.78..0.84).contains(narrow) && (0.94..0.97).contains(wide), "{alike:?}");
        }
        // Ten times as much is far outside, and a tenth far below, but for those who spend nothing.
        let (other, _) = judged(&apart, &[100.0, 1_000.0]);
        assert!(other.shares[1][0] < 0.55, "{other:?}");
    }

    #[test]
    fn a_reader_is_told_where_nobody_could_count() {
        let held = Held { shares: vec![[0.7961, 0.941], [0.79, 0.951]], overlapping: 2 };
        let said = held.note(horizon(365));
        assert!(
            said.contains("over 365d") && said.contains("79 % of truths") && said.contains("95 % where"),
            "{said}"
        );
        assert!(said.ends_with("(2 dates; the outcomes they had seen overlap those judged)"), "{said}");
        let (alone, _) = judged(&[window(0.0, 10)], &[100.0]);
        assert!(alone.note(horizon(30)).ends_with("nobody has counted how often they hold at another"));
        assert!(note_of_none(horizon(365)).contains("over 365d are not calibrated"));
    }
}
