//! Every rule of the meaning, by hand.

use tenure_behaviour::Symbol;
use tenure_behaviour::expression::{
    Arithmetic, Attribute, CalendarPart, Comparison, Condition, Expression, Filter, Function as F,
    NumberAttribute, TextAttribute, Window,
};
use tenure_behaviour::fold::{Applied, CustomerState, FoldError, Program, Value};
use tenure_core::Duration;

use super::build::{
    AMOUNT, Also, CATEGORY, CHANNEL, DAY, GROSS, aggregate, ask, check, check_truth, compare, event, length,
    number, of, one_of, only, past, plain, selector, settings, truth, value,
};

const REACH: i64 = 400 * DAY;

fn orders() -> Expression {
    plain(F::Count, "order", Window::Always)
}

fn spent() -> Expression {
    of(F::Sum, "order", AMOUNT, Window::Always)
}

#[test]
fn only_what_occurred_and_was_known_before_the_as_of_counts() {
    let facts = [event("order", 5), event("order", 6), event("order", 2).known(9)];
    for (as_of, expected) in [(5, 0.0), (6, 1.0), (7, 2.0), (9, 2.0), (10, 3.0)] {
        check(orders(), &facts, as_of, Some(expected));
    }
}

#[test]
fn a_window_holds_its_beginning_and_not_its_end() {
    let facts = [event("session", 10), event("session", 20), event("session", 30)];
    let lagged = Window::Past { length: length(10), lag: length(5) };
    for (window, as_of, expected) in [
        (past(10), 20, 1.0),
        (past(10), 21, 1.0),
        (past(11), 21, 2.0),
        (past(100), 31, 3.0),
        // [as_of - 15, as_of - 5)
        (lagged, 25, 1.0),
        (lagged, 26, 1.0),
        (lagged, 35, 1.0),
        (lagged, 40, 1.0),
        (lagged, 46, 0.0),
    ] {
        check(plain(F::Count, "session", window), &facts, as_of, Some(expected));
    }
}

#[test]
fn of_two_events_with_one_id_the_first_known_counts() {
    let twice = [event("order", 1).worth(100).id("e").known(50), event("order", 2).worth(300).id("e")];
    check(spent(), &twice, 100, Some(3.0));
    let again = |us| [event("order", 0).worth(100).id("e"), event("order", us).worth(300).id("e")];
    check(spent(), &again(REACH), REACH + 1, Some(1.0));
    check(spent(), &again(REACH + 1), REACH + 2, Some(4.0));
    let program = Program::compile(&[value(orders())], &settings()).unwrap();
    let mut state = CustomerState::new(&program);
    assert_eq!(state.apply(&program, &twice[1]), Applied::Counted);
    assert_eq!(state.apply(&program, &twice[0]), Applied::Duplicate);
}

#[test]
fn a_refund_lowers_its_order_from_the_instant_at_which_it_is_known() {
    let facts = [
        event("order", 10).worth(1_000).named("a"),
        event("order", 20).worth(500).named("b"),
        event("refund", 30).worth(-400).named("a"),
        event("refund", 40).worth(-600).named("a").known(60),
    ];
    for (as_of, sum, count, last) in
        [(30, 15.0, 2.0, 5.0), (31, 11.0, 2.0, 5.0), (60, 11.0, 2.0, 5.0), (61, 5.0, 1.0, 5.0)]
    {
        check(spent(), &facts, as_of, Some(sum));
        check(orders(), &facts, as_of, Some(count));
        check(of(F::Last, "order", AMOUNT, Window::Always), &facts, as_of, Some(last));
    }
    // It lowers the order where that occurred, not where the refund did.
    check(of(F::Sum, "order", AMOUNT, past(25)), &facts[..3], 41, Some(5.0));
    check(of(F::Sum, "order", AMOUNT, past(31)), &facts[..3], 41, Some(11.0));
    check(of(F::Min, "order", AMOUNT, Window::Always), &facts[..3], 41, Some(5.0));
    check(of(F::First, "order", AMOUNT, Window::Always), &facts[..3], 41, Some(6.0));
    check(of(F::First, "order", GROSS, Window::Always), &facts[..3], 41, Some(10.0));
    check(of(F::Sum, "refund", AMOUNT, Window::Always), &facts, 61, Some(10.0));
}

