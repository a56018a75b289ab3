//! The eleven measures by which candidates are compared, with their names and what is better.

use std::collections::BTreeSet;

use tenure_bundle::BacktestRow;
use tenure_core::Timestamp;
use tenure_predict::{ChurnMeasures, ValueMeasures};

use crate::Language;
use crate::format::number;

/// One measure.
pub(crate) struct Measure {
    english: &'static str,
    chinese: &'static str,
    digits: usize,
    pub(crate) better: Better,
    pub(crate) read: fn(Option<&ChurnMeasures>, Option<&ValueMeasures>) -> Option<f64>,
}

/// Which of two values is better.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
    NearZero,
}

use Better::{Higher, Lower, NearZero};

/// How many of them are of churn; the rest are of value.
const CHURN_MEASURES: usize = 5;

/// All of them, churn first.
pub(crate) const MEASURES: [Measure; 11] = [
    Measure { english: "AUC", chinese: "AUC", digits: 3, better: Higher, read: |c, _| c?.auc },
    Measure {
        english: "Average precision",
        chinese: "平均精确率",
        digits: 3,
        better: Higher,
        read: |c, _| c?.average_precision,
    },
    Measure {
        english: "Brier score",
        chinese: "Brier 分数",
        digits: 4,
        better: Lower,
        read: |c, _| Some(c?.brier),
    },
    Measure {
        english: "Log loss",
        chinese: "对数损失",
        digits: 3,
        better: Lower,
        read: |c, _| Some(c?.log_loss),
    },
    Measure {
        english: "Calibration error",
        chinese: "校准误差",
        digits: 4,
        better: Lower,
        read: |c, _| Some(c?.calibration_error),
    },
    Measure {
        english: "Gini of value",
        chinese: "价值 Gini",
        digits: 3,
        better: Higher,
        read: |_, v| v?.gini,
    },
    Measure {
        english: "Rank correlation",
        chinese: "秩相关",
        digits: 3,
        better: Higher,
        read: |_, v| v?.spearman,
    },
    Measure {
        english: "Top tenth's share",
        chinese: "前十分之一占比",
        digits: 3,
        better: Higher,
        read: |_, v| v?.top_decile_share,
    },
    Measure {
        english: "Error by tenths",
        chinese: "十分位误差",
        digits: 3,
        better: Lower,
        read: |_, v| v?.decile_error,
    },
    Measure {
        english: "Mean error of value",
        chinese: "价值平均误差",
        digits: 2,
        better: Lower,
        read: |_, v| Some(v?.mae),
    },
    Measure {
        english: "Bias of value",
        chinese: "价值偏差",
        digits: 3,
        better: NearZero,
        read: |_, v| v?.bias,
    },
];

impl Measure {
    pub(crate) const fn name(&self, language: Language) -> &'static str {
        language.pick(self.english, self.chinese)
    }

    pub(crate) const fn hint(&self, language: Language) -> &'static str {
        match self.better {
            Higher => language.pick("higher is better", "越高越好"),
            Lower => language.pick("lower is better", "越低越好"),
            NearZero => language.pick("nearer 0 is better", "越接近 0 越好"),
        }
    }

    pub(crate) fn show(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| number(value, self.digits))
    }

    /// The place of the best of some values; none where fewer than two are there.
    pub(crate) fn best(&self, values: &[Option<f64>]) -> Option<usize> {
        let merit = |value: f64| match self.better {
            Higher => value,
            Lower => -value,
            NearZero => -value.abs(),
        };
        let known: Vec<(usize, f64)> =
            values.iter().enumerate().filter_map(|(place, value)| Some((place, merit((*value)?)))).collect();
        let best = known.iter().max_by(|left, right| left.1.total_cmp(&right.1))?;
        (known.len() > 1).then_some(best.0)
    }
}

/// Place of the measures of churn among the sides of a candidate.
pub(crate) const CHURN: usize = 0;
/// Place of the measures of value.
pub(crate) const VALUE: usize = 1;

