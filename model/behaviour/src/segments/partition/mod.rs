//! Proves that of some conditions exactly one holds of every possible customer, or shows a customer of whom none or two
//! hold.
//!
//! # How
//!
//! Conditions compare *terms* (`days_since(order)`, `last(order.country)`) with constants. The values of a term that no
//! condition tells apart form a *cell*: each threshold is one, each open piece between two is one, and so is "missing".
//! Whole numbers have no cell between neighbours; names have one each and one for all others. Whether conditions hold
//! depends on the cells alone, so there are finitely many cases, and a search that splits on one comparison at a time
//! decides each question. Cases that [facts](facts) rule out do not count: a shorter window holds no more events, there
//! is no time since nothing.
//!
//! # What it does not know
//!
//! Two values that are compared with each other become one term, their difference; what a sum says about its parts
//! beyond sign and absence is not used. So a gap or overlap may be reported whose witness no customer can be. The
//! other way round it does not err: what it proves holds, up to lengths of time that differ by less than a
//! microsecond.

mod cells;
mod domain;
mod facts;
mod search;
mod terms;
mod witness;

pub(super) use domain::can_be_missing;
pub use terms::Term;
pub use witness::{Value, Witness};

use crate::expression::Condition;
use facts::Facts;
use search::{Found, OutOfNodes, Search};
use terms::{Drafts, Formula, Known};

/// Steps after which a proof is given up, unless said otherwise.
///
/// The [standard book](super::STANDARD) takes under a thousand, some 15 ms. A step costs more the more there is to compare:
/// two million take half a minute for a book of that size.
pub const NODE_LIMIT: u64 = 2_000_000;

/// What is true of some named conditions, over every possible customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// A customer of whom none holds.
    pub gap: Option<Witness>,
    /// Pairs of conditions that hold of the same customer.
    pub overlaps: Vec<Overlap>,
    /// Conditions that can hold of nobody, by their index.
    pub dead: Vec<usize>,
    /// Conditions that are not dead and hold only where another holds.
    pub contained: Vec<Contained>,
    /// Steps that the proofs took.
    pub nodes: u64,
}

/// Two conditions that hold of the same customer, by their indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// The one that comes first.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// Of whom both hold.
    pub witness: Witness,
}

/// A condition that holds only where another does, by their indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contained {
    /// The narrower one.
    pub inner: usize,
    /// The wider one.
    pub outer: usize,
}

/// Why nothing was proved either way.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The search took too long.
    #[error(
        "not proven: the search for gaps and overlaps gave up after {limit} steps; use fewer segments or fewer \
         different thresholds"
    )]
    TooManyNodes {
        /// Steps that were allowed.
        limit: u64,
    },
    /// A term is compared with too many values.
    #[error("not proven: {term} is compared with more values than the {limit} that a proof can hold apart")]
    TooManyThresholds {
        /// The term.
        term: Box<Term>,
        /// Most cells of a term.
        limit: usize,
    },
}

impl Findings {
    /// Whether exactly one condition holds of every customer.
    #[must_use]
    pub const fn is_partition(&self) -> bool {
        self.gap.is_none() && self.overlaps.is_empty()
    }
}

/// Looks for gaps, overlaps, dead conditions and conditions within others, in at most `limit` steps.
///
/// ```
/// use tenure_behaviour::language::{Scope, compile_condition};
/// use tenure_behaviour::segments::{NODE_LIMIT, prove};
/// let scope = Scope::features();
/// let segments = ["days_since(order) <= 60", "days_since(order) > 90", "count(order) = 0"]
///     .map(|text| compile_condition(text, &scope).unwrap());
/// let findings = prove(&segments, NODE_LIMIT)?;
/// assert!(findings.overlaps.is_empty(), "without an order there is no time since one");
/// assert_eq!(findings.gap.unwrap().to_string(), "days_since(order) = 75, count(order) = 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the steps do not suffice or a term is compared with too many values; nothing is proved then.
pub fn prove(conditions: &[Condition], limit: u64) -> Result<Findings, ProofError> {
    let mut drafts = Drafts::default();
    conditions.iter().for_each(|condition| drafts.collect(condition));
    facts::prepare(&mut drafts);
    let terms =
        drafts.finish().map_err(|term| ProofError::TooManyThresholds { term, limit: cells::MOST_CELLS })?;
    let facts = Facts::of(&terms);
    let mut search = Search::new(&terms, &facts, limit);
    look(conditions, &terms, &mut search).map_err(|OutOfNodes| ProofError::TooManyNodes { limit })
}

fn look(conditions: &[Condition], terms: &[Known], search: &mut Search<'_>) -> Result<Findings, OutOfNodes> {
    let formulas = |holds| conditions.iter().map(|one| Formula::of(one, terms, holds)).collect::<Vec<_>>();
    let (holding, failing) = (formulas(true), formulas(false));
    let witness = |found: Found| Witness::of(&found, terms);
    let mut findings =
        Findings { gap: search.find(&Formula::All(failing.clone()))?.map(witness), ..Findings::default() };
    for (index, formula) in holding.iter().enumerate() {
        if search.find(formula)?.is_none() {
            findings.dead.push(index);
        }
    }
    for first in 0..holding.len() {
        for second in first + 1..holding.len() {
            let both = Formula::All(vec![holding[first].clone(), holding[second].clone()]);
            let Some(found) = search.find(&both)? else { continue };
            findings.overlaps.push(Overlap { first, second, witness: witness(found) });
            // Only one that overlaps another can lie within it.
            for (inner, outer) in [(first, second), (second, first)] {
                let apart = Formula::All(vec![holding[inner].clone(), failing[outer].clone()]);
                if search.find(&apart)?.is_none() {
                    findings.contained.push(Contained { inner, outer });
                }
            }
        }
    }
    findings.nodes = search.nodes;
    Ok(findings)
}
