//! What churn is, in the behaviour language.

use std::fmt;

use tenure_behaviour::expression::{
    Aggregate, Body, Comparison, Condition, Definition, Expression, Function, Selector, Window,
};
use tenure_behaviour::fold::{CustomerState, FoldError, Program, Settings, Surroundings};
use tenure_behaviour::language::{LanguageError, Scope, Survey, compile_condition, reading, reading_zh};
use tenure_core::{AsOf, EventKind, Horizon};

/// A definition of churn: a condition over a window ahead, true of those who churned.
///
/// ```
/// use tenure_bundle::ChurnDefinition;
/// let fewer = ChurnDefinition::parse("count(order where amount >= 50, next 60d)<2", &[])?;
/// assert_eq!(fewer.to_string(), "count(order where amount >= 50, next 60d) < 2");
/// assert_eq!(fewer.window().to_string(), "60d");
/// assert!(!fewer.is_no_order());
/// assert!(ChurnDefinition::parse("count(order, next 90d) = 0", &[])?.is_no_order());
/// # Ok::<(), tenure_bundle::InvalidChurn>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ChurnDefinition {
    condition: Condition,
    window: Horizon,
}

/// Why a text is no definition of churn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidChurn {
    /// The text is not in the behaviour language, or no condition.
    #[error("{0}")]
    Language(LanguageError),
    /// Nothing in it looks ahead.
    #[error(
        "{text} looks at the past alone, and churn is what happens next: give a window ahead, as in \
         count(order, next 90d) = 0"
    )]
    LooksBack {
        /// The definition.
        text: String,
    },
    /// It depends on more than what the customer does.
    #[error(
        "{text} reads {what}, which is not what a customer does: leave that out, and compare counts, sums or times \
         with numbers"
    )]
    NotBehaviour {
        /// The definition.
        text: String,
        /// What it reads.
        what: &'static str,
    },
    /// It cannot be evaluated.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

impl ChurnDefinition {
    /// Compiles a definition, which may use `known` ones by name.
    ///
    /// # Errors
    /// When the text is no condition of the language, nothing in it looks ahead, or it reads predictions or what the
    /// other customers do.
    pub fn parse(text: &str, known: &[Definition]) -> Result<Self, InvalidChurn> {
        let scope = Scope { definitions: known.to_vec(), ..Scope::labels() };
        let condition = compile_condition(text.trim(), &scope).map_err(InvalidChurn::Language)?;
        let survey = Survey::of([&Body::Truth(condition.clone())]);
        let text = condition.to_string();
        let what = if survey.predictions.is_empty() {
            let of_others = !survey.percentiles.is_empty() || !survey.rfm.is_empty();
            of_others.then_some("where the customer stands among the others")
        } else {
            Some("what a model says")
        };
        if let Some(what) = what {
            return Err(InvalidChurn::NotBehaviour { text, what });
        }
        let ahead = |window: Window| match window {
            Window::Next(horizon) => Some(horizon),
            Window::Always | Window::Past { .. } => None,
        };
        let longest = survey.windows().into_iter().filter_map(ahead).max();
        let window = longest.ok_or(InvalidChurn::LooksBack { text })?;
        Ok(Self { condition, window })
    }

    /// The longest window ahead: so long after a date it is known whether the definition held.
    #[must_use]
    pub const fn window(&self) -> Horizon {
        self.window
    }

    /// Whether it says no more than that no order comes within the window: what churn is where nothing is said.
    #[must_use]
    pub fn is_no_order(&self) -> bool {
        let Condition::Compare { left: Expression::Aggregate(of), comparison, right } = &self.condition
        else {
            return false;
        };
        let Aggregate { function, selector: Selector { kind, filter }, window, .. } = of;
        let counts_orders = *function == Function::Count
            && *kind == Some(EventKind::Order)
            && filter.is_none()
            && matches!(window, Window::Next(_));
        let Expression::Number { value, .. } = right else { return false };
        let none = match comparison {
            Comparison::Equal | Comparison::AtMost => *value == 0.0,
            Comparison::Less => *value == 1.0,
            Comparison::NotEqual | Comparison::Greater | Comparison::AtLeast => false,
        };
        counts_orders && none
    }

