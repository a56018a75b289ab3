//! Why a text was refused, and where.

use std::fmt;
use std::ops::Range;

use crate::expression::Type;

use super::{Place, names};

/// What is wrong with a text of the language, and where.
///
/// Printed, it shows the line and the spot:
///
/// ```
/// use tenure_behaviour::language::{Scope, compile_condition};
/// let error = compile_condition("count(oder, 90d) >= 2", &Scope::features()).unwrap_err();
/// assert_eq!(error.to_string(), "\
/// \"oder\" looks like the kind \"order\" misspelt: write \"order\", or declare \"oder\" as a kind of your own
///   --> line 1, column 7
///   |
/// 1 | count(oder, 90d) >= 2
///   |       ^^^^");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LanguageError {
    /// What is wrong.
    pub problem: Box<Problem>,
    /// Where.
    pub place: Box<Place>,
}

impl LanguageError {
    pub(super) fn new(problem: Problem, text: &str, span: Range<usize>) -> Self {
        Self { problem: Box::new(problem), place: Box::new(Place::in_text(text, span)) }
    }
}

impl fmt::Display for LanguageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.problem, self.place)
    }
}

impl std::error::Error for LanguageError {}

/// What is wrong with a text of the language.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    // --- Letters and signs.
    /// Nothing was written.
    #[error(
        "there is nothing here: write a value such as count(order, 90d), or a condition such as count(order, 90d) >= 2"
    )]
    Empty,
    /// A text longer than any text should be.
    #[error("the text has {bytes} bytes, {max} are the most: split it into several definitions")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        max: usize,
    },
    /// A name, number or quoted text longer than any should be.
    #[error("this is one word of {bytes} bytes, {max} are the most")]
    WordTooLong {
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        max: usize,
    },
    /// Too much inside one another, in the text or with the definitions that it uses.
    #[error(
        "this is nested deeper than {max} levels: name a part of it in a definition of its own, and simplify"
    )]
    TooDeep {
        /// The deepest allowed.
        max: usize,
    },
    /// Too many parts, with the definitions that it uses written out.
    #[error("with its definitions written out this has more than {max} parts: simplify it")]
    TooManyParts {
        /// The most allowed.
        max: usize,
    },
    /// A file with more definitions than a file should have.
    #[error("the file has more than {max} definitions: split it")]
    TooManyDefinitions {
        /// The most allowed.
        max: usize,
    },
    /// A character of a Chinese keyboard, or a printer's one, where a plain one is needed.
    #[error("{found} is not understood outside of quoted text: write {write}")]
    FullWidth {
        /// The character.
        found: char,
        /// The one to write.
        write: &'static str,
    },
    /// A character without meaning.
    #[error("the character {found:?} has no meaning here: remove it")]
    StrayCharacter {
        /// The character.
        found: char,
    },
    /// A quotation mark without its partner on the same line.
    #[error(
        "the text that begins here does not end on its line: close it with ', and double a ' inside as in 'L''Oréal'"
    )]
    UnclosedText,
    /// A parenthesis without its partner.
    #[error("the parenthesis that opens here is never closed: write the missing )")]
    UnclosedParenthesis,
    /// A parenthesis without its partner.
    #[error("this parenthesis closes nothing: remove it, or write the missing ( before")]
    UnopenedParenthesis,
    /// Something that other languages write so.
    #[error("{found} is not how this is written: write {write}")]
    Instead {
        /// What was written.
        found: Box<str>,
        /// What to write.
        write: Box<str>,
    },
    /// Something else was expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What could have stood here.
        expected: Box<str>,
        /// What does.
        found: Box<str>,
    },

    // --- Numbers, lengths of time, quoted text.
    /// A number followed by something that is no unit.
    #[error(
        "\"{found}\" is no number: a number is written 50 or 0.5, a share 10%, a length of time 45s, 30m (minutes), 24h, 90d or 2w"
    )]
    BadQuantity {
        /// What was written.
        found: Box<str>,
    },
    /// Months and years have no fixed length.
    #[error("\"{found}\" has no fixed length: write {write}")]
    NoFixedLength {
        /// What was written.
        found: Box<str>,
        /// What to write.
        write: Box<str>,
    },
    /// A length of time that is not whole.
    #[error("\"{found}\" is not whole: write {write}")]
    FractionOfUnit {
        /// What was written.
        found: Box<str>,
        /// What to write.
        write: Box<str>,
    },
    /// Text without a letter.
    #[error("'' is no name: for events or customers without the name write missing(…)")]
    EmptyText,
    /// A window of no length.
    #[error("a length of time must be longer than zero")]
    EmptyWindow,
    /// A window longer than anybody's history.
    #[error(
        "the longest window is {max}, and this is {found}: without a window everything before the as-of counts"
    )]
    WindowTooLong {
        /// What was asked for.
        found: Box<str>,
        /// The longest allowed.
        max: Box<str>,
    },

    // --- Names.
    /// A kind of event that is neither known nor declared.
    #[error("no kind of event is called \"{name}\"{}", unknown_kind(nearest.as_deref()))]
    UnknownKind {
        /// What was written.
        name: Box<str>,
        /// What was probably meant.
        nearest: Option<Box<str>>,
    },
    /// A kind that differs by a slip of the hand from a known one.
    #[error(
        "\"{name}\" looks like the kind \"{known}\" misspelt: write \"{known}\", or declare \"{name}\" as a kind of your own"
    )]
    MisspeltKind {
        /// What was written.
        name: Box<str>,
        /// The known kind.
        known: Box<str>,
    },
    /// An attribute that events do not have.
    #[error("events have no attribute \"{name}\"{}", meant_or(nearest.as_deref(), "possible are", possible))]
    UnknownAttribute {
        /// What was written.
        name: Box<str>,
        /// What was probably meant.
        nearest: Option<Box<str>>,
        /// What there is.
        possible: Box<str>,
    },
    /// A function that does not exist.
    #[error("there is no function \"{name}\"{}", meant_function(nearest.as_deref()))]
    UnknownFunction {
        /// What was written.
        name: Box<str>,
        /// What was probably meant, with its arguments.
        nearest: Option<Box<str>>,
    },
    /// A name that stands for nothing.
    #[error("\"{name}\" stands for nothing here{}", meant_or(nearest.as_deref(), "alone may stand definitions above and", possible))]
    UnknownName {
        /// What was written.
        name: Box<str>,
        /// What was probably meant.
        nearest: Option<Box<str>>,
        /// What may stand alone.
        possible: Box<str>,
    },
    /// A kind, attribute or function that needs something around it.
    #[error("\"{name}\" is {what}: write {write}")]
    NotAlone {
        /// What was written.
        name: Box<str>,
        /// What it is.
        what: &'static str,
        /// How it is used.
        write: Box<str>,
    },

    // --- What fits what.
    /// Something that holds or does not, where a number or name is needed.
    #[error("this holds or does not, but {needed} is needed here")]
    ConditionNotValue {
        /// What is needed.
        needed: &'static str,
    },
    /// A value where something that holds or does not is needed.
    #[error("this is {}, but something that holds or does not is needed here: compare it, as in {example}", describe(*measures))]
    ValueNotCondition {
        /// What it measures.
        measures: Type,
        /// A comparison that would do.
        example: Box<str>,
    },
    /// Two values that cannot be compared.
    #[error("{} cannot be compared with {}", describe(*left), describe(*right))]
    CannotCompare {
        /// The first.
        left: Type,
        /// The second.
        right: Type,
    },
    /// Two values that cannot be combined.
    #[error("{} cannot be {done} {}{hint}", describe(*left), describe(*right))]
    CannotCombine {
        /// The first.
        left: Type,
        /// The second.
        right: Type,
        /// "added to", "divided by"...
        done: &'static str,
        /// What to do, if anything helps.
        hint: &'static str,
    },
    /// A threshold of another kind than what it is compared with.
    #[error("{found} is {what}, but the other side is {}: write {write}", describe(*measures))]
    WrongThreshold {
        /// What was written.
        found: Box<str>,
        /// What that is.
        what: &'static str,
        /// What the other side measures.
        measures: Type,
        /// What to write.
        write: Box<str>,
    },
    /// A number outside of what the other side can be.
    #[error("{found} is out of range: {what} is {range}{hint}")]
    OutOfRange {
        /// What was written.
        found: Box<str>,
        /// What is limited.
        what: &'static str,
        /// Its range.
        range: Box<str>,
        /// What was probably meant.
        hint: Box<str>,
    },
    /// Names have no order.
    #[error("names have no order: compare them with =, != or in (…)")]
    NamesHaveNoOrder,
    /// Names cannot be added.
    #[error("names cannot be calculated with")]
    NamesAreNotNumbers,
    /// A division by nothing.
    #[error("a division by zero has no result")]
    DivisionByZero,
    /// Two constants.
    #[error("both sides are constants: {hint}")]
    OnlyConstants {
        /// What to do.
        hint: Box<str>,
    },
    /// A definition that is a constant.
    #[error("this says nothing about a customer: write the constant where it is needed")]
    ConstantDefinition,
    /// `60 < x < 90`.
    #[error("only two values are compared at a time: write {write}")]
    ChainedComparison {
        /// What to write.
        write: Box<str>,
    },
    /// `between 90 and 60`.
    #[error("nothing is between {low} and {high}: write the smaller one first")]
    EmptyRange {
        /// The lower end.
        low: Box<str>,
        /// The upper end.
        high: Box<str>,
    },
    /// A function used in another way than it is made for.
    #[error("{function} is written {usage}")]
    WrongArguments {
        /// The function.
        function: Box<str>,
        /// How it is written.
        usage: Box<str>,
    },
    /// A function that needs an attribute.
    #[error("{function} needs an attribute, as in {example}; possible are {possible}")]
    NeedsAttribute {
        /// The function.
        function: Box<str>,
        /// How it would be written.
        example: Box<str>,
        /// Attributes that it takes.
        possible: Box<str>,
    },
    /// A function that takes other attributes.
    #[error("{function} does not take {attribute}: {possible}")]
    WrongAttribute {
        /// The function.
        function: Box<str>,
        /// The attribute.
        attribute: Box<str>,
        /// What it takes.
        possible: Box<str>,
    },
    /// The future, where only the past may be used.
    #[error("a window that looks ahead is for labels only: what is asked of a customer today cannot know it")]
    NextNotAllowed,
    /// The future, where it makes no sense.
    #[error("{function} looks back: it has no window that looks ahead")]
    NextMakesNoSense {
        /// The function.
        function: Box<str>,
    },
    /// A condition on single events where none belongs, or the other way round.
    #[error("{hint}")]
    WrongFilter {
        /// What to do.
        hint: Box<str>,
    },

    // --- What may not be used.
    /// Something about race, religion, health and the like.
    #[error("\"{found}\" speaks of {about}: segments and features must not use it, not even indirectly")]
    Sensitive {
        /// What was written.
        found: Box<str>,
        /// The sensitive attribute.
        about: Box<str>,
    },
    /// Something that the shop declared to stand in for a sensitive attribute.
    #[error("\"{found}\" was declared a proxy of a sensitive attribute: it must not be used")]
    DeclaredProxy {
        /// What was written.
        found: Box<str>,
    },

    // --- Files of definitions.
    /// A line that should begin a definition and does not.
    #[error(
        "a line without indentation begins a definition, name = …: indent the line if it belongs to the definition above"
    )]
    NotADefinition,
    /// A line that is indented and follows no definition.
    #[error("an indented line continues a definition, and there is none above it: begin with name = …")]
    NothingToContinue,
    /// A name that is no name.
    #[error(
        "\"{name}\" is no name for a definition: use up to 64 lower-case letters, digits and underscores, beginning with \
         a letter{}",
        tried.as_deref().map(|tried| format!(", as in {tried}")).unwrap_or_default()
    )]
    InvalidName {
        /// What was written.
        name: Box<str>,
        /// What could be written.
        tried: Option<Box<str>>,
    },
    /// A name that means something already.
    #[error("\"{name}\" means something already, {what}: choose another name")]
    NameTaken {
        /// The name.
        name: Box<str>,
        /// What it means.
        what: &'static str,
    },
    /// Two definitions of one name.
    #[error("\"{name}\" was defined on line {line} already: choose another name, or remove one of the two")]
    DefinedTwice {
        /// The name.
        name: Box<str>,
        /// Where it was defined first.
        line: usize,
    },
    /// A definition that uses a later one.
    #[error("\"{name}\" is defined further down, on line {line}: move that definition above this one")]
    DefinedLater {
        /// The name.
        name: Box<str>,
        /// Where it is defined.
        line: usize,
    },
    /// Definitions that use each other.
    #[error("this definition needs itself: {path}")]
    Circular {
        /// The names on the way round.
        path: Box<str>,
    },
}

fn meant(nearest: &str) -> String {
    format!(", did you mean \"{nearest}\"?")
}

fn meant_or(nearest: Option<&str>, list: &str, possible: &str) -> String {
    nearest.map_or_else(|| format!("; {list} {possible}"), meant)
}

fn meant_function(nearest: Option<&str>) -> String {
    let usage = |usage: &str| format!(", did you mean {usage}?");
    nearest.map_or_else(|| format!("; there are {}", names::every_function().join(", ")), usage)
}

fn unknown_kind(nearest: Option<&str>) -> String {
    let known = || names::every_kind().join(", ");
    nearest.map_or_else(
        || format!(": declare it as a kind of your own, in lower-case letters, or use one of {}", known()),
        meant,
    )
}

/// A type in words: "a count", "money".
#[must_use]
pub const fn describe(measures: Type) -> &'static str {
    match measures {
        Type::Count => "a count",
        Type::Money => "money",
        Type::Days => "a time in days",
        Type::Duration => "a length of time",
        Type::Share => "a share",
        Type::Score => "a score",
        Type::Text => "a name",
    }
}
