//! What is true of the terms of any customer, whatever the conditions say: a shorter window holds no more, no time
//! since nothing, no average of nothing.
//!
//! Only what follows from the [rules of meaning](crate::expression) stands here. A fact that is left out makes a proof
//! fail with a witness that cannot exist; one that is wrong would make it lie. So where in doubt it is left out.

use tenure_core::{Duration, EventKind};

use crate::expression::{
    Aggregate, Arithmetic, Attribute, Comparison, Expression, Function, NumberAttribute, Prediction,
    Selector, TextAttribute, Window,
};

use super::cells::Mask;
use super::domain::{is_never_negative, is_some_of, span};
use super::terms::{Drafts, Known, Term, count_of};

/// Facts about terms by their index.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Of each list, one term at least has a value in its cells.
    pub clauses: Vec<Vec<(usize, Mask)>>,
    /// Where both are there, the first is not above the second.
    pub orders: Vec<(usize, usize)>,
}

/// Adds the terms and cuts that facts are about.
pub(super) fn prepare(drafts: &mut Drafts) {
    let mut index = 0;
    while let Some(draft) = drafts.0.get_mut(index) {
        index += 1;
        match draft.term.clone() {
            Term::Value(value) => {
                draft.cuts.extend(is_cut_at_zero(&value).then_some(0.0));
                help(drafts, &value);
            }
            Term::FollowedBy { first, then, .. } => {
                drafts.help(count_of(&first, Window::Always), 0.0);
                drafts.help(count_of(&then, Window::Always), 0.0);
            }
            Term::SameName(..) => {}
        }
    }
    let lengths: Vec<_> = drafts.0.iter().filter_map(|draft| count_since(&draft.term)).collect();
    for draft in &mut drafts.0 {
        let Some((selector, window)) = aggregate_of(&draft.term, Function::DaysSince) else { continue };
        let inside = lengths.iter().filter(|(counted, length)| {
            *counted == selector && is_some_of((counted, since(*length)), (&selector, window))
        });
        draft.cuts.extend(inside.map(|(_, length)| length.days()));
    }
}

fn is_cut_at_zero(value: &Expression) -> bool {
    match value {
        Expression::Aggregate(aggregate) => matches!(aggregate.function, Function::Sum | Function::Distinct),
        Expression::Trend(_) | Expression::Arithmetic { .. } => true,
        Expression::Number { .. }
        | Expression::Text(_)
        | Expression::Calendar(_)
        | Expression::Rfm(_)
        | Expression::Percentile(_)
        | Expression::Prediction(_) => false,
    }
}

fn help(drafts: &mut Drafts, value: &Expression) {
    match value {
        Expression::Aggregate(Aggregate { function, selector, window, .. }) => {
            drafts.help(count_of(selector, *window), 0.0);
            if let Some(too_few) = too_few(*function) {
                drafts.help(count_of(selector, *window), too_few);
            }
        }
        Expression::Trend(Aggregate { selector, window, .. }) => {
            drafts.help(count_of(selector, *window), 0.0);
            if let Some(before) = before(*window) {
                drafts.help(count_of(selector, before), 0.0);
            }
        }
        Expression::Arithmetic { left, right, .. } => {
            drafts.help((**left).clone(), 0.0);
            drafts.help((**right).clone(), 0.0);
        }
        Expression::Rfm(_) => drafts.help(count_of(&orders(), Window::Always), 0.0),
        Expression::Percentile(of) => drafts.help((**of).clone(), 0.0),
        Expression::Number { .. }
        | Expression::Text(_)
        | Expression::Calendar(_)
        | Expression::Prediction(_) => {}
    }
}

impl Facts {
    /// What is true of these terms.
    pub(super) fn of(terms: &[Known]) -> Self {
        let mut ledger = Ledger { terms, facts: Self::default() };
        for (index, known) in terms.iter().enumerate() {
            match &known.term {
                Term::Value(value) => ledger.value(index, value),
                Term::FollowedBy { first, then, .. } => {
                    // Whether an order that fell still follows is left open.
                    for selector in [first, then].into_iter().filter(|s| s.kind != Some(EventKind::Order)) {
                        ledger.implies((index, known.truth()), ledger.some(selector, Window::Always));
                    }
                }
                Term::SameName(..) => {}
            }
            for (other, second) in terms.iter().enumerate() {
                if index != other {
                    ledger.pair((index, known), (other, second));
                }
            }
        }
        ledger.facts
    }
}

/// A term and some of its cells.
type Literal = (usize, Mask);

struct Ledger<'a> {
    terms: &'a [Known],
    facts: Facts,
}

