//! Looks for a customer of whom a formula is true.
//!
//! The search splits on one comparison at a time, strikes out what the facts rule out, and leaves a branch as soon as
//! the formula is decided there. So it visits a small part of the product of all cells.

use super::cells::{Cell, Mask, Span};
use super::facts::Facts;
use super::terms::{Formula, Known};
use super::witness;

/// The search gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfNodes;

/// A search over the same terms for several formulas, with one allowance of work.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub terms: &'a [Known],
    facts: &'a Facts,
    /// Terms that some fact is about.
    is_tied: Vec<bool>,
    pub nodes: u64,
    limit: u64,
}

/// What a search found: a value of each term, and which terms decided the formula.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub cells: Vec<usize>,
    pub numbers: Vec<f64>,
    pub decided: Vec<bool>,
}

/// The cells that each term may still be in.
type State = Vec<Mask>;

impl<'a> Search<'a> {
    pub(super) fn new(terms: &'a [Known], facts: &'a Facts, limit: u64) -> Self {
        let mut is_tied = vec![false; terms.len()];
        facts.clauses.iter().flatten().for_each(|(term, _)| is_tied[*term] = true);
        facts.orders.iter().for_each(|(low, high)| (is_tied[*low], is_tied[*high]) = (true, true));
        Self { terms, facts, is_tied, nodes: 0, limit }
    }

    /// A customer of whom the formula is true, or none if there can be none.
    pub(super) fn find(&mut self, formula: &Formula) -> Result<Option<Found>, OutOfNodes> {
        let all = self.terms.iter().map(Known::all).collect();
        self.split(formula, all)
    }

    fn split(&mut self, formula: &Formula, mut state: State) -> Result<Option<Found>, OutOfNodes> {
        self.nodes += 1;
        if self.nodes > self.limit {
            return Err(OutOfNodes);
        }
        loop {
            let before = state.clone();
            if !assert(formula, &mut state) || !self.propagate(&mut state) {
                return Ok(None);
            }
            if state == before {
                break;
            }
        }
        match undecided(formula, &state) {
            None => {
                let narrowed = state.iter().zip(self.terms).map(|(mask, known)| *mask != known.all());
                let decided = narrowed.collect();
                self.complete(state, decided)
            }
            Some((term, mask)) => {
                let mut left = state.clone();
                left[term] &= mask;
                if let Some(found) = self.split(formula, left)? {
                    return Ok(Some(found));
                }
                state[term] &= !mask;
                self.split(formula, state)
            }
        }
    }

