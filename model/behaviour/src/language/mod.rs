//! The behaviour language: from text to checked [expressions](crate::expression).
//!
//! (behaviour) + (threshold) + (time window), as a marketer would say it:
//!
//! ```
//! use tenure_behaviour::language::{Scope, compile_condition};
//! let loyal = compile_condition("count(order, 90d)>=2 and country='DE'", &Scope::features())?;
//! assert_eq!(loyal.to_string(), "count(order, 90d) >= 2 and country = 'DE'");
//! # Ok::<(), tenure_behaviour::language::LanguageError>(())
//! ```
//!
//! The syntax is the grammar file, `behaviour.pest`, which is its own documentation. On the way to a typed tree
//! a text passes `scan` (what no text may have, and bounds on its size), the grammar, and `compile` (names, types,
//! units, and what must not be spoken of). Each knows where in the text it is, so that every
//! [error](LanguageError) shows the spot. Printing a tree gives its canonical text back.
//!
//! # What thresholds look like
//!
//! | of | threshold |
//! |---|---|
//! | counts, scores | whole numbers |
//! | money | numbers, in the reporting currency |
//! | days since, gaps | numbers of days, or lengths of time such as `36h` |
//! | lengths of time | `45s`, `30m` (minutes), `24h`, `90d`, `2w`; never without the unit |
//! | shares | `0.1` or `10%` |
//! | names | `'amazon'`, with `=`, `!=` and `in` |

mod compile;
mod definitions;
mod error;
mod expected;
mod measure;
mod names;
mod parse;
mod place;
mod print;
mod reading;
mod reading_zh;
mod scan;
mod scope;
mod suggest;
mod survey;
mod syntax;

pub use compile::{SENSITIVE_WORDS, sensitive_subject};
pub use error::{LanguageError, Problem, describe};
pub use place::Place;
pub use reading::reading;
pub use reading_zh::reading_zh;
pub use scope::{InvalidProxy, Proxy, Scope};
pub use survey::{Ask, Effort, Keep, Stream, Survey};

use tenure_core::Duration;

use crate::expression::{Body, Condition, Definition};

use compile::{Compiler, Known};

/// Longest expression, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Longest file of definitions, in bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Most definitions in a file.
pub const MAX_DEFINITIONS: usize = 1_000;

/// Deepest nesting, in a text and with the definitions that it uses written out. It also bounds the stack that
/// parser, compiler and whoever walks a tree can need.
pub const MAX_NESTING: usize = 32;

/// What the parser lets through. Printed trees have a level or two more than the trees, as `between` is one word for
/// two comparisons and a function has its arguments inside, and must still be read.
const PARSED_NESTING: usize = MAX_NESTING + 4;

/// Longest name, number or quoted text, in bytes.
pub const MAX_WORD_BYTES: usize = 512;

/// Most parts of an expression, with the definitions that it uses written out.
pub const MAX_PARTS: usize = 10_000;

/// Longest window: ten years.
pub const LONGEST_WINDOW: Duration = Duration::from_days(3_653);

/// The standard features, as `tenure` ships them: a commented file of definitions that users edit.
pub const STANDARD_FEATURES: &str = include_str!("../../definitions/features.behaviour");

/// Compiles a value or a condition.
///
/// ```
/// use tenure_behaviour::expression::{Body, Type};
/// use tenure_behaviour::language::{Scope, compile_expression};
/// let Body::Value(spend) = compile_expression("sum(order.amount, 30d)", &Scope::features())? else { panic!() };
/// assert_eq!(spend.measures(), Type::Money);
/// # Ok::<(), tenure_behaviour::language::LanguageError>(())
/// ```
///
/// # Errors
/// The first thing that is wrong with the text.
pub fn compile_expression(text: &str, scope: &Scope) -> Result<Body, LanguageError> {
    let known = known_of(scope);
    let body = parse::parse(text).and_then(|tree| Compiler::new(scope, &known).body(&tree));
    body.map(|(body, _)| body).map_err(|(problem, span)| LanguageError::new(problem, text, span))
}

/// Compiles a condition.
///
/// # Errors
/// The first thing that is wrong with the text; a value is no condition.
pub fn compile_condition(text: &str, scope: &Scope) -> Result<Condition, LanguageError> {
    let known = known_of(scope);
    let refused = |(problem, span)| LanguageError::new(problem, text, span);
    let tree = parse::parse(text).map_err(refused)?;
    let compiler = Compiler::new(scope, &known);
    match compiler.body(&tree).map_err(refused)? {
        (Body::Truth(condition), _) => Ok(condition),
        (Body::Value(value), _) => Err(refused((compile::not_a_condition(&value), tree.span))),
    }
}

/// Compiles a file of definitions: `name = expression`, comments after `#`. A definition begins in the first column;
/// indented lines continue it. Definitions may use those above them.
///
/// ```
/// use tenure_behaviour::language::{Scope, compile_definitions};
/// let found = compile_definitions("\
/// orders_90d = count(order, 90d)   # how often
/// loyal =
///   orders_90d >= 2
///   and country = 'DE'
/// ", &Scope::features()).unwrap();
/// assert_eq!(found[1].to_string(), "loyal = count(order, 90d) >= 2 and country = 'DE'");
/// ```
///
/// # Errors
/// Everything that is wrong with the file, from top to bottom.
pub fn compile_definitions(text: &str, scope: &Scope) -> Result<Vec<Definition>, Vec<LanguageError>> {
    definitions::compile(text, scope)
}

fn known_of(scope: &Scope) -> Known {
    let known = |definition: &Definition| {
        let parts = measure::parts(&definition.body);
        (definition.name.clone(), (definition.body.clone(), parts))
    };
    scope.definitions.iter().map(known).collect()
}
