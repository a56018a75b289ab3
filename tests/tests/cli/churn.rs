//! `--churn`: a definition of churn from training to reasons, and what is refused with a word on what to do.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

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
    assert!(
        card.contains(
            "Churn is count(session, next 30d) &lt; 5 (fewer than 5 visits in the next 30 days), over 30d"
        ),
        "{card}"
    );
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
    let report = "report --bundle churn.tenure --log log --out report.html --horizon 90d";
    refused(desk, &words(report), "looks 30d ahead and says nothing about 90d");
    // Visits are not in a file of orders.
    refused(
        desk,
        &words("evaluate --bundle churn.tenure --orders orders.csv --as-of 2021-10-01"),
        "cannot be told from orders and refunds alone",
    );
    let report = "report --bundle churn.tenure --orders orders.csv --as-of 2021-10-01 --out report.html";
    refused(desk, &words(report), "cannot be told from orders and refunds alone");
    assert!(!desk.path("report.html").exists());
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
    assert!(ran.stdout.contains("the risk of churn") && !ran.stdout.contains("leaving"), "{}", ran.stdout);
    let json = desk.succeed(&format!("{one} --json")).json();
    let part = |name: &str| json[name].as_f64().unwrap();
    let moved: f64 =
        json["contributions"].as_array().unwrap().iter().map(|one| one["log_odds"].as_f64().unwrap()).sum();
    assert!((part("start") + moved + part("level") - part("log_odds")).abs() < 1e-9);
}

/// The page without the plotly.js in it.
fn own(html: &str) -> String {
    let start = html.find("<script type=\"text/javascript\">").unwrap();
    let end = html[start..].find("</script>").unwrap() + start;
    format!("{}{}", &html[..start], &html[end..])
}

/// The page of a bundle at a date, and what is said about it; in a file of its own, as tests share the desk.
fn page(desk: &Desk, options: &str) -> (String, serde_json::Value) {
    static PAGES: AtomicU32 = AtomicU32::new(0);
    let name = format!("page-{}.html", PAGES.fetch_add(1, Ordering::Relaxed));
    let ran = desk.succeed(&format!("report --bundle churn.tenure --log log {options} --out {name} --json"));
    (own(&desk.text(&name)), ran.json())
}

/// What a page of a definition never says: whom it counts need not have stayed away.
const OF_ORDERS: [&str; 10] = [
    "stay away",
    "stayed away",
    "staying away",
    "stays away",
    "place no order",
    "no order comes",
    "buyers",
    "Away",
    "不下单的比例",
    "实际不下单",
];

#[test]
fn a_page_is_of_the_definition_in_both_languages() {
    let desk = trained();
    let escaped = QUIET.replace('<', "&lt;");
    let (english, written) = page(desk, "--as-of 2022-08-01");
    assert_eq!((written["churn"].as_str(), written["horizon"].as_str()), (Some(QUIET), Some("30d")));
    assert_eq!(written["outcome_known"], true);
    for part in [
        &format!("<p class=\"basis\">Churn is {escaped}: fewer than 5 visits in the next 30 days.</p>"),
        &format!("Churn is {escaped} (fewer than 5 visits in the next 30 days), over 30d"),
        "of customers were expected to churn within 30 days, and",
        "Churn has trees of its own",
        "Shares that churn within 30 days",
        "share that churned",
        "by the line that fits the window before the as-of best",
    ] {
        assert!(english.contains(part), "{part}");
    }
    let (chinese, _) = page(desk, "--as-of 2022-08-01 --language zh");
    for part in [
        &format!("<p class=\"basis\">流失的定义为 {escaped}：未来30天内少于5次访问。</p>"),
        "的客户在 30 天内流失，实际为",
        "30 天内流失的比例",
        "实际流失比例",
    ] {
        assert!(chinese.contains(part), "{part}");
    }
    for part in OF_ORDERS {
        assert!(!english.contains(part) && !chinese.contains(part), "{part}");
    }
    let said =
        desk.succeed("report --bundle churn.tenure --log log --as-of 2022-08-01 --out said.html").stdout;
    assert!(said.contains(&format!("churn is {QUIET}\n")), "{said}");
}

