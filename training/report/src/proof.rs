//! Predictions beside what happened.

use tenure_predict::{CalibrationBin, ChurnMeasures, Point, RankingCurves, Tenth, ValueMeasures};

/// How sure it must be that a group is off by more than chance, where some twenty groups are looked at.
pub(crate) const SURPRISING: f64 = 3.0;

/// How good the predictions were over the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// Totals of both sides.
    pub totals: Totals,
    /// How good the probabilities of churn were.
    pub churn: ChurnMeasures,
    /// How good the predicted value was.
    pub value: ValueMeasures,
    /// The same of each customer's past rate, carried on; put on a line where churn is a definition.
    pub naive_churn: ChurnMeasures,
    /// The same of each customer's past spend, carried on.
    pub naive_value: ValueMeasures,
    /// Customers by probability of churn, lowest first.
    pub calibration: Vec<CalibrationBin>,
    /// Customers by predicted value, highest first.
    pub tenths: Vec<Tenth>,
    /// ROC and precision against recall.
    pub curves: RankingCurves,
    /// Share of customers, those least likely to churn first, against share of those who did not: the buyers, unless the
    /// bundle defines churn otherwise.
    pub buyers: Vec<Point>,
    /// Share of customers, the most valuable first, against share of what all spent.
    pub spend: Vec<Point>,
    /// Groups in which predictions can be checked against what happened.
    pub groups: Vec<Group>,
}

/// What was predicted in total, and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    /// Mean probability of churn: of no order, unless the bundle defines it otherwise.
    pub mean_churn_probability: f64,
    /// Share of customers that churned.
    pub churn_rate: f64,
    /// Purchase occasions expected.
    pub expected_orders: f64,
    /// Purchase occasions that came.
    pub orders: f64,
    /// Net spend predicted over the horizon, undiscounted, in major units.
    pub predicted_value: f64,
    /// Net spend that came, in major units.
    pub value: f64,
}

/// Customers that have something in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they have in common.
    pub kind: GroupKind,
    /// How many, at least 1.
    pub customers: u64,
    /// Their mean probability of churn.
    pub predicted: f64,
    /// Share of them that churned.
    pub happened: f64,
    /// How many standard deviations chance alone would have to be off, were the probabilities right.
    pub surprise: f64,
}

/// What the customers of a group have in common.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKind {
    /// A segment, by its English and Chinese name.
    Segment(String, String),
    /// A tenth by probability of churn, 1 for the lowest.
    RiskTenth(usize),
}

impl Group {
    /// How far what happened was from what was predicted.
    pub(crate) fn gap(&self) -> f64 {
        self.happened - self.predicted
    }
}

impl Proof {
    /// The group that is furthest off, of those large enough to tell: 30 customers, and one in fifty.
    pub(crate) fn worst_group(&self) -> Option<&Group> {
        let all: u64 = self.calibration.iter().map(|bin| bin.customers as u64).sum();
        let large = self.groups.iter().filter(|group| group.customers >= (all / 50).max(30));
        large.max_by(|left, right| left.gap().abs().total_cmp(&right.gap().abs()))
    }

    /// Whether a group is off by more than a twentieth and by more than chance explains.
    pub(crate) fn is_uneven(&self) -> bool {
        self.worst_group().is_some_and(|group| group.gap().abs() > 0.05 && group.surprise > SURPRISING)
    }

    /// The tenth by predicted value whose spend was missed by most money, counted from 1, the highest.
    pub(crate) fn worst_tenth(&self) -> Option<(usize, &Tenth)> {
        let missed =
            |tenth: &Tenth| (tenth.mean_predicted - tenth.mean_actual).abs() * tenth.customers as f64;
        let worst = self.tenths.iter().enumerate();
        worst
            .max_by(|left, right| missed(left.1).total_cmp(&missed(right.1)))
            .map(|(index, tenth)| (index + 1, tenth))
    }
}
