//! Whether the next order's date comes from a customer's own rhythm: where past dates say that it lies nearer.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::{OrderHistory, PurchaseSummary};
use tenure_btyd::{BtydError, OwnRhythm, Rhythms};
use tenure_bundle::{Forecast, OrderModel, OwnDates, as_customer, log_gaps};
use tenure_core::{AsOf, CustomerId, Horizon, Timestamp, Weeks};

use crate::LearnError;
use crate::book::seen_at;
use crate::candidate::{LEAST_REPEATERS, OrderKind, order_data};
use crate::origin::Origin;
use crate::recipe::Recipe;

/// Customers looked at, at most: more make the choice no surer, only slower.
const MOST_CUSTOMERS: usize = 10_000;

/// Fewer next orders of customers with a rhythm tell nothing.
const LEAST_ORDERS: usize = 30;

/// The dates that scores give: earliest, median, latest.
const SHARES: [f64; 3] = [0.1, 0.5, 0.9];

/// The ends of an interval are set by so many next orders at least.
const LEAST_FOR_ENDS: usize = 100;

/// The rhythms to keep in the bundle, and what past dates said of them.
#[derive(Debug, Default)]
pub(crate) struct Dates {
    pub(crate) own_dates: Option<OwnDates>,
    pub(crate) note: Option<String>,
}

/// How the customers of a shop are spread over regularities, with the rates of its purchase model; absent where too few
/// have two gaps.
fn fit<'a>(
    orders: &OrderModel,
    summaries: impl Iterator<Item = &'a PurchaseSummary>,
) -> Result<Option<Rhythms>, BtydError> {
    let customers: Vec<_> = summaries.map(|seen| (as_customer(Some(seen)), log_gaps(seen))).collect();
    let [r, alpha] = orders.order_rate();
    match Rhythms::fit(&customers, r, alpha) {
        Err(BtydError::TooFewCustomers { .. }) => Ok(None),
        fitted => fitted.map(Some),
    }
}

/// Compares dates by own rhythm with those of the purchase model at past origins, for the customers who have a rhythm
/// and ordered.
///
/// By the quantile loss of the three dates (Koenker and Bassett 1978, "Regression quantiles"), which the true
/// quantiles have least of.
pub(crate) fn dates(
    histories: &[(&CustomerId, &OrderHistory)],
    summaries: &[PurchaseSummary],
    origins: &[Origin],
    (kind, orders): (OrderKind, &OrderModel),
    recipe: &Recipe,
) -> Result<Dates, LearnError> {
    let unfit = |last| LearnError::NoModel { last };
    let Some(rhythms) = fit(orders, summaries.iter()).map_err(unfit)? else { return Ok(Dates::default()) };
    let own = summaries
        .iter()
        .filter(|seen| rhythms.of(&as_customer(Some(seen)), log_gaps(seen)).is_some())
        .count();
    if own < LEAST_ORDERS {
        return Ok(Dates::default());
    }
    let step = histories.len().div_ceil(MOST_CUSTOMERS).max(1);
    let some: Vec<_> = histories.iter().step_by(step).copied().collect();
    let tried: Vec<_> = origins.par_iter().map(|origin| at(&some, *origin, kind, recipe)).collect();
    let cases: Vec<Vec<Wait>> = tried.into_iter().collect::<Result<_, LearnError>>()?;
    if cases.iter().flatten().count() < LEAST_ORDERS {
        return Ok(Dates::default());
    }
    let by_model = Proof::of(cases.iter().flatten().map(|wait| (wait.by_model, wait.actual)));
    let by_rhythm = Proof::of((0..cases.len()).flat_map(|at| {
        // As the other origins set its ends, so that the interval has not seen what it is judged by.
        let others = cases.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, one)| one);
        let [earliest, latest] = ends(others.flatten());
        let dates = move |wait: &Wait| {
            let share = |share| days(wait.own.next_order(share, wait.within));
            ([share(earliest), share(0.5), share(latest)], wait.actual)
        };
        cases[at].iter().map(dates)
    }));
    let is_better = by_rhythm.loss < by_model.loss;
    let shown = format!(
        "at past dates the interval of 80 % held {:.0} % of {} next orders by own rhythm and {:.0} % by the purchase model, \
         with a median error of {:.1} and {:.1} days",
        100.0 * by_rhythm.held,
        cases.iter().flatten().count(),
        100.0 * by_model.held,
        by_rhythm.median_error,
        by_model.median_error,
    );
    if !is_better {
        let note = format!("the date of the next order comes from the purchase model alone: {shown}");
        return Ok(Dates { own_dates: None, note: Some(note) });
    }
    let note = format!("the date of the next order comes from their own rhythm for {own} customers: {shown}");
    // Ends are in range, whatever was seen.
    let own_dates = OwnDates::new(rhythms, ends(cases.iter().flatten())).ok();
    Ok(Dates { own_dates, note: Some(note) })
}

