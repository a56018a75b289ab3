//! What lies at or after the as-of changes no byte of a bundle or of scores.

use tenure_tests::shop::{DAY_US, Order, Shop};

use crate::support::{AS_OF, AS_OF_US, Desk};

/// The bundle and the scores that a shop's export leads to.
fn outcome(shop: Shop) -> (Vec<u8>, String) {
    let desk = Desk::with(shop);
    desk.train();
    desk.score("--out scores.csv");
    (desk.bytes("shop.tenure"), desk.text("scores.csv"))
}

fn changed(change: impl FnOnce(&mut Vec<Order>)) -> Shop {
    let mut shop = Shop::simulated(1);
    change(&mut shop.orders);
    shop
}

#[track_caller]
fn check_same(shop: Shop) {
    let (bundle, scores) = outcome(shop);
    let (expected_bundle, expected_scores) = outcome(Shop::simulated(1));
    assert_eq!(scores, expected_scores);
    assert!(bundle == expected_bundle, "the bundle differs");
}

fn order(customer_id: &str, at_us: i64, minor_units: i64) -> Order {
    Order { customer_id: customer_id.to_owned(), at_us, minor_units }
}

#[test]
fn without_what_came_later() {
    let later = Shop::simulated(1).orders.iter().filter(|order| order.at_us >= AS_OF_US).count();
    assert!(later > 100, "{later} orders are too few to prove anything");
    check_same(changed(|orders| orders.retain(|order| order.at_us < AS_OF_US)));
}

#[test]
fn with_another_future() {
    check_same(changed(|orders| {
        for (index, order) in orders.iter_mut().enumerate() {
            if order.at_us >= AS_OF_US {
                order.minor_units = order.minor_units.saturating_mul(1_000);
                order.at_us += 20 * DAY_US;
                order.customer_id = format!("c{:03}", index % 400);
            }
        }
    }));
}

#[test]
fn with_orders_at_the_very_instant() {
    check_same(changed(|orders| {
        orders.extend((0..300).map(|index| order(&format!("c{index:03}"), AS_OF_US, 1_000_000)));
        orders.push(order("c000", AS_OF_US, -500_000));
        orders.push(order("nobody before", AS_OF_US, 1));
    }));
}

/// The checks above have teeth: the last instant before the as-of counts.
#[test]
fn an_order_just_before_the_as_of_is_seen() {
    let (bundle, scores) = outcome(changed(|orders| orders.push(order("c000", AS_OF_US - 1, 2_500))));
    let (without, scores_without) = outcome(Shop::simulated(1));
    assert!(bundle != without && scores != scores_without);
    let (_, scores) = outcome(changed(|orders| orders.push(order("nobody before", AS_OF_US - 1, 2_500))));
    assert!(scores.contains("nobody before"));
}

/// The shop's export with a column that says when each row became known, and orders that nobody knew of before the
/// as-of.
fn with_news(late: bool) -> Desk {
    let desk = Desk::new();
    let mut text = String::new();
    for (line, row) in desk.text("orders.csv").lines().enumerate() {
        let known = if line == 0 { "ingested_at" } else { row.split(',').nth(1).unwrap() };
        text.push_str(&format!("{row},{known}\n"));
    }
    if late {
        for customer in 0..200 {
            text.push_str(&format!("c{customer:03},2021-09-20T10:00:00Z,50.00,order,{AS_OF}T00:00:00Z\n"));
        }
        // Nor did anybody know of a customer whose first order it is.
        text.push_str("new,2021-09-20T10:00:00Z,50.00,order,2022-01-05T00:00:00Z\n");
    }
    desk.write("orders.csv", text);
    desk
}

#[test]
fn without_what_became_known_later() {
    let (plain, late) = (with_news(false), with_news(true));
    for desk in [&plain, &late] {
        desk.train();
        desk.score("--out scores.csv");
    }
    assert!(plain.bytes("shop.tenure") == late.bytes("shop.tenure"), "the bundle differs");
    assert_eq!(plain.text("scores.csv"), late.text("scores.csv"));
    let evaluated = |desk: &Desk| {
        let line = format!("evaluate --bundle shop.tenure --orders orders.csv --as-of {AS_OF} --json");
        desk.succeed(&line).json()
    };
    assert_eq!(evaluated(&plain), evaluated(&late));
    // It is said, not done silently.
    let said = late.train().stdout;
    assert!(said.contains("201 orders and refunds left out: they happened before the as-of"), "{said}");
    assert!(!plain.train().stdout.contains("left out"));
    // A day later all but one are known.
    let later = "train --orders orders.csv --as-of 2021-10-02 --out later.tenure --json";
    assert_eq!(late.succeed(later).json()["import"]["not_yet_known"], 1);
}

#[test]
fn a_column_that_says_when_the_file_was_made_is_asked_about() {
    let desk = Desk::new();
    let made = |(line, row): (usize, &str)| {
        let known = if line == 0 { "loaded_at" } else { "2024-01-01T00:00:00Z" };
        format!("{row},{known}\n")
    };
    desk.write("orders.csv", desk.text("orders.csv").lines().enumerate().map(made).collect::<String>());
    let line = format!("train --orders orders.csv --as-of {AS_OF} --out shop.tenure");
    let ran = desk.run(&line);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let map = "--map occurred_at=created_at,ingested_at=created_at";
    assert!(ran.stderr.contains(&format!("add {map}")), "{}", ran.stderr);
    desk.succeed(&format!("{line} {map}"));
}
