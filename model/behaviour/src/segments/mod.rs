//! Segments: named definitions, proved a partition, with what to do about each.

mod partition;

pub use partition::{Contained, Findings, NODE_LIMIT, Overlap, ProofError, Term, Value, Witness, prove};