/// Between which shares of next orders by own rhythm four fifths of those that came lie; a tenth and nine tenths, or
/// further apart where past orders were.
fn ends<'a>(waits: impl Iterator<Item = &'a Wait>) -> [f64; 2] {
    let mut come: Vec<f64> = waits.map(|wait| wait.come_by).collect();
    if come.len() < LEAST_FOR_ENDS {
        return [SHARES[0], SHARES[2]];
    }
    come.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| come[((share * come.len() as f64) as usize).min(come.len() - 1)];
    [at(0.1).min(SHARES[0]), at(0.9).max(SHARES[2])]
}

fn days(weeks: Weeks) -> f64 {
    7.0 * weeks.get()
}

/// One next order: when it came, and when it was expected by the purchase model, in days, and by own rhythm.
#[derive(Debug)]
struct Wait {
    by_model: [f64; 3],
    own: OwnRhythm,
    within: Weeks,
    actual: f64,
    /// The share of next orders that own rhythm had expected by then.
    come_by: f64,
}

/// The next orders of customers with a rhythm at one origin.
fn at(
    histories: &[(&CustomerId, &OrderHistory)],
    origin: Origin,
    kind: OrderKind,
    recipe: &Recipe,
) -> Result<Vec<Wait>, LearnError> {
    let as_of = origin.as_of;
    let rule = &recipe.summary_rule;
    let seen = seen_at(histories, as_of, as_of.instant(), rule)?;
    if seen.iter().filter(|seen| seen.summary.frequency > 0).count() < LEAST_REPEATERS {
        return Ok(Vec::new());
    }
    let data =
        order_data(seen.iter().map(|seen| &seen.summary)).map_err(|last| LearnError::NoModel { last })?;
    // What cannot be fitted at an origin is noted by the backtest.
    let Ok((orders, _)) = kind.fit(&data, recipe.penalizer) else { return Ok(Vec::new()) };
    let Ok(Some(rhythms)) = fit(&orders, seen.iter().map(|seen| &seen.summary)) else {
        return Ok(Vec::new());
    };
    let known = histories.iter().filter(|(_, history)| history.has_order_before(as_of));
    let wait = |((_, history), seen): (&(&CustomerId, &OrderHistory), &crate::book::Seen)| {
        let actual = next_occasion(history, origin, |at| rule.occasion_of(at))?;
        let own = rhythms.of(&as_customer(Some(&seen.summary)), log_gaps(&seen.summary))?;
        let forecast = Forecast::of(&orders, Some(&seen.summary));
        let within = origin.horizon.weeks();
        let by_model = SHARES.map(|share| days(forecast.outlook().next_order(share, within)));
        let come_by = own.come_by(Weeks::new(actual / 7.0).ok()?, within);
        Some(Wait { by_model, own, within, actual, come_by })
    };
    Ok(known.zip(&seen).filter_map(wait).collect())
}

/// Days from the origin to the first occasion in its horizon.
fn next_occasion(
    history: &OrderHistory,
    Origin { as_of, horizon, .. }: Origin,
    occasion_of: impl Fn(Timestamp) -> Timestamp,
) -> Option<f64> {
    let is_next = |(at, minor): &&(Timestamp, i64)| !as_of.knows(*at) && *minor >= 0;
    let (next, _) = history.entries().iter().find(is_next)?;
    let is_within =
        |at: Timestamp, as_of: AsOf, horizon: Horizon| at < as_of.instant().saturating_add(horizon.length());
    is_within(*next, as_of, horizon).then(|| occasion_of(*next).since(as_of.instant()).days().max(0.0))
}

/// How near dates lay.
#[derive(Debug)]
struct Proof {
    /// Share of orders from the earliest to the latest date.
    held: f64,
    median_error: f64,
    /// Mean quantile loss over the three dates.
    loss: f64,
}

impl Proof {
    fn of(dates: impl Iterator<Item = ([f64; 3], f64)>) -> Self {
        let (mut held, mut loss, mut errors) = (0.0, 0.0, Vec::new());
        for (expected, actual) in dates {
            held += f64::from(u8::from((expected[0]..=expected[2]).contains(&actual)));
            errors.push((actual - expected[1]).abs());
            for (share, date) in SHARES.iter().zip(expected) {
                let late = actual - date;
                loss += if late > 0.0 { share * late } else { (share - 1.0) * late };
            }
        }
        errors.sort_unstable_by(f64::total_cmp);
        let count = errors.len() as f64;
        Self { held: held / count, median_error: errors[errors.len() / 2], loss: loss / count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{book, day, history, horizon, recipe, regular_shop, rule, shop};
    use crate::{ModelChoice, Trained, train};

    const END: f64 = 20_700.0;

    fn trained(orders: &[(u32, f64, i64)], kind: OrderKind) -> Trained {
        train(&book(orders), &Recipe { model: ModelChoice::Fixed(kind), ..recipe(END) }).unwrap()
    }

    fn noted<'a>(trained: &'a Trained, start: &str) -> Option<&'a str> {
        trained.manifest.notes.iter().map(String::as_str).find(|note| note.starts_with(start))
    }

