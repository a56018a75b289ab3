//! A look at customers while they are scored: whether their orders reach the as-of, and whether they are those of the
//! shop that the bundle was trained on.
//!
//! It counts only, so that it can look on from every thread, costs little beside a score, and takes no memory for a
//! customer; and the order in which customers come changes nothing.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tenure_behaviour::{OrderHistory, PurchaseSummary, SummaryRule};
use tenure_bundle::{FeatureProfile, Profile, Scorer};
use tenure_core::{AsOf, Duration, Timestamp};
use tenure_predict::population_stability;

use crate::inputs::{self, Read};
use crate::silence::{DAY_US, Silence};

/// What tells shops apart, and how people call it. Ages and silences do not: a month later all of a shop's customers
/// of one season are a month older, and it is the same shop.
const TELLING: [(&str, &str); 2] =
    [("frequency", "how often they came back"), ("mean_spend", "what they spend on an order")];

/// Stability index above which customers are spread strongly otherwise; two of two such are another shop.
const STRONG: f64 = 0.25;

/// Above this one is enough: next to nobody is where most were.
const EXTREME: f64 = 1.0;

/// Fewer customers than this say nothing.
const LEAST_CUSTOMERS: u64 = 100;

/// Days from 1970 on that can be remembered, until the year 2329.
const DAYS: usize = 1 << 17;

/// Looks on while customers are scored.
#[derive(Debug)]
pub struct Onlooker {
    as_of: AsOf,
    rule: SummaryRule,
    /// Whether training saw the shop when it was younger, or no older.
    is_later: bool,
    /// Customers of whom the first order lies after this are compared with those of training.
    since: Timestamp,
    features: Vec<Watched>,
    /// A bit for each day with an order or a refund.
    days: Vec<AtomicU64>,
    last_event_us: AtomicI64,
}

/// A feature and how it is spread, then and now.
#[derive(Debug)]
struct Watched {
    called: &'static str,
    read: Read,
    then: FeatureProfile,
    now: Vec<AtomicU64>,
}

impl Onlooker {
    /// Looks at customers that `scorer` scores as of `as_of`. Without a profile of training it can only tell whether
    /// the orders reach the as-of.
    #[must_use]
    pub fn new(scorer: &Scorer, profile: Option<&Profile>, as_of: AsOf) -> Self {
        let manifest = scorer.manifest();
        let watched = |(name, called): &(&str, &'static str)| {
            let then = profile?.features.iter().find(|feature| feature.name() == *name)?.clone();
            let now = (0..then.counts().len() + 1).map(|_| AtomicU64::new(0)).collect();
            Some(Watched { called, read: inputs::read_of(name)?, then, now })
        };
        let longest = Duration::from_days(profile.map_or(0, |profile| profile.longest_age_days));
        Self {
            as_of,
            rule: manifest.summary_rule.clone(),
            is_later: as_of >= manifest.as_of,
            since: as_of.instant().saturating_sub(longest),
            features: TELLING.iter().filter_map(watched).collect(),
            days: (0..DAYS / 64).map(|_| AtomicU64::new(0)).collect(),
            last_event_us: AtomicI64::new(i64::MIN),
        }
    }

    /// Counts a customer; nothing at or after the as-of is looked at, and nobody without an order before it.
    pub fn see(&self, history: &OrderHistory) {
        let Ok(Some(summary)) = PurchaseSummary::of(history, self.as_of, &self.rule) else { return };
        let known = || history.entries().iter().map(|(at, _)| *at).filter(|at| self.as_of.knows(*at));
        if let Some(last) = known().max() {
            self.last_event_us.fetch_max(last.microseconds(), Ordering::Relaxed);
        }
        for at in known() {
            let day = usize::try_from(at.microseconds().div_euclid(DAY_US)).unwrap_or(usize::MAX);
            // Threads share these words: most days are marked already, and reading them costs next to nothing.
            let Some(word) = self.days.get(day / 64) else { continue };
            if word.load(Ordering::Relaxed) >> (day % 64) & 1 == 0 {
                word.fetch_or(1 << (day % 64), Ordering::Relaxed);
            }
        }
        if summary.first_order_at < self.since {
            return;
        }
        for feature in &self.features {
            let spread = feature.then.spread(&[(feature.read)(&summary)]);
            for (count, one) in feature.now.iter().zip(spread).filter(|(_, one)| *one > 0) {
                count.fetch_add(one, Ordering::Relaxed);
            }
        }
    }

