//! Random typed trees, of those that some text means.

use proptest::prelude::*;
use tenure_behaviour::expression::{
    Aggregate, Arithmetic, Attribute, Body, CalendarPart, Comparison, Condition, Expression, Filter,
    Function, NumberAttribute, Prediction, RfmMeasure, Selector, TextAttribute, Type, Window,
};
use tenure_core::{Duration, EventKind, Horizon};

const DAY_US: i64 = 86_400_000_000;

fn length(longest_days: i64) -> impl Strategy<Value = Duration> {
    let units = prop_oneof![Just(DAY_US), Just(3_600_000_000), Just(60_000_000), Just(1_000_000), Just(1)];
    (units, 1..longest_days).prop_map(|(unit, count)| Duration::from_microseconds(unit * count).unwrap())
}

fn horizon() -> impl Strategy<Value = Horizon> {
    length(3_000).prop_map(|length| Horizon::new(length).unwrap())
}

fn kind() -> impl Strategy<Value = Option<EventKind>> {
    let own = Just("size_guide_open".parse().unwrap());
    prop_oneof![
        Just(None),
        prop::sample::select(EventKind::KNOWN).prop_map(Some),
        own.prop_map(Some),
        Just(Some(EventKind::Order)),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::Always),
        length(1_000).prop_map(|length| Window::Past { length, lag: Duration::ZERO }),
        (length(1_000), length(1_000)).prop_map(|(length, lag)| Window::Past { length, lag }),
        horizon().prop_map(Window::Next),
    ]
}

fn number() -> impl Strategy<Value = NumberAttribute> {
    use NumberAttribute as N;
    prop::sample::select(&[
        N::Amount,
        N::Discount,
        N::Duration,
        N::Quantity,
        N::Rating,
        N::Month,
        N::DayOfMonth,
        N::Weekday,
        N::Hour,
    ])
}

fn text() -> impl Strategy<Value = TextAttribute> {
    use TextAttribute as T;
    prop::sample::select(&[
        T::Product,
        T::Category,
        T::Channel,
        T::Campaign,
        T::Device,
        T::Country,
        T::OrderId,
    ])
}

fn name() -> impl Strategy<Value = Box<str>> {
    "[a-zA-Z双11节，（' #_.-]{1,12}"
        .prop_filter("blank", |name| !name.trim().is_empty())
        .prop_map(|name| format!("x{name}").into())
}

fn names() -> impl Strategy<Value = Vec<Box<str>>> {
    prop::collection::btree_set(name(), 1..4).prop_map(|names| names.into_iter().collect())
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison as C;
    prop::sample::select(&[C::Equal, C::NotEqual, C::Less, C::AtMost, C::Greater, C::AtLeast])
}

/// A threshold that the other side of a comparison can have.
fn threshold(measures: Type, scale: (i32, i32)) -> BoxedStrategy<f64> {
    match measures {
        Type::Count => (0..1_000).prop_map(f64::from).boxed(),
        Type::Money => (-100_000..100_000).prop_map(|cents| f64::from(cents) / 100.0).boxed(),
        Type::Days => prop_oneof![0.0..4_000.0, (0..4_000).prop_map(f64::from)].boxed(),
        Type::Duration => (-100_000_i64..9_000_000_000_000).prop_map(|us| us as f64 / 1e6).boxed(),
        Type::Share => (0.0..=1.0).boxed(),
        Type::Score | Type::Text => (scale.0..=scale.1).prop_map(f64::from).boxed(),
    }
}

