//! Every example of the design, and the checklist of what behavioural segmentation asks for, item by item.

use tenure_behaviour::language::{Scope, compile_condition, compile_expression};

/// Compiles and prints as it was written.
#[track_caller]
fn check(text: &str) {
    check_prints(text, text);
}

#[track_caller]
fn check_prints(text: &str, canonical: &str) {
    let compile = |text: &str| match compile_expression(text, &Scope::labels()) {
        Ok(body) => body,
        Err(error) => panic!("{error}"),
    };
    let body = compile(text);
    assert_eq!(body.to_string(), canonical);
    assert_eq!(compile(canonical), body);
}

#[test]
fn the_examples_of_the_design() {
    check("count(order, 90d) >= 2 and country = 'DE'");
    check("sum(order.amount, 30d) > 100");
    check("avg(order.amount) > 150 and days_since(order) <= 30");
    check("days_since(order) between 60 and 90");
    check("count(product_view, 30m) >= 3 and sum(session.duration, 30m) > 2m and count(order) = 0");
    check("ratio(count(email_open, 30d), count(email_send, 30d)) < 0.1 and count(add_to_cart, 30d) = 0");
    check("trend(count(session), 30d) < 0.5");
    check("count(order where channel = 'amazon' and amount > 50, 180d) >= 1");
    check("distinct(order.category, 180d) >= 3");
    check_prints(
        "count(add_to_cart, 24h) > 0 and not followed_by(add_to_cart, order, 24h)",
        "count(add_to_cart, 1d) > 0 and not followed_by(add_to_cart, order, 1d)",
    );
    check("churn_probability(90d) > 0.6 and clv(365d) > 300");
    check("rfm(frequency) >= 4 and rfm(monetary) <= 2");
    check("count(order, next 90d) = 0");
    check_prints(
        "trend(count(session), 30d) < 0.5   # this window over the one before",
        "trend(count(session), 30d) < 0.5",
    );
}

#[test]
fn the_future_is_for_labels_only() {
    let error = compile_condition("count(order, next 90d) = 0", &Scope::features()).unwrap_err();
    assert!(error.to_string().contains("labels only"), "{error}");
}
