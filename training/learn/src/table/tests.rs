//! Tables that can be learned from, and those that cannot.

use std::sync::atomic::{AtomicUsize, Ordering};

use tenure_bundle::{Limits, TableScorer};
use tenure_core::Horizon;
use tenure_predict::ColumnKind;

use super::{RawTable, TableRecipe, evaluate_table, train_table};
use crate::learners::{Boosted, RandomForest};

/// Customers of a made-up gym: those on a monthly contract who come rarely leave.
fn gym(rows: usize) -> RawTable {
    let header =
        ["member", "plan", "visits", "age group", "religion", "country", "left"].map(str::to_owned).to_vec();
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let row = |at: usize| {
        let (monthly, visits, noise) = (draw(2) == 0, draw(20), draw(100));
        let chance = 5 + if monthly { 40 } else { 0 } + if visits < 6 { 35 } else { 0 };
        let visits = if draw(10) == 0 { String::new() } else { visits.to_string() };
        vec![
            format!("{}", 1000 + at),
            if monthly { "monthly" } else { "yearly" }.to_owned(),
            visits,
            ["18-30", "31-50", "51+"][draw(3) as usize].to_owned(),
            ["a", "b"][draw(2) as usize].to_owned(),
            "NL".to_owned(),
            if noise < chance { "Yes" } else { "No" }.to_owned(),
        ]
    };
    RawTable::new(header, (0..rows).map(row).collect()).unwrap()
}

fn quick() -> TableRecipe {
    let recipe = TableRecipe::new("left");
    let boosted = Boosted { rounds: 40, eta: 0.1, ..recipe.boosted };
    TableRecipe { boosted, forest: RandomForest { trees: 10, ..recipe.forest }, ..recipe }
}

#[test]
fn columns_are_taken_for_what_they_are() {
    let trained = train_table(&gym(600), &quick()).unwrap();
    let columns: Vec<_> =
        trained.model.columns().columns().iter().map(|one| (one.name.as_str(), &one.kind)).collect();
    let words = |words: &[&str]| ColumnKind::Category(words.iter().map(|word| (*word).to_owned()).collect());
    assert_eq!(
        columns,
        [
            ("plan", &words(&["monthly", "yearly"])),
            ("visits", &ColumnKind::Number),
            ("age group", &words(&["18-30", "31-50", "51+"]))
        ]
    );
    let notes = trained.notes.join("\n");
    for part in
        ["member is left out: every row has a whole number", "religion is not learned", "country", "blank"]
    {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    assert_eq!((trained.positive.as_str(), trained.rows), ("Yes", 600));
}

#[test]
fn what_is_learned_is_true_and_adds_up() {
    let trained = train_table(&gym(1500), &quick()).unwrap();
    let model = &trained.model;
    let probability = |cells: [Option<&str>; 3]| {
        let (mut row, mut probability) = (Vec::new(), [0.0]);
        model.columns().encode(cells, &mut row);
        model.probabilities(&row, &mut probability);
        let mut adds = [0.0; 3];
        let mut log_odds = [0.0];
        model.log_odds(&row, &mut log_odds);
        let base = model.contributions(&row, &mut adds);
        assert!((base + adds.iter().sum::<f64>() - log_odds[0]).abs() < 1e-9);
        probability[0]
    };
    let (worst, best) = (
        probability([Some("monthly"), Some("2"), Some("51+")]),
        probability([Some("yearly"), Some("15"), None]),
    );
    assert!((0.7..0.9).contains(&worst), "made with 0.8, found {worst}");
    assert!((0.02..0.12).contains(&best), "made with 0.05, found {best}");
    // A plan that nobody had is unknown, and lies between the two.
    let unknown = probability([Some("lifetime"), Some("2"), None]);
    assert!(unknown < worst && unknown > best, "{unknown}");
}

#[test]
fn cross_validation_beats_the_rate_and_is_the_same_again() {
    let (table, recipe, heard) = (gym(600), quick(), AtomicUsize::new(0));
    let done = || {
        heard.fetch_add(1, Ordering::Relaxed);
    };
    let found = evaluate_table(&table, &recipe, 3, 2, &done).unwrap();
    assert_eq!(heard.load(Ordering::Relaxed), 6);
    let (stack, naive) = (&found.candidates[0], &found.candidates[4]);
    assert_eq!((stack.name.as_str(), naive.name.as_str()), ("stack", "naive_rate"));
    assert!(stack.auc > 0.75 && (naive.auc - 0.5).abs() < 1e-9, "{stack:?}");
    assert!(stack.log_loss < naive.log_loss - 0.08, "{stack:?} {naive:?}");
    let weights: f64 = found.candidates[1..4].iter().map(|one| one.weight).sum();
    assert!((weights - 1.0).abs() < 1e-9);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| evaluate_table(&table, &recipe, 3, 2, &|| ()).unwrap()), found);
}

