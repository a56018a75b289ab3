//! `train`, `score` and `evaluate` with `--log`: all events count, and only those that were known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::{Fact, OrderHistory, Symbol};
use tenure_bundle::{Limits, Rung, Scorer};
use tenure_core::{AsOf, EventKind, Money, TimeZone, Timestamp};
use tenure_eventlog::log::{Column, EventLog};
use tenure_tests::program::Ran;

use crate::support::{AS_OF, Desk, Scores};

const FEATURES: &str = "\
orders = count(order)
recency = days_since(order)
visits_30d = count(session, 30d)
carts_30d = count(add_to_cart, 30d)
last_channel = last(order.channel)
";

const DATE: &str = "2022-08-01";
const TRAIN: &str = "train --features own.behaviour --as-of 2022-08-01 --horizon 30d --horizons 30d";

/// Nine hundred buyers, some of whose events became known late. Nothing is called off, so that the histories can be
/// told from the log without asking the program.
fn simulated() -> Desk {
    let desk = Desk::new();
    desk.write("own.behaviour", FEATURES);
    desk.succeed(
        "simulate --customers 900 --from 2021-01-01 --to 2022-10-01 --visitors 0.1 --cancellations 0 \
         --out events.csv",
    );
    desk.succeed("import --input events.csv --log log");
    desk
}

/// A desk with a bundle that was trained from the log.
fn trained() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let desk = simulated();
        desk.succeed(&format!("{TRAIN} --log log --out shop.tenure"));
        desk
    })
}

fn scorer(desk: &Desk) -> Scorer {
    Scorer::open(&desk.path("shop.tenure"), &Limits::default()).unwrap()
}

fn as_of() -> AsOf {
    AsOf::new(Timestamp::parse(DATE, &TimeZone::utc()).unwrap())
}

#[test]
fn trees_read_more_than_orders() {
    let scorer = scorer(trained());
    let kinds = scorer.boosted().expect("the boosted rung").kinds().to_vec();
    assert!(kinds.contains(&EventKind::Session) && kinds.contains(&EventKind::Order), "{kinds:?}");
    // The manifest says so, and the card does not complain that only orders are known.
    let [source] = scorer.manifest().features.sources.as_slice() else { panic!("one source") };
    assert!(source.text.contains("carts_30d = count(add_to_cart, 30d)"), "{}", source.text);
    let card = trained().succeed("inspect shop.tenure --card").stdout;
    assert!(!card.contains("Knows orders and refunds only"), "{card}");
}

#[test]
fn a_bundle_says_which_events_it_reads() {
    let desk = trained();
    let features = desk.succeed("inspect shop.tenure --json").json()["features"].clone();
    let text = features["sources"][0]["text"].as_str().unwrap();
    assert!(text.contains("visits_30d = count(session, 30d)"), "{text}");
    let described = desk.succeed("inspect shop.tenure").stdout;
    let said =
        format!("features.behaviour ({} definitions), of add_to_cart, order, session", text.lines().count());
    assert!(described.contains(&said), "{described}");
    let card = desk.succeed("inspect shop.tenure --card").stdout;
    assert!(card.contains("Reads events of these kinds: add_to_cart, order, session."), "{card}");
    assert!(!card.contains("orders and refunds only"), "{card}");
}

/// One customer's orders and state at the as-of.
fn known(scorer: &Scorer, facts: &[Fact]) -> (OrderHistory, CustomerState) {
    let program = scorer.boosted().unwrap().program();
    let mut history = OrderHistory::new(scorer.currency());
    let mut state = CustomerState::new(program);
    for fact in facts.iter().filter(|fact| as_of().knows(fact.known_at())) {
        state.apply(program, fact);
        for kind in [EventKind::Order, EventKind::Refund] {
            if let (true, Some(minor)) = (fact.kind == Symbol::of(kind.as_str()), fact.amount) {
                let amount = Money::from_minor_units(minor, scorer.currency());
                history.record(&kind, fact.occurred_at, amount).unwrap();
            }
        }
    }
    (history, state)
}

