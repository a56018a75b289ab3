//! From a customer's history to the parts of the score.

use tenure_behaviour::fold::{CustomerState, Value};
use tenure_behaviour::{BehaviourError, OrderHistory, PurchaseSummary};
use tenure_btyd::Customer;
use tenure_core::{AsOf, Horizon};

use super::plan::{AGE, FEATURES, FREQUENCY, PURCHASE_MODEL, SILENCE, SPEND};
use super::shares::{Shares, log_odds, margin};
use super::{Cause, Contribution, Reasons, Start, Typical};
use crate::boosted::{Base, BoostedModel};
use crate::churn::ChurnModel;
use crate::forecast::{Forecast, as_customer};
use crate::{Rung, ScoreOptions, Scorer};

/// Below this a contribution is rounding; what is left out goes into the level.
const LEAST: f64 = 1e-12;

/// The parts of a margin before any level.
struct Parts {
    start: f64,
    /// By place of the [plan](super::Plan).
    moved: Vec<f64>,
    /// Values of the features, in the order of the definitions.
    values: Vec<Value>,
    churn_probability: f64,
}

/// What is asked, of whom.
pub(super) struct Question<'a> {
    pub(super) forecast: Forecast,
    pub(super) summary: &'a PurchaseSummary,
    pub(super) customer: Customer,
    /// Of the probability of churn.
    pub(super) horizon: Horizon,
    pub(super) as_of: AsOf,
}

impl Scorer {
    /// The typical customer of training; absent in bundles of before 0.2.
    #[must_use]
    pub const fn typical(&self) -> Option<&Typical> {
        self.typical.as_ref()
    }

    /// The state that what [reads behaviour](Self::behaviour) needs, where orders and refunds are all that it reads.
    #[must_use]
    pub fn state_of(&self, history: &OrderHistory, as_of: AsOf) -> Option<CustomerState> {
        let boosted = self.behaviour().filter(|boosted| boosted.reads_only_orders())?;
        Some(boosted.state_of(history, as_of))
    }

    /// Takes a customer's probability of churn apart: the same as [`Self::score_with`] gives, with the same state.
    ///
    /// The boosted rung explains the horizon that it was trained for, whatever is asked, and so does a definition of
    /// churn; the others the one of `options`.
    ///
    /// # Errors
    /// As [`Self::score_with`].
    pub fn explain(
        &self,
        history: &OrderHistory,
        state: Option<&CustomerState>,
        options: &ScoreOptions,
    ) -> Result<Reasons, BehaviourError> {
        if history.currency() != self.currency() {
            return Err(BehaviourError::WrongCurrency { got: history.currency(), expected: self.currency() });
        }
        let summary = PurchaseSummary::of(history, options.as_of, &self.manifest.summary_rule)?;
        let Some(summary) = summary else { return Ok(self.explain_nobody(state, options)) };
        let boosted = self.churn_trees().zip(state);
        let horizon = self.churn_horizon(boosted.is_some(), options.horizon);
        let question = self.question(&summary, horizon, options);
        // The score is of the boosted rung where anything in it is.
        let rung = if state.is_some() && self.answers_by_trees() { Rung::Boosted } else { Rung::Btyd };
        Ok(match boosted {
            Some((boosted, state)) => {
                let parts = self.boosted_parts(&question, boosted, state);
                let on_top = self.churn.is_none() && boosted.form().on_purchase_level;
                let on_top = if on_top { self.model.level.churn.slope() } else { 1.0 };
                let slope = on_top * boosted.form().level.churn.slope();
                self.reasons(rung, &question, parts, slope)
            }
            None => {
                let parts = self.purchase_parts(&question);
                let slope = if self.churn.is_some() { 1.0 } else { self.model.level.churn.slope() };
                self.reasons(rung, &question, parts, slope)
            }
        })
    }