/// A candidate of the backtest, each measure as its mean over past dates.
pub(crate) struct CandidateMean<'a> {
    pub(crate) name: &'a str,
    /// What was judged of churn, and of value: where the bundle defines churn, each is chosen on dates of its own.
    pub(crate) sides: [Side; 2],
    /// In the order of [`MEASURES`].
    pub(crate) values: Vec<Option<f64>>,
}

/// What was judged of churn or of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    /// Whether the candidate is in use for it.
    pub(crate) is_chosen: bool,
    /// Past dates behind the means: those that it shares with the chosen candidate, if there are any.
    pub(crate) origins: usize,
    /// Which dates these are.
    pub(crate) dates: Dates,
}

impl CandidateMean<'_> {
    pub(crate) fn is_chosen(&self) -> bool {
        self.sides.iter().any(|side| side.is_chosen)
    }

    /// Past dates of the side that was judged at more.
    pub(crate) fn origins(&self) -> usize {
        self.sides.iter().map(|side| side.origins).max().unwrap_or(0)
    }

    /// Which dates: the side that shares fewest with the chosen candidate decides.
    pub(crate) fn dates(&self) -> Dates {
        self.sides.iter().filter(|side| side.origins > 0).map(|side| side.dates).max().unwrap_or(Dates::Same)
    }
}

/// Dates behind the means of a candidate; a mean over others than the chosen one's says nothing about who is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dates {
    /// Those of the chosen candidate.
    Same,
    /// Some of them.
    Fewer,
    /// None of them.
    Other,
}

/// What the naive rate is called in backtests.
pub(crate) const NAIVE: &str = "naive_rate";

/// Of churn or of value, whether a row tells of it.
const TELLS: [fn(&BacktestRow) -> bool; 2] = [|row| row.churn.is_some(), |row| row.value.is_some()];

/// The candidates in the order of their first row.
pub(crate) fn candidates(rows: &[BacktestRow]) -> Vec<CandidateMean<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.candidate.as_str()) {
            names.push(&row.candidate);
        }
    }
    let chosen = TELLS.map(|tells| {
        let rows = rows.iter().filter(|row| row.chosen && tells(row));
        rows.map(|row| row.origin).collect::<BTreeSet<Timestamp>>()
    });
    names.into_iter().map(|name| of_candidate(name, rows, &chosen)).collect()
}

fn of_candidate<'a>(
    name: &'a str,
    rows: &'a [BacktestRow],
    chosen: &[BTreeSet<Timestamp>; 2],
) -> CandidateMean<'a> {
    // Of each side the rows at the dates of the chosen candidate or, where there are none, all.
    let own = [CHURN, VALUE].map(|side| {
        let told = rows.iter().filter(|row| row.candidate == name && TELLS[side](row));
        let all: Vec<&BacktestRow> = told.collect();
        let is_shared = |row: &&&BacktestRow| chosen[side].contains(&row.origin);
        let shared: Vec<&BacktestRow> = all.iter().filter(is_shared).copied().collect();
        if shared.is_empty() { all } else { shared }
    });
    let value = |(place, measure): (usize, &Measure)| {
        let known: Vec<f64> = own[side_of(place)]
            .iter()
            .filter_map(|row| (measure.read)(row.churn.as_ref(), row.value.as_ref()))
            .filter(|value| value.is_finite())
            .collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let side = |side: usize| {
        let origins: BTreeSet<Timestamp> = own[side].iter().map(|row| row.origin).collect();
        Side {
            is_chosen: own[side].iter().any(|row| row.chosen),
            origins: own[side].len(),
            dates: match origins.is_disjoint(&chosen[side]) {
                _ if chosen[side].is_empty() || origins == chosen[side] => Dates::Same,
                true => Dates::Other,
                false => Dates::Fewer,
            },
        }
    };
    CandidateMean {
        name,
        sides: [CHURN, VALUE].map(side),
        values: MEASURES.iter().enumerate().map(value).collect(),
    }
}

