//! What is wrong with a file of segments, and where.

use std::fmt;

use super::partition::{ProofError, Witness};
use super::segment::Maintenance;
use crate::language::{InvalidProxy, LanguageError};

/// Something wrong in a file of segments.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentError {
    /// Where it stands.
    pub spot: Spot,
    /// What it is.
    pub problem: SegmentProblem,
}

/// A place in the file, both numbers from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The character within it.
    pub column: usize,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentProblem {
    /// Not TOML, or a field that is unknown, missing or of the wrong type.
    #[error("{message}")]
    Toml {
        /// What the reader says.
        message: Box<str>,
    },
    /// A format of a later release.
    #[error("format {got} is not known here: this release reads format 1")]
    Format {
        /// The format found.
        got: u32,
    },
    /// A proxy that names no attribute.
    #[error(transparent)]
    Proxy(#[from] InvalidProxy),
    /// An id or name that could not stand in a program.
    #[error("\"{name}\" is no name: use lower-case letters, digits and _, a letter first, {max} at most")]
    Name {
        /// The name.
        name: Box<str>,
        /// Most letters.
        max: usize,
    },
    /// An id that stands for two things.
    #[error("\"{id}\" is defined twice: every segment, label and definition needs a name of its own")]
    Twice {
        /// The id.
        id: Box<str>,
    },
    /// A `$name` that is neither setting nor definition.
    #[error("\"${name}\" is neither a setting nor a definition{}", meant(.nearest.as_deref()))]
    UnknownSetting {
        /// The name, without the `$`.
        name: Box<str>,
        /// The nearest name that exists.
        nearest: Option<Box<str>>,
    },
    /// A definition that needs itself.
    #[error("${name} is defined by itself: write out what it means")]
    Circular {
        /// The name.
        name: Box<str>,
    },
    /// A definition that is too long with what it names put in.
    #[error("with what it names put in this has more than {max} bytes: simplify it")]
    TooLong {
        /// The most allowed.
        max: usize,
    },
    /// Definitions that name definitions that name definitions.
    #[error("definitions name each other more than {max} levels deep: write out some of them")]
    TooDeep {
        /// The deepest allowed.
        max: usize,
    },
    /// A file longer than any book should be.
    #[error("the file has {bytes} bytes, {max} are the most: split it")]
    FileTooLong {
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        max: usize,
    },
    /// A value that does not fit its unit.
    #[error("{value} is not {unit}")]
    SettingValue {
        /// The value.
        value: Box<str>,
        /// What it should be, in words.
        unit: &'static str,
    },
    /// A text that the language refuses.
    #[error("{id}: {error}")]
    Language {
        /// The segment, label, definition or parameter.
        id: Box<str>,
        /// Why.
        error: LanguageError,
    },
    /// A label of a family that is not declared.
    #[error("there is no family \"{name}\"{}", meant_or_declare(name, .nearest.as_deref()))]
    UnknownFamily {
        /// The family.
        name: Box<str>,
        /// The nearest one.
        nearest: Option<Box<str>>,
    },
    /// A label without a family, or a primary segment with one.
    #[error("{id}: {what}")]
    Family {
        /// The segment or label.
        id: Box<str>,
        /// What to do.
        what: &'static str,
    },
    /// A class that does not fit what the definition looks at.
    #[error("{id} is called {got}, but {because}: call it {fitting}", got = .got.as_str(), fitting = .fitting.as_str())]
    Maintenance {
        /// The segment or label.
        id: Box<str>,
        /// The class given.
        got: Maintenance,
        /// The class that fits.
        fitting: Maintenance,
        /// Why.
        because: &'static str,
    },
    /// A customer of whom no segment is true.
    #[error("{among} leave a gap: nobody takes {}", customer(.witness))]
    Gap {
        /// Among which: `the primary segments`, or a family.
        among: Box<str>,
        /// The customer.
        witness: Witness,
    },
    /// A customer of whom two are true.
    #[error("{first} and {second} overlap: both take {}{}", customer(.witness), nested(*.is_contained))]
    Overlap {
        /// The one that comes first in the file.
        first: Box<str>,
        /// The other.
        second: Box<str>,
        /// The customer.
        witness: Witness,
        /// Whether everybody in one of them is in the other.
        is_contained: bool,
    },
    /// A segment that nobody can ever be in.
    #[error("nobody can ever be in {id}: {}", why_dead(.covered_by))]
    Dead {
        /// The segment or label.
        id: Box<str>,
        /// Those above that overlap it, where the first match counts.
        covered_by: Vec<Box<str>>,
    },
    /// The proof was given up.
    #[error("{among}: {error}")]
    NotProven {
        /// Among which: `the primary segments`, or a family.
        among: Box<str>,
        /// Why.
        error: ProofError,
    },
    /// An action that could not be worked out for every customer.
    #[error("{id}: {problem}")]
    Action {
        /// The segment or label, and the parameter.
        id: Box<str>,
        /// What to do about it.
        problem: Box<str>,
    },
}

/// Something to think about that keeps nobody from using the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentWarning {
    /// More primary segments than a team can act on.
    #[error("{count} primary segments: with more than {most} nobody acts on each; make some of them labels")]
    TooManyPrimary {
        /// How many there are.
        count: usize,
        /// The most that is wise.
        most: usize,
    },
    /// A setting that no definition uses.
    #[error("the setting {name} is not used")]
    UnusedSetting {
        /// Its name.
        name: Box<str>,
    },
    /// A definition that no segment uses.
    #[error("the definition {name} is not used")]
    UnusedDefinition {
        /// Its name.
        name: Box<str>,
    },
    /// A primary segment without anything to do about it.
    #[error("{id} has no action: a segment that nobody acts on costs attention")]
    NoAction {
        /// The segment.
        id: Box<str>,
    },
}

impl Spot {
    /// The place of a byte of the text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self { line: 1 + before.matches('\n').count(), column: 1 + before[line_start..].chars().count() }
    }
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.spot.line, self.spot.column, self.problem)
    }
}

impl std::error::Error for SegmentError {}

fn meant_or_declare(name: &str, nearest: Option<&str>) -> String {
    nearest.map_or_else(|| format!(": declare [family.{name}]"), |name| meant(Some(name)))
}

fn nested(is_contained: bool) -> &'static str {
    if is_contained { "; one lies wholly within the other" } else { "" }
}

fn why_dead(covered_by: &[Box<str>]) -> String {
    if covered_by.is_empty() {
        "its definition contradicts itself".to_owned()
    } else {
        format!("{} above cover it", covered_by.join(", "))
    }
}

fn customer(witness: &Witness) -> String {
    if witness.values.is_empty() { witness.to_string() } else { format!("the customer with {witness}") }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"))
}