#[test]
fn segments_ask_for_the_predictions_that_scores_give() {
    let desk = trained();
    let ask = format!("--bundle shop.tenure --log log --as-of {DATE}");
    desk.succeed(&format!("score {ask} --horizon 90d --out scores-90.csv"));
    desk.succeed(&format!("segments {ask} --out members.csv"));
    let (scores, members) = (Scores::of(desk, "scores-90.csv"), Scores::of(desk, "members.csv"));
    let likely: BTreeSet<&str> = scores
        .column("customer_id")
        .into_iter()
        .zip(scores.column("rung"))
        .zip(scores.numbers("churn_probability"))
        .filter(|((_, rung), churn)| *rung == "boosted" && *churn > 0.6)
        .map(|((customer, _), _)| customer)
        .collect();
    let labels = members.column("customer_id").into_iter().zip(members.column("labels"));
    let labelled: BTreeSet<&str> = labels
        .filter(|(_, labels)| labels.split(';').any(|label| label == "churn_predicted"))
        .map(|(customer, _)| customer)
        .collect();
    assert!(likely.len() > 50, "{}", likely.len());
    assert_eq!(labelled, likely);
}

#[test]
fn a_score_is_what_the_scorer_says_of_all_known_facts() {
    let desk = trained();
    desk.succeed(&format!("score --bundle shop.tenure --log log --as-of {DATE} --out scores.csv"));
    let (scorer, scores) = (scorer(desk), Scores::of(desk, "scores.csv"));
    let names = ["churn_probability", "predicted_clv", "rung", "next_rung", "value_high_95"];
    let columns = names.map(|name| scores.column(name));
    let rows: HashMap<&str, usize> = scores.column("customer_id").into_iter().zip(0..).collect();

    let log = EventLog::open(&desk.path("log")).unwrap();
    let reader = log.reader(Column::ALL.into_iter().collect()).unwrap();
    let mut rungs: BTreeMap<Rung, usize> = BTreeMap::new();
    for bucket in 0..reader.buckets() {
        let mut check = |customer: &str, facts: &[Fact]| {
            let Some(row) = rows.get(customer) else {
                let is_known = facts.iter().any(|fact| as_of().knows(fact.known_at()));
                assert!(!is_known, "{customer} is missing");
                return Ok(());
            };
            let (history, state) = known(&scorer, facts);
            let score = scorer.score_with(&history, Some(&state), &scorer.defaults(as_of())).unwrap();
            *rungs.entry(score.rung).or_default() += 1;
            let expected = [
                score.churn_probability.to_string(),
                score.predicted_clv.major_units.to_string(),
                score.rung.as_str().to_owned(),
                score.next_rung.to_string(),
                score.intervals.map_or_else(String::new, |both| both[1].high.to_string()),
            ];
            for (column, expected) in columns.iter().zip(expected) {
                assert_eq!(column[*row], expected, "{customer}");
            }
            Ok(())
        };
        reader.scan(bucket, &mut check, &|_| {}).unwrap();
    }
    assert_eq!(rungs.values().sum::<usize>(), scores.rows.len());
    assert!(rungs[&Rung::Boosted] > 500 && rungs[&Rung::Prior] > 10, "{rungs:?}");
    assert!(!rungs.contains_key(&Rung::Btyd), "{rungs:?}");
    let ends =
        ["value_low_95", "value_low_80", "value_high_80", "value_high_95"].map(|name| scores.column(name));
    for (row, rung) in scores.column("rung").into_iter().enumerate() {
        let cells: Vec<f64> = ends.iter().filter_map(|column| column[row].parse().ok()).collect();
        assert_eq!(cells.len(), if rung == "prior" { 0 } else { 4 });
        assert!(cells.is_sorted(), "{cells:?}");
    }
}

