//! Segments: named definitions, proved a partition, with what to do about each.
//!
//! A [`SegmentBook`] is a file of segments that was checked as a whole. Each customer has exactly one *primary* segment,
//! which says what to do about them, and any number of *labels*, which say more about them. That exactly one primary
//! segment holds of every customer that can exist is [proved](prove), not hoped: a book with a gap, an overlap or a
//! segment that nobody can ever be in is refused, with a customer that shows it. [`STANDARD`] is the book that comes
//! with Tenure; it explains the format, section by section.
//!
//! # The file
//!
//! TOML, and definitions in the [language](crate::language). Thresholds have names, units and reasons, so that one place
//! says what *dormant* means; `$name` in a definition, or in a parameter, stands for the setting's value or for the named
//! definition in parentheses.
//!
//! ```
//! use tenure_behaviour::segments::{Rules, SegmentBook};
//! let text = r#"
//!     format = 1
//!     version = 7
//!
//!     [settings.dormant_after]
//!     value = "90d"
//!     unit = "time"
//!     reason = "Nine in ten repeat orders follow within 90 days."
//!
//!     [[primary]]
//!     id = "awake"
//!     name_en = "Awake"
//!     name_zh = "活跃"
//!     description_en = "Ordered within the last 90 days."
//!     description_zh = "近90天内有订单。"
//!     when = "days_since(order) <= $dormant_after"
//!     maintenance = "reviewed"
//!     action = { code = "newsletter", text_en = "Send the newsletter.", text_zh = "发送简报。" }
//!
//!     [[primary]]
//!     id = "asleep"
//!     name_en = "Asleep"
//!     name_zh = "沉睡"
//!     description_en = "Ordered, but not for 90 days."
//!     description_zh = "有订单，但90天以上没有。"
//!     when = "days_since(order) > $dormant_after"
//!     maintenance = "reviewed"
//!     action = { code = "win_back", text_en = "Win back.", text_zh = "召回。" }
//! "#;
//! let errors = SegmentBook::compile(text, &Rules::standard()).unwrap_err();
//! assert_eq!(
//!     errors[0].to_string(),
//!     "line 16, column 12: the primary segments leave a gap: nobody takes the customer with \
//!      days_since(order) is missing"
//! );
//! ```
//!
//! # From a book to members
//!
//! [`SegmentBook::program`] compiles all definitions into one [`Program`](crate::fold::Program), whose states the fold
//! keeps; [`SegmentBook::assign`] reads a customer's segment, labels and actions from a state, and
//! [`SegmentBook::next_change`] the instant at which the first of them can change by itself. [`BookDifference`] says
//! what a new file changes before anybody publishes it.

mod action;
mod assign;
mod book;
mod difference;
mod error;
mod file;
mod partition;
mod reader;
mod segment;
mod settings;
mod walk;

pub use action::{Action, Parameter, Proposal};
pub use assign::Assignment;
pub use book::{MOST_PRIMARY, Rules, STANDARD, SegmentBook};
pub use difference::{Aspect, BookDifference, Change, SettingChange};
pub use error::{SegmentError, SegmentProblem, SegmentWarning, Spot};
pub use file::{PrimaryRule, Unit};
pub use partition::{Contained, Findings, NODE_LIMIT, Overlap, ProofError, Term, Value, Witness, prove};
pub use segment::{Family, Maintenance, Segment, Setting};
