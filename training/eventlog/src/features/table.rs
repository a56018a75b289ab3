//! The rows of one bucket, from facts to encoded pieces.

use tenure_behaviour::Fact;
use tenure_behaviour::fold::{CustomerState, Program, Surroundings, Value, snapshots};

use super::columns::Rows;
use super::output::{Encoder, Piece};
use super::{FeatureQuery, Population};
use crate::EventLogError;
use crate::log::SymbolTable;

/// Rows encoded at a time: enough for a row group, little beside the log.
const PIECE_ROWS: usize = 1 << 15;

/// The rows of one bucket.
pub(super) struct Table<'a> {
    query: &'a FeatureQuery<'a>,
    program: &'a Program,
    populations: &'a [Population],
    encoder: &'a Encoder,
    state: CustomerState,
    values: Vec<Value>,
    rows: Rows<'a>,
    pieces: Vec<Piece>,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        query: &'a FeatureQuery<'a>,
        program: &'a Program,
        populations: &'a [Population],
        encoder: &'a Encoder,
        names: &'a SymbolTable,
    ) -> Self {
        let (state, rows) = (CustomerState::new(program), Rows::new(query.definitions, names));
        Self { query, program, populations, encoder, state, values: Vec::new(), rows, pieces: Vec::new() }
    }

    /// Folds a customer and adds a row for each as-of before which something was known.
    pub(super) fn add(&mut self, customer: &str, facts: &[Fact]) -> Result<(), EventLogError> {
        let Self { query, program, populations, state, values, rows, .. } = self;
        let Some(first) = facts.first() else { return Ok(()) };
        let known_at = first.known_at();
        snapshots(program, facts, query.as_ofs, state, |place, state| {
            let as_of = query.as_ofs[place];
            if !as_of.knows(known_at) {
                return;
            }
            let mut surroundings = Surroundings::at(as_of);
            if let Some(population) = populations.get(place) {
                surroundings.rfm = population.rfm.as_ref();
                surroundings.quantiles = Some(&population.quantiles);
            }
            values.clear();
            program.features(state, &surroundings, values);
            rows.push(customer, as_of, values);
        });
        if self.rows.len() >= PIECE_ROWS {
            self.pieces.push(self.encoder.encode(self.rows.take())?);
        }
        Ok(())
    }

    /// The encoded rows.
    pub(super) fn finish(mut self) -> Result<Vec<Piece>, EventLogError> {
        if self.rows.len() > 0 {
            self.pieces.push(self.encoder.encode(self.rows.take())?);
        }
        Ok(self.pieces)
    }
}