#[test]
fn reasons_from_a_log_name_the_channel_and_add_up() {
    let desk = trained();
    desk.succeed(&format!("score --bundle shop.tenure --log log --as-of {DATE} --out why-scores.csv"));
    let scores = Scores::of(desk, "why-scores.csv");
    let values: HashMap<&str, f64> =
        scores.column("customer_id").into_iter().zip(scores.numbers("predicted_clv")).collect();
    let ask = format!("reasons --bundle shop.tenure --log log --as-of {DATE}");
    desk.succeed(&format!("{ask} --of value --out value.csv --top 30 --json"));
    let reasons = Scores::of(desk, "value.csv");
    let buyers = scores.column("rung").into_iter().filter(|rung| *rung != "prior").count();
    assert_eq!(reasons.rows.len(), buyers);
    let (ids, explained) = (reasons.column("customer_id"), reasons.numbers("predicted_clv"));
    for (id, value) in ids.iter().zip(explained) {
        assert_eq!(values[id], value, "{id}");
    }
    let said = |words: &str| {
        let row = reasons.rows.iter().position(|row| row.iter().any(|cell| cell.contains(words)));
        row.unwrap_or_else(|| panic!("nobody's reasons say {words:?}"))
    };
    let customer = ids[said("the last known channel of orders is 'amazon'")];
    let of = |options: &str| desk.succeed(&format!("{ask} --customer {customer} {options}"));
    let one = of("--of value --json").json();
    let parts = one["contributions"].as_array().unwrap();
    let sum: f64 = parts.iter().map(|part| part["value"].as_f64().unwrap()).sum();
    let (start, value) = (one["start"].as_f64().unwrap(), one["predicted_clv"].as_f64().unwrap());
    assert!((start + sum - value).abs() < 1e-9 * value.max(start), "{start} {sum} {value}");
    assert!(parts.iter().any(|part| part["cause"] == "last_channel"), "{one}");
    assert_eq!(
        (one["rung"].as_str(), one["start_from"].as_str()),
        (Some("boosted"), Some("typical_customer"))
    );
    let text = of("--of value --language zh --top 30").stdout;
    assert!(text.contains("渠道是“amazon”") && text.contains("预测价值"), "{text}");
    // Churn is the same question with another answer.
    let churn = of("--top 30").stdout;
    assert!(churn.contains("log-odds of"), "{churn}");
}

#[test]
fn visitors_are_scored_by_how_long_they_wait() {
    let desk = trained();
    let ask = format!("--bundle shop.tenure --log log --as-of {DATE}");
    desk.succeed(&format!("score {ask} --clv-horizon 30d --discount-rate 0 --out visitors.csv"));
    let scores = Scores::of(desk, "visitors.csv");
    let [stay_away, value] = ["churn_probability", "predicted_clv"].map(|name| -> Vec<f64> {
        let cells = scores.column(name).into_iter().zip(scores.column("rung"));
        cells.filter(|(_, rung)| *rung == "prior").map(|(cell, _)| cell.parse().unwrap()).collect()
    });
    let expected: f64 = stay_away.iter().map(|p| 1.0 - p).sum();
    // Who wanted to order has done so within days; a new customer would have come back with one chance in three.
    assert!(expected < 0.1 * stay_away.len() as f64, "{expected} of {}", stay_away.len());
    let said = desk.succeed(&format!("evaluate {ask} --json")).json()["without_order"].clone();
    assert_eq!(said["customers"].as_u64(), Some(stay_away.len() as u64));
    for (name, total) in [("expected_to_order", expected), ("predicted_value_total", value.iter().sum())] {
        assert!((said[name].as_f64().unwrap() - total).abs() < 1e-6 * (1.0 + total), "{said}");
    }
    let printed = desk.succeed(&format!("evaluate {ask}")).stdout;
    assert!(printed.contains(&format!("rung prior, {} customers", stay_away.len())), "{printed}");
}