#[test]
fn a_filter_sees_what_was_ordered() {
    let facts = [event("order", 10).worth(6_000).named("a"), event("refund", 20).worth(-2_000).named("a")];
    let dear =
        Filter::Number { attribute: NumberAttribute::Amount, comparison: Comparison::Greater, value: 50.0 };
    check(only(spent(), dear), &facts, 30, Some(40.0));
}

#[test]
fn a_cancelled_order_is_no_order_in_anything() {
    let facts = [
        event("order", DAY).worth(100).named("a").on("shop"),
        event("order", 2 * DAY).worth(200).named("b").on("amazon"),
        event("order", 4 * DAY).worth(300).named("c").on("shop"),
        event("order_cancel", 5 * DAY).named("b"),
        event("order_cancel", 5 * DAY).named("unknown"),
    ];
    let (before, after) = (5 * DAY, 6 * DAY);
    let always = Window::Always;
    for (expression, then, now) in [
        (orders(), 3.0, 2.0),
        (spent(), 6.0, 4.0),
        (plain(F::MeanGap, "order", always), 1.5, 3.0),
        (of(F::Distinct, "order", CHANNEL, always), 2.0, 1.0),
        (of(F::Distinct, "order", Attribute::Text(TextAttribute::Day), always), 3.0, 2.0),
        (plain(F::Count, "order_cancel", always), 0.0, 2.0),
        // Orders of any kind do not fall.
        (plain(F::Count, "event", always), 3.0, 5.0),
    ] {
        check(expression.clone(), &facts, before, Some(then));
        check(expression, &facts, after, Some(now));
    }
}

#[test]
fn retractions_wait_for_their_order_and_no_longer_than_the_reach() {
    for (known, expected) in [(1, 0.0), (REACH, 0.0), (REACH + 1, 1.0)] {
        let facts =
            [event("order_cancel", 0).named("a"), event("order", 0).worth(900).named("a").known(known)];
        check(orders(), &facts, 2 * REACH, Some(expected));
        let facts = [event("order", 0).worth(900).named("a"), event("order_cancel", known).named("a")];
        check(orders(), &facts, 2 * REACH, Some(expected));
        let facts = [
            event("refund", 0).worth(-300).named("a"),
            event("refund", 0).worth(-600).named("a"),
            event("order", 0).worth(900).named("a").known(known),
        ];
        check(spent(), &facts, 2 * REACH, Some(9.0 * expected));
    }
}

#[test]
fn a_refund_of_an_order_in_lines_lowers_one_after_the_other() {
    let line = |us, minor| event("order", us).worth(minor).named("a");
    let refund = |us, minor: i64| event("refund", us).worth(-minor).named("a");
    let facts = [line(20, 300), line(10, 200).known(21), refund(30, 250), line(40, 100), refund(50, 400)];
    for (as_of, sum, count) in [(30, 5.0, 2.0), (31, 2.5, 1.0), (41, 3.5, 2.0), (51, 0.0, 0.0)] {
        check(spent(), &facts, as_of, Some(sum));
        check(orders(), &facts, as_of, Some(count));
    }
    // What is left of the last refund takes a further line with it: 650 of 600 and 60.
    let mut more = facts.to_vec();
    more.push(line(60, 60));
    check(spent(), &more, 61, Some(0.1));
    more.push(event("order_cancel", 70).named("a"));
    more.push(line(80, 900));
    check(orders(), &more, 81, Some(0.0));
}

