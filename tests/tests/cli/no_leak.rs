//! What lies at or after the as-of changes no byte of a bundle or of scores.

use tenure_tests::shop::{DAY_US, Order, Shop};

use crate::support::{AS_OF_US, Desk};

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
