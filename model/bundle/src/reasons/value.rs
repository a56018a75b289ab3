//! From a customer's history to the parts of the predicted value.
//!
//! A predicted value is a product: expected orders, times what one is worth, times what the learned models make of both.
//! Its logarithm is a sum, which is taken apart exactly:
//!
//! - the purchase model's expected orders by Shapley values against the typical customer, with silence counted in gaps
//!   of the customer's own (`shares.rs`);
//! - what an order is expected to be worth, as one cause;
//! - the learned margins of churn and of spend by their own Shapley values. The logarithm of the probability of an
//!   order bends with the margin of churn: what it moves by is shared out among the parts of the margin in proportion.
//!
//! People think in money. What a cause with the logarithm `c` adds to `typical` on the way to `predicted` is
//! `c (predicted - typical) / ln(predicted / typical)`: the value as all causes grow from nothing to what they are, at
//! the same pace (Aumann and Shapley 1974, "Values of Non-Atomic Games"; for products Ang 2005, "The LMDI approach to
//! decomposition analysis: a practical guide", Energy Policy 33). So the parts add up to the difference, none is left
//! over, and a cause adds money just when its factor is above 1.

use tenure_behaviour::fold::{CustomerState, Value};
use tenure_behaviour::{BehaviourError, OrderHistory, PurchaseSummary};
use tenure_btyd::Customer;
use tenure_core::{ExpectedMoney, Horizon};

use super::explain::Question;
use super::plan::{FEATURES, SPEND};
use super::shares::Shares;
use super::{Cause, Start, Typical};
use crate::answer::cut_at;
use crate::boosted::{Base, Boosted, BoostedModel, LEAST};
use crate::forecast::Forecast;
use crate::model::SpendBasis;
use crate::{Rung, ScoreOptions, Scorer};

/// Logarithms smaller than this are rounding.
const ROUNDING: f64 = 1e-13;
/// Less than this many orders, or major units, has no useful logarithm.
const NOTHING: f64 = 1e-12;

/// One customer's predicted value, taken apart. All parts are in major units of the currency.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueReasons {
    /// Which method answered.
    pub rung: Rung,
    /// How far ahead the value looks.
    pub horizon: Horizon,
    /// Expected net spend within it, discounted, as in the score.
    pub predicted_clv: ExpectedMoney,
    /// Where the contributions start from.
    pub start_from: Start,
    /// What is predicted there, by the same rung and at the same level of the season: at least 0.
    pub start: f64,
    /// What each cause adds, the largest first; those that add nothing are left out.
    pub contributions: Vec<ValueContribution>,
}

/// What one cause adds to the predicted value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueContribution {
    /// What it is.
    pub cause: Cause,
    /// What it adds, in major units: above 0 raises the value.
    pub value: f64,
    /// The same as a factor: above 1 raises the value. Start and all factors multiply to the value, unless that is 0.
    pub factor: f64,
}

impl ValueReasons {
    /// All parts added up: the predicted value, to rounding.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.start + self.contributions.iter().map(|one| one.value).sum::<f64>()
    }

    /// All factors multiplied: the predicted value, to rounding, unless it is 0.
    #[must_use]
    pub fn product(&self) -> f64 {
        self.start * self.contributions.iter().map(|one| one.factor).product::<f64>()
    }
}

/// The values at both ends, and the logarithms of what lies between them.
struct Parts {
    rung: Rung,
    start: f64,
    end: f64,
    /// By place of the [plan](super::Plan).
    moved: Vec<f64>,
    /// Values of the features, in the order of the definitions.
    values: Vec<Value>,
}

/// The typical customer as models see it.
struct Middle {
    customer: Customer,
    forecast: Forecast,
    spend: f64,
}

