//! Random facts and random questions about them.

use proptest::collection::vec;
use proptest::option::{of as maybe, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use tenure_behaviour::expression::{
    Aggregate, Arithmetic, Attribute, Body, CalendarPart, Comparison, Condition, Definition, Expression,
    Filter, Function, NumberAttribute, Prediction, RfmMeasure, Selector, TextAttribute, Type, Window,
};
use tenure_behaviour::fold::{Program, QuantileTable, Quantiles, Surroundings};
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{Duration, Horizon};

use super::build::{DAY, at, instant, length, settings};

/// Cuts of recency in microseconds, of frequency in days, of money in cents.
pub(crate) const CUTS: [[i64; 4]; 3] =
    [[3, 50 * DAY, 100 * DAY + 1, 300 * DAY], [1, 1, 2, 4], [-50, 0, 300, 900]];
/// The fitted values of every percentile.
pub(crate) const PERCENTS: [f64; 5] = [0.0, 1.0, 2.5, 60.0, 200.0];

/// What the models say.
pub(crate) fn predict(prediction: Prediction) -> Option<f64> {
    (prediction != Prediction::PAlive).then_some(0.625)
}

/// A time line: how instants and lengths are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) step: i64,
    pub(crate) steps: i64,
    pub(crate) jitter: i64,
    pub(crate) lengths: i64,
}

/// Fifty days apart, give or take a microsecond or two: eight steps are the reach.
pub(crate) const LONG: Scale = Scale { step: 50 * DAY, steps: 26, jitter: 3, lengths: 10 };
/// Some hundred microseconds.
pub(crate) const SHORT: Scale = Scale { step: 1, steps: 200, jitter: 1, lengths: 60 };

impl Scale {
    pub(crate) fn instant(self) -> impl Strategy<Value = i64> {
        (0..self.steps, 0..self.jitter).prop_map(move |(steps, jitter)| steps * self.step + jitter)
    }

    fn length(self) -> impl Strategy<Value = Duration> {
        (1..=self.lengths, 0..self.jitter)
            .prop_map(move |(steps, jitter)| length((steps * self.step + jitter - self.jitter / 2).max(1)))
    }
}

const KINDS: [&str; 6] = ["order", "order", "refund", "order_cancel", "session", "my_kind"];

pub(crate) fn fact(scale: Scale) -> impl Strategy<Value = Fact> {
    let delay = prop_oneof![4 => Just(0), 1 => scale.instant().prop_map(|us| us / 2), 1 => 0..3_i64];
    let when = (select(&KINDS[..]), scale.instant(), delay);
    let numbers = (
        weighted(0.8, select(&[0_i64, 1, 50, 100, 100, 250, 999][..])),
        maybe(select(&[0_i64, 10, 20][..])),
        maybe(select(&[0_i64, 1_500_000, 60_000_000][..])),
        maybe(0..4_u32),
        maybe(0..11_u32),
    );
    let names = (
        weighted(0.3, select(&["e1", "e2", "e3"][..])),
        weighted(0.7, select(&["o1", "o2", "o3"][..])),
        maybe(select(&["shop", "amazon"][..])),
        maybe(select(&["a", "b", "c"][..])),
    );
    (when, numbers, names).prop_map(
        |((kind, us, delay), numbers, (event_id, order_id, channel, category))| {
            let sign = if kind == "refund" { -1 } else { 1 };
            Fact {
                ingested_at: instant(us + delay),
                amount: numbers.0.map(|minor| sign * minor),
                discount: numbers.1,
                duration: numbers.2,
                quantity: numbers.3,
                rating: numbers.4,
                event_id: Symbol::maybe(event_id),
                order_id: Symbol::maybe(order_id),
                channel: Symbol::maybe(channel),
                category: Symbol::maybe(category),
                ..Fact::new(Symbol::of(kind), instant(us))
            }
        },
    )
}

/// Facts in the order in which they became known.
pub(crate) fn facts(scale: Scale, most: usize) -> impl Strategy<Value = Vec<Fact>> {
    vec(fact(scale), 0..most).prop_map(|mut facts| {
        facts.sort_by_key(Fact::known_at);
        facts
    })
}

