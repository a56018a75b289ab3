//! What is remembered of one customer.

use tenure_core::Timestamp;

use super::ledger::{ABSENT, Change, Ledger, Line};
use super::seen::Seen;
use super::series::Series;
use super::{CANCEL, ORDER, Program, REFUND};
use crate::Fact;

/// No series yet.
pub(super) const NOWHERE: u16 = u16::MAX;

/// Everything remembered of one customer for one [`Program`].
///
/// Facts must come in the order in which they became known ([`Fact::known_at`]); one that comes later than that is
/// taken as known only then. A state answers for as-ofs after the last fact that it was given, and its size is
/// bounded however long the history: what no window can show any more is summed up.
///
/// A state belongs to the program that it was made for: another one's facts are [`Applied::Foreign`] to it, and
/// another one reads it as a customer of whom nothing is known. It is stored by serde and read as a
/// [`StoredState`](super::StoredState).
#[derive(Clone, Debug)]
pub struct CustomerState {
    pub(super) fingerprint: u64,
    /// The newest instant at which a fact became known.
    pub(super) now: i64,
    /// The earliest occurrence of any event.
    pub(super) first: i64,
    /// For each stream the place of its series, or [`NOWHERE`]: most customers do few things.
    pub(super) places: Box<[u16]>,
    /// The first `used` are series; the rest is room kept from customers before.
    pub(super) series: Vec<Series>,
    pub(super) used: usize,
    pub(super) seen: Seen,
    pub(super) ledger: Ledger,
}

/// What became of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It counts from now on.
    Counted,
    /// An event with this id is known already: it changed nothing.
    Duplicate,
    /// The state was made for another program: it changed nothing.
    Foreign,
}

impl CustomerState {
    /// A customer of whom nothing is known.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        Self {
            fingerprint: program.fingerprint,
            now: i64::MIN,
            first: i64::MAX,
            places: vec![NOWHERE; program.streams.len()].into(),
            series: Vec::new(),
            used: 0,
            seen: Seen::default(),
            ledger: Ledger::default(),
        }
    }

    /// Forgets everything, and keeps the room for the next customer.
    pub fn clear(&mut self) {
        self.now = i64::MIN;
        self.first = i64::MAX;
        self.places.fill(NOWHERE);
        self.used = 0;
        self.seen.clear();
        self.ledger.clear();
    }

    /// Takes in what became known.
    pub fn apply(&mut self, program: &Program, fact: &Fact) -> Applied {
        if self.fingerprint != program.fingerprint {
            return Applied::Foreign;
        }
        let now = self.now.max(fact.known_at().microseconds());
        if !fact.event_id.is_none() && self.seen.is_duplicate(fact.event_id, now) {
            return Applied::Duplicate;
        }
        self.now = now;
        self.first = self.first.min(fact.occurred_at.microseconds());
        let retractable = fact.kind == ORDER && !fact.order_id.is_none() && !program.order_streams.is_empty();
        for stream in &program.route(fact.kind).streams {
            let plan = &program.streams[usize::from(*stream)];
            if let Some(value) = plan.admit(fact, now, &program.settings) {
                let removable = retractable && plan.orders.is_some();
                self.put(program, *stream, (fact.occurred_at.microseconds(), value), removable);
            }
        }
        if retractable {
            self.note_order(program, fact);
        } else if (fact.kind == REFUND || fact.kind == CANCEL) && !program.order_streams.is_empty() {
            self.retract(program, fact);
        }
        Applied::Counted
    }

    /// Bytes in use, itself included; room that is reserved for more is not.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let series = &self.series[..self.used];
        size_of::<Self>()
            + size_of_val(&*self.places)
            + size_of_val(series)
            + series.iter().map(Series::bytes).sum::<usize>()
            + self.seen.bytes()
            + self.ledger.bytes()
    }

    /// When the first of the events happened that became known; `None` where none did.
    #[must_use]
    pub fn first_event_at(&self) -> Option<Timestamp> {
        // Nobody's first event is at the end of all numbers, which no timestamp holds.
        Timestamp::from_microseconds(self.first).ok()
    }

    pub(super) const fn first_event(&self) -> i64 {
        self.first
    }

    /// Adds an entry to a stream, or to what left it where no window can show it and nothing takes it back.
    #[inline]
    fn put(&mut self, program: &Program, stream: u16, (time, value): (i64, i64), removable: bool) {
        let plan = &program.streams[usize::from(stream)];
        let place = self.place(stream);
        let series = &mut self.series[place];
        if time < self.now.saturating_sub(plan.retention) && !removable {
            series.add_older(plan.keeps, time, value);
            return;
        }
        if series.is_due() {
            let reach = if plan.orders.is_some() { self.ledger.earliest(self.now) } else { i64::MAX };
            let boundary = self.now.saturating_sub(plan.retention).min(reach);
            series.retire(plan.keeps, boundary);
        }
        series.insert(plan.keeps.storage, time, value);
    }

    #[inline]
    fn place(&mut self, stream: u16) -> usize {
        let place = self.places[usize::from(stream)];
        if place == NOWHERE { self.open(stream) } else { usize::from(place) }
    }

    #[cold]
    fn open(&mut self, stream: u16) -> usize {
        let place = self.used;
        if place == self.series.len() {
            self.series.push(Series::default());
        }
        self.series[place].clear();
        self.used += 1;
        // Fewer streams than places: the program saw to it.
        self.places[usize::from(stream)] = place as u16;
        place
    }

    /// Remembers an order that may still fall, and applies what came before it.
    fn note_order(&mut self, program: &Program, fact: &Fact) {
        let admit = |stream: &u16| {
            let plan = &program.streams[usize::from(*stream)];
            plan.admit(fact, self.now, &program.settings).unwrap_or(ABSENT)
        };
        let line = Line {
            order: fact.order_id.bits(),
            known: self.now,
            occurred: fact.occurred_at.microseconds(),
            gross: fact.amount.unwrap_or(ABSENT),
            refunded: 0,
            values: program.order_streams.iter().map(admit).collect(),
        };
        let Self { ledger, series, places, .. } = self;
        ledger.admit(line, |line, change| revise(program, places, series, line, &change));
    }

    /// Takes a refund or a cancellation out of the orders that it names.
    fn retract(&mut self, program: &Program, fact: &Fact) {
        if fact.order_id.is_none() {
            return;
        }
        let left = match fact.amount {
            _ if fact.kind == CANCEL => ABSENT,
            Some(minor) => minor.saturating_abs(),
            None => return,
        };
        let Self { ledger, series, places, now, .. } = self;
        let changed = |line: &Line, change| revise(program, places, series, line, &change);
        ledger.retract(fact.order_id, *now, left, changed);
    }
}

/// Changes the entries of an order in all streams that admitted it.
fn revise(program: &Program, places: &[u16], all: &mut [Series], line: &Line, change: &Change) {
    for (stream, value) in program.order_streams.iter().zip(&line.values) {
        let plan = &program.streams[usize::from(*stream)];
        let Some(series) = all.get_mut(usize::from(places[usize::from(*stream)])) else {
            continue;
        };
        if *value == ABSENT {
            continue;
        }
        let storage = plan.keeps.storage;
        match change {
            Change::Fell(amount) => {
                series.remove(storage, line.occurred, if plan.is_net() { *amount } else { *value });
            }
            Change::Lowered(before, after) if plan.is_net() => {
                series.remove(storage, line.occurred, *before);
                series.insert(storage, line.occurred, *after);
            }
            Change::Lowered(..) => {}
        }
    }
}
