//! Collecting what is wrong with a request: all of it, so that a client need not ask twice.

use std::fmt;

use super::status::shortened;
use crate::app::{AppError, Violation};

/// Where a field is, made into text only when something is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'a> {
    /// A field of the request itself.
    Root(&'static str),
    /// An entry of a repeated field of the request itself.
    Item(&'static str, usize),
    /// A field of a message.
    Of(&'a Field<'a>, &'static str),
    /// An entry of a repeated field of a message.
    ItemOf(&'a Field<'a>, &'static str, usize),
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Item(name, i) => write!(f, "{name}[{i}]"),
            Self::Of(message, name) => write!(f, "{message}.{name}"),
            Self::ItemOf(message, name, i) => write!(f, "{message}.{name}[{i}]"),
        }
    }
}

/// What was found wrong so far.
#[derive(Debug)]
pub(super) struct Violations {
    listed: Vec<Violation>,
    n_found: usize,
    max_listed: usize,
}

impl Violations {
    /// Nothing yet; lists the first `max_listed` and counts the rest.
    pub(super) const fn new(max_listed: usize) -> Self {
        Self { listed: Vec::new(), n_found: 0, max_listed }
    }

    /// Notes that something is wrong with a field.
    pub(super) fn add(&mut self, field: &Field<'_>, description: impl fmt::Display) {
        self.n_found += 1;
        if self.listed.len() < self.max_listed {
            let description = shortened(description.to_string());
            self.listed.push(Violation { field: field.to_string(), description });
        }
    }

    /// The value of a field, or `None` after noting why there is none.
    pub(super) fn keep<T, E: fmt::Display>(&mut self, field: &Field<'_>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, error)).ok()
    }

    /// As [`Self::keep`], for a field that may be absent.
    pub(super) fn keep_if_any<T, E: fmt::Display>(
        &mut self,
        field: &Field<'_>,
        result: Option<Result<T, E>>,
    ) -> Option<T> {
        result.and_then(|result| self.keep(field, result))
    }

    /// The value made of all fields, if nothing was wrong with any.
    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, AppError> {
        match value {
            Some(value) if self.n_found == 0 => Ok(value),
            _ => Err(AppError::Invalid { listed: self.listed, n_found: self.n_found }),
        }
    }
}
