//! `--churn`: a definition of churn from training to reasons, and what is refused with a word on what to do.

use std::sync::OnceLock;

use tenure_tests::program::{succeed, tenure};

use crate::support::Desk;

/// Fewer than five visits within 30 days.
const QUIET: &str = "count(session, next 30d) < 5";
const TRAIN: &str = "train --log log --as-of 2022-08-01 --features own.behaviour --out churn.tenure";

const FEATURES: &str = "\
orders = count(order)
recency = days_since(order)
visits_30d = count(session, 30d)
carts_30d = count(add_to_cart, 30d)
regular = count(order) >= 3
";

fn simulated() -> Desk {
    let desk = Desk::new();
    desk.write("own.behaviour", FEATURES);
    desk.write("churn.behaviour", format!("# what churn is\nchurn =\n  {QUIET}  # visits\n"));
    desk.succeed(
        "simulate --customers 700 --from 2021-01-01 --to 2022-10-01 --visitors 0.1 --out events.csv",
    );
    desk.succeed("import --input events.csv --log log");
    desk
}

/// A desk with a bundle whose churn is read from a file.
fn trained() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let desk = simulated();
        let ran = desk.succeed(&format!("{TRAIN} --churn @churn.behaviour"));
        assert!(ran.stdout.contains(&format!("churn is {QUIET}")), "{}", ran.stdout);
        desk
    })
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[track_caller]
fn refused(desk: &Desk, arguments: &[&str], advice: &str) {
    let ran = tenure(desk.folder(), arguments);
    assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
    assert!(ran.stderr.contains(advice), "{arguments:?}: {}", ran.stderr);
}

#[test]
fn a_definition_goes_from_training_to_scores_and_their_proof() {
    let desk = trained();
    let said = desk.succeed("inspect churn.tenure");
    assert!(said.stdout.contains(&format!("churn           {QUIET}")), "{}", said.stdout);
    let card = desk.succeed("inspect churn.tenure --card").stdout;
    assert!(card.contains("Churn is count(session, next 30d) &lt; 5, over 30d"), "{card}");
    let scored =
        desk.succeed("score --bundle churn.tenure --log log --as-of 2022-08-01 --out scores.csv --json");
    assert_eq!(scored.json()["churn"], QUIET);
    assert_eq!(scored.json()["horizon"], "30d");
    let header = desk.text("scores.csv").lines().next().unwrap().to_owned();
    let curve: Vec<&str> = header.split(',').filter(|name| name.starts_with("churn_probability_")).collect();
    assert_eq!(curve, ["churn_probability_30d"]);
    let judged = desk.succeed("evaluate --bundle churn.tenure --log log --as-of 2022-08-01 --json").json();
    assert!(judged["churn"]["auc"].as_f64().unwrap() > 0.6, "{judged}");
    let gap = judged["churn_rate"].as_f64().unwrap() - judged["mean_churn_probability"].as_f64().unwrap();
    assert!(gap.abs() < 0.1, "{judged}");
    let words = desk.succeed("evaluate --bundle churn.tenure --log log --as-of 2022-08-01").stdout;
    assert!(words.contains("customers who churned") && !words.contains("stayed away"), "{words}");
}

#[test]
fn what_the_definition_does_not_say_is_refused() {
    let desk = trained();
    let score = "score --bundle churn.tenure --log log --as-of 2022-08-01 --out other.csv --horizon 90d";
    refused(desk, &words(score), "looks 30d ahead and says nothing about 90d");
    let evaluate = "evaluate --bundle churn.tenure --log log --as-of 2022-08-01 --horizon 60d";
    refused(desk, &words(evaluate), "nothing about 60d");
    let segments = "segments --log log --as-of 2022-08-01 --bundle churn.tenure --out members.csv";
    refused(desk, &words(segments), "write churn_probability(30d) in a file of your own");
    let report = "report --bundle churn.tenure --orders orders.csv --out report.html";
    refused(desk, &words(report), "the page tells of customers who order nothing");
    // Visits are not in a file of orders.
    refused(
        desk,
        &words("evaluate --bundle churn.tenure --orders orders.csv --as-of 2021-10-01"),
        "cannot be told from orders and refunds alone",
    );
}

fn train(churn: &str) -> [&str; 9] {
    ["train", "--log", "log", "--as-of", "2022-08-01", "--out", "no.tenure", "--churn", churn]
}

#[test]
fn a_definition_that_cannot_be_learned_says_what_to_do() {
    let desk = trained();
    for (churn, advice) in [
        ("count(session, 30d) = 0", "give a window ahead"),
        ("count(session, next 30d)", "compare"),
        ("count(sesion, next 30d) = 0", "session"),
        ("count(size_guide_open, next 30d) = 0", "speaks of size_guide_open"),
        ("count(session, next 900d) = 0", "Import a longer history"),
    ] {
        refused(desk, &train(churn), advice);
    }
    let mut more = train(QUIET).to_vec();
    more.extend(["--horizon", "90d"]);
    refused(desk, &more, "leave --horizon out");
    let mut more = train(QUIET).to_vec();
    more.extend(["--horizons", "30d,90d"]);
    refused(desk, &more, "leave --horizons out");
}

#[test]
fn reasons_speak_of_the_definition() {
    let desk = Desk::new();
    let train =
        ["train", "--orders", "orders.csv", "--as-of", "2021-10-01", "--out", "sparse.tenure", "--churn"];
    let mut train = train.to_vec();
    train.push("count(order, next 60d) < 2");
    succeed(desk.folder(), &train);
    let ran =
        desk.succeed("reasons --bundle sparse.tenure --orders orders.csv --as-of 2021-10-01 --out r.csv");
    assert!(ran.stdout.contains("customers explained"));
    let customer = desk.text("r.csv").lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let one = format!(
        "reasons --bundle sparse.tenure --orders orders.csv --as-of 2021-10-01 --customer {customer}"
    );
    let ran = desk.succeed(&one);
    assert!(ran.stdout.contains("% to churn (count(order, next 60d) < 2)"), "{}", ran.stdout);
    let json = desk.succeed(&format!("{one} --json")).json();
    let part = |name: &str| json[name].as_f64().unwrap();
    let moved: f64 =
        json["contributions"].as_array().unwrap().iter().map(|one| one["log_odds"].as_f64().unwrap()).sum();
    assert!((part("start") + moved + part("level") - part("log_odds")).abs() < 1e-9);
}
