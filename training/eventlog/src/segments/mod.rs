//! From the event log to segments: who is in which, who moved, and what to do about whom.

mod members;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use tenure_behaviour::Fact;
use tenure_behaviour::expression::Prediction;
use tenure_behaviour::fold::{CustomerState, Program, Settings, Surroundings, snapshots};
use tenure_behaviour::rfm::{MigrationMatrix, Place};
use tenure_behaviour::segments::{Assignment, Segment, SegmentBook};
use tenure_core::{AsOf, Timestamp};

use crate::EventLogError;
use crate::features::{Population, TableFile, columns_of, in_order};
use crate::log::{Columns, EventLog};
use members::Members;

/// Where predictions come from.
#[derive(Clone, Copy)]
pub struct Predictor<'a> {
    /// What it reads of events, besides what the segments do.
    pub columns: Columns,
    /// What a model says about the customer of these facts, all of them known before the as-of.
    pub predict: &'a Predict<'a>,
}

/// A prediction for the customer of these facts, or none.
pub type Predict<'a> = dyn Fn(&[Fact], AsOf, Prediction) -> Option<f64> + Sync + 'a;

/// A book of segments, asked of a log at an as-of.
#[derive(Clone)]
pub struct SegmentQuery<'a> {
    /// The segments.
    pub book: &'a SegmentBook,
    /// Currency and zone of the log.
    pub settings: Settings,
    /// When.
    pub as_of: AsOf,
    /// Where predictions come from; without it they are missing.
    pub predictor: Option<Predictor<'a>>,
}

/// How many customers are where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SegmentSizes {
    /// Customers of whom anything was known.
    pub customers: u64,
    /// Customers of each primary segment, by its id; those without any are there too.
    pub primary: BTreeMap<String, u64>,
    /// Customers with each label, by its id.
    pub labels: BTreeMap<String, u64>,
}

impl std::fmt::Debug for Predictor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Predictor").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SegmentQuery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentQuery").field("as_of", &self.as_of).finish_non_exhaustive()
    }
}

/// Assigns every customer of whom anything was known before the as-of, and writes who is where if `out` is given.
///
/// Columns of `out`: `customer_id`, `as_of`, `segment`, `labels` (separated by `;`), `action`, `offer_en`, `offer_zh` (the
/// action with this customer's numbers) and `next_change_at` (when segment or labels can change though nothing
/// happens). The file appears whole or not at all. `progress` is told how many events have been read.
///
/// # Errors
/// When the log cannot be read or the file cannot be written.
pub fn assign_segments(
    log: &EventLog,
    query: &SegmentQuery<'_>,
    out: Option<&Path>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<SegmentSizes, EventLogError> {
    let shop = Shop::of(log, query, progress)?;
    let (mut file, encoder) = match out.map(|path| TableFile::create(path, members::schema())).transpose()? {
        Some((file, encoder)) => (Some(file), Some(encoder)),
        None => (None, None),
    };
    let mut sizes = SegmentSizes::of_nobody(query.book);
    let reader = log.reader(shop.columns)?;
    in_order(
        reader.buckets(),
        |bucket| {
            let mut found = SegmentSizes::default();
            let mut members = Members::new(encoder.as_ref(), query);
            let mut state = CustomerState::new(&shop.program);
            let mut visit = |customer: &str, facts: &[Fact]| {
                shop.ask(facts, &mut state, |asked| {
                    found.add(&asked.assignment);
                    members.push(customer, asked);
                });
                members.encode_if_many()
            };
            reader.scan(bucket, &mut visit, progress)?;
            Ok((found, members.finish()?))
        },
        |(found, pieces)| {
            sizes.merge(&found);
            file.as_mut().map_or(Ok(()), |file| file.append(pieces))
        },
    )?;
    file.map(TableFile::finish).transpose()?;
    Ok(sizes)
}

/// Counts who moves from one question to another: of one book at two as-ofs, or of two books at one.
///
/// # Errors
/// When the log cannot be read.
pub fn migration(
    log: &EventLog,
    from: &SegmentQuery<'_>,
    to: &SegmentQuery<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<MigrationMatrix, EventLogError> {
    let (before, after) = (Shop::of(log, from, progress)?, Shop::of(log, to, progress)?);
    let reader = log.reader(before.columns.union(after.columns))?;
    let mut matrix = MigrationMatrix::default();
    in_order(
        reader.buckets(),
        |bucket| {
            let mut moves = MigrationMatrix::default();
            let mut states = (CustomerState::new(&before.program), CustomerState::new(&after.program));
            let mut visit = |_: &str, facts: &[Fact]| {
                let (from, to) = (before.place(facts, &mut states.0), after.place(facts, &mut states.1));
                if (from, to) != (Place::Unknown, Place::Unknown) {
                    moves.record(from, to);
                }
                Ok(())
            };
            reader.scan(bucket, &mut visit, progress)?;
            Ok(moves)
        },
        |moves| {
            matrix.merge(moves);
            Ok(())
        },
    )?;
    Ok(matrix)
}

/// A book ready to be asked of the customers of a log.
struct Shop<'a> {
    query: &'a SegmentQuery<'a>,
    program: Program,
    population: Population,
    columns: Columns,
}

/// What was found about a customer.
struct Asked<'a> {
    assignment: Assignment<'a>,
    next_change: Option<Timestamp>,
}