fn number_attribute() -> impl Strategy<Value = NumberAttribute> {
    use NumberAttribute as N;
    select(
        &[
            N::Amount,
            N::Amount,
            N::GrossAmount,
            N::Discount,
            N::Duration,
            N::Quantity,
            N::Rating,
            N::Month,
            N::DayOfMonth,
            N::Weekday,
            N::Hour,
        ][..],
    )
}

fn text_attribute() -> impl Strategy<Value = TextAttribute> {
    select(
        &[TextAttribute::Channel, TextAttribute::Category, TextAttribute::OrderId, TextAttribute::Country][..],
    )
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison as C;
    select(&[C::Equal, C::NotEqual, C::Less, C::AtMost, C::Greater, C::AtLeast][..])
}

fn filter() -> impl Strategy<Value = Filter> {
    let names = select(vec![vec!["amazon"], vec!["a", "shop"], vec!["b", "o1", "o2"]])
        .prop_map(|names| names.into_iter().map(Box::from).collect());
    let leaf = prop_oneof![
        (number_attribute(), comparison(), select(&[0.0, 0.5, 1.0, 2.0, 5.0][..]))
            .prop_map(|(attribute, comparison, value)| Filter::Number { attribute, comparison, value }),
        (text_attribute(), names).prop_map(|(attribute, names)| Filter::OneOf { attribute, names }),
        text_attribute().prop_map(Filter::Present),
    ];
    leaf.prop_recursive(2, 6, 3, |part| {
        prop_oneof![
            vec(part.clone(), 0..3).prop_map(Filter::All),
            vec(part.clone(), 0..3).prop_map(Filter::Any),
            part.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

fn selector() -> impl Strategy<Value = Selector> {
    let kind =
        select(&["order", "order", "order", "refund", "order_cancel", "session", "my_kind", "event"][..]);
    (kind, weighted(0.3, filter())).prop_map(|(kind, filter)| Selector {
        kind: (kind != "event").then(|| kind.parse().unwrap()),
        filter,
    })
}

/// A window; `None` asks for those of the past only.
fn window(scale: Scale, labels: bool, bounded: bool) -> Union<BoxedStrategy<Window>> {
    let lag = prop_oneof![2 => Just(Duration::ZERO), 1 => scale.length()];
    let past = (scale.length(), lag).prop_map(|(length, lag)| Window::Past { length, lag }).boxed();
    let next = scale.length().prop_map(|length| Window::Next(Horizon::new(length).unwrap())).boxed();
    let always = Just(Window::Always).boxed();
    match (labels, bounded) {
        (_, true) => Union::new([past]),
        (false, false) => Union::new([past.clone(), past, always]),
        (true, false) => Union::new([past, always, next.clone(), next]),
    }
}

fn aggregate(scale: Scale, labels: bool, bounded: bool) -> impl Strategy<Value = Aggregate> {
    use Function as F;
    let plain =
        select(&[F::Count, F::DaysSince, F::DaysSinceFirst, F::DaysToFirst, F::MeanGap, F::GapDeviation][..]);
    let numbers = (select(&[F::Sum, F::Average, F::Min, F::Max, F::First, F::Last][..]), number_attribute());
    let names = (select(&[F::First, F::Last, F::Distinct][..]), text_attribute());
    let what = prop_oneof![
        2 => plain.prop_map(|function| (function, None)),
        2 => numbers.prop_map(|(function, number)| (function, Some(Attribute::Number(number)))),
        1 => names.prop_map(|(function, text)| (function, Some(Attribute::Text(text)))),
        1 => Just((F::Distinct, Some(Attribute::Text(TextAttribute::Day)))),
    ];
    (what, selector(), window(scale, labels, bounded)).prop_map(
        |((function, attribute), selector, window)| Aggregate { function, selector, attribute, window },
    )
}

pub(crate) fn expression(scale: Scale, labels: bool) -> impl Strategy<Value = Expression> {
    use CalendarPart as P;
    let leaf = prop_oneof![
        8 => aggregate(scale, labels, false).prop_map(Expression::Aggregate),
        2 => aggregate(scale, labels, true).prop_map(Expression::Trend),
        1 => select(&[0.0, 1.0, 2.0, 60.0, 1e-10][..]).prop_map(|value| Expression::Number { value, measures: Type::Count }),
        1 => select(&["amazon", "a"][..]).prop_map(|name| Expression::Text(name.into())),
        1 => select(&[P::Month, P::DayOfMonth, P::DayOfYear, P::Weekday][..]).prop_map(Expression::Calendar),
        1 => select(&[RfmMeasure::Recency, RfmMeasure::Frequency, RfmMeasure::Monetary][..]).prop_map(Expression::Rfm),
        1 => select(vec![Prediction::PAlive, Prediction::Clv("365d".parse().unwrap())]).prop_map(Expression::Prediction),
    ];
    leaf.prop_recursive(2, 6, 2, |part| {
        use Arithmetic as A;
        let operator = select(&[A::Add, A::Subtract, A::Multiply, A::Divide][..]);
        prop_oneof![
            3 => (operator, part.clone(), part.clone()).prop_map(|(operator, left, right)| {
                Expression::Arithmetic { operator, left: Box::new(left), right: Box::new(right) }
            }),
            1 => part.prop_map(|part| Expression::Percentile(Box::new(part))),
        ]
    })
}

pub(crate) fn condition(scale: Scale, labels: bool) -> impl Strategy<Value = Condition> {
    // Thresholds that values of the time line meet.
    let threshold =
        prop_oneof![select(&[0.0, 1.0, 2.0, 5.0][..]), scale.instant().prop_map(|us| us as f64 / 86_400e6)]
            .prop_map(|value| Expression::Number { value, measures: Type::Count });
    let right = prop_oneof![3 => threshold.boxed(), 1 => expression(scale, labels).boxed()];
    let leaf = prop_oneof![
        6 => (expression(scale, labels), comparison(), right)
            .prop_map(|(left, comparison, right)| Condition::Compare { left, comparison, right }),
        1 => expression(scale, labels).prop_map(|value| Condition::OneOf { value, names: vec!["a".into(), "shop".into()] }),
        1 => expression(scale, labels).prop_map(Condition::Missing),
        2 => (selector(), selector(), scale.length())
            .prop_map(|(first, then, within)| Condition::FollowedBy { first, then, within }),
    ];
    leaf.prop_recursive(2, 6, 3, |part| {
        prop_oneof![
            vec(part.clone(), 0..3).prop_map(Condition::All),
            vec(part.clone(), 0..3).prop_map(Condition::Any),
            part.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

pub(crate) fn definition(scale: Scale, labels: bool) -> impl Strategy<Value = Definition> {
    let body = prop_oneof![
        3 => expression(scale, labels).prop_map(Body::Value),
        1 => condition(scale, labels).prop_map(Body::Truth),
    ];
    body.prop_map(|body| Definition { name: "random".into(), body })
}

/// The fitted cuts and quantiles that the oracle knows, whatever the program asks percentiles of.
pub(crate) fn fitted(program: &Program) -> (RfmCutPoints, Quantiles) {
    let state = tenure_behaviour::fold::CustomerState::new(program);
    let mut quantiles = Quantiles::default();
    for (key, _) in program.percentile_values(&state, &Surroundings::at(at(0))) {
        quantiles.insert(key, QuantileTable::fit(PERCENTS.to_vec()));
    }
    (RfmCutPoints::new(CUTS[0], CUTS[1], CUTS[2]).unwrap(), quantiles)
}

/// What is asked around a program at an instant.
pub(crate) fn around<'a>(fitted: &'a (RfmCutPoints, Quantiles), as_of: i64) -> Surroundings<'a> {
    Surroundings {
        rfm: Some(&fitted.0),
        quantiles: Some(&fitted.1),
        predictions: Some(&predict),
        ..Surroundings::at(at(as_of))
    }
}

pub(crate) fn compiled(definitions: &[Definition], labels: bool) -> Program {
    if labels {
        Program::compile_labels(definitions, &settings()).unwrap()
    } else {
        Program::compile(definitions, &settings()).unwrap()
    }
}
