//! Every example of the design, and the checklist of what behavioural segmentation asks for, item by item.

use std::collections::BTreeSet;

use tenure_behaviour::language::{
    STANDARD_FEATURES, Scope, compile_condition, compile_definitions, compile_expression,
};

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

/// Items 13 to 18 of the checklist: what data there is.
#[test]
fn kinds_channels_and_time_on_the_way() {
    // 13: transactions, interactions, lifecycle markers.
    check("count(order, 365d)");
    check("sum(session.duration, 30d) + sum(product_view.duration, 30d) > 10m");
    check("count(order) = 0 and days_since_first(event) <= 30");
    // 14, 15: one customer's events of every source; local dates.
    check("count(event where weekday >= 6 and hour between 18 and 23, 90d)");
    // 16: channels of one customer.
    check("count(order where channel = 'amazon') > 0 and count(order where channel = 'shopify') > 0");
    check("distinct(order.channel) >= 2");
    // 17: an order within 24 hours, or within 30 days, of the customer's first event.
    check("days_to_first(order) < 1");
    check("days_to_first(order) <= 30");
    check("followed_by(product_view, order, 1d)");
    // 18: what was bought at a season stays known.
    check("count(order where category = 'pies' and month = 11 and day_of_month >= 20) > 0");
    check("country = 'US' and missing(campaign)");
}

/// Items 19 to 26: features.
#[test]
fn features_of_the_checklist() {
    // 19: M in total, on average and in a window.
    check("days_since(order)");
    check("count(order)");
    check("sum(order.amount)");
    check("avg(order.amount)");
    check("sum(order.amount, 365d)");
    // 20
    check("count(session, 30d)");
    check("avg(session.duration, 30d)");
    check("count(product_view, 30d)");
    check("distinct(product_view.category, 30d)");
    check("sum(order.amount, 365d) / count(order, 365d)");
    // 21: the cadence of one product.
    check("mean_gap(order where product = 'shampoo') between 25 and 35");
    check("gap_deviation(order where product = 'shampoo') / 7");
    // 22
    check("ratio(count(session where device = 'mobile', 90d), count(session, 90d)) > 0.5");
    check("device = 'mobile'");
    // 23: falling frequency, shorter visits.
    check("trend(count(order), 90d) < 0.5 and trend(avg(session.duration), 30d) < 0.8");
    check("ratio(count(order, 90d), count(order, 90d ending 90d ago)) < 0.5");
    // 24
    check("trend(count(email_open), 30d) < 0.5 and count(add_to_cart, 30d) = 0");
    // 25
    check("ratio(count(order where discount > 0, 365d), count(order, 365d)) >= 0.5");
    check("ratio(sum(order.discount, 365d), sum(order.gross_amount, 365d)) > 0.3");
    check("sum(loyalty_redeem.quantity, 365d) >= 100 and count(referral) >= 1");
    check("last(nps.rating) >= 9 or min(review.rating, 365d) <= 2");
    // 26
    check("first(event.campaign) = 'meta' and first(event.channel) in ('google', 'tiktok')");
    check("country in ('AT', 'CH', 'DE')");
}

/// Items 27 to 33: scores and predictions.
#[test]
fn scores_and_predictions_of_the_checklist() {
    // 27, 28
    check("rfm(recency) = 5 and rfm(frequency) = 5 and rfm(monetary) = 5");
    check("rfm(frequency) >= 4 and rfm(monetary) <= 2");
    check("(rfm(frequency) + rfm(monetary)) / 2 > 3");
    // 29: average order, orders a year, three years.
    check("avg(order.amount) * count(order, 365d) * 3 > 500");
    // 30, 31
    check("clv(365d) > 300 and days_since_first(order) <= 30");
    check("percentile(clv(365d)) >= 0.9 and churn_probability(90d) > 0.6");
    check("p_alive < 0.5 and expected_orders(365d) > 1.5");
    // 32
    check("clv(365d) > 300");
    check("clv(365d) between 100 and 300");
    check("clv(365d) < 100");
    check("clv(365d) > 500");
    // 33
    check("count(product_view) >= 3 and sum(session.duration) > 2m and count(order) = 0");
}