fn filter() -> BoxedStrategy<Filter> {
    let number = number().prop_flat_map(|attribute| {
        let scale = if attribute == NumberAttribute::Hour { (0, 23) } else { (1, 7) };
        (comparison(), threshold(attribute.measures(), scale))
            .prop_map(move |(comparison, value)| Filter::Number { attribute, comparison, value })
    });
    let leaf = prop_oneof![
        number,
        (text(), names()).prop_map(|(attribute, names)| Filter::OneOf { attribute, names }),
        text().prop_map(Filter::Present),
        (text(), names()).prop_map(|(attribute, names)| {
            let one_of = Filter::OneOf { attribute, names };
            Filter::All(vec![Filter::Present(attribute), Filter::Not(Box::new(one_of))])
        }),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
    .boxed()
}

fn selector() -> BoxedStrategy<Selector> {
    (kind(), prop::option::of(filter())).prop_map(|(kind, filter)| Selector { kind, filter }).boxed()
}

fn aggregate() -> BoxedStrategy<Aggregate> {
    use Function as F;
    let whole = prop::sample::select(&[F::Count, F::MeanGap, F::GapDeviation]).prop_map(|f| (f, None));
    let back =
        prop::sample::select(&[F::DaysSince, F::DaysSinceFirst, F::DaysToFirst]).prop_map(|f| (f, None));
    let sums = prop::sample::select(&[
        NumberAttribute::Amount,
        NumberAttribute::Duration,
        NumberAttribute::Quantity,
    ]);
    let sums = (prop::sample::select(&[F::Sum, F::Average]), sums);
    let sums = sums.prop_map(|(function, number)| (function, Some(Attribute::Number(number))));
    let ends = (prop::sample::select(&[F::Min, F::Max, F::First, F::Last]), number());
    let ends = ends.prop_map(|(function, number)| (function, Some(Attribute::Number(number))));
    let texts = (prop::sample::select(&[F::First, F::Last, F::Distinct]), text());
    let texts = texts.prop_map(|(function, text)| (function, Some(Attribute::Text(text))));
    let past = window().prop_filter("past", |window| !matches!(window, Window::Next(_)));
    let any = (prop_oneof![whole, sums, ends, texts], selector(), window());
    let back = (back, selector(), past);
    prop_oneof![4 => any, 1 => back]
        .prop_map(|((function, attribute), selector, window)| Aggregate {
            function,
            selector,
            attribute,
            window,
        })
        .boxed()
}

fn is_number(value: &Expression) -> bool {
    value.measures() != Type::Text
}

/// A value that is a number.
fn value() -> BoxedStrategy<Expression> {
    let aggregate = || aggregate().prop_map(Expression::Aggregate).prop_filter("number", is_number);
    let trend = (selector(), length(1_000)).prop_map(|(selector, length)| {
        let window = Window::Past { length, lag: Duration::ZERO };
        Expression::Trend(Aggregate { function: Function::Count, selector, attribute: None, window })
    });
    let prediction = prop_oneof![
        horizon().prop_map(Prediction::ChurnProbability),
        horizon().prop_map(Prediction::Clv),
        horizon().prop_map(Prediction::ExpectedOrders),
        Just(Prediction::PAlive),
    ];
    use CalendarPart as C;
    let calendar = prop::sample::select(&[C::Month, C::DayOfMonth, C::DayOfYear, C::Weekday]);
    use RfmMeasure as R;
    let rfm = prop::sample::select(&[R::Recency, R::Frequency, R::Monetary]);
    let leaf = prop_oneof![
        3 => aggregate(),
        1 => trend,
        1 => prediction.prop_map(Expression::Prediction),
        1 => calendar.prop_map(Expression::Calendar),
        1 => rfm.prop_map(Expression::Rfm),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone(), 0..4_u8)
                .prop_map(|(left, right, sign)| combined(left, right, sign)),
            (inner.clone(), 0.25..50.0, 0..6_u8)
                .prop_map(|(value, number, sign)| with_constant(value, number, sign)),
            inner.prop_map(|value| Expression::Percentile(Box::new(value))),
        ]
    })
    .boxed()
}

fn arithmetic(operator: Arithmetic, left: Expression, right: Expression) -> Expression {
    Expression::Arithmetic { operator, left: Box::new(left), right: Box::new(right) }
}

