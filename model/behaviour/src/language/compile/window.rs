//! Windows and lengths of time.

use std::ops::Range;

use tenure_core::{Duration, Horizon};

use crate::expression::Window;
use crate::language::LONGEST_WINDOW;
use crate::language::error::Problem;
use crate::language::syntax::{Argument, ArgumentKind, Node};

use super::quantity::{Amount, Quantity};
use super::{Compiled, Compiler};

impl Compiler<'_> {
    /// A window, if the argument is one.
    pub(super) fn window(&self, argument: &Argument) -> Option<Compiled<Window>> {
        match &argument.kind {
            ArgumentKind::Next(length) => Some(self.next(length, &argument.span)),
            ArgumentKind::Lagged { length, lag } => Some(self.lagged(length, lag, &argument.span)),
            ArgumentKind::Selected { what, filter: None } if what.as_quantity().is_some() => {
                Some(length(what).map(|length| Window::Past { length, lag: Duration::ZERO }))
            }
            ArgumentKind::Selected { .. } => None,
        }
    }

    fn next(&self, node: &Node, span: &Range<usize>) -> Compiled<Window> {
        if !self.scope.next_windows {
            return Err((Problem::NextNotAllowed, span.clone()));
        }
        Ok(Window::Next(horizon(node)?))
    }

    fn lagged(&self, node: &Node, lag: &Node, span: &Range<usize>) -> Compiled<Window> {
        let (length, lag) = (length(node)?, length(lag)?);
        let both = length.microseconds().saturating_add(lag.microseconds());
        if both > LONGEST_WINDOW.microseconds() {
            let found = format!("{length} and {lag} together").into();
            return Err((Problem::WindowTooLong { found, max: longest() }, span.clone()));
        }
        Ok(Window::Past { length, lag })
    }
}

fn longest() -> Box<str> {
    format!("ten years ({LONGEST_WINDOW})").into()
}

/// How far ahead.
pub(super) fn horizon(node: &Node) -> Compiled<Horizon> {
    Horizon::new(length(node)?).map_err(|_| (Problem::EmptyWindow, node.span.clone()))
}

/// A length of time, longer than zero and no longer than ten years.
pub(super) fn length(node: &Node) -> Compiled<Duration> {
    let at = |problem| (problem, node.span.clone());
    let needed = "a length of time such as 90d";
    let Some(written) = node.as_quantity() else {
        return Err(at(Problem::Unexpected { expected: needed.into(), found: "something else".into() }));
    };
    let quantity = Quantity::parse(written).map_err(at)?;
    let Amount::Length { microseconds } = quantity.amount else {
        let write = if let Amount::Number(number) = quantity.amount
            && number.fract() == 0.0
            && number > 0.0
        {
            format!("{number}d if days are meant")
        } else {
            needed.to_owned()
        };
        let hint =
            format!("{written} is {}, but a window is a length of time: write {write}", quantity.what());
        return Err(at(Problem::WrongFilter { hint: hint.into() }));
    };
    match Duration::from_microseconds(microseconds) {
        Ok(length) if length > LONGEST_WINDOW => {
            Err(at(Problem::WindowTooLong { found: written.into(), max: longest() }))
        }
        Ok(length) if length > Duration::ZERO => Ok(length),
        _ => Err(at(Problem::EmptyWindow)),
    }
}
