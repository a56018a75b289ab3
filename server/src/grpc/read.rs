//! From requests to what the use cases take, with every violation named.

mod history;
#[cfg(test)]
mod tests;

use tenure_behaviour::OrderHistory;
use tenure_bundle::{ChurnDefinition, ChurnModel, ScoreOptions, Scorer};
use tenure_core::{AsOf, Currency, CustomerId, DiscountRate, Duration, Horizon, Timestamp};
use tenure_proto::v1;

use super::violations::{Field, Violations};
use crate::app::{AppError, now};
use crate::config::RequestLimits;

/// Above this an annual discount rate is a mistake, most likely a percentage.
const MAX_DISCOUNT_RATE: f64 = 10.0;

/// What a request is read against.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    limits: &'a RequestLimits,
    currency: Currency,
    defaults: ScoreOptions,
    /// What churn is, where it is known over its own window and no other horizon.
    churn: Option<&'a ChurnDefinition>,
}

impl<'a> Rules<'a> {
    /// The model's currency and its defaults at the server's now.
    pub(super) fn of(scorer: &'a Scorer, limits: &'a RequestLimits) -> Result<Self, AppError> {
        let churn = scorer.churn().map(ChurnModel::definition);
        Ok(Self { limits, currency: scorer.currency(), defaults: scorer.defaults(now()?), churn })
    }
}

/// One customer, read and checked.
#[derive(Debug, PartialEq)]
pub(super) struct Customer {
    pub(super) id: CustomerId,
    pub(super) history: OrderHistory,
    pub(super) options: ScoreOptions,
}

/// Reads a request for one customer.
pub(super) fn customer(request: &v1::ScoreCustomerRequest, rules: &Rules<'_>) -> Result<Customer, AppError> {
    let mut violations = Violations::new(rules.limits.max_violations);
    let options = options(request.options, rules, &mut violations);
    let field = Field::Root("history");
    let customer = match &request.history {
        Some(history) => history::read(&field, history, rules, &mut violations),
        None => {
            violations.add(&field, "missing: send the customer's orders and refunds");
            None
        }
    };
    let customer = customer.map(|(id, history)| Customer { id, history, options });
    violations.into_result(customer)
}

/// Several customers, read and checked: ids and histories in the order of the request.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) ids: Vec<CustomerId>,
    pub(super) histories: Vec<OrderHistory>,
    pub(super) options: ScoreOptions,
}

/// Reads a request for several customers.
pub(super) fn batch(request: &v1::BatchScoreCustomersRequest, rules: &Rules<'_>) -> Result<Batch, AppError> {
    let mut violations = Violations::new(rules.limits.max_violations);
    let options = options(request.options, rules, &mut violations);
    let (n_rows, max_rows) = (request.histories.len(), rules.limits.max_batch_rows);
    if n_rows == 0 {
        violations.add(&Field::Root("histories"), "empty: send at least one customer");
    }
    if n_rows > max_rows {
        let description =
            format!("{n_rows} customers; at most {max_rows} are scored at once: split the batch");
        violations.add(&Field::Root("histories"), description);
        return violations.into_result(None);
    }
    let (mut ids, mut histories) = (Vec::with_capacity(n_rows), Vec::with_capacity(n_rows));
    for (i, history) in request.histories.iter().enumerate() {
        let read = history::read(&Field::Item("histories", i), history, rules, &mut violations);
        if let Some((id, history)) = read {
            ids.push(id);
            histories.push(history);
        }
    }
    violations.into_result(Some(Batch { ids, histories, options }))
}

/// The options asked for; where one is wrong, the default stands in and the violation is noted.
fn options(asked: Option<v1::ScoreOptions>, rules: &Rules<'_>, violations: &mut Violations) -> ScoreOptions {
    let mut options = rules.defaults;
    let Some(asked) = asked else { return options };
    let root = Field::Root("options");
    let as_of = asked.as_of_us.map(Timestamp::from_microseconds);
    if let Some(instant) = violations.keep_if_any(&Field::Of(&root, "as_of_us"), as_of) {
        options.as_of = AsOf::new(instant);
    }
    let max_days = rules.limits.max_horizon_days;
    let horizon_of = |seconds| horizon(seconds, max_days);
    let field = Field::Of(&root, "horizon_seconds");
    let of_churn = |seconds| horizon_of(seconds).and_then(|asked| window(rules.churn, asked));
    if let Some(horizon) = violations.keep_if_any(&field, asked.horizon_seconds.map(of_churn)) {
        options.horizon = horizon;
    }
    let field = Field::Of(&root, "clv_horizon_seconds");
    if let Some(horizon) = violations.keep_if_any(&field, asked.clv_horizon_seconds.map(horizon_of)) {
        options.clv_horizon = horizon;
    }
    let field = Field::Of(&root, "discount_rate");
    if let Some(rate) = violations.keep_if_any(&field, asked.discount_rate.map(discount_rate)) {
        options.discount_rate = rate;
    }
    options
}

fn horizon(seconds: i64, max_days: u32) -> Result<Horizon, String> {
    let refused = || format!("{seconds} s is not a horizon: send more than 0 s and at most {max_days} days");
    let microseconds = seconds.checked_mul(1_000_000).ok_or_else(refused)?;
    let length = Duration::from_microseconds(microseconds).map_err(|_| refused())?;
    if length > Duration::from_days(max_days) {
        return Err(refused());
    }
    Horizon::new(length).map_err(|_| refused())
}

/// Refuses another horizon than that over which a definition of churn is known.
fn window(churn: Option<&ChurnDefinition>, asked: Horizon) -> Result<Horizon, String> {
    match churn {
        Some(churn) if churn.window() != asked => Err(format!(
            "churn of this model looks {} ahead and says nothing about {asked}: leave it out (churn is {churn})",
            churn.window()
        )),
        _ => Ok(asked),
    }
}

fn discount_rate(annual: f64) -> Result<DiscountRate, String> {
    let refused = || {
        format!(
            "{annual} is not an annual discount rate: send 0 to {MAX_DISCOUNT_RATE}, such as 0.1 for 10 % a year"
        )
    };
    if !(0.0..=MAX_DISCOUNT_RATE).contains(&annual) {
        return Err(refused());
    }
    DiscountRate::new(annual).map_err(|_| refused())
}