impl Ledger<'_> {
    fn implies(&mut self, (term, mask): Literal, then: Option<Literal>) {
        if let Some(then) = then {
            self.facts.clauses.push(vec![(term, self.terms[term].all() & !mask), then]);
        }
    }

    fn find(&self, value: &Expression) -> Option<usize> {
        self.terms.iter().position(|known| matches!(&known.term, Term::Value(one) if one == value))
    }

    fn missing(&self, term: usize) -> Literal {
        (term, self.terms[term].missing())
    }

    fn compared(&self, term: usize, comparison: Comparison, value: f64) -> Literal {
        (term, self.terms[term].compared(comparison, value))
    }

    fn none(&self, selector: &Selector, window: Window) -> Option<Literal> {
        Some(self.compared(self.find(&count_of(selector, window))?, Comparison::Equal, 0.0))
    }

    fn some(&self, selector: &Selector, window: Window) -> Option<Literal> {
        Some(self.compared(self.find(&count_of(selector, window))?, Comparison::Greater, 0.0))
    }

    fn value(&mut self, index: usize, value: &Expression) {
        match value {
            Expression::Aggregate(aggregate) => self.aggregate(index, aggregate),
            Expression::Trend(aggregate) => self.trend(index, aggregate),
            Expression::Arithmetic { operator, left, right } => {
                self.arithmetic(index, *operator, left, right);
            }
            Expression::Rfm(_) => {
                if let Some(none) = self.none(&orders(), Window::Always) {
                    self.implies(none, Some(self.missing(index)));
                }
            }
            Expression::Percentile(of) => {
                if let Some(of) = self.find(of) {
                    self.implies(self.missing(of), Some(self.missing(index)));
                }
            }
            Expression::Number { .. }
            | Expression::Text(_)
            | Expression::Calendar(_)
            | Expression::Prediction(_) => {}
        }
    }

    fn aggregate(&mut self, index: usize, aggregate: &Aggregate) {
        let Aggregate { function, selector, attribute, window } = aggregate;
        let (none, some) = (self.none(selector, *window), self.some(selector, *window));
        let (Some(none), Some(some)) = (none, some) else { return };
        let zero = self.compared(index, Comparison::Equal, 0.0);
        match function {
            Function::Count => {}
            Function::Distinct => {
                self.implies(none, Some(zero));
                if *attribute == Some(Attribute::Text(TextAttribute::Day)) {
                    self.implies(some, Some(self.compared(index, Comparison::Greater, 0.0)));
                }
                self.facts.orders.push((index, none.0));
            }
            // A refund that names no order lowers the sum of orders even where there is none.
            Function::Sum if is_net_of_orders(selector, *attribute) => {
                self.implies(none, Some(self.compared(index, Comparison::AtMost, 0.0)));
            }
            Function::Sum => self.implies(none, Some(zero)),
            Function::Average | Function::Min | Function::Max | Function::First | Function::Last => {
                self.implies(none, Some(self.missing(index)));
            }
            Function::DaysSince | Function::DaysSinceFirst | Function::DaysToFirst => {
                self.implies(none, Some(self.missing(index)));
                self.implies(self.missing(index), Some(none));
            }
            Function::MeanGap | Function::GapDeviation => {
                let few = self.compared(none.0, Comparison::AtMost, too_few(*function).unwrap_or(0.0));
                self.implies(few, Some(self.missing(index)));
            }
        }
    }

    fn trend(&mut self, index: usize, aggregate: &Aggregate) {
        if aggregate.function != Function::Count {
            return;
        }
        let Aggregate { selector, window, .. } = aggregate;
        let missing = self.missing(index);
        let or_missing = |(term, mask): Literal| Some((term, mask | missing.1));
        if let (Some(none), Some(some)) = (self.none(selector, *window), self.some(selector, *window)) {
            self.implies(none, or_missing(self.compared(index, Comparison::Equal, 0.0)));
            self.implies(some, or_missing(self.compared(index, Comparison::Greater, 0.0)));
        }
        if let Some(none_before) = before(*window).and_then(|before| self.none(selector, before)) {
            self.implies(none_before, Some(missing));
            self.implies(missing, Some(none_before));
        }
    }

    fn arithmetic(&mut self, index: usize, operator: Arithmetic, left: &Expression, right: &Expression) {
        let missing = self.missing(index);
        let divides = operator == Arithmetic::Divide;
        let mut is_missing = vec![(index, self.terms[index].all() & !missing.1)];
        for (side, is_divisor) in [(left, false), (right, divides)] {
            let Some(term) = self.find(side) else { continue };
            let mut cells = self.terms[term].missing();
            if is_divisor {
                cells |= self.terms[term].compared(Comparison::Equal, 0.0);
            }
            self.implies((term, cells), Some(missing));
            is_missing.push((term, cells));
        }
        self.facts.clauses.push(is_missing);
        if divides && let Some(part) = self.find(left) {
            let zero = self.compared(index, Comparison::Equal, 0.0);
            let above = self.compared(index, Comparison::Greater, 0.0);
            self.implies(self.compared(part, Comparison::Equal, 0.0), Some((index, zero.1 | missing.1)));
            if span(right).low >= 0.0 {
                let positive = self.compared(part, Comparison::Greater, 0.0);
                self.implies(positive, Some((index, above.1 | missing.1)));
            }
        }
    }

    /// What one term says about another; asked in both directions.
    fn pair(&mut self, (one, first): (usize, &Known), (other, second): (usize, &Known)) {
        let (Term::Value(left), Term::Value(right)) = (&first.term, &second.term) else {
            self.followed((one, first), (other, second));
            return;
        };
        match (left, right) {
            (Expression::Aggregate(left), Expression::Aggregate(right)) => {
                self.aggregates((one, left), (other, right));
            }
            (Expression::Rfm(_), Expression::Rfm(_)) => {
                self.implies(self.missing(one), Some(self.missing(other)));
            }
            (Expression::Prediction(left), Expression::Prediction(right)) => {
                use Prediction::{ChurnProbability, ExpectedOrders};
                match (left, right) {
                    (ChurnProbability(longer), ChurnProbability(shorter))
                    | (ExpectedOrders(shorter), ExpectedOrders(longer))
                        if shorter < longer =>
                    {
                        self.facts.orders.push((one, other));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn followed(&mut self, (one, first): (usize, &Known), (other, second): (usize, &Known)) {
        if let (
            Term::FollowedBy { first: from, then: to, within: soon },
            Term::FollowedBy { first, then, within },
        ) = (&first.term, &second.term)
            && (from, to) == (first, then)
            && soon < within
        {
            let (sooner, later) = (self.terms[one].truth(), self.terms[other].truth());
            self.implies((one, sooner), Some((other, later)));
        }
    }

    fn aggregates(&mut self, (one, left): (usize, &Aggregate), (other, right): (usize, &Aggregate)) {
        use Function::{Count, DaysSince, DaysSinceFirst};
        let part = (&left.selector, left.window);
        let whole = (&right.selector, right.window);
        if !is_some_of(part, whole) {
            return;
        }
        match (left.function, right.function) {
            (Count, Count) | (DaysSince | DaysSinceFirst, DaysSinceFirst) => {
                self.facts.orders.push((one, other));
            }
            (DaysSince | DaysSinceFirst, DaysSince) => {
                self.facts.orders.push((other, one));
            }
            (Count, DaysSince) if left.selector == right.selector => {
                let Window::Past { length, lag: Duration::ZERO } = left.window else { return };
                let (low, none) = (length.days(), self.compared(one, Comparison::Equal, 0.0));
                let lately = self.compared(other, Comparison::AtMost, low);
                self.implies(lately, Some(self.compared(one, Comparison::Greater, 0.0)));
                let earlier = (other, self.terms[other].all() & !lately.1);
                self.implies(none, Some(earlier));
                self.implies(earlier, Some(none));
            }
            _ => {}
        }
    }
}

/// How many events have no gaps, or none that deviate.
const fn too_few(function: Function) -> Option<f64> {
    if matches!(function, Function::MeanGap) {
        Some(1.0)
    } else if matches!(function, Function::GapDeviation) {
        Some(2.0)
    } else {
        None
    }
}

fn orders() -> Selector {
    Selector { kind: Some(EventKind::Order), filter: None }
}

/// The window of the same length before a window.
fn before(window: Window) -> Option<Window> {
    let Window::Past { length, lag } = window else { return None };
    let lag = Duration::from_microseconds(lag.microseconds().checked_add(length.microseconds())?).ok()?;
    Some(Window::Past { length, lag })
}

fn since(length: Duration) -> Window {
    Window::Past { length, lag: Duration::ZERO }
}

fn is_net_of_orders(selector: &Selector, attribute: Option<Attribute>) -> bool {
    attribute == Some(Attribute::Number(NumberAttribute::Amount))
        && selector.kind == Some(EventKind::Order)
        && !is_never_negative(selector, attribute)
}

/// Selector and window of a term that is this function of some events.
fn aggregate_of(term: &Term, function: Function) -> Option<(Selector, Window)> {
    let Term::Value(Expression::Aggregate(aggregate)) = term else { return None };
    (aggregate.function == function).then(|| (aggregate.selector.clone(), aggregate.window))
}

/// What a term counts, and since when, if it counts up to the as-of.
fn count_since(term: &Term) -> Option<(Selector, Duration)> {
    match aggregate_of(term, Function::Count)? {
        (selector, Window::Past { length, lag: Duration::ZERO }) => Some((selector, length)),
        _ => None,
    }
}