impl Scorer {
    /// Takes a customer's predicted value apart: the same as [`Self::score_with`] gives, with the same state.
    ///
    /// # Errors
    /// As [`Self::score_with`].
    pub fn explain_value(
        &self,
        history: &OrderHistory,
        state: Option<&CustomerState>,
        options: &ScoreOptions,
    ) -> Result<ValueReasons, BehaviourError> {
        if history.currency() != self.currency() {
            return Err(BehaviourError::WrongCurrency { got: history.currency(), expected: self.currency() });
        }
        let summary = PurchaseSummary::of(history, options.as_of, &self.manifest.summary_rule)?;
        let Some(summary) = summary else { return Ok(self.value_of_nobody(state, options)) };
        let boosted = self.boosted.as_ref().zip(state);
        let horizon = boosted.map_or(options.horizon, |(boosted, _)| boosted.form().horizon);
        let question = self.question(&summary, horizon, options);
        let parts = match boosted {
            Some((boosted, state)) => self.boosted_value(&question, boosted, state, options),
            None => self.purchase_value(&question, options),
        };
        Ok(self.value_reasons(&question, parts, options.clv_horizon))
    }

    /// What an order of the typical customer is expected to be worth, in major units.
    pub(super) fn typical_spend(&self) -> f64 {
        let spend = &self.model.spend;
        let Some(typical) = &self.typical else { return spend.expected_spend(None) };
        let orders = match spend.basis {
            SpendBasis::RepeatOrders => typical.frequency(),
            SpendBasis::AllOrders => typical.frequency().saturating_add(1),
        };
        spend.gamma_gamma.expected_spend(orders, typical.mean_spend().max(0.0))
    }

    /// Of somebody without an order only the start is known.
    fn value_of_nobody(&self, state: Option<&CustomerState>, options: &ScoreOptions) -> ValueReasons {
        let first_event = state.and_then(CustomerState::first_event_at);
        let start = self.score_before_first_order(first_event, options).predicted_clv.major_units;
        ValueReasons {
            rung: Rung::Prior,
            horizon: options.clv_horizon,
            predicted_clv: ExpectedMoney { major_units: start, currency: self.currency() },
            start_from: Start::NewCustomer,
            start,
            contributions: Vec::new(),
        }
    }

    fn middle(&self) -> Middle {
        let customer = self.typical.unwrap_or(Typical::NEW).as_customer();
        let forecast = Forecast::of_customer(&self.model.orders, &customer);
        Middle { customer, forecast, spend: self.typical_spend() }
    }

    fn purchase_value(&self, question: &Question<'_>, options: &ScoreOptions) -> Parts {
        let Question { forecast, summary, customer, .. } = question;
        let middle = self.middle();
        let spend = self.model.spend.expected_spend(Some(summary));
        let orders =
            |forecast: &Forecast| log(forecast.discounted_orders(options.clv_horizon, options.discount_rate));
        let asked = |customer: &Customer| orders(&Forecast::of_customer(&self.model.orders, customer));
        let ends = [orders(&middle.forecast), orders(forecast)];
        let Shares { moved, .. } = Shares::of([&middle.customer, customer], ends, asked);
        let mut total = vec![0.0; FEATURES];
        total.iter_mut().zip(moved).for_each(|(total, share)| *total = share);
        total[SPEND] = log(spend) - log(middle.spend);
        Parts {
            rung: Rung::Btyd,
            start: self.value_of(&middle.forecast, middle.spend, None, options),
            end: self.value_of(forecast, spend, None, options),
            moved: total,
            values: Vec::new(),
        }
    }