    /// What there is to warn of, a sentence each: orders that end before the as-of, customers of another shop.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let silence = self.silence().map(|silence| silence.to_string());
        silence.into_iter().chain(self.stranger()).collect()
    }

    fn silence(&self) -> Option<Silence> {
        let last_event = Timestamp::from_microseconds(self.last_event_us.load(Ordering::Relaxed)).ok()?;
        let words = self.days.iter().enumerate();
        let bits = words.flat_map(|(place, word)| {
            let word = word.load(Ordering::Relaxed);
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| (place * 64 + bit) as i64)
        });
        Silence::of(self.as_of, last_event, &bits.collect::<BTreeSet<i64>>())
    }

    fn stranger(&self) -> Option<String> {
        let found: Vec<(&Watched, f64)> = self.features.iter().filter_map(|one| one.strongly()).collect();
        // A shop seen when it was younger had fewer who came back.
        let is_extreme = |(one, psi): &(&Watched, f64)| {
            *psi > EXTREME && (self.is_later || one.then.name() == "mean_spend")
        };
        if found.len() < TELLING.len() && !found.iter().any(is_extreme) {
            return None;
        }
        let told: Vec<String> = found.iter().map(|(one, psi)| format!("{} ({psi:.2})", one.called)).collect();
        Some(format!(
            "customers are spread otherwise than those of training in {}, population stability indices of which {STRONG} \
             is much: this looks like another shop than the bundle's, another unit of amounts, or a part of the orders; \
             scores of another shop are no predictions: train on its orders",
            told.join(" and ")
        ))
    }
}

impl Watched {
    /// The stability index, where it is strong and not by chance.
    fn strongly(&self) -> Option<(&Self, f64)> {
        let now: Vec<u64> = self.now.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        if now.iter().sum::<u64>() < LEAST_CUSTOMERS {
            return None;
        }
        let then: Vec<u64> = self.then.counts().iter().copied().chain([self.then.missing()]).collect();
        let found = population_stability(&then, &now).ok()?;
        (found.psi > STRONG && found.psi > found.by_chance).then_some((self, found.psi))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{day, recipe, shop};
    use crate::{OrderBook, train};
    use tenure_bundle::{Limits, decode};

    /// Of a book, scored by a bundle that was trained on another or the same.
    fn warnings(of: &OrderBook, trained: &crate::Trained, as_of: f64) -> Vec<String> {
        let bytes = trained.to_bundle().unwrap();
        let raw = decode(&bytes, &Limits::default()).unwrap();
        let profile = Profile::of(&raw).unwrap();
        let scorer = Scorer::from_raw(raw).unwrap();
        let onlooker = Onlooker::new(&scorer, profile.as_ref(), AsOf::new(day(as_of)));
        of.sorted().iter().for_each(|(_, history)| onlooker.see(history));
        onlooker.warnings()
    }

    /// The same orders, `times` as dear, of `each` customer in so many.
    fn changed(orders: &[(u32, f64, i64)], times: i64) -> Vec<(u32, f64, i64)> {
        orders.iter().map(|(customer, at, amount)| (*customer, *at, amount * times)).collect()
    }

    #[test]
    fn the_same_shop_is_no_stranger_then_a_month_later_and_earlier() {
        let orders = shop(400, 700.0);
        let book = crate::sample::book(&orders);
        let trained = train(&book, &recipe(20_600.0)).unwrap();
        for as_of in [20_600.0, 20_630.0, 20_695.0, 20_500.0, 20_300.0] {
            assert_eq!(warnings(&book, &trained, as_of), Vec::<String>::new(), "{as_of}");
        }
    }

    #[test]
    fn orders_that_end_long_before_are_warned_of() {
        let book = crate::sample::book(&shop(400, 700.0));
        let trained = train(&book, &recipe(20_600.0)).unwrap();
        let said = warnings(&book, &trained, 20_760.0);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("the last order before"), "{said:?}");
        assert_eq!(said[0], book.silence(AsOf::new(day(20_760.0))).unwrap().to_string());
    }

    #[test]
    fn another_shop_or_another_unit_is_warned_of() {
        let orders = shop(400, 700.0);
        let trained = train(&crate::sample::book(&orders), &recipe(20_600.0)).unwrap();
        let cents = warnings(&crate::sample::book(&changed(&orders, 100)), &trained, 20_600.0);
        assert_eq!(cents.len(), 1, "{cents:?}");
        assert!(cents[0].contains("what they spend on an order (") && cents[0].contains("another shop"));
        // Dearer by an eighth is the same shop.
        let dearer = orders.iter().map(|(who, at, amount)| (*who, *at, amount * 9 / 8)).collect::<Vec<_>>();
        assert_eq!(warnings(&crate::sample::book(&dearer), &trained, 20_600.0), Vec::<String>::new());
        // Too few to tell.
        let few: Vec<_> = changed(&orders, 100).into_iter().filter(|(who, ..)| *who < 60).collect();
        assert_eq!(warnings(&crate::sample::book(&few), &trained, 20_600.0), Vec::<String>::new());
    }
}
