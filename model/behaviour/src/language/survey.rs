//! What an expression needs: which events, for how long, and what it costs to ask.

use tenure_core::Duration;

use crate::expression::{
    Aggregate, Body, Condition, Expression, Function, Prediction, REACH, RfmMeasure, Selector, Type, Window,
};

/// What an expression needs.
///
/// ```
/// use tenure_behaviour::language::{Effort, Keep, Scope, Survey, compile_expression};
/// let text = "count(order, 90d) >= 2 and max(order.amount, 30d) > 50 and clv(365d) > 300";
/// let survey = Survey::of([&compile_expression(text, &Scope::features())?]);
/// let [orders] = &survey.streams[..] else { panic!() };
/// assert_eq!(orders.keep, Keep::Events("90d".parse().unwrap()));
/// assert_eq!((survey.asks(Effort::Search), survey.asks(Effort::Scan)), (1, 1));
/// assert_eq!(survey.predictions.len(), 1);
/// # Ok::<(), tenure_behaviour::language::LanguageError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// The streams of events that are read, each once, in the order of the text.
    pub streams: Vec<Stream>,
    /// What models must say.
    pub predictions: Vec<Prediction>,
    /// Scores that need fitted quintiles.
    pub rfm: Vec<RfmMeasure>,
    /// Values that need fitted quantiles, in the language.
    pub percentiles: Vec<String>,
    /// Whether the answer depends on the date itself.
    pub calendar: bool,
}

/// Events of one kind and filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Which events.
    pub selector: Selector,
    /// What is asked of them, each once.
    pub asks: Vec<Ask>,
    /// How long they must be kept.
    pub keep: Keep,
}

/// Something asked of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// In the language.
    pub text: String,
    /// What the answer measures; none where it holds or does not.
    pub measures: Option<Type>,
    /// When the events occurred.
    pub window: Window,
    /// What it costs.
    pub effort: Effort,
}

/// How long the events of a stream must be kept one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// Running totals will do, with the events of the last [`REACH`] for what is retracted.
    Totals,
    /// Each event for so long.
    Events(Duration),
}

/// What it costs to ask once, of n events in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Always the same.
    Constant,
    /// O(log n): two searches.
    Search,
    /// O(n): every event in the window.
    Scan,
}

impl Survey {
    /// What some expressions need together; what two of them ask is counted once.
    #[must_use]
    pub fn of<'a>(bodies: impl IntoIterator<Item = &'a Body>) -> Self {
        let mut survey = Self::default();
        for body in bodies {
            match body {
                Body::Value(value) => survey.value(value),
                Body::Truth(condition) => survey.condition(condition),
            }
        }
        survey
    }

    /// How many questions cost so much.
    #[must_use]
    pub fn asks(&self, effort: Effort) -> usize {
        self.streams.iter().flat_map(|stream| &stream.asks).filter(|ask| ask.effort == effort).count()
    }

    /// The windows, each once, in the order of the text.
    #[must_use]
    pub fn windows(&self) -> Vec<Window> {
        let mut windows = Vec::new();
        for ask in self.streams.iter().flat_map(|stream| &stream.asks) {
            push(&mut windows, ask.window);
        }
        windows
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part));
            }
            Condition::Not(inner) => self.condition(inner),
            Condition::Compare { left, right, .. } => {
                self.value(left);
                self.value(right);
            }
            Condition::OneOf { value, .. } | Condition::Missing(value) => self.value(value),
            Condition::FollowedBy { first, then, .. } => {
                for selector in [first, then] {
                    let window = Window::Past { length: REACH, lag: Duration::ZERO };
                    let text = condition.to_string();
                    let ask = Ask { text, measures: None, window, effort: Effort::Search };
                    self.ask(selector, ask, Keep::Events(REACH));
                }
            }
        }
    }

    fn value(&mut self, value: &Expression) {
        match value {
            Expression::Number { .. } | Expression::Text(_) => {}
            Expression::Aggregate(aggregate) => {
                let effort = effort(aggregate.function, aggregate.window);
                let (text, measures) = (value.to_string(), Some(value.measures()));
                let ask = Ask { text, measures, window: aggregate.window, effort };
                self.ask(&aggregate.selector, ask, keep(aggregate));
            }
            Expression::Trend(aggregate) => {
                let effort = effort(aggregate.function, aggregate.window);
                let (text, measures) = (value.to_string(), Some(value.measures()));
                let ask = Ask { text, measures, window: aggregate.window, effort };
                let keep = match keep(aggregate) {
                    Keep::Totals => Keep::Totals,
                    Keep::Events(length) => Keep::Events(sum(length, length)),
                };
                self.ask(&aggregate.selector, ask, keep);
            }
            Expression::Arithmetic { left, right, .. } => {
                self.value(left);
                self.value(right);
            }
            Expression::Calendar(_) => self.calendar = true,
            Expression::Rfm(measure) => push(&mut self.rfm, *measure),
            Expression::Percentile(inner) => {
                push(&mut self.percentiles, inner.to_string());
                self.value(inner);
            }
            Expression::Prediction(prediction) => push(&mut self.predictions, *prediction),
        }
    }

    fn ask(&mut self, selector: &Selector, ask: Ask, keep: Keep) {
        match self.streams.iter_mut().find(|stream| stream.selector == *selector) {
            Some(stream) => {
                stream.keep = stream.keep.max(keep);
                push(&mut stream.asks, ask);
            }
            None => self.streams.push(Stream { selector: selector.clone(), asks: vec![ask], keep }),
        }
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}

