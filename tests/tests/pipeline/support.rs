//! Real orders, read once, and the model of the demo, trained once.

use std::sync::OnceLock;

use tenure_behaviour::{OccasionRule, PurchaseSummary, SummaryRule};
use tenure_core::{AsOf, DiscountRate, TimeZone};
use tenure_eventlog::ImportSummary;
use tenure_learn::{ModelChoice, OrderBook, Recipe, Trained};
use tenure_tests::orders::{self, instant};

/// The instant at which the demo stands, between the nine months shown and the nine to foresee.
pub(crate) const AS_OF: &str = "1997-10-01";

pub(crate) fn cdnow() -> &'static (OrderBook, ImportSummary) {
    static CDNOW: OnceLock<(OrderBook, ImportSummary)> = OnceLock::new();
    CDNOW.get_or_init(|| orders::read(&orders::cdnow_path(), Some(orders::CDNOW_MAP)))
}

/// The recipe of `tenure demo`.
pub(crate) fn recipe() -> Recipe {
    Recipe {
        as_of: AsOf::new(instant(AS_OF)),
        horizon: "273d".parse().unwrap(),
        horizons: Recipe::standard_horizons(),
        clv_horizon: "273d".parse().unwrap(),
        discount_rate: DiscountRate::new(0.10).unwrap(),
        summary_rule: by_day(),
        model: ModelChoice::Best,
        penalizer: 0.0,
        definitions: Recipe::standard_definitions(),
        churn: None,
        trees: Recipe::standard_trees(),
        correct_level: true,
    }
}

pub(crate) fn by_day() -> SummaryRule {
    SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() }
}

/// The demo's model on CDNOW.
pub(crate) fn trained() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| tenure_learn::train(&cdnow().0, &recipe()).unwrap())
}

/// Everybody with an order before `as_of`.
pub(crate) fn summaries(book: &OrderBook, as_of: &str) -> Vec<PurchaseSummary> {
    let as_of = AsOf::new(instant(as_of));
    let of = |history| PurchaseSummary::of(history, as_of, &by_day()).unwrap();
    book.sorted().into_iter().filter_map(|(_, history)| of(history)).collect()
}