#[test]
fn who_never_ordered_is_told_from_a_stranger() {
    let desk = trained();
    let ask = format!("--bundle shop.tenure --log log --as-of {DATE}");
    desk.succeed(&format!("score {ask} --out prospects.csv"));
    let scores = Scores::of(desk, "prospects.csv");
    let place = scores.column("rung").iter().position(|rung| *rung == "prior").unwrap();
    let (id, churn) = (scores.column("customer_id")[place], scores.numbers("churn_probability")[place]);
    let of = |options: &str| desk.succeed(&format!("reasons {ask} --customer {id} {options}"));
    let told = of("--json").json();
    assert_eq!((told["rung"].as_str(), told["churn_probability"].as_f64()), (Some("prior"), Some(churn)));
    assert_eq!(told["contributions"].as_array().map(Vec::len), Some(0));
    let before = &told["before_first_order"];
    assert!((before["p_first_order"].as_f64().unwrap() - (1.0 - churn)).abs() < 1e-12, "{told}");
    assert!(before["waited_days"].as_f64().unwrap() > 0.0, "{told}");
    for (options, words) in [
        ("", "no order so far: "),
        ("", "reasons need an order"),
        ("--of value", "to place a first one within 30d"),
        ("--language zh", "至今尚未下单：30d 内首次下单的概率"),
    ] {
        let text = of(options).stdout;
        assert!(text.contains(words) && !text.contains("the level of the season"), "{text}");
    }
    // A file for campaigns is of buyers, and an id that nothing is known of is a mistake.
    let stranger = desk.run(&format!("reasons {ask} --customer nobody"));
    assert!(stranger.code == 2 && stranger.stderr.contains("check --customer"), "{}", stranger.stderr);
}

