//! What training says about itself, in words.

use tenure_bundle::{Boosted, Level, OrderModel};

use crate::backtest::{Backtest, Skipped};
use crate::candidate::LEAST_REPEATERS;
use crate::choice::Choice;
use crate::ladder::silence;
use crate::origin::Origin;
use crate::recipe::Recipe;

/// Why the likelihood had to choose.
pub(super) fn why_no_backtest(origins: &[Origin], backtest: &Backtest) -> String {
    let dates = origins.len();
    let only = |why: Skipped| backtest.skipped.iter().all(|(_, seen)| *seen == why);
    let cause = if origins.is_empty() {
        "the history is too short for a backtest: no past date has weeks of orders before and after it"
            .to_owned()
    } else if !backtest.cases.is_empty() {
        format!("no candidate could be fitted at every past date (of {})", backtest.cases.len())
    } else if only(Skipped::OneOutcome) {
        format!("at no past date (of {dates}) did some customers order again and others not")
    } else {
        format!(
            "too few customers for a backtest: at no past date (of {dates}) had {LEAST_REPEATERS} of them ordered more \
             than once, with different outcomes"
        )
    };
    format!("{cause}; the model was chosen by its likelihood")
}

pub(super) fn notes_on(choice: &Choice, recipe: &Recipe, boosted: Option<&Boosted>) -> Vec<String> {
    let mut notes = Vec::new();
    if recipe.penalizer > 0.0 {
        notes.push(format!("all fits were held back by a penalizer of {}", recipe.penalizer));
    }
    if choice.against_naive > 0.0 {
        let of = if recipe.churn.is_some() { " of no order" } else { "" };
        notes.push(format!(
            "in the backtest the Brier score{of} of the chosen model was {:.4} worse than that of the naive rate",
            choice.against_naive
        ));
    }
    let is_set = boosted.is_none_or(|boosted| boosted.on_purchase_level || !boosted.reads_only_orders());
    notes.extend(level_note(&choice.level, silence(recipe.churn.as_ref())).filter(|_| is_set));
    notes
}

/// What the regularity means, in words: the times between one's orders deviate by `1 / sqrt(k)` of their mean.
pub(super) fn regularity_note(orders: &OrderModel) -> Option<String> {
    let k = orders.regularity();
    (k > 1).then(|| {
        format!(
            "customers order at intervals of their own, with a regularity of {k}: the times between a customer's orders \
             vary by {:.0} % around their mean, not by 100 % as at random",
            100.0 / f64::from(k).sqrt()
        )
    })
}

/// What the level does, in words.
fn level_note(level: &Level, silence: &str) -> Option<String> {
    (*level != Level::NONE).then(|| {
        format!(
            "levels were corrected as the backtests showed: expected orders x {:.3}, value x {:.3}, \
             log-odds of {silence} x {:.3} {:+.3}",
            level.orders(),
            level.value(),
            level.churn.slope(),
            level.churn.intercept()
        )
    })
}
