//! Several learned models heard together.

use serde::{Deserialize, Serialize};

use crate::level::sigmoid;
use crate::{Columns, Learned, LogitShift, PredictError};

/// A learned model and how much it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name, such as `boosted`.
    pub name: String,
    /// Its weight, above 0; the weights of a stack add up to 1.
    pub weight: f64,
    /// The model.
    pub learned: Learned,
}

/// A probability for each row of a flat table: the weighted mean of several models' log-odds, with its level set.
///
/// Because everything is added up in log-odds, so are the reasons: what the columns of a row add, and the base, make
/// its log-odds to rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct TableModel {
    columns: Columns,
    members: Vec<Member>,
    level: LogitShift,
}

/// The model as it stands in a file, before anybody looked at it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    columns: Columns,
    members: Vec<Member>,
    level: LogitShift,
}

impl TableModel {
    /// A model of `members` over `columns`.
    ///
    /// # Errors
    /// When there is no member, one reads another number of features than the columns become, or the weights are not
    /// above 0 and 1 together.
    pub fn new(columns: Columns, members: Vec<Member>, level: LogitShift) -> Result<Self, PredictError> {
        let refuse = |problem| Err(PredictError::InvalidColumns { problem });
        if members.is_empty() || members.len() > 16 {
            return refuse("there must be a model, and not dozens");
        }
        if members.iter().any(|member| member.learned.features() != columns.features()) {
            return refuse("a model reads other features than the columns become");
        }
        let total: f64 = members.iter().map(|member| member.weight).sum();
        if members.iter().any(|member| member.weight.is_nan() || member.weight <= 0.0)
            || (total - 1.0).abs() > 1e-9
        {
            return refuse("the weights of the models are not shares of 1");
        }
        Ok(Self { columns, members, level })
    }

    /// The columns it reads.
    #[must_use]
    pub const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The models it hears, and how much each counts.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// How the level is set.
    #[must_use]
    pub const fn level(&self) -> LogitShift {
        self.level
    }

    /// The log-odds of rows, encoded by [`Columns::encode`] and laid end to end.
    pub fn log_odds(&self, rows: &[f32], log_odds: &mut [f64]) {
        let mut one = vec![0.0; log_odds.len()];
        log_odds.fill(self.level.intercept());
        for member in &self.members {
            member.learned.margins(rows, &mut one);
            let weight = self.level.slope() * member.weight;
            log_odds.iter_mut().zip(&one).for_each(|(sum, margin)| *sum += weight * margin);
        }
    }

    /// The probabilities of rows.
    pub fn probabilities(&self, rows: &[f32], probabilities: &mut [f64]) {
        self.log_odds(rows, probabilities);
        probabilities.iter_mut().for_each(|one| *one = sigmoid(*one));
    }

    /// What each column adds to the log-odds of one row, written to `contributions`, one for each column; returned
    /// are the log-odds of the population. Together they are the row's log-odds.
    pub fn contributions(&self, row: &[f32], contributions: &mut [f64]) -> f64 {
        contributions.fill(0.0);
        let mut features = vec![0.0; self.columns.features()];
        let mut base = self.level.intercept();
        for member in &self.members {
            let weight = self.level.slope() * member.weight;
            base += weight * member.learned.contributions(row, &mut features);
            for (feature, column) in features.iter().zip(self.columns.origin()) {
                if let Some(sum) = contributions.get_mut(*column) {
                    *sum += weight * feature;
                }
            }
        }
        base
    }
}

impl TryFrom<Unchecked> for TableModel {
    type Error = PredictError;
    fn try_from(file: Unchecked) -> Result<Self, PredictError> {
        Self::new(file.columns, file.members, file.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, ColumnKind, Linear, LinearTerm};

    fn columns() -> Columns {
        let choice = ColumnKind::Category(["a", "b", "c"].map(str::to_owned).to_vec());
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        Columns::new(vec![column("kind", choice), column("size", ColumnKind::Number)]).unwrap()
    }

    fn member(weight: f64, slopes: &[f64]) -> Member {
        let term = |slope: &f64| LinearTerm { slope: *slope, offset: 0.1, missing: -0.2 };
        let linear = Linear::new(-1.0, slopes.iter().map(term).collect()).unwrap();
        Member { name: "linear".to_owned(), weight, learned: Learned::Linear(linear) }
    }

    #[test]
    fn columns_and_base_add_up_to_the_log_odds() {
        let members = vec![member(0.25, &[1.0, 2.0, 3.0, 4.0]), member(0.75, &[0.5, 0.0, -1.0, 0.25])];
        let model = TableModel::new(columns(), members, LogitShift::new(0.3, 1.2).unwrap()).unwrap();
        for cells in [[Some("b"), Some("2.5")], [None, Some("1")], [Some("zebra"), None]] {
            let mut row = Vec::new();
            model.columns().encode(cells, &mut row);
            let (mut log_odds, mut probability, mut contributions) = ([0.0], [0.0], [0.0; 2]);
            model.log_odds(&row, &mut log_odds);
            model.probabilities(&row, &mut probability);
            let base = model.contributions(&row, &mut contributions);
            assert!((base + contributions[0] + contributions[1] - log_odds[0]).abs() < 1e-12);
            assert!((probability[0] - 1.0 / (1.0 + (-log_odds[0]).exp())).abs() < 1e-15);
        }
    }

    #[test]
    fn models_that_do_not_fit_together_are_refused() {
        let level = LogitShift::IDENTITY;
        let model = |members| TableModel::new(columns(), members, level);
        let four = [1.0; 4];
        assert!(model(vec![]).is_err());
        assert!(model(vec![member(1.0, &[1.0; 3])]).is_err());
        assert!(model(vec![member(0.5, &four)]).is_err());
        assert!(model(vec![member(1.5, &four), member(-0.5, &four)]).is_err());
        let fine = model(vec![member(1.0, &four)]).unwrap();
        let text = serde_json::to_string(&fine).unwrap();
        assert_eq!(serde_json::from_str::<TableModel>(&text).unwrap(), fine);
        assert!(
            serde_json::from_str::<TableModel>(&text.replace("\"weight\":1.0", "\"weight\":0.9")).is_err()
        );
    }
}