#[test]
fn a_refund_without_an_order_lowers_sums_at_its_own_time() {
    let facts = [
        event("order", 10).worth(1_000).on("shop"),
        event("order", 20).worth(2_000).on("amazon"),
        event("refund", 40).worth(-600).on("shop"),
    ];
    check(spent(), &facts, 50, Some(24.0));
    check(of(F::Average, "order", AMOUNT, Window::Always), &facts, 50, Some(12.0));
    check(of(F::Sum, "order", GROSS, Window::Always), &facts, 50, Some(30.0));
    check(of(F::Sum, "order", AMOUNT, past(15)), &facts, 50, Some(-6.0));
    check(of(F::Average, "order", AMOUNT, past(15)), &facts, 50, None);
    check(only(spent(), one_of(TextAttribute::Channel, &["amazon"])), &facts, 50, Some(20.0));
    check(only(spent(), one_of(TextAttribute::Channel, &["shop"])), &facts, 50, Some(4.0));
}

#[test]
fn orders_without_an_amount_or_for_nothing() {
    let facts = [
        event("order", 1).named("a"),
        event("order", 2).worth(0).named("b"),
        event("refund", 3).worth(-1).named("a"),
        event("refund", 4).worth(0).named("b"),
        event("refund", 5).worth(-1).named("b"),
    ];
    for (as_of, expected) in [(3, 2.0), (5, 2.0), (6, 1.0)] {
        check(orders(), &facts, as_of, Some(expected));
    }
    check(spent(), &facts[..1], 9, Some(0.0));
    check(of(F::Max, "order", AMOUNT, Window::Always), &facts[..1], 9, None);
}

#[test]
fn what_is_missing() {
    let none = [event("session", 5)];
    for function in [F::Average, F::Min, F::Max, F::First, F::Last] {
        check(of(function, "order", AMOUNT, Window::Always), &none, 10, None);
    }
    for function in [F::DaysSince, F::DaysSinceFirst, F::DaysToFirst, F::MeanGap, F::GapDeviation] {
        check(plain(function, "order", Window::Always), &none, 10, None);
    }
    check(plain(F::MeanGap, "session", Window::Always), &none, 10, None);
    let silence = plain(F::DaysSince, "order", Window::Always);
    for comparison in [Comparison::Less, Comparison::AtLeast, Comparison::Equal, Comparison::NotEqual] {
        check_truth(compare(silence.clone(), comparison, 1.0), &none, 10, false);
    }
    check_truth(Condition::Missing(silence.clone()), &none, 10, true);
    check_truth(Condition::Missing(orders()), &none, 10, false);
    let one_more = |operator, left, right| Expression::Arithmetic {
        operator,
        left: Box::new(left),
        right: Box::new(right),
    };
    check(one_more(Arithmetic::Add, silence, number(1.0)), &none, 10, None);
    check(one_more(Arithmetic::Divide, number(1.0), orders()), &none, 10, None);
    check(one_more(Arithmetic::Divide, number(1.0), number(4.0)), &none, 10, Some(0.25));
    check_truth(Condition::All(vec![]), &none, 10, true);
    check_truth(Condition::Any(vec![]), &none, 10, false);
    let unknown = only(plain(F::Count, "session", Window::Always), one_of(TextAttribute::Channel, &["shop"]));
    check(unknown, &none, 10, Some(0.0));
    let unlike = Filter::Not(Box::new(one_of(TextAttribute::Channel, &["shop"])));
    check(only(plain(F::Count, "session", Window::Always), unlike), &none, 10, Some(1.0));
}

#[test]
fn of_equal_instants_the_greater_value_is_the_later_one() {
    let (two, five) = (event("order", 10).worth(200), event("order", 10).worth(500));
    for facts in [[two, five], [five, two]] {
        check(of(F::First, "order", AMOUNT, Window::Always), &facts, 20, Some(2.0));
        check(of(F::Last, "order", AMOUNT, Window::Always), &facts, 20, Some(5.0));
    }
    let (a, b) = (event("order", 10).of("a"), event("order", 10).of("b"));
    let greater = Symbol::of("a").max(Symbol::of("b"));
    for facts in [[a, b], [b, a]] {
        assert_eq!(
            ask(value(of(F::Last, "order", CATEGORY, Window::Always)), &facts, 20),
            Value::Text(greater)
        );
    }
}