    /// The kinds of events that it names, each once; any kind (`event`) names none.
    #[must_use]
    pub fn kinds(&self) -> Vec<EventKind> {
        let mut kinds: Vec<EventKind> = Vec::new();
        for stream in Survey::of([&self.body()]).streams {
            if let Some(kind) = stream.selector.kind
                && !kinds.contains(&kind)
            {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// Whether orders and refunds are all that it speaks of.
    #[must_use]
    pub fn reads_only_orders(&self) -> bool {
        let streams = Survey::of([&self.body()]).streams;
        let of_orders = |kind: &EventKind| matches!(kind, EventKind::Order | EventKind::Refund);
        streams.iter().all(|stream| stream.selector.kind.as_ref().is_some_and(of_orders))
    }

    /// What tells of a customer's facts whether the definition held; see [`Self::holds`].
    ///
    /// # Errors
    /// When it cannot be evaluated, as a trend of what is still to come.
    pub fn program(&self, settings: &Settings) -> Result<Program, FoldError> {
        let definition = Definition { name: "churn".into(), body: self.body() };
        Program::compile_labels(&[definition], settings)
    }

    /// Whether it held at `as_of` of a customer whose `state`, made for [`Self::program`], knows what came after.
    #[must_use]
    pub fn holds(program: &Program, state: &CustomerState, as_of: AsOf) -> bool {
        program.holds(0, state, &Surroundings::at(as_of))
    }

    /// What it says, in English.
    #[must_use]
    pub fn reading(&self) -> String {
        reading(&self.body())
    }

    /// What it says, in Chinese.
    #[must_use]
    pub fn reading_zh(&self) -> String {
        reading_zh(&self.body())
    }

    fn body(&self) -> Body {
        Body::Truth(self.condition.clone())
    }
}

impl fmt::Display for ChurnDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        ChurnDefinition::parse(text, &[]).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_churn_is_refused_with_what_to_do() {
        assert!(refused("count(order, 90d) = 0").contains("give a window ahead"));
        assert!(refused("count(order, next 90d)").contains("count(order, next 90d) >= 2"));
        assert!(refused("count(order, next 90d) = 0 and rfm(recency) <= 2").contains("among the others"));
        assert!(refused("count(order, next 90d) = 0 or p_alive < 0.1").contains("what a model says"));
        assert!(refused("count(order next 90d) = 0").contains('^'), "the spot is shown");
    }

    #[test]
    fn only_no_order_at_all_is_the_usual_meaning() {
        let usual = |text: &str| ChurnDefinition::parse(text, &[]).unwrap().is_no_order();
        for text in ["count(order, next 90d) = 0", "count(order, next 30d) < 1", "count(order,next 7d) <= 0"]
        {
            assert!(usual(text), "{text}");
        }
        for text in [
            "count(order, next 90d) < 2",
            "count(order where amount > 5, next 90d) = 0",
            "count(session, next 90d) = 0",
            "count(order, next 90d) = 0 and count(order) > 3",
            "sum(order.amount, next 90d) = 0",
        ] {
            assert!(!usual(text), "{text}");
        }
    }

    #[test]
    fn the_longest_window_and_all_kinds_are_found() {
        let text =
            "count(order, next 30d) = 0 and count(session, next 60d) < 3 and count(email_click, 90d) > 0";
        let found = ChurnDefinition::parse(text, &[]).unwrap();
        assert_eq!(found.window().to_string(), "60d");
        let kinds: Vec<_> = found.kinds().iter().map(|kind| kind.as_str().to_owned()).collect();
        assert_eq!(kinds, ["order", "session", "email_click"]);
        assert!(!found.reads_only_orders());
        assert!(ChurnDefinition::parse("sum(refund.amount, next 30d) > 5", &[]).unwrap().reads_only_orders());
        assert!(!ChurnDefinition::parse("count(event, next 30d) = 0", &[]).unwrap().reads_only_orders());
    }

    #[test]
    fn definitions_of_a_file_may_be_used_by_name() {
        let known = tenure_behaviour::language::compile_definitions(
            "regular = count(order) >= 3\n",
            &Scope::features(),
        );
        let found =
            ChurnDefinition::parse("regular and count(order, next 60d) < 2", &known.unwrap()).unwrap();
        assert_eq!(found.to_string(), "count(order) >= 3 and count(order, next 60d) < 2");
    }
}
