//! What training did, as the bundle tells it.

use std::collections::BTreeSet;

use tenure_bundle::{BacktestRow, Scorer};
use tenure_learn::OrderKind;

/// The name of the trees among the candidates of a backtest.
const TREES: &str = "boosted";

/// The name of last year's season alone, where no trees answer of orders.
const SEASON: &str = "season";

/// What a bundle says of its candidates.
#[derive(Debug)]
pub(super) struct Told<'a> {
    /// Names of the purchase models that were compared, in the order of the backtest.
    pub(super) compared: Vec<&'a str>,
    /// Past dates at which all of them were.
    dates: usize,
    /// The purchase model that answers, alone or below the trees.
    chosen: &'a str,
    /// How many features trees read, if trees answer.
    features: Option<usize>,
    /// Past dates at which those were judged.
    judged: usize,
}

impl<'a> Told<'a> {
    pub(super) fn by(scorer: &'a Scorer) -> Self {
        let features = scorer.boosted().filter(|_| scorer.has_trees()).map(|trees| trees.definitions().len());
        let manifest = scorer.manifest();
        Self::of(&manifest.backtest, &manifest.model, features)
    }

    fn of(backtest: &'a [BacktestRow], model: &'a str, features: Option<usize>) -> Self {
        let mut compared: Vec<&str> = Vec::new();
        for kind in backtest.iter().filter_map(kind_of) {
            if !compared.contains(&kind) {
                compared.push(kind);
            }
        }
        let at = |wanted: &str| -> BTreeSet<_> {
            let rows = backtest.iter().filter(|row| kind_of(row) == Some(wanted));
            rows.map(|row| (row.origin, row.horizon.to_string())).collect()
        };
        // The chosen one is judged at the dates of the trees again.
        let dates = compared.iter().map(|kind| at(kind).len()).min().unwrap_or(0);
        let judged = backtest.iter().filter(|row| row.candidate == TREES).count();
        let above = [TREES, SEASON].into_iter().find_map(|above| model.strip_prefix(above));
        let chosen = above.map_or(model, |rest| rest.trim_start_matches('_'));
        Self { compared, dates, chosen, features, judged }
    }

    /// In two sentences, a line each.
    pub(super) fn lines(&self) -> [String; 2] {
        let Self { compared, chosen, features, judged, .. } = self;
        let dates = |count: usize| format!("{count} past date{}", if count == 1 { "" } else { "s" });
        let names = match compared.as_slice() {
            [] => "no purchase models".to_owned(),
            [one] => format!("the purchase model {one}"),
            [most @ .., last] => format!("the purchase models {} and {last}", most.join(", ")),
        };
        let first = format!("compared {names} at {}; {chosen} was taken", dates(self.dates));
        let second = match features {
            Some(features) => format!(
                "On top of it trees learned from {features} features where it is off; they were judged at {}, and answer.",
                dates(*judged)
            ),
            None => "No trees answer: the notes of tenure inspect say why.".to_owned(),
        };
        [first, second]
    }
}

/// The purchase model of a row, if it is one's.
fn kind_of(row: &BacktestRow) -> Option<&str> {
    let name = row.candidate.split('+').next()?;
    name.parse::<OrderKind>().is_ok().then_some(name)
}

#[cfg(test)]
mod tests {
    use tenure_core::{TimeZone, Timestamp};

    use super::*;

    fn row(candidate: &str, day: &str) -> BacktestRow {
        BacktestRow {
            candidate: candidate.to_owned(),
            origin: Timestamp::parse(day, &TimeZone::utc()).unwrap(),
            horizon: "90d".parse().unwrap(),
            customers: 1_000,
            churn: None,
            value: None,
            chosen: false,
        }
    }

    #[test]
    fn the_story_is_that_of_the_backtest() {
        let of_models = ["bg_nbd+all_orders+level", "mbg_nbd+all_orders+as_fitted", "naive_rate"];
        let days = ["1997-04-20", "1997-05-18"];
        let mut rows: Vec<_> = days.iter().flat_map(|day| of_models.map(|name| row(name, day))).collect();
        let alone = Told::of(&rows, "mbg_nbd", None);
        assert_eq!(alone.compared, ["bg_nbd", "mbg_nbd"]);
        assert_eq!(
            alone.lines(),
            [
                "compared the purchase models bg_nbd and mbg_nbd at 2 past dates; mbg_nbd was taken",
                "No trees answer: the notes of tenure inspect say why."
            ]
        );
        assert_eq!(Told::of(&rows, "season_mbg_nbd", None).chosen, "mbg_nbd");
        rows.extend(
            ["boosted", "mbg_nbd+as_fitted", "naive_rate", "forest"].map(|name| row(name, "1997-08-08")),
        );
        let by_trees = Told::of(&rows, "boosted_mbg_nbd", Some(33));
        assert_eq!(
            by_trees.lines(),
            [
                "compared the purchase models bg_nbd and mbg_nbd at 2 past dates; mbg_nbd was taken",
                "On top of it trees learned from 33 features where it is off; they were judged at 1 past date, and answer."
            ]
        );
    }
}