/// Where the target is dealt by lot, nothing may be found: whoever looks at the rows judged would.
#[test]
fn nothing_is_found_in_a_lottery() {
    let header = vec!["x".to_owned(), "y".to_owned(), "left".to_owned()];
    let mut state = 3_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 1000
    };
    let rows =
        (0..500).map(|_| vec![draw().to_string(), draw().to_string(), (draw() % 2).to_string()]).collect();
    let found = evaluate_table(&RawTable::new(header, rows).unwrap(), &quick(), 5, 2, &|| ()).unwrap();
    assert!((found.candidates[0].auc - 0.5).abs() < 0.06, "{:?}", found.candidates[0]);
}

#[test]
fn a_bundle_holds_the_model_and_comes_out_the_same() {
    let (table, recipe) = (gym(600), quick());
    let trained = train_table(&table, &recipe).unwrap();
    let horizon: Horizon = "30d".parse().unwrap();
    let bytes = trained.to_bundle(&table, &recipe, None, horizon).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = pool.install(|| train_table(&table, &recipe).unwrap());
    assert_eq!(again.to_bundle(&table, &recipe, None, horizon).unwrap(), bytes);
    let scorer = TableScorer::from_bytes(&bytes, &Limits::default()).unwrap();
    assert_eq!(scorer.model(), &trained.model);
    assert_eq!(scorer.question().positive, "Yes");
    let mut spoilt = bytes.clone();
    let middle = spoilt.len() - 100;
    spoilt[middle] ^= 1;
    assert!(TableScorer::from_bytes(&spoilt, &Limits::default()).is_err());
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, crate::LearnError>, because: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(because), "{error}");
}

#[test]
fn tables_that_cannot_be_used_say_why() {
    let words = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    refused(RawTable::new(words(&["a", "a"]), vec![words(&["1", "2"])]), "rename one");
    refused(RawTable::new(words(&["a"]), vec![]), "no rows");
    refused(RawTable::new(words(&["a", "b"]), vec![words(&["1"])]), "row 1 has 1 cells");
    let gym = gym(60);
    let with = |change: fn(&mut TableRecipe)| {
        let mut recipe = quick();
        change(&mut recipe);
        train_table(&gym, &recipe)
    };
    refused(with(|recipe| recipe.target = "churn".into()), "there is no column \"churn\"; there are member");
    refused(with(|recipe| recipe.target = "age group".into()), "has 3 different values");
    refused(with(|recipe| recipe.target = "plan".into()), "--positive monthly or --positive yearly");
    refused(with(|recipe| recipe.positive = Some("Maybe".into())), "never says \"Maybe\"");
    refused(
        with(|recipe| recipe.without = vec!["plan".into(), "visits".into(), "age group".into()]),
        "no column to learn",
    );
    refused(evaluate_table(&gym, &quick(), 1, 1, &|| ()), "at least 2 folds");
    assert_eq!(with(|recipe| recipe.positive = Some("No".into())).unwrap().positive, "No");
}
