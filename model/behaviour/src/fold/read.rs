//! Aggregates read from a series.

use super::node::{Reading, Span};
use super::series::{Older, Series, Storage};

/// The entries of a series that a window shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    series: &'a Series,
    storage: Storage,
    from: usize,
    until: usize,
    /// What left the series, where the window has no beginning.
    older: Option<&'a Older>,
}

impl<'a> View<'a> {
    #[inline]
    pub(super) fn new(series: &'a Series, storage: Storage, window: Span, as_of: i64) -> Self {
        let end = window.end(as_of);
        let times = series.times.as_slice();
        let before = |instant: i64| times.partition_point(|time| *time < instant);
        let until = if times.last().is_none_or(|last| *last < end) { times.len() } else { before(end) };
        let (from, older) = if window.is_bounded() {
            (before(window.start(as_of)).min(until), None)
        } else {
            (0, series.older())
        };
        Self { series, storage, from, until, older }
    }

    pub(super) fn count(&self) -> u64 {
        (self.until - self.from) as u64 + self.older.map_or(0, |older| older.count)
    }

    pub(super) fn sum(&self) -> i64 {
        let sum = self.series.running(self.until).wrapping_sub(self.series.running(self.from));
        sum.wrapping_add(self.older.map_or(0, |older| older.sum))
    }

    fn times(&self) -> &'a [i64] {
        &self.series.times[self.from..self.until]
    }

    fn values(&self) -> impl Iterator<Item = i64> {
        (self.from..self.until).map(|index| self.series.value(self.storage, index))
    }

    pub(super) fn least(&self) -> Option<i64> {
        self.values().chain(self.older.map(|older| older.least)).min()
    }

    pub(super) fn greatest(&self) -> Option<i64> {
        self.values().chain(self.older.map(|older| older.greatest)).max()
    }

    /// The entry with the least (time, value).
    #[inline]
    pub(super) fn first(&self) -> Option<(i64, i64)> {
        self.end(self.from, self.older.map(|older| older.first)).into_iter().flatten().min()
    }

    /// The entry with the greatest (time, value).
    #[inline]
    pub(super) fn last(&self) -> Option<(i64, i64)> {
        self.end(self.until.wrapping_sub(1), self.older.map(|older| older.last)).into_iter().flatten().max()
    }

    #[inline]
    fn end(&self, index: usize, older: Option<(i64, i64)>) -> [Option<(i64, i64)>; 2] {
        let inside = self.from < self.until;
        let entry = inside.then(|| (self.series.times[index], self.series.value(self.storage, index)));
        [entry, older]
    }

    /// How many different names.
    pub(super) fn distinct(&self) -> usize {
        const FEW: usize = 64;
        let older = self.older.map_or(&[][..], |older| older.names.as_slice());
        let unlike_older = |name: &i64| older.binary_search(name).is_err();
        let entries = &self.series.values[self.from..self.until];
        let mut few = [0; FEW];
        let mut many = Vec::new();
        let names = if let Some(room) = few.get_mut(..entries.len()) {
            room.copy_from_slice(entries);
            room
        } else {
            many.extend_from_slice(entries);
            many.as_mut_slice()
        };
        names.sort_unstable();
        let fresh = names.chunk_by(|one, next| one == next).filter(|name| unlike_older(&name[0])).count();
        older.len() + fresh
    }

    /// Mean days between one and the next.
    pub(super) fn mean_gap(&self) -> Option<f64> {
        let gaps = self.count().checked_sub(1).filter(|gaps| *gaps > 0)?;
        Some(self.length()? as f64 / gaps as f64 / DAY_US)
    }

    /// From the first to the last, in microseconds.
    fn length(&self) -> Option<u128> {
        Some(self.last()?.0.abs_diff(self.first()?.0).into())
    }

    /// Sample standard deviation of the gaps in days: integers to the last step, so that no order of arrival shows.
    ///
    /// With k gaps of sum S1 and sum of squares S2, the variance is (k S2 - S1^2) / (k (k - 1)).
    pub(super) fn gap_deviation(&self) -> Option<f64> {
        let gaps = u128::from(self.count().checked_sub(1).filter(|gaps| *gaps > 1)?);
        let length = self.length()?;
        let (mut squares, mut before) = match self.older {
            Some(older) => (older.squares, Some(older.last.0)),
            None => (0, None),
        };
        for time in self.times() {
            let gap = u128::from(time.abs_diff(before.unwrap_or(*time)));
            squares = squares.saturating_add(gap * gap);
            before = Some(*time);
        }
        let exact = gaps
            .checked_mul(squares)
            .and_then(|scaled| scaled.checked_sub(length * length))
            .map(|numerator| numerator as f64 / (gaps * (gaps - 1)) as f64);
        // Only thousands of years leave 128 bits; then the last digits do not matter.
        let rounded = || {
            let of_mean = length as f64 * (length as f64 / gaps as f64);
            ((squares as f64 - of_mean) / (gaps - 1) as f64).max(0.0)
        };
        Some(exact.unwrap_or_else(rounded).sqrt() / DAY_US)
    }

    /// The first instant after `as_of` at which an event leaves or enters the window.
    pub(super) fn next_change(series: &Series, window: Span, as_of: i64) -> Option<i64> {
        // Inside from `until` + 1 microsecond to `from` after the event.
        let crossing = |distance: i64| {
            let next = series.times.partition_point(|time| *time < as_of.saturating_sub(distance));
            Some(series.times.get(next)?.saturating_add(distance).saturating_add(1))
        };
        let leaves = if window.is_bounded() { crossing(window.from) } else { None };
        let enters = if window.until > 0 { crossing(window.until) } else { None };
        leaves.into_iter().chain(enters).min()
    }
}

const DAY_US: f64 = 86_400e6;

impl Reading {
    /// A view of a series through the reading's window.
    #[inline]
    pub(super) fn view<'a>(&self, series: &'a Series, storage: Storage, as_of: i64) -> View<'a> {
        View::new(series, storage, self.window, as_of)
    }
}