/// Whether the measure at a place is one of churn or of value.
pub(crate) const fn side_of(place: usize) -> usize {
    if place < CHURN_MEASURES { CHURN } else { VALUE }
}

/// Past dates from which the candidates in use for churn and for value were judged; of all where none was chosen.
pub(crate) fn rehearsals(all: &[CandidateMean<'_>]) -> [usize; 2] {
    let of = |side: usize| {
        let sides = || all.iter().map(|candidate| candidate.sides[side]);
        let chosen = sides().filter(|side| side.is_chosen).map(|side| side.origins).max();
        chosen.or_else(|| sides().map(|side| side.origins).max()).unwrap_or(0)
    };
    [of(CHURN), of(VALUE)]
}

/// Of what the candidate is the one in use, where another is for the rest.
pub(crate) fn chosen_half(
    candidate: &CandidateMean<'_>,
    all: &[CandidateMean<'_>],
    language: Language,
) -> Option<&'static str> {
    let [churn, value] = candidate.sides.map(|side| side.is_chosen);
    let others = |side: usize| all.iter().any(|one| one.name != candidate.name && one.sides[side].is_chosen);
    match (churn, value) {
        (true, false) if others(VALUE) => Some(language.pick("churn", "流失")),
        (false, true) if others(CHURN) => Some(language.pick("value", "价值")),
        _ => None,
    }
}

/// The candidate that is in use for churn or for value.
pub(crate) fn chosen_for<'a, 'b>(all: &'a [CandidateMean<'b>], side: usize) -> Option<&'a CandidateMean<'b>> {
    all.iter().find(|candidate| candidate.sides[side].is_chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_by_the_measure_and_needs_another() {
        let by = |name: &str| MEASURES.iter().find(|measure| measure.english == name).unwrap();
        let values = [Some(0.3), None, Some(-0.1), Some(0.2)];
        assert_eq!(by("AUC").best(&values), Some(0));
        assert_eq!(by("Log loss").best(&values), Some(2));
        assert_eq!(by("Bias of value").best(&values), Some(2));
        assert_eq!(by("AUC").best(&[None, Some(0.5)]), None);
    }

    fn row(candidate: &str, day: i64, brier: f64, chosen: bool) -> BacktestRow {
        let churn = ChurnMeasures {
            auc: None,
            average_precision: None,
            brier,
            log_loss: 0.4,
            calibration_error: 0.02,
        };
        BacktestRow {
            candidate: candidate.to_owned(),
            origin: Timestamp::from_microseconds(day * 86_400_000_000).unwrap(),
            horizon: "90d".parse().unwrap(),
            customers: 100,
            churn: Some(churn),
            value: None,
            chosen,
        }
    }

    #[test]
    fn candidates_are_compared_over_the_dates_that_they_share() {
        let rows = [
            row("early", 1, 0.30, false),
            row("naive_rate", 1, 0.90, false),
            row("boosted", 2, 0.10, true),
            row("naive_rate", 2, 0.20, false),
            row("boosted", 3, 0.14, true),
            row("naive_rate", 3, 0.24, false),
            row("forest", 3, 0.11, false),
        ];
        let brier = MEASURES.iter().position(|measure| measure.english == "Brier score").unwrap();
        let found = candidates(&rows);
        let seen: Vec<_> = found.iter().map(|one| (one.name, one.origins(), one.dates())).collect();
        assert_eq!(
            seen,
            [
                ("early", 1, Dates::Other),
                ("naive_rate", 2, Dates::Same),
                ("boosted", 2, Dates::Same),
                ("forest", 1, Dates::Fewer)
            ]
        );
        for (one, expected) in found.iter().zip([0.30, 0.22, 0.12, 0.11]) {
            assert!((one.values[brier].unwrap() - expected).abs() < 1e-12, "{}", one.name);
        }
        assert_eq!(rehearsals(&found), [2, 0]);
    }
}
