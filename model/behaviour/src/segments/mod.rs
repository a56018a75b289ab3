//! Segments: named definitions, proved a partition, with what to do about each.

mod partition;
mod action;
mod error;
mod file;
mod segment;
mod settings;
pub use file::{PrimaryRule, Unit};

pub use partition::{Contained, Findings, NODE_LIMIT, Overlap, ProofError, Term, Value, Witness, prove};
