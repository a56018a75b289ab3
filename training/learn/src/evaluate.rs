//! A bundle against what happened.

use serde::Serialize;
use tenure_bundle::{Rung, ScoreOptions, Scorer};
use tenure_predict::{
    CalibrationBin, ChurnMeasures, Tenth, ValueMeasures, calibration_table, churn_measures, tenths,
    value_measures,
};

use crate::judged::Judged;
use crate::visitors::Visitors;
use crate::{LearnError, Shop};

/// Groups of the calibration table.
const CALIBRATION_BINS: u32 = 10;

/// How a bundle did over one horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Customers with an order before the as-of.
    pub customers: usize,
    /// How good the probabilities of churn were.
    pub churn: ChurnMeasures,
    /// How good the predicted value was.
    pub value: ValueMeasures,
    /// Share of customers that churned, as the bundle defines churn: ordered nothing, where it says nothing else.
    pub churn_rate: f64,
    /// Mean probability of that.
    pub mean_churn_probability: f64,
    /// Purchase occasions that came.
    pub orders: f64,
    /// Purchase occasions that were expected.
    pub expected_orders: f64,
    /// Net spend that came, in major units.
    pub value_total: f64,
    /// Net spend that was predicted, in major units.
    pub predicted_value_total: f64,
    /// Tenths of customers by probability of churn, lowest first, beside the share that churned.
    pub calibration: Vec<CalibrationBin>,
    /// Tenths of customers by predicted value, highest first, beside what they spent, in major units.
    pub deciles: Vec<Tenth>,
    /// How each rung of the ladder did, lowest first.
    pub rungs: Vec<RungLine>,
    /// Customers who were known and had not ordered, who are in nothing above; absent where only orders are known.
    pub without_order: Option<Visitors>,
}

/// How the customers did for whom one rung answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RungLine {
    /// Which method answered.
    pub rung: Rung,
    /// For how many customers.
    pub customers: usize,
    /// How good the probabilities of churn were.
    pub churn: ChurnMeasures,
    /// Share of them that churned.
    pub churn_rate: f64,
    /// Mean probability of that.
    pub mean_churn_probability: f64,
    /// Net spend that came, in major units.
    pub value_total: f64,
    /// Net spend that was predicted, in major units.
    pub predicted_value_total: f64,
}

/// Scores everybody from what was known at the as-of of `options`, and compares with what is known by now.
///
/// Both outcomes run over `options.horizon`: `options.clv_horizon` must equal it, and nothing be discounted,
/// for the two sides to mean the same; the caller sees to that.
///
/// # Errors
/// When the orders end before the horizon, nobody ordered before the as-of, the events cannot be read, churn is defined by
/// more than is known of the customers, or its definition looks over another horizon.
pub fn evaluate(scorer: &Scorer, shop: &dyn Shop, options: &ScoreOptions) -> Result<Evaluation, LearnError> {
    Judged::new(scorer, &shop.known_at(options.as_of)?, &shop.known_now()?, options)?.evaluation()
}

/// Totals, measures and tables.
pub(crate) fn summed_up(all: &Judged) -> Result<Evaluation, LearnError> {
    Ok(Evaluation {
        customers: all.customers(),
        churn: churn_measures(&all.churned, &all.probability)?,
        value: value_measures(&all.value, &all.predicted)?,
        churn_rate: share(&all.churned),
        mean_churn_probability: mean(&all.probability),
        orders: all.orders,
        expected_orders: all.expected_orders,
        value_total: all.value.iter().sum(),
        predicted_value_total: all.predicted.iter().sum(),
        calibration: calibration_table(&all.churned, &all.probability, CALIBRATION_BINS)?,
        deciles: tenths(&all.value, &all.predicted)?,
        rungs: rungs(all)?,
        without_order: all.visitors,
    })
}

fn rungs(all: &Judged) -> Result<Vec<RungLine>, LearnError> {
    let mut known = all.rung.clone();
    known.sort_unstable();
    known.dedup();
    let line = |rung: Rung| {
        let places: Vec<usize> = (0..all.rung.len()).filter(|place| all.rung[*place] == rung).collect();
        let churned: Vec<bool> = places.iter().map(|place| all.churned[*place]).collect();
        let of = |values: &[f64]| places.iter().map(|place| values[*place]).collect::<Vec<f64>>();
        let probability = of(&all.probability);
        Ok(RungLine {
            rung,
            customers: places.len(),
            churn: churn_measures(&churned, &probability)?,
            churn_rate: share(&churned),
            mean_churn_probability: mean(&probability),
            value_total: of(&all.value).iter().sum(),
            predicted_value_total: of(&all.predicted).iter().sum(),
        })
    };
    known.into_iter().map(line).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn share(flags: &[bool]) -> f64 {
    flags.iter().filter(|flag| **flag).count() as f64 / flags.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{book, day, horizon, recipe, shop};
    use approx::assert_relative_eq;
    use tenure_bundle::Limits;
    use tenure_core::{AsOf, DiscountRate};

    #[test]
    fn tables_add_up_to_the_totals() {
        let book = book(&shop(150, 700.0));
        let trained = crate::train(&book, &recipe(20_500.0)).unwrap();
        let scorer = Scorer::from_bytes(&trained.to_bundle().unwrap(), &Limits::default()).unwrap();
        let (as_of, horizon) = (AsOf::new(day(20_500.0)), horizon(90));
        let options =
            ScoreOptions { as_of, horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO };
        let seen = evaluate(&scorer, &book, &options).unwrap();
        let all = seen.customers as f64;
        assert_eq!((seen.calibration.len(), seen.deciles.len()), (10, 10));
        let over = |of: &dyn Fn(&CalibrationBin) -> f64| {
            seen.calibration.iter().map(|bin| bin.customers as f64 * of(bin)).sum::<f64>() / all
        };
        assert_relative_eq!(over(&|bin| bin.churned_share), seen.churn_rate, max_relative = 1e-12);
        let mean = over(&|bin| bin.mean_probability);
        assert_relative_eq!(mean, seen.mean_churn_probability, max_relative = 1e-12);
        let spent: f64 = seen.deciles.iter().map(|tenth| tenth.customers as f64 * tenth.mean_actual).sum();
        assert_relative_eq!(spent, seen.value_total, max_relative = 1e-9);
        assert!(seen.deciles.is_sorted_by(|high, low| high.mean_predicted >= low.mean_predicted));
        // Everybody has ordered, so one rung answers for all.
        let [line] = seen.rungs.as_slice() else { panic!("{:?}", seen.rungs) };
        assert_eq!((line.rung, line.customers, line.churn), (Rung::Btyd, seen.customers, seen.churn));
        assert_eq!(line.predicted_value_total, seen.predicted_value_total);
    }
}
