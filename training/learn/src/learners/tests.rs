//! What is served is what was learned, and what was learned is what the rows say.

use hessboost::data::DMatrix;
use hessboost::model::Iterations;
use tenure_predict::{Learned, Target};

use super::{Boosted, Learner, Logistic, Monotone, RandomForest, Table};

const FEATURES: usize = 3;

/// Rows whose first feature decides, whose second helps and is often missing, and whose third is noise.
fn rows(count: usize, seed: u64) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32) / (1_u64 << 24) as f32
    };
    let (mut rows, mut churned, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let (a, b, c) = (draw() * 4.0 - 2.0, draw(), draw());
        let missing = draw() < 0.3;
        rows.extend([a, if missing { f32::NAN } else { b }, c]);
        let log_odds = 1.5 * a - if missing { 1.0 } else { b };
        churned.push(f32::from(draw() < 1.0 / (1.0 + (-log_odds).exp())));
        amounts.push((0.5 * a + if missing { 1.0 } else { 0.0 } + draw()).exp());
    }
    (rows, churned, amounts)
}

fn small() -> Boosted {
    Boosted { rounds: 60, eta: 0.1, ..Boosted::default() }
}

#[track_caller]
fn check_served_as_learned(boosted: &Boosted, table: &Table<'_>, later: Option<&Table<'_>>) {
    let theirs = boosted.model(table, later).unwrap();
    let Learned::Trees(ours) = boosted.fit(table, later).unwrap() else { unreachable!() };
    let (fresh, ..) = rows(500, 77);
    let data = DMatrix::from_dense(&fresh, 500, FEATURES).unwrap();
    let predictions = theirs.predict(&data, Iterations::Best).unwrap();
    let explained = theirs.predict_contribs(&data, Iterations::Best).unwrap();
    let mut contributions = [0.0; FEATURES];
    for (at, row) in fresh.chunks(FEATURES).enumerate() {
        let (prediction, expected) =
            (table.target().prediction(ours.margin(row)), predictions.get(at, 0).unwrap());
        let off = (prediction - f64::from(*expected)).abs();
        assert!(off <= 1e-6 * prediction.max(1.0), "row {at}: {prediction} is not {expected}");
        let bias = ours.contributions(row, &mut contributions);
        let expected = explained.get(at, 0).unwrap();
        for (ours, theirs) in contributions.iter().chain([&bias]).zip(expected) {
            assert!((ours - f64::from(*theirs)).abs() < 1e-5, "row {at}: {ours} is not {theirs}");
        }
    }
}

#[test]
fn trees_are_served_as_they_were_learned() {
    let (values, churned, amounts) = rows(2000, 1);
    let (later_values, later_churned, _) = rows(500, 2);
    let churn = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let later = Table::new(FEATURES, &later_values, &later_churned, Target::Probability).unwrap();
    let spend = Table::new(FEATURES, &values, &amounts, Target::Positive).unwrap();
    check_served_as_learned(&small(), &churn, None);
    check_served_as_learned(&Boosted { rounds: 400, patience: 5, ..small() }, &churn, Some(&later));
    check_served_as_learned(&small(), &spend, None);
    check_served_as_learned(&Boosted { depth: 10, leaves: 200, rounds: 5, ..small() }, &spend, None);
}

#[test]
fn boosting_stops_when_later_rows_get_no_better() {
    let (values, churned, _) = rows(2000, 1);
    let (later_values, later_churned, _) = rows(500, 2);
    let table = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let later = Table::new(FEATURES, &later_values, &later_churned, Target::Probability).unwrap();
    let many = Boosted { rounds: 600, patience: 20, ..small() };
    let trees = |learned: Learned| if let Learned::Trees(trees) = learned { trees.trees() } else { 0 };
    assert_eq!(trees(many.fit(&table, None).unwrap()), 600);
    let stopped = trees(many.fit(&table, Some(&later)).unwrap());
    assert!((5..300).contains(&stopped), "{stopped} trees");
}

#[test]
fn the_same_rows_give_the_same_numbers_on_any_number_of_threads() {
    let (values, churned, _) = rows(3000, 3);
    let table = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| small().fit(&table, None).unwrap())
    };
    assert_eq!(on(1), on(4));
    assert_ne!(on(1), Boosted { seed: 8, ..small() }.fit(&table, None).unwrap());
}

#[test]
fn a_monotone_feature_never_turns_round() {
    let (values, churned, _) = rows(2000, 4);
    let table = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let wavers = |monotone: Vec<Monotone>| {
        let learned = Boosted { monotone, min_child_weight: 1.0, ..small() }.fit(&table, None).unwrap();
        let sweep: Vec<f32> = (0..200).flat_map(|at| [0.0, 0.5, at as f32 / 200.0]).collect();
        let mut margins = vec![0.0; 200];
        learned.margins(&sweep, &mut margins);
        let rises = margins.windows(2).any(|pair| pair[1] > pair[0]);
        let falls = margins.windows(2).any(|pair| pair[1] < pair[0]);
        (rises, falls)
    };
    assert_eq!(wavers(vec![]), (true, true));
    assert!(!wavers(vec![Monotone::Free, Monotone::Free, Monotone::Rising]).1);
    assert!(!wavers(vec![Monotone::Free, Monotone::Free, Monotone::Falling]).0);
}