    /// Gives every term a value, now that any value that the facts allow will do.
    fn complete(&mut self, mut state: State, decided: Vec<bool>) -> Result<Option<Found>, OutOfNodes> {
        self.nodes += 1;
        if self.nodes > self.limit {
            return Err(OutOfNodes);
        }
        if !self.propagate(&mut state) {
            return Ok(None);
        }
        let open = (0..state.len()).find(|term| self.is_tied[*term] && state[*term].count_ones() > 1);
        let Some(term) = open else {
            let cells: Vec<usize> = state.iter().map(|mask| mask.trailing_zeros() as usize).collect();
            let numbers = witness::numbers(self.terms, &cells, &self.facts.orders);
            return Ok(numbers.map(|numbers| Found { cells, numbers, decided }));
        };
        let mut rest = state[term];
        while rest != 0 {
            let cell = rest & rest.wrapping_neg();
            rest &= !cell;
            let mut next = state.clone();
            next[term] = cell;
            if let Some(found) = self.complete(next, decided.clone())? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Strikes out cells that the facts rule out; false where a term has none left.
    fn propagate(&self, state: &mut State) -> bool {
        loop {
            let mut changed = false;
            for clause in &self.facts.clauses {
                let mut open = clause.iter().filter(|(term, mask)| state[*term] & mask != 0);
                match (open.next(), open.next()) {
                    (None, _) => return false,
                    (Some((term, mask)), None) => {
                        changed |= state[*term] & !mask != 0;
                        state[*term] &= mask;
                    }
                    (Some(_), Some(_)) => {}
                }
            }
            for (low, high) in &self.facts.orders {
                changed |= self.order(state, *low, *high);
            }
            if state.contains(&0) {
                return false;
            }
            if !changed {
                return true;
            }
        }
    }

    /// Strikes out what is too high for one term or too low for the other, where both are surely there.
    fn order(&self, state: &mut State, low: usize, high: usize) -> bool {
        let (Some(least), Some(most)) = (self.hull(state[low], low), self.hull(state[high], high)) else {
            return false;
        };
        let above = Span { high: f64::INFINITY, high_open: true, ..least };
        let below = Span { low: f64::NEG_INFINITY, low_open: true, ..most };
        let lower = self.within(state[low], low, below);
        let higher = self.within(state[high], high, above);
        let changed = lower != state[low] || higher != state[high];
        (state[low], state[high]) = (lower, higher);
        changed
    }

    /// The cells of a mask that a number in the span could be in, and those without a number.
    fn within(&self, mask: Mask, term: usize, span: Span) -> Mask {
        let fits = |bit: &usize| match &self.terms[term].cells[*bit] {
            Cell::Number(piece) => !piece.intersect(span).is_empty(),
            Cell::Missing | Cell::Name(_) | Cell::OtherName | Cell::Truth(_) => true,
        };
        bits(mask).filter(fits).fold(0, |mask, bit| mask | 1 << bit)
    }

    /// The numbers that a term may still be; nothing where it may be missing.
    fn hull(&self, mask: Mask, term: usize) -> Option<Span> {
        let mut hull: Option<Span> = None;
        for bit in bits(mask) {
            let Cell::Number(span) = self.terms[term].cells[bit] else { return None };
            // Cells stand in rising order.
            hull = Some(match hull {
                None => span,
                Some(lower) => Span { high: span.high, high_open: span.high_open, ..lower },
            });
        }
        hull
    }
}

fn bits(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (mask != 0).then(|| {
            let bit = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            bit
        })
    })
}

/// What is known of a formula in a state.
fn value(formula: &Formula, state: &State) -> Option<bool> {
    match formula {
        Formula::Fixed(value) => Some(*value),
        Formula::In(term, mask) if state[*term] & !mask == 0 => Some(true),
        Formula::In(term, mask) if state[*term] & mask == 0 => Some(false),
        Formula::In(..) => None,
        Formula::All(parts) => of_parts(parts, state, true),
        Formula::Any(parts) => of_parts(parts, state, false),
    }
}

/// All parts being `unit` gives `unit`, one part being the other gives the other.
fn of_parts(parts: &[Formula], state: &State, unit: bool) -> Option<bool> {
    let mut known = Some(unit);
    for part in parts {
        match value(part, state) {
            Some(value) if value == unit => {}
            Some(value) => return Some(value),
            None => known = None,
        }
    }
    known
}

/// Narrows a state to where the formula can be true; false where it can be nowhere.
fn assert(formula: &Formula, state: &mut State) -> bool {
    match formula {
        Formula::Fixed(value) => *value,
        Formula::In(term, mask) => {
            state[*term] &= mask;
            state[*term] != 0
        }
        Formula::All(parts) => parts.iter().all(|part| assert(part, state)),
        Formula::Any(parts) => {
            let mut open = parts.iter().filter(|part| value(part, state) != Some(false));
            match (open.next(), open.next()) {
                (None, _) => false,
                (Some(only), None) => assert(only, state),
                (Some(_), Some(_)) => true,
            }
        }
    }
}

/// A comparison on which the truth of the formula still hangs.
fn undecided(formula: &Formula, state: &State) -> Option<(usize, Mask)> {
    if value(formula, state).is_some() {
        return None;
    }
    match formula {
        Formula::Fixed(_) => None,
        Formula::In(term, mask) => Some((*term, *mask)),
        Formula::All(parts) | Formula::Any(parts) => parts.iter().find_map(|part| undecided(part, state)),
    }
}