#[test]
fn gaps_are_those_of_the_events_known_in_time() {
    let on_days = |days: &[i64]| days.iter().map(|day| event("session", day * DAY)).collect::<Vec<_>>();
    let (mean, deviation) =
        (plain(F::MeanGap, "session", Window::Always), plain(F::GapDeviation, "session", Window::Always));
    check(mean.clone(), &on_days(&[0, 2, 6]), 9 * DAY, Some(3.0));
    // Gaps of 2 and 4 days about 3: the sample variance is 2.
    check(deviation.clone(), &on_days(&[0, 2, 6]), 9 * DAY, Some(2.0_f64.sqrt()));
    check(deviation, &on_days(&[0, 6]), 9 * DAY, None);
    check(plain(F::MeanGap, "session", past(5 * DAY)), &on_days(&[0, 5, 6, 8]), 9 * DAY, Some(1.5));
    for (delay, expected) in [(REACH, 2.0), (REACH + 1, 4.0)] {
        let mut facts = on_days(&[0, 4]);
        facts.push(event("session", 2 * DAY).known(2 * DAY + delay));
        check(mean.clone(), &facts, 3 * REACH, Some(expected));
        check(plain(F::Count, "session", Window::Always), &facts, 3 * REACH, Some(3.0));
    }
}

#[test]
fn days_to_and_since() {
    let facts = [event("session", 0), event("order", 3 * DAY), event("order", 5 * DAY)];
    for (function, expected) in [(F::DaysSince, 1.5), (F::DaysSinceFirst, 3.5), (F::DaysToFirst, 3.0)] {
        check(plain(function, "order", Window::Always), &facts, 13 * DAY / 2, Some(expected));
    }
    check(plain(F::DaysToFirst, "order", past(2 * DAY)), &facts, 13 * DAY / 2, Some(5.0));
}

#[test]
fn a_trend_divides_by_the_window_before() {
    let facts = [event("session", 1), event("session", 5), event("session", 8), event("session", 12)];
    let trend = |length| Expression::Trend(aggregate(F::Count, "session", None, past(length)));
    check(trend(5), &facts, 15, Some(0.5));
    check(trend(3), &facts, 15, None);
    check(trend(7), &facts, 15, Some(1.0));
}

#[test]
fn followed_by_looks_at_the_last_of_the_first() {
    let followed = |within| Condition::FollowedBy {
        first: selector("add_to_cart"),
        then: selector("order"),
        within: length(within),
    };
    let facts = [
        event("add_to_cart", 10),
        event("order", 15).named("a"),
        event("add_to_cart", 20),
        event("order", 29),
    ];
    check_truth(followed(5), &facts[..2], 30, false);
    check_truth(followed(6), &facts[..2], 30, true);
    check_truth(followed(9), &facts, 40, false);
    check_truth(followed(10), &facts, 40, true);
    // At the same instant is "at it or later".
    check_truth(followed(1), &[event("add_to_cart", 10), event("order", 10)], 30, true);
    let cancelled = [facts[0], facts[1], event("order_cancel", 18).named("a")];
    check_truth(followed(9), &cancelled, 18, true);
    check_truth(followed(9), &cancelled, 19, false);
    check_truth(followed(6), &facts[..2], 10 + REACH, true);
    check_truth(followed(6), &facts[..2], 10 + REACH + 1, false);
}