impl<'a> Shop<'a> {
    fn of(
        log: &EventLog,
        query: &'a SegmentQuery<'a>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, EventLogError> {
        let program = query.book.program(&query.settings)?;
        let population = if program.needs_population() {
            Population::of_each(log, &program, &query.settings, &[query.as_of], progress)?
                .pop()
                .unwrap_or_default()
        } else {
            Population::default()
        };
        let mut columns = columns_of(&program);
        if let Some(predictor) = &query.predictor {
            columns = columns.union(predictor.columns);
        }
        Ok(Self { query, program, population, columns })
    }

    /// Asks about the customer of these facts, unless nothing was known of them.
    fn ask(&self, facts: &[Fact], state: &mut CustomerState, mut visit: impl FnMut(Asked<'a>)) {
        let as_of = self.query.as_of;
        let known = &facts[..facts.partition_point(|fact| as_of.knows(fact.known_at()))];
        if known.is_empty() {
            return;
        }
        let predict = |prediction| {
            self.query.predictor.and_then(|predictor| (predictor.predict)(known, as_of, prediction))
        };
        let surroundings = Surroundings {
            as_of,
            rfm: self.population.rfm.as_ref(),
            quantiles: Some(&self.population.quantiles),
            predictions: Some(&predict),
        };
        snapshots(&self.program, known, &[as_of], state, |_, state| {
            if let Some(assignment) = self.query.book.assign(&self.program, state, &surroundings) {
                let next_change = self.query.book.next_change(&self.program, state, &surroundings);
                visit(Asked { assignment, next_change });
            }
        });
    }

    fn place(&self, facts: &[Fact], state: &mut CustomerState) -> Place<'a> {
        let mut place = Place::Unknown;
        self.ask(facts, state, |asked| place = Place::Group(&asked.assignment.primary.id));
        place
    }
}

impl SegmentSizes {
    fn of_nobody(book: &SegmentBook) -> Self {
        let none =
            |segments: &[Segment]| segments.iter().map(|segment| (segment.id.to_string(), 0)).collect();
        Self { customers: 0, primary: none(book.primary()), labels: none(book.labels()) }
    }

    fn add(&mut self, assignment: &Assignment<'_>) {
        self.customers += 1;
        count(&mut self.primary, &assignment.primary.id, 1);
        assignment.labels.iter().for_each(|label| count(&mut self.labels, &label.id, 1));
    }

    fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        other.primary.iter().for_each(|(id, n)| count(&mut self.primary, id, *n));
        other.labels.iter().for_each(|(id, n)| count(&mut self.labels, id, *n));
    }
}

fn count(counts: &mut BTreeMap<String, u64>, id: &str, n: u64) {
    match counts.get_mut(id) {
        Some(count) => *count += n,
        None => drop(counts.insert(id.to_owned(), n)),
    }
}