    #[test]
    fn a_model_of_random_orders_dates_regular_customers_by_their_own_rhythm() {
        let orders = regular_shop(6, 250, 700.0);
        let by_random = trained(&orders, OrderKind::MbgNbd);
        let note = noted(&by_random, "the date of the next order comes from their own rhythm for ");
        assert!(by_random.model.own_dates.is_some() && note.is_some(), "{:?}", by_random.manifest.notes);
        let dates = by_random.model.own_dates.unwrap();
        let shares = dates.rhythms().shares();
        assert!(shares[0] < 0.05 && shares[4..9].iter().sum::<f64>() > 0.6, "{shares:?}");
    }

    #[test]
    fn where_orders_come_at_random_nobody_has_a_rhythm() {
        let random = trained(&shop(150, 700.0), OrderKind::MbgNbd);
        assert_eq!(random.model.own_dates, None);
        assert_eq!(noted(&random, "the date of the next order"), None);
    }

    #[test]
    fn the_next_occasion_is_the_first_from_the_origin_on() {
        let origin = Origin { as_of: AsOf::new(day(10.5)), horizon: horizon(30), weight: 1.0 };
        let next =
            |events: &[(f64, i64)]| next_occasion(&history(events), origin, |at| rule().occasion_of(at));
        assert_eq!(next(&[(1.0, 10), (10.5, 10), (12.0, 10)]), Some(0.0), "it has begun this morning");
        assert_eq!(
            next(&[(1.0, 10), (10.4, 10), (12.7, 10), (12.8, 10)]),
            Some(1.5),
            "a day begins at midnight"
        );
        assert_eq!(next(&[(1.0, 10), (11.0, -10), (14.5, 0)]), Some(3.5), "free, but no refund");
        assert_eq!((next(&[(1.0, 10), (40.5, 10)]), next(&[(1.0, 10)])), (None, None));
    }

    #[test]
    fn a_proof_counts_what_was_held_and_how_far_off_dates_were() {
        let dates = [([2.0, 5.0, 9.0], 9.0), ([2.0, 5.0, 9.0], 1.0), ([0.0, 4.0, 8.0], 7.0)];
        let proof = Proof::of(dates.into_iter());
        approx::assert_relative_eq!(proof.held, 2.0 / 3.0);
        approx::assert_relative_eq!(proof.median_error, 4.0);
        // Of the first .1 * 7 + .5 * 4 + 0, of the second .9 + .5 * 4 + .1 * 8, of the third .7 + 1.5 + .1.
        approx::assert_relative_eq!(proof.loss, (2.7 + 3.7 + 2.3) / 3.0, max_relative = 1e-12);
    }

    #[test]
    fn an_interval_is_as_wide_as_past_orders_ask_for_and_no_narrower_than_said() {
        let mut shares = [0.0; 12];
        shares[2] = 1.0;
        let week = Weeks::new(1.0).unwrap();
        let seen =
            as_customer(Some(&crate::sample::summary(&[(0.0, 1), (7.0, 1), (14.0, 1), (21.0, 1)], 22.0)));
        let own = Rhythms::new(1.0, 1.0, shares).unwrap().of(&seen, 0.0).unwrap();
        let waits = |come_by: &dyn Fn(f64) -> f64, count: u32| -> Vec<Wait> {
            let one = |n: u32| Wait {
                by_model: [0.0; 3],
                own: own.clone(),
                within: week,
                actual: 0.0,
                come_by: come_by((f64::from(n) + 0.5) / f64::from(count)),
            };
            (0..count).map(one).collect()
        };
        let far = ends(waits(&|share| share.powi(2), 200).iter());
        approx::assert_abs_diff_eq!(far[0], 0.01, epsilon = 0.002);
        assert_eq!(far[1], 0.9, "0.81 would do, and is less than was said");
        let near = ends(waits(&|share| 0.3 + 0.4 * share, 200).iter());
        assert_eq!(near, [0.1, 0.9]);
        assert_eq!(ends(waits(&|_| 1.0, 99).iter()), [0.1, 0.9], "too few");
    }
}