    fn boosted_value(
        &self,
        question: &Question<'_>,
        boosted: &BoostedModel,
        state: &CustomerState,
        options: &ScoreOptions,
    ) -> Parts {
        let Question { forecast, summary, customer, .. } = question;
        let form = boosted.form();
        let (middle, spend) = (self.middle(), self.model.spend.expected_spend(Some(summary)));
        let from = Base::with_spend(&middle.forecast, middle.spend, form.horizon);
        let to = Base::with_spend(forecast, spend, form.horizon);
        let (mut values, mut row) = (Vec::new(), Vec::with_capacity(self.plan.value_places.len()));
        boosted.read(state, question.as_of, &to, &mut values, &mut row);
        let (mut of_churn, mut of_spend) = (vec![0.0; row.len()], vec![0.0; row.len()]);
        let churn_rest = form.churn.contributions(&row, &mut of_churn);
        let spend_rest = form.spend.contributions(&row, &mut of_spend);

        // Whether there is an order at all, for the typical customer.
        let weight = form.churn.base();
        let start_margin = weight * from.churn_margin() + churn_rest;
        let end_margin = form.churn.margin(to.churn_margin(), &row);
        let parts = |forecast: &Forecast| {
            cut_at(form.horizon, options.clv_horizon, |horizon| {
                forecast.discounted_orders(horizon, options.discount_rate)
            })
        };
        let of_typical = parts(&middle.forecast);
        let slope = slope(start_margin, end_margin, |margin| worth_of(form, margin, of_typical));
        // Expected orders at that chance, as far as the trees of spend start from them.
        let kept = form.spend.base();
        let orders = |forecast: &Forecast| {
            let base = Base::with_spend(forecast, spend, form.horizon);
            worth_of(form, end_margin, parts(forecast)) + (kept - 1.0) * base.orders.ln()
                - kept * (1.0 - base.p_no_order).ln()
        };
        let asked = |customer: &Customer| orders(&Forecast::of_customer(&self.model.orders, customer));
        let ends = [orders(&middle.forecast), orders(forecast)];
        let given_order = Shares::of([&middle.customer, customer], ends, asked).moved;
        let any_order = self.shares(question, to.churn_margin()).moved;

        let mut total = vec![0.0; self.plan.reasons];
        for ((total, given), any) in total.iter_mut().zip(given_order).zip(any_order) {
            *total = given + slope * weight * any;
        }
        let worth = |spend: f64| log(spend) + (kept - 1.0) * spend.max(LEAST).ln();
        total[SPEND] += worth(spend) - worth(middle.spend);
        for ((place, churn), spend) in self.plan.value_places.iter().zip(&of_churn).zip(&of_spend) {
            total[*place] += slope * churn + spend;
        }
        let start = form.bend(&from, start_margin, kept * from.spend_margin() + spend_rest);
        let end = form.bend(&to, end_margin, form.spend.margin(to.spend_margin(), &row));
        Parts {
            rung: if form.has_trees() { Rung::Boosted } else { Rung::Btyd },
            start: self.value_of(&middle.forecast, middle.spend, Some(start), options),
            end: self.value_of(forecast, spend, Some(end), options),
            moved: total,
            values,
        }
    }

    fn value_reasons(&self, question: &Question<'_>, parts: Parts, horizon: Horizon) -> ValueReasons {
        let Parts { rung, start, end, moved, values } = parts;
        let per_log = money_per_log(start, end, moved.iter().sum());
        let mut contributions: Vec<ValueContribution> = Vec::with_capacity(moved.len());
        for (place, one) in moved.iter().enumerate().filter(|(_, one)| one.abs() > ROUNDING) {
            let cause = self.cause(place, question, &values);
            contributions.push(ValueContribution { cause, value: one * per_log, factor: one.exp() });
        }
        contributions.sort_by(|left, right| right.value.abs().total_cmp(&left.value.abs()));
        ValueReasons {
            rung,
            horizon,
            predicted_clv: ExpectedMoney { major_units: end, currency: self.currency() },
            start_from: self.start_from(),
            start,
            contributions,
        }
    }
}

/// The logarithm of a number of orders or of an amount, held where there is nothing.
fn log(amount: f64) -> f64 {
    amount.max(NOTHING).ln()
}

/// The logarithm of what orders within the trained horizon and after it are worth at a margin of churn.
fn worth_of(form: &Boosted, margin: f64, [within, after]: [f64; 2]) -> f64 {
    let [now, later] = form.order_worth(margin);
    log(within * now + after * later)
}

/// By how much `worth` moves with the margin of churn, between two margins.
fn slope(from: f64, to: f64, worth: impl Fn(f64) -> f64) -> f64 {
    // So near each other that both are one: rounding would be all there is to see of the difference.
    let (from, to) = if (to - from).abs() < 1e-5 { (from - 1e-5, from + 1e-5) } else { (from, to) };
    (worth(to) - worth(from)) / (to - from)
}

/// What a unit of logarithm is worth on the way between two values: their logarithmic mean.
fn money_per_log(start: f64, end: f64, logarithm: f64) -> f64 {
    if logarithm.abs() < 1e-5 { start * (1.0 + logarithm / 2.0) } else { (end - start) / logarithm }
}