/// Another future: what became known at or after the as-of is dearer, of other customers and other kinds, and in
/// another order; late news of the time before is added.
fn another_future(events: &str) -> String {
    let as_of_us = as_of().instant().microseconds();
    let mut reader = csv::Reader::from_reader(events.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (customer, kind, amount, event_id) =
        (place("customer_id"), place("kind"), place("amount"), place("event_id"));
    let times = [place("occurred_at"), place("ingested_at")];
    let (mut before, mut after): (Vec<Vec<String>>, Vec<Vec<String>>) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let mut row: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
        let at = |cell: &str| Timestamp::parse(cell, &TimeZone::utc()).unwrap().microseconds();
        let known = times.iter().filter(|time| !row[**time].is_empty()).map(|time| at(&row[*time])).max();
        if known.unwrap() < as_of_us {
            if row[kind] == "order" && before.len() % 7 == 0 {
                let mut late = row.clone();
                late[times[1]] = format!("{DATE}T00:00:00Z");
                late[event_id] = format!("late{}", before.len());
                after.push(late);
            }
            before.push(row);
            continue;
        }
        if let Ok(value) = row[amount].parse::<f64>() {
            row[amount] = format!("{:.2}", value * 9.0);
        } else {
            row[kind] = "alien_kind".to_owned();
        }
        row[customer] = format!("x{}", row[customer]);
        after.push(row);
    }
    assert!(after.len() > 1_000, "{} later events are too few to prove anything", after.len());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    let rows = after.iter().rev().chain(&before);
    rows.for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn what_was_not_known_changes_no_byte() {
    let (first, desk) = (trained(), Desk::new());
    desk.write("own.behaviour", FEATURES);
    desk.write("events.csv", another_future(&first.text("events.csv")));
    desk.succeed("import --input events.csv --log log");
    desk.succeed(&format!("{TRAIN} --log log --out shop.tenure"));
    assert!(desk.bytes("shop.tenure") == first.bytes("shop.tenure"), "the bundle differs");
    let score = |desk: &Desk| {
        desk.succeed(&format!("score --bundle shop.tenure --log log --as-of {DATE} --out leak.csv"));
        let mut rows = Scores::of(desk, "leak.csv").rows;
        rows.sort();
        rows
    };
    assert!(score(&desk) == score(first), "the scores differ");
    // A comparison fits the recipes again as of July, a drift looks at what then came.
    let judge = |desk: &Desk| {
        let early = "train --log log --as-of 2022-06-01 --horizon 30d --horizons 30d --model bg_nbd";
        desk.succeed(&format!("{early} --out early.tenure"));
        let compare = format!("compare early.tenure shop.tenure --log log --as-of {DATE} --json");
        let drift = format!("drift --bundle early.tenure --log log --as-of {DATE} --json");
        (desk.succeed(&compare).stdout, desk.succeed(&drift).stdout)
    };
    let (one, other) = (judge(&desk), judge(first));
    assert!(one.0.contains("refitted") && one.0.contains("boosted"), "{}", one.0);
    assert!(one == other, "the comparison or the drift differs");
}

/// The shop of orders, as a log.
fn shop() -> Desk {
    let desk = Desk::new();
    desk.succeed("import --orders orders.csv --log log");
    desk
}

#[test]
fn a_log_of_orders_gives_the_bundle_of_its_orders() {
    let desk = shop();
    desk.train();
    desk.succeed(&format!("train --log log --as-of {AS_OF} --horizon 90d --out log.tenure"));
    assert!(desk.bytes("log.tenure") == desk.bytes("shop.tenure"), "the bundles differ");

    let evaluate = |source: &str| {
        desk.succeed(&format!("evaluate --bundle shop.tenure {source} --as-of {AS_OF} --json")).json()
    };
    assert_eq!(evaluate("--log log"), evaluate("--orders orders.csv"));

    desk.score("--out orders-scores.csv");
    let line = format!("score --bundle shop.tenure --log log --as-of {AS_OF} --out scores.csv --json");
    let report = desk.succeed(&line).json();
    let mut rows = Scores::of(&desk, "scores.csv").rows;
    rows.sort();
    assert_eq!(rows, Scores::of(&desk, "orders-scores.csv").rows);
    assert_eq!((&report["customers"], &report["customers_without_order"]), (&rows.len().into(), &0.into()));
}

#[track_caller]
fn refused(ran: &Ran, parts: &[&str]) {
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_used_is_said() {
    let desk = shop();
    desk.write("events.csv", "customer_id,occurred_at,kind\n7,2021-05-01T00:00:00Z,session\n");
    desk.succeed("import --input events.csv --log looks");
    desk.write("ranks.behaviour", "rank = percentile(count(order))\n");
    desk.write("empty.behaviour", "# nothing\n");
    let train = |options: &str| desk.run(&format!("train --as-of {AS_OF} --out b.tenure {options}"));
    refused(&train("--log log --orders orders.csv"), &["--orders", "cannot be used with", "--log"]);
    refused(&train(""), &["--orders <FILE>", "--log <DIR>"]);
    refused(
        &train("--orders orders.csv --features ranks.behaviour"),
        &["--features", "cannot be used with", "--orders"],
    );
    refused(&train("--log log --map amount=Total"), &["--map says how to read a file"]);
    refused(&train("--log log --currency EUR"), &["USD, not in EUR"]);
    refused(&train("--log nowhere"), &["nowhere"]);
    refused(&train("--log looks"), &["no customer has an order before"]);
    refused(&train("--log log --features ranks.behaviour"), &["rank compares a customer with the others"]);
    refused(&train("--log log --features empty.behaviour"), &["defines nothing"]);
    assert!(!desk.path("b.tenure").exists());
    desk.train();
    let score = desk.run(&format!("score --bundle shop.tenure --log looks --as-of {AS_OF} --out s.csv"));
    refused(&score, &["no customer has an order before"]);
    assert!(!desk.path("s.csv").exists());
}
