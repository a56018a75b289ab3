//! States in a file or store.

use serde::{Deserialize, Serialize, Serializer};

use super::ledger::{ABSENT, Ledger, Line, Waiting};
use super::seen::{Seen, SeenId};
use super::series::{MAX_NAMES, Older, Series, Storage};
use super::state::NOWHERE;
use super::{CustomerState, FoldError, Program};

/// A state as it was stored, not looked at yet: [`open`](Self::open) checks it.
///
/// Times and sums are stored as differences, so that a format with variable lengths such as postcard keeps them short.
///
/// ```
/// use tenure_behaviour::fold::{CustomerState, Program, Settings, StoredState};
/// # let settings = Settings { currency: tenure_core::Currency::USD, time_zone: tenure_core::TimeZone::utc() };
/// let program = Program::compile(&[], &settings)?;
/// let bytes = postcard::to_stdvec(&CustomerState::new(&program))?;
/// let state = postcard::from_bytes::<StoredState>(&bytes)?.open(&program)?;
/// # drop(state);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredState {
    fingerprint: [u8; 8],
    now: i64,
    first: i64,
    series: Vec<StoredSeries>,
    seen: Vec<SeenId>,
    lines: Vec<Line>,
    waiting: Vec<Waiting>,
    check_at: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredSeries {
    stream: u16,
    check_at: u32,
    base: i64,
    /// Microseconds from each entry to the next, from the last to the state's newest instant.
    gaps: Vec<u64>,
    /// From each value to the next, from the base to the first.
    steps: Vec<i64>,
    older: Option<Older>,
}

impl Serialize for CustomerState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredState::from(self).serialize(serializer)
    }
}

impl From<&CustomerState> for StoredState {
    fn from(state: &CustomerState) -> Self {
        let stored = |(stream, place): (usize, &u16)| {
            let series = state.series.get(usize::from(*place))?;
            Some(StoredSeries::new(stream as u16, series, state.now))
        };
        Self {
            fingerprint: state.fingerprint.to_le_bytes(),
            now: state.now,
            first: state.first,
            series: state.places.iter().enumerate().filter_map(stored).collect(),
            seen: state.seen.store(state.now),
            lines: state.ledger.lines.clone(),
            waiting: state.ledger.waiting.clone(),
            check_at: state.ledger.check_at,
        }
    }
}

impl StoredState {
    /// The state, if it belongs to the program and is whole.
    ///
    /// # Errors
    /// When other definitions made it, or something in it cannot be.
    pub fn open(self, program: &Program) -> Result<CustomerState, FoldError> {
        let wrong = |what| FoldError::WrongState { what };
        if u64::from_le_bytes(self.fingerprint) != program.fingerprint {
            return Err(wrong("other definitions"));
        }
        let mut state = CustomerState::new(program);
        (state.now, state.first) = (self.now, self.first);
        for stored in self.series {
            let stream = usize::from(stored.stream);
            let storage = program.streams.get(stream).map(|plan| plan.keeps.storage);
            let series = storage.and_then(|storage| stored.open(storage, self.now));
            if state.places.get(stream) != Some(&NOWHERE) {
                return Err(wrong("stream numbers"));
            }
            state.places[stream] = state.used as u16;
            state.series.push(series.ok_or(wrong("entries"))?);
            state.used += 1;
        }
        let possible = |line: &Line| {
            let refunded = if line.gross == ABSENT { 0..=0 } else { 0..=line.gross.max(0) };
            line.values.len() == program.order_streams.len() && refunded.contains(&line.refunded)
        };
        let valid =
            self.lines.iter().all(possible) && self.waiting.iter().all(|w| w.left == ABSENT || w.left >= 0);
        if !valid {
            return Err(wrong("orders"));
        }
        state.ledger = Ledger { lines: self.lines, waiting: self.waiting, check_at: self.check_at };
        state.seen = Seen::restore(&self.seen, self.now).ok_or(wrong("event ids"))?;
        Ok(state)
    }
}

impl StoredSeries {
    fn new(stream: u16, series: &Series, now: i64) -> Self {
        let later = series.times.iter().skip(1).chain([&now]);
        let before = [&series.base].into_iter().chain(&series.values);
        Self {
            stream,
            check_at: series.check_at,
            base: series.base,
            gaps: series.times.iter().zip(later).map(|(time, later)| later.abs_diff(*time)).collect(),
            steps: series
                .values
                .iter()
                .zip(before)
                .map(|(value, before)| value.wrapping_sub(*before))
                .collect(),
            older: series.older().cloned(),
        }
    }

    /// Nothing where the entries cannot be.
    fn open(self, storage: Storage, now: i64) -> Option<Series> {
        let values = if storage == Storage::Times { 0 } else { self.gaps.len() };
        let possible = |older: &Older| {
            older.count > 0
                && older.names.len() <= MAX_NAMES
                && older.names.is_sorted_by(|one, next| one < next)
        };
        if self.steps.len() != values || !self.older.iter().all(possible) {
            return None;
        }
        let mut times = Vec::with_capacity(self.gaps.len());
        let mut later = now;
        for gap in self.gaps.iter().rev() {
            later = later.checked_sub_unsigned(*gap)?;
            times.push(later);
        }
        times.reverse();
        let mut value = self.base;
        let add = |step: &i64| {
            value = value.wrapping_add(*step);
            value
        };
        let values = self.steps.iter().map(add).collect();
        Some(Series {
            times,
            values,
            base: self.base,
            check_at: self.check_at,
            older: self.older.map(Box::new),
        })
    }
}
