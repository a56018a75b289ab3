//! Short words for facts, expressions and questions.

use tenure_behaviour::expression::{
    Aggregate, Attribute, Body, Comparison, Condition, Definition, Expression, Filter, Function,
    NumberAttribute, Selector, TextAttribute, Type, Window,
};
use tenure_behaviour::fold::{CustomerState, Program, Settings, Surroundings, Value, snapshots};
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{AsOf, Currency, Duration, TimeZone, Timestamp};

pub(crate) const DAY: i64 = 86_400_000_000;
pub(crate) const AMOUNT: Attribute = Attribute::Number(NumberAttribute::Amount);
pub(crate) const GROSS: Attribute = Attribute::Number(NumberAttribute::GrossAmount);
pub(crate) const CHANNEL: Attribute = Attribute::Text(TextAttribute::Channel);
pub(crate) const CATEGORY: Attribute = Attribute::Text(TextAttribute::Category);

pub(crate) fn settings() -> Settings {
    Settings { currency: Currency::USD, time_zone: TimeZone::utc() }
}

pub(crate) fn instant(us: i64) -> Timestamp {
    Timestamp::from_microseconds(us).unwrap()
}

pub(crate) fn at(us: i64) -> AsOf {
    AsOf::new(instant(us))
}

/// An event that is known at once.
pub(crate) fn event(kind: &str, us: i64) -> Fact {
    Fact::new(Symbol::of(kind), instant(us))
}

/// Says more about a fact.
pub(crate) trait Also: Sized {
    fn worth(self, minor: i64) -> Self;
    fn named(self, order_id: &str) -> Self;
    fn id(self, event_id: &str) -> Self;
    fn on(self, channel: &str) -> Self;
    fn of(self, category: &str) -> Self;
    fn known(self, us: i64) -> Self;
}

impl Also for Fact {
    fn worth(self, minor: i64) -> Self {
        Self { amount: Some(minor), ..self }
    }
    fn named(self, order_id: &str) -> Self {
        Self { order_id: Symbol::of(order_id), ..self }
    }
    fn id(self, event_id: &str) -> Self {
        Self { event_id: Symbol::of(event_id), ..self }
    }
    fn on(self, channel: &str) -> Self {
        Self { channel: Symbol::of(channel), ..self }
    }
    fn of(self, category: &str) -> Self {
        Self { category: Symbol::of(category), ..self }
    }
    fn known(self, us: i64) -> Self {
        Self { ingested_at: instant(us), ..self }
    }
}

pub(crate) fn selector(kind: &str) -> Selector {
    Selector { kind: (kind != "event").then(|| kind.parse().unwrap()), filter: None }
}

pub(crate) fn length(us: i64) -> Duration {
    Duration::from_microseconds(us).unwrap()
}

pub(crate) fn past(us: i64) -> Window {
    Window::Past { length: length(us), lag: Duration::ZERO }
}

pub(crate) fn aggregate(
    function: Function,
    kind: &str,
    attribute: Option<Attribute>,
    window: Window,
) -> Aggregate {
    Aggregate { function, selector: selector(kind), attribute, window }
}

pub(crate) fn of(function: Function, kind: &str, attribute: Attribute, window: Window) -> Expression {
    Expression::Aggregate(aggregate(function, kind, Some(attribute), window))
}

pub(crate) fn plain(function: Function, kind: &str, window: Window) -> Expression {
    Expression::Aggregate(aggregate(function, kind, None, window))
}

pub(crate) fn only(expression: Expression, filter: Filter) -> Expression {
    let Expression::Aggregate(mut aggregate) = expression else { panic!("only aggregates have filters") };
    aggregate.selector.filter = Some(filter);
    Expression::Aggregate(aggregate)
}

pub(crate) fn one_of(attribute: TextAttribute, names: &[&str]) -> Filter {
    Filter::OneOf { attribute, names: names.iter().map(|name| (*name).into()).collect() }
}

pub(crate) fn number(value: f64) -> Expression {
    Expression::Number { value, measures: Type::Count }
}

pub(crate) fn compare(left: Expression, comparison: Comparison, right: f64) -> Condition {
    Condition::Compare { left, comparison, right: number(right) }
}

pub(crate) fn value(expression: Expression) -> Definition {
    Definition { name: "value".into(), body: Body::Value(expression) }
}

pub(crate) fn truth(condition: Condition) -> Definition {
    Definition { name: "truth".into(), body: Body::Truth(condition) }
}

/// The value of one definition for a customer with these facts, put into the order in which they became known.
pub(crate) fn ask(definition: Definition, facts: &[Fact], as_of: i64) -> Value {
    let program = Program::compile(&[definition], &settings()).unwrap();
    let mut facts = facts.to_vec();
    facts.sort_by_key(Fact::known_at);
    let (mut found, mut state) = (Value::Missing, CustomerState::new(&program));
    snapshots(&program, &facts, &[at(as_of)], &mut state, |_, state| {
        found = program.value(0, state, &Surroundings::at(at(as_of)));
    });
    found
}

#[track_caller]
pub(crate) fn check(expression: Expression, facts: &[Fact], as_of: i64, expected: Option<f64>) {
    let expected = expected.map_or(Value::Missing, Value::Number);
    assert_eq!(ask(value(expression), facts, as_of), expected);
}

#[track_caller]
pub(crate) fn check_truth(condition: Condition, facts: &[Fact], as_of: i64, expected: bool) {
    assert_eq!(ask(truth(condition), facts, as_of), Value::Truth(expected));
}