    /// What is asked of whom, where churn is looked at within `horizon`.
    pub(super) fn question<'a>(
        &self,
        summary: &'a PurchaseSummary,
        horizon: Horizon,
        options: &ScoreOptions,
    ) -> Question<'a> {
        Question {
            forecast: Forecast::of(&self.model.orders, Some(summary)),
            summary,
            customer: as_customer(Some(summary)),
            horizon,
            as_of: options.as_of,
        }
    }

    /// Where the contributions start from.
    pub(super) const fn start_from(&self) -> Start {
        if self.typical.is_some() { Start::Typical } else { Start::NewCustomer }
    }

    /// The trees that say how likely churn is.
    pub(super) fn churn_trees(&self) -> Option<&BoostedModel> {
        match &self.churn {
            Some(churn) => churn.trees(),
            None => self.boosted.as_ref(),
        }
    }

    /// The horizon whose probability is taken apart.
    pub(super) fn churn_horizon(&self, by_trees: bool, asked: Horizon) -> Horizon {
        let trees = self.churn_trees().filter(|_| by_trees).map(|trees| trees.form().horizon);
        let defined = self.churn.as_ref().map(|churn| churn.definition().window());
        defined.or(trees).unwrap_or(asked)
    }

    /// The probability of churn by the purchase model, with all that is put on it.
    pub(super) fn churn_by_purchases(&self, forecast: &Forecast, horizon: Horizon) -> f64 {
        match &self.churn {
            Some(churn) => churn.by_purchases(forecast),
            None => self.churn_within(forecast, horizon, None),
        }
    }

    /// Of somebody without an order only the start is known.
    fn explain_nobody(&self, state: Option<&CustomerState>, options: &ScoreOptions) -> Reasons {
        let first_event = state.and_then(CustomerState::first_event_at);
        let horizon = self.churn_horizon(false, options.horizon);
        let churn_probability = self.churn_before_first_order(first_event, options.as_of, horizon);
        let found = log_odds(churn_probability);
        Reasons {
            rung: Rung::Prior,
            horizon,
            churn_probability,
            log_odds: found,
            start_from: Start::NewCustomer,
            start: found,
            contributions: Vec::new(),
            level: 0.0,
        }
    }

    pub(super) fn shares(&self, question: &Question<'_>, end: f64) -> Shares {
        let typical = self.typical.unwrap_or(Typical::NEW).as_customer();
        let start = margin(&self.model.orders, &typical, question.horizon);
        let asked = |customer: &Customer| margin(&self.model.orders, customer, question.horizon);
        Shares::of([&typical, &question.customer], [start, end], asked)
    }

    fn purchase_parts(&self, question: &Question<'_>) -> Parts {
        let as_fitted = question.forecast.p_no_order(question.horizon);
        let Shares { start, moved } = self.shares(question, log_odds(as_fitted));
        let churn_probability = self.churn_by_purchases(&question.forecast, question.horizon);
        if let Some(line) = self.churn.as_ref().map(ChurnModel::from_purchases) {
            let (start, moved) = (line.margin(start), moved.map(|one| line.slope() * one).to_vec());
            return Parts { start, moved, values: Vec::new(), churn_probability };
        }
        Parts { start, moved: moved.to_vec(), values: Vec::new(), churn_probability }
    }

    fn boosted_parts(&self, question: &Question<'_>, boosted: &BoostedModel, state: &CustomerState) -> Parts {
        let Question { forecast, summary, .. } = question;
        let base = Base::from_forecast(forecast, &self.model.spend, summary, question.horizon);
        let (mut values, mut row) = (Vec::new(), Vec::with_capacity(self.plan.places.len()));
        boosted.read(state, question.as_of, &base, &mut values, &mut row);
        let form = boosted.form();
        let mut columns = vec![0.0; row.len()];
        let rest = form.churn.contributions(&row, &mut columns);
        let Shares { start, moved } = self.shares(question, base.churn_margin());
        let mut total = vec![0.0; self.plan.reasons];
        let line = self.churn.as_ref().map(ChurnModel::from_purchases);
        let weight = form.churn.base() * line.map_or(1.0, |line| line.slope());
        let offset = form.churn.base() * line.map_or(0.0, |line| line.intercept());
        total.iter_mut().zip(moved).for_each(|(total, share)| *total = weight * share);
        for (place, one) in self.plan.places.iter().zip(&columns) {
            total[*place] += one;
        }
        let churn_probability = if let Some(churn) = &self.churn {
            churn.by_row(form, &base, &row)
        } else {
            // What is spent moves no probability: the purchase model's own will do.
            let bend = form.bend(&base, form.churn.margin(base.churn_margin(), &row), base.spend_margin());
            self.churn_within(forecast, question.horizon, Some(&bend))
        };
        Parts { start: weight * start + offset + rest, moved: total, values, churn_probability }
    }

    fn reasons(&self, rung: Rung, question: &Question<'_>, parts: Parts, slope: f64) -> Reasons {
        let Parts { start, moved, values, churn_probability } = parts;
        let found = log_odds(churn_probability);
        let mut contributions: Vec<Contribution> = Vec::with_capacity(moved.len());
        for (place, one) in moved.iter().enumerate() {
            let log_odds = slope * one;
            if log_odds.abs() > LEAST {
                contributions.push(Contribution { cause: self.cause(place, question, &values), log_odds });
            }
        }
        contributions.sort_by(|left, right| right.log_odds.abs().total_cmp(&left.log_odds.abs()));
        let moved = contributions.iter().map(|one| one.log_odds).sum::<f64>();
        Reasons {
            rung,
            horizon: question.horizon,
            churn_probability,
            log_odds: found,
            start_from: self.start_from(),
            start,
            contributions,
            level: found - start - moved,
        }
    }

    pub(super) fn cause(&self, place: usize, question: &Question<'_>, values: &[Value]) -> Cause {
        let customer = &question.customer;
        match place {
            FREQUENCY => Cause::Frequency {
                orders: question.summary.occasions(),
                typical: self.typical.map(|typical| typical.frequency() + 1),
            },
            SILENCE => Cause::Silence {
                days: (customer.age() - customer.recency_age()) * 7.0,
                usual: (customer.frequency() > 0)
                    .then(|| customer.recency_age() * 7.0 / f64::from(customer.frequency())),
                typical: self.typical.and_then(|typical| typical.gap_days()),
            },
            AGE => Cause::Age {
                days: customer.age() * 7.0,
                typical: self.typical.map(|typical| typical.age_days()),
            },
            PURCHASE_MODEL => {
                let horizon = question.horizon;
                Cause::PurchaseModel { p_no_order: question.forecast.p_no_order(horizon), horizon }
            }
            SPEND => Cause::Spend {
                expected: self.model.spend.expected_spend(Some(question.summary)),
                typical: self.typical.map(|_| self.typical_spend()),
            },
            _ => {
                let place = place - FEATURES;
                let value = |place: usize| values.get(place).copied().unwrap_or(Value::Missing);
                let usual = match self.plan.gaps.get(place).copied().flatten().map(value) {
                    Some(Value::Number(days)) => Some(days),
                    _ => None,
                };
                Cause::Feature { place, value: value(place), usual }
            }
        }
    }
}