/// Items 34 to 45: segments.
#[test]
fn segments_of_the_checklist() {
    // 34, 35
    check("sum(session.duration, 30d) > 10m");
    check("sum(order.amount, 30d) > 100");
    check("sum(order.amount, 30d) > 50");
    check("avg(order.amount) > 100");
    // 36
    check("days_since(order) < 30 and avg(order.amount) > 150");
    check("count(order) >= 2 and country = 'DE'");
    check("count(order) >= 2");
    check("days_since(event) >= 90");
    check("count(add_to_cart, 1d) > 0 and not followed_by(add_to_cart, order, 1d)");
    // 37
    check("days_since(order) between 60 and 90");
    // 38: journey, benefit, loyalty, occasion, usage.
    check("count(review where rating >= 4) > 0 or count(referral) > 0");
    check("count(order where discount > 0, 365d) >= 3");
    check("count(order where month = 11 and day_of_month between 10 and 12) > 0 and month() = 10");
    check("count(order where campaign = '双11') > 0");
    // 39: deal hunter, high engagement.
    check("ratio(count(order where discount > 0), count(order)) > 0.6");
    check("count(event where campaign != 'newsletter', 7d) >= 20");
    // 40
    check("country in ('BR', 'SA') and sum(order.amount, 365d) < 100");
    // 41: with an attribute of the customer.
    check("count(order, 365d) >= 4 and not country in ('US')");
    // 42 to 45: names, classes and actions are of segments, not of the language; everyone else is.
    check("not (count(order) = 0 or days_since(order) >= 90)");
    check("everyone");
}

#[test]
fn one_meaning_prints_one_way() {
    let same = [
        ("count( order,2w )>=2", "count(order, 14d) >= 2"),
        ("churn_probability(90d) > 60%", "churn_probability(90d) > 0.6"),
        ("days_since(order) <= 36h", "days_since(order) <= 1.5"),
        ("last(event.country) = 'DE'", "country = 'DE'"),
        ("month() in (11, 12)", "month() = 11 or month() = 12"),
        ("count(order where country not in ('b', 'a'))", "count(order where country not in ('a', 'b'))"),
        ("count(order where 50 < amount)", "count(order where amount > 50)"),
        ("count(order where not (channel = 'x'))", "count(order where not channel = 'x')"),
        ("days_since(order) >= 60 and days_since(order) <= 90", "days_since(order) between 60 and 90"),
        ("count(order) / count(session)", "ratio(count(order), count(session))"),
        ("count(order, 365d) * avg(order.amount)", "avg(order.amount) * count(order, 365d)"),
        ("country not in ('DE', 'AT')", "country != 'DE' and country != 'AT'"),
        ("present(country)", "not missing(country)"),
        ("trend(count(session, 30d)) < 50%", "trend(count(session), 30d) < 0.5"),
        ("count(order where missing(campaign))", "count(order where not present(campaign))"),
        ("p_alive() > 50%", "p_alive > 0.5"),
        ("channel = 'L''Oréal'", "channel = 'L''Oréal'"),
        ("sum(session.duration) / 1h > 2", "ratio(sum(session.duration), 1h) > 2"),
        ("count(order) = 0 # nobody bought\n", "count(order) = 0"),
    ];
    for (text, canonical) in same {
        check_prints(text, canonical);
    }
}

#[test]
fn the_standard_features_compile_without_the_future_or_a_model() {
    let strict = Scope { kinds: Some(Vec::new()), ..Scope::features() };
    let features = match compile_definitions(STANDARD_FEATURES, &strict) {
        Ok(features) => features,
        Err(errors) => panic!("{}", errors[0]),
    };
    assert!(features.len() > 80, "{}", features.len());
    let texts: BTreeSet<String> = features.iter().map(|feature| feature.body.to_string()).collect();
    assert_eq!(texts.len(), features.len(), "two features mean the same");
    // What learners are given must not contain what they make.
    let forbidden = ["churn_probability", "clv(", "expected_orders", "p_alive", "rfm(", "percentile"];
    assert!(texts.iter().all(|text| forbidden.iter().all(|word| !text.contains(word))));
    // The windows that were asked for: 7 to 365 days of orders, spend, views, carts and sessions.
    for what in
        ["count(order", "sum(order.amount", "count(product_view", "count(add_to_cart", "count(session"]
    {
        for window in ["7d", "30d", "90d", "365d"] {
            assert!(texts.contains(&format!("{what}, {window})")), "{what} {window}");
        }
    }
}