#[test]
fn a_weight_of_two_is_the_row_twice() {
    let (values, churned, _) = rows(1000, 5);
    let whole = Boosted { subsample: 1.0, ..small() };
    let weights: Vec<f32> = churned.iter().map(|label| 1.0 + label).collect();
    let weighted = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let weighted = weighted.with_weights(&weights).unwrap();
    let (mut twice, mut labels) = (values.clone(), churned.clone());
    for (row, label) in values.chunks(FEATURES).zip(&churned).filter(|(_, label)| **label == 1.0) {
        twice.extend(row);
        labels.push(*label);
    }
    let twice = Table::new(FEATURES, &twice, &labels, Target::Probability).unwrap();
    let (a, b) = (whole.fit(&weighted, None).unwrap(), whole.fit(&twice, None).unwrap());
    let (mut left, mut right) = (vec![0.0; 1000], vec![0.0; 1000]);
    a.predict(Target::Probability, &values, &mut left);
    b.predict(Target::Probability, &values, &mut right);
    let off = left.iter().zip(&right).map(|(a, b)| (a - b).abs()).sum::<f64>() / 1000.0;
    // Cut points of the histogram follow weighted quantiles and differ a little.
    assert!(off < 0.02, "{off}");
    let mean = left.iter().sum::<f64>() / 1000.0;
    let plain = f64::from(churned.iter().sum::<f32>()) / 1000.0;
    assert!(mean > plain + 0.05, "weights had no effect: {mean}, {plain}");
}

fn log_loss(learned: &Learned, rows: &[f32], labels: &[f32]) -> f64 {
    let mut predictions = vec![0.0; labels.len()];
    learned.predict(Target::Probability, rows, &mut predictions);
    let loss = |(p, label): (&f64, &f32)| -(if *label > 0.5 { *p } else { 1.0 - p }).ln();
    predictions.iter().zip(labels).map(loss).sum::<f64>() / labels.len() as f64
}

#[test]
fn every_learner_beats_the_rate_and_adds_up() {
    let (values, churned, _) = rows(3000, 1);
    let (fresh, fresh_churned, _) = rows(1000, 9);
    let table = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let rate = table.mean();
    let chance = -rate * rate.ln() - (1.0 - rate) * (1.0 - rate).ln();
    let learners: [Box<dyn Learner>; 3] = [
        Box::new(small()),
        Box::new(Logistic::default()),
        Box::new(RandomForest { trees: 30, ..Default::default() }),
    ];
    for learner in learners {
        let learned = learner.fit(&table, None).unwrap();
        let loss = log_loss(&learned, &fresh, &fresh_churned);
        assert!(loss < chance - 0.15, "{}: {loss} against {chance}", learner.name());
        let (mut contributions, mut margin) = ([0.0; FEATURES], [0.0]);
        for row in fresh.chunks(FEATURES).take(200) {
            let base = learned.contributions(row, &mut contributions);
            learned.margins(row, &mut margin);
            let sum = base + contributions.iter().sum::<f64>();
            assert!((sum - margin[0]).abs() < 1e-9, "{}: {sum} is not {}", learner.name(), margin[0]);
        }
    }
}

/// A forest predicts the mean of its leaves, as smartcore's own prediction does.
#[test]
fn a_forest_is_served_as_it_was_learned() {
    use smartcore::ensemble::random_forest_regressor::{
        RandomForestRegressor, RandomForestRegressorParameters,
    };
    use smartcore::linalg::basic::matrix::DenseMatrix;
    let (values, churned, amounts) = rows(800, 1);
    let whole: Vec<f32> = values.iter().map(|value| if value.is_nan() { 0.5 } else { *value }).collect();
    let forest = RandomForest { trees: 10, ..Default::default() };
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(10)
        .with_max_depth(forest.depth)
        .with_min_samples_leaf(forest.leaf_rows)
        .with_m(2)
        .with_seed(forest.seed);
    let records = DenseMatrix::new(800, FEATURES, whole.clone(), false).unwrap();
    for (labels, target) in [(&churned, Target::Probability), (&amounts, Target::Positive)] {
        let table = Table::new(FEATURES, &whole, labels, target).unwrap();
        let Learned::Forest(ours) = forest.fit(&table, None).unwrap() else { unreachable!() };
        let theirs = RandomForestRegressor::fit(&records, labels, parameters.clone()).unwrap();
        for (row, expected) in whole.chunks(FEATURES).zip(theirs.predict(&records).unwrap()) {
            let found = ours.trees.margin(row);
            assert!((found - f64::from(expected)).abs() < 1e-5, "{found} is not {expected}");
        }
    }
}