#[test]
fn a_page_shows_what_evaluate_counts() {
    let desk = trained();
    let (html, _) = page(desk, "--as-of 2022-08-01");
    let judged = desk.succeed("evaluate --bundle churn.tenure --log log --as-of 2022-08-01 --json").json();
    let of = |name: &str| judged[name].as_f64().unwrap();
    let (expected, happened) = (of("mean_churn_probability") * 100.0, of("churn_rate") * 100.0);
    let headline = format!(
        "{expected:.1} % of customers were expected to churn within 30 days, and {happened:.1} % did."
    );
    assert!(html.contains(&headline), "{headline}");
    for (measure, digits) in [("brier", 4), ("auc", 3), ("average_precision", 3), ("calibration_error", 4)] {
        let cell = format!("{:.digits$}</td>", judged["churn"][measure].as_f64().unwrap());
        assert!(html.contains(&cell), "{measure}: {cell}");
    }
    // Group by group, as the reliability diagram draws them.
    let json = html.split("id=\"plots\">").nth(1).unwrap().split("</script>").next().unwrap();
    let plots: serde_json::Value = serde_json::from_str(json).unwrap();
    let shares = plots["reliability"]["data"][1]["y"].as_array().unwrap();
    let groups = judged["calibration"].as_array().unwrap();
    assert_eq!(shares.len(), groups.len());
    for (share, group) in shares.iter().zip(groups) {
        let off = share.as_f64().unwrap() - group["churned_share"].as_f64().unwrap();
        assert!(off.abs() < 1e-9, "{share} {group}");
    }
}

#[test]
fn pages_before_and_beyond_the_outcome_speak_of_the_definition_too() {
    let desk = trained();
    for (as_of, english, chinese) in [
        ("2022-06-01", "it says that", "的客户在 30 天内流失，实际为"),
        (
            "2022-09-20",
            "of customers are expected to churn within 30 days; how good",
            "的客户在 30 天内流失；目前",
        ),
    ] {
        let (html, written) = page(desk, &format!("--as-of {as_of}"));
        assert_eq!(written["outcome_known"], as_of != "2022-09-20");
        assert!(html.contains(english), "{as_of}");
        let (zh, _) = page(desk, &format!("--as-of {as_of} --language zh"));
        assert!(zh.contains(chinese), "{as_of}");
        for part in OF_ORDERS {
            assert!(!html.contains(part) && !zh.contains(part), "{as_of}: {part}");
        }
    }
    // Two windows later the page also tells how the level held.
    let (html, _) = page(desk, "--as-of 2022-09-30");
    assert!(html.contains("<th scope=\"col\">Churn, expected</th><th scope=\"col\">Churned</th>"));
    assert!(html.contains("<th scope=\"row\">2022\u{2011}08\u{2011}31<small>30 days</small></th>"));
}

#[test]
fn drift_counts_the_definition_and_says_so() {
    let desk = trained();
    let line = "drift --bundle churn.tenure --log log --as-of 2022-09-30";
    let said = desk.succeed(line).stdout;
    assert!(said.contains(&format!("churn is {QUIET}\n")) && said.contains("churn, predicted"), "{said}");
    assert!(!said.contains("no order"), "{said}");
    let json = desk.succeed(&format!("{line} --json")).json();
    assert_eq!(json["churn"], QUIET);
    let window = &json["windows"][0];
    let judged = desk.succeed("evaluate --bundle churn.tenure --log log --as-of 2022-08-01 --json").json();
    // Windows end at the as-of, so the older of two begins where the bundle ends.
    assert_eq!(json["windows"].as_array().unwrap().len(), 2);
    assert!((window["churn_rate"].as_f64().unwrap() - judged["churn_rate"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn notes_of_a_training_tell_the_definition_from_no_order() {
    let desk = trained();
    let notes = desk.succeed("inspect churn.tenure --json").json()["notes"].to_string();
    assert!(notes.contains("trees correct the chance of no order and"), "{notes}");
    assert!(notes.contains("log-odds of no order") && !notes.contains("log-odds of churn x"), "{notes}");
    assert!(notes.contains("trees predict churn by behaviour, chosen at 1 past date;"), "{notes}");
}