fn sum(left: Duration, right: Duration) -> Duration {
    let microseconds = left.microseconds().saturating_add(right.microseconds());
    Duration::from_microseconds(microseconds).unwrap_or(left)
}

fn keep(aggregate: &Aggregate) -> Keep {
    match aggregate.window {
        Window::Always => Keep::Totals,
        Window::Past { length, lag } => Keep::Events(sum(length, lag)),
        Window::Next(horizon) => Keep::Events(horizon.length()),
    }
}

fn effort(function: Function, window: Window) -> Effort {
    if window == Window::Always {
        return Effort::Constant;
    }
    match function {
        Function::Count
        | Function::Sum
        | Function::Average
        | Function::First
        | Function::Last
        | Function::DaysSince
        | Function::DaysSinceFirst
        | Function::DaysToFirst => Effort::Search,
        Function::Min | Function::Max | Function::Distinct | Function::MeanGap | Function::GapDeviation => {
            Effort::Scan
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Scope, compile_expression};

    #[track_caller]
    fn survey(text: &str) -> Survey {
        Survey::of([&compile_expression(text, &Scope::labels()).unwrap()])
    }

    #[track_caller]
    fn check_keep(text: &str, expected: &[(&str, &str)]) {
        let kept = survey(text).streams.into_iter().map(|stream| {
            let keep = match stream.keep {
                Keep::Totals => "totals".to_owned(),
                Keep::Events(length) => length.to_string(),
            };
            (stream.selector.to_string(), keep)
        });
        let kept: Vec<_> = kept.collect();
        let expected: Vec<_> =
            expected.iter().map(|(stream, keep)| ((*stream).to_owned(), (*keep).to_owned())).collect();
        assert_eq!(kept, expected, "{text}");
    }

    #[test]
    fn events_are_kept_as_long_as_the_longest_window_sees_them() {
        check_keep("count(order) = 0", &[("order", "totals")]);
        check_keep(
            "sum(order.amount, 30d) + sum(order.amount, 90d ending 30d ago) > 5",
            &[("order", "120d")],
        );
        check_keep("trend(count(session), 30d) < 1", &[("session", "60d")]);
        check_keep("count(order, next 90d) = 0", &[("order", "90d")]);
        check_keep("count(order, 30d) > count(order)", &[("order", "30d")]);
        let followed = "followed_by(add_to_cart where amount > 5, order, 1d)";
        check_keep(followed, &[("add_to_cart where amount > 5", "400d"), ("order", "400d")]);
    }

    #[test]
    fn what_is_asked_twice_is_counted_once() {
        let survey = survey(
            "count(order, 90d) > 2 or count(order, 90d) = 0 or count(order) > 5 or max(order.amount, 90d) > 50",
        );
        assert_eq!(survey.windows().len(), 2);
        let asks = [Effort::Constant, Effort::Search, Effort::Scan].map(|effort| survey.asks(effort));
        assert_eq!(asks, [1, 1, 1]);
    }

    #[test]
    fn what_must_be_fitted_is_listed() {
        let survey =
            survey("percentile(clv(365d)) > 0.9 and rfm(recency) = 5 and p_alive > 0.5 and month() = 12");
        assert_eq!(survey.percentiles, ["clv(365d)"]);
        assert_eq!(survey.rfm, [RfmMeasure::Recency]);
        assert_eq!(survey.predictions.len(), 2);
        assert!(survey.calendar && survey.streams.is_empty());
    }
}
