//! How sure the purchase model's values are, from what its backtests said and what then happened.

use tenure_predict::{Outcomes, ValueIntervals};

use crate::backtest::Backtest;
use crate::choice::Choice;

/// Intervals around the chosen candidate's values over all origins; absent where too few customers spent anything.
///
/// Origins look ahead as far as the history goes, which may be less than the horizon: what is kept is the ratio of
/// actual to expected spend among payers, which moves little with it.
pub(crate) fn purchase_intervals(backtest: &Backtest, choice: &Choice) -> Option<ValueIntervals> {
    let (mut p_no_order, mut expected, mut actual) = (Vec::new(), Vec::new(), Vec::new());
    for case in &backtest.cases {
        let Some(prediction) = case.prediction(choice.candidate.kind, choice.candidate.basis) else {
            continue;
        };
        p_no_order.extend(prediction.p_no_order.iter().map(|p| choice.level.churn_probability(*p)));
        expected.extend(prediction.expected_value.iter().map(|value| choice.level.expected_value(*value)));
        actual.extend_from_slice(prediction.value);
    }
    ValueIntervals::fit(Outcomes { p_no_order: &p_no_order, expected: &expected, actual: &actual }).ok()
}