#[test]
fn units_are_those_of_the_types() {
    let session = tenure_behaviour::Fact {
        duration: Some(1_500_000),
        quantity: Some(3),
        discount: Some(1_250),
        ..event("session", 0)
    };
    let sum = |attribute| of(F::Sum, "session", Attribute::Number(attribute), Window::Always);
    check(sum(NumberAttribute::Duration), &[session], DAY, Some(1.5));
    check(sum(NumberAttribute::Quantity), &[session], DAY, Some(3.0));
    check(sum(NumberAttribute::Discount), &[session], DAY, Some(12.5));
    // 1970-01-01 was a Thursday.
    for (attribute, expected) in [
        (NumberAttribute::Weekday, 4.0),
        (NumberAttribute::Month, 1.0),
        (NumberAttribute::Hour, 0.0),
        (NumberAttribute::DayOfMonth, 1.0),
    ] {
        check(
            of(F::Max, "session", Attribute::Number(attribute), Window::Always),
            &[session],
            DAY,
            Some(expected),
        );
    }
    for (part, expected) in [
        (CalendarPart::Weekday, 5.0),
        (CalendarPart::DayOfYear, 2.0),
        (CalendarPart::Month, 1.0),
        (CalendarPart::DayOfMonth, 2.0),
    ] {
        check(Expression::Calendar(part), &[], DAY, Some(expected));
    }
}

#[test]
fn local_time_is_the_shops() {
    let mut there = settings();
    there.time_zone = "Asia/Shanghai".parse().unwrap();
    let hour = of(F::Last, "session", Attribute::Number(NumberAttribute::Hour), Window::Always);
    let program = Program::compile(&[value(hour)], &there).unwrap();
    let mut state = CustomerState::new(&program);
    state.apply(&program, &event("session", 17 * DAY / 24));
    let around = tenure_behaviour::fold::Surroundings::at(super::build::at(DAY));
    assert_eq!(program.value(0, &state, &around), Value::Number(1.0));
}

#[test]
fn refuses_what_only_hands_could_write() {
    let refused = |definition, expected| {
        assert_eq!(Program::compile(&[definition], &settings()).unwrap_err(), expected);
    };
    let next = Window::Next("90d".parse().unwrap());
    let looks_ahead = truth(compare(plain(F::Count, "order", next), Comparison::Equal, 0.0));
    assert!(Program::compile_labels(std::slice::from_ref(&looks_ahead), &settings()).is_ok());
    refused(looks_ahead, FoldError::LooksAhead { name: "truth".into() });
    let wrong = |function: &str, attribute: &str| FoldError::WrongAttribute {
        name: "value".into(),
        function: function.into(),
        attribute: attribute.into(),
    };
    refused(value(plain(F::Sum, "order", Window::Always)), wrong("Sum", "no attribute"));
    refused(value(of(F::Max, "order", CHANNEL, Window::Always)), wrong("Max", "Text(Channel)"));
    refused(value(of(F::Distinct, "order", AMOUNT, Window::Always)), wrong("Distinct", "Number(Amount)"));
    let day = Attribute::Text(TextAttribute::Day);
    refused(value(of(F::Last, "order", day, Window::Always)), wrong("Last", "Text(Day)"));
    let trend = Expression::Trend(aggregate(F::Count, "order", None, Window::Always));
    refused(value(trend), FoldError::TrendWithoutWindow { name: "value".into() });
}

#[test]
fn a_label_sees_what_came_after() {
    let next = Window::Next("10d".parse().unwrap());
    let label = truth(compare(plain(F::Count, "order", next), Comparison::Equal, 0.0));
    let program = Program::compile_labels(&[label], &settings()).unwrap();
    let mut state = CustomerState::new(&program);
    for fact in [event("order", 0).named("a"), event("order", 20 * DAY).named("b")] {
        state.apply(&program, &fact);
    }
    let churned = |state: &CustomerState, day: i64| {
        program.holds(0, state, &tenure_behaviour::fold::Surroundings::at(super::build::at(day * DAY)))
    };
    let answers = [0, 1, 10, 11, 20, 21].map(|day| churned(&state, day));
    assert_eq!(answers, [false, true, true, false, false, true]);
    state.apply(&program, &event("order_cancel", 60 * DAY).named("b"));
    assert!(churned(&state, 15), "the outcome is taken as known at training");
    assert_eq!(Duration::from_days(10).microseconds(), 10 * DAY);
}