/// The data follow log-odds of `1.5 a - b`, and `1.5 a - 1` where `b` is missing.
#[test]
fn logistic_regression_recovers_what_made_the_data() {
    let (values, churned, _) = rows(40_000, 6);
    let table = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let Learned::Linear(linear) = Logistic::default().fit(&table, None).unwrap() else { unreachable!() };
    let slopes: Vec<f64> = linear.terms().iter().map(|term| term.slope).collect();
    for (found, truth) in slopes.iter().zip([1.5, -1.0, 0.0]) {
        assert!((found - truth).abs() < 0.12, "{slopes:?}");
    }
    assert!((linear.margin(&[0.0, 0.0, 0.5])).abs() < 0.1);
    assert!((linear.margin(&[0.0, f32::NAN, 0.5]) + 1.0).abs() < 0.1);
    // Terms are 0 on average, so the base is the mean margin.
    let mean = values.chunks(FEATURES).map(|row| linear.margin(row)).sum::<f64>() / 40_000.0;
    let mut contributions = [0.0; FEATURES];
    assert!((linear.contributions(&values[..FEATURES], &mut contributions) - mean).abs() < 1e-6);
}

#[test]
fn rows_of_double_weight_are_seen_twice_by_logistic_regression() {
    let (values, churned, _) = rows(1000, 5);
    let weights: Vec<f32> = churned.iter().map(|label| 0.5 + 0.5 * label).collect();
    let weighted = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let weighted = weighted.with_weights(&weights).unwrap();
    let (mut twice, mut labels) = (values.clone(), churned.clone());
    for (row, label) in values.chunks(FEATURES).zip(&churned).filter(|(_, label)| **label == 1.0) {
        twice.extend(row);
        labels.push(*label);
    }
    let twice = Table::new(FEATURES, &twice, &labels, Target::Probability).unwrap();
    let learner = Logistic::default();
    let (Learned::Linear(a), Learned::Linear(b)) =
        (learner.fit(&weighted, None).unwrap(), learner.fit(&twice, None).unwrap())
    else {
        unreachable!()
    };
    for row in values.chunks(FEATURES) {
        assert!((a.margin(row) - b.margin(row)).abs() < 1e-3);
    }
}

/// Leaning on one outcome changes what is learned well, and not the level: probabilities stay those of the data.
#[test]
fn leaning_on_an_outcome_does_not_distort_probabilities() {
    let (values, churned, _) = rows(6000, 8);
    let (fresh, fresh_churned, _) = rows(6000, 10);
    let table = Table::new(FEATURES, &values, &churned, Target::Probability).unwrap();
    let actual = f64::from(fresh_churned.iter().sum::<f32>()) / 6000.0;
    let learners: [Box<dyn Learner>; 3] = [
        Box::new(small()),
        Box::new(Logistic::default()),
        Box::new(RandomForest { trees: 30, ..Default::default() }),
    ];
    for learner in learners {
        let plain = learner.fit(&table, None).unwrap();
        let leaning = super::fit_leaning(learner.as_ref(), &table, None, 4.0).unwrap();
        let mut predictions = vec![0.0; 6000];
        leaning.predict(Target::Probability, &fresh, &mut predictions);
        let mean = predictions.iter().sum::<f64>() / 6000.0;
        assert!((mean - actual).abs() < 0.02, "{}: {mean} against {actual}", learner.name());
        let (with, without) =
            (log_loss(&leaning, &fresh, &fresh_churned), log_loss(&plain, &fresh, &fresh_churned));
        assert!(with < without + 0.02, "{}: {with} against {without}", learner.name());
    }
    super::fit_leaning(&small(), &table, None, 0.0).unwrap_err();
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, crate::LearnError>, because: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(because), "{error}");
}

#[test]
fn rows_that_nothing_can_be_learned_from_are_refused() {
    let churn = |rows: &[f32], labels: &[f32]| Table::new(2, rows, labels, Target::Probability).map(|_| ());
    refused(churn(&[], &[]), "nothing to learn");
    refused(churn(&[1.0, 2.0, 3.0], &[1.0]), "3 numbers");
    refused(churn(&[1.0, f32::INFINITY], &[1.0]), "feature 1 of row 0");
    refused(churn(&[1.0, 2.0], &[0.5]), "0 or 1");
    refused(Table::new(1, &[1.0], &[0.0], Target::Positive), "above 0");
    let table = Table::new(1, &[1.0, 2.0], &[1.0, 1.0], Target::Probability).unwrap();
    refused(small().fit(&table, None), "all 2 rows");
    refused(table.with_weights(&[1.0]), "1 weights for 2 rows");
    refused(table.with_weights(&[1.0, 0.0]), "the weight 0 of row 1");
}