/// Two values combined as their types allow.
fn combined(left: Expression, right: Expression, sign: u8) -> Expression {
    let is_plain = |value: &Expression| matches!(value.measures(), Type::Count | Type::Share);
    match sign {
        0 if left.measures() == right.measures() => arithmetic(Arithmetic::Add, left, right),
        1 if left.measures() == right.measures() => arithmetic(Arithmetic::Subtract, left, right),
        2 if is_plain(&right) => arithmetic(Arithmetic::Multiply, left, right),
        _ if is_plain(&right) || left.measures() == right.measures() => {
            arithmetic(Arithmetic::Divide, left, right)
        }
        _ => left,
    }
}

fn with_constant(value: Expression, number: f64, sign: u8) -> Expression {
    let measures = value.measures();
    let constant = |value: f64, measures| Expression::Number { value, measures };
    let micro = (number * 1e6).round() / 1e6;
    match sign {
        0 => arithmetic(Arithmetic::Add, value, constant(micro, measures)),
        1 => arithmetic(Arithmetic::Subtract, constant(micro, measures), value),
        2 => arithmetic(Arithmetic::Multiply, value, constant(number, Type::Share)),
        3 => arithmetic(Arithmetic::Multiply, constant(number, Type::Share), value),
        4 if measures == Type::Days => {
            arithmetic(Arithmetic::Divide, value, constant((number * 8.0).round() / 8.0, Type::Days))
        }
        _ => arithmetic(Arithmetic::Divide, value, constant(number, Type::Share)),
    }
}

fn name_value() -> BoxedStrategy<Expression> {
    (prop::sample::select(&[Function::First, Function::Last]), text(), selector(), window())
        .prop_map(|(function, text, selector, window)| {
            let attribute = Some(Attribute::Text(text));
            Expression::Aggregate(Aggregate { function, selector, attribute, window })
        })
        .boxed()
}

fn compare() -> BoxedStrategy<Condition> {
    let number = value().prop_flat_map(|left| {
        let threshold = threshold(left.measures(), (1, 5));
        (Just(left), comparison(), threshold, any::<bool>()).prop_map(
            |(left, comparison, value, is_turned)| {
                let right = Expression::Number { value, measures: left.measures() };
                let (left, right) = if is_turned { (right, left) } else { (left, right) };
                Condition::Compare { left, comparison, right }
            },
        )
    });
    let text = (name_value(), prop::sample::select(&[Comparison::Equal, Comparison::NotEqual]), name());
    let text = text.prop_map(|(left, comparison, name)| Condition::Compare {
        left,
        comparison,
        right: Expression::Text(name),
    });
    prop_oneof![3 => number, 1 => text].boxed()
}

/// Any condition that some text means.
pub(crate) fn condition() -> BoxedStrategy<Condition> {
    let between = value().prop_flat_map(|left| {
        let ends = threshold(left.measures(), (1, 5));
        (Just(left), ends.clone(), ends).prop_map(|(left, one, other)| {
            let compare = |comparison, value| Condition::Compare {
                left: left.clone(),
                comparison,
                right: Expression::Number { value, measures: left.measures() },
            };
            Condition::All(vec![compare(Comparison::AtLeast, one), compare(Comparison::AtMost, other)])
        })
    });
    let followed = (selector(), selector(), length(400));
    let leaf = prop_oneof![
        4 => compare(),
        1 => between,
        1 => (name_value(), names()).prop_map(|(value, names)| Condition::OneOf { value, names }),
        1 => value().prop_map(Condition::Missing),
        1 => followed.prop_map(|(first, then, within)| Condition::FollowedBy { first, then, within }),
        1 => Just(Condition::All(Vec::new())),
        1 => Just(Condition::Any(Vec::new())),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
    .boxed()
}

/// Any value or condition that some text means.
pub(crate) fn body() -> BoxedStrategy<Body> {
    prop_oneof![
        value().prop_map(Body::Value),
        name_value().prop_map(Body::Value),
        condition().prop_map(Body::Truth),
    ]
    .boxed()
}
