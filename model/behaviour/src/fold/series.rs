//! The events of one customer that one question looks at, in time order.

use serde::{Deserialize, Serialize};

/// Entries before anybody looks whether some may leave.
const FIRST_CHECK: u32 = 16;
/// Names told apart among what left.
pub(super) const MAX_NAMES: usize = 4_096;

/// What a series keeps of each event besides its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// Nothing: the events are counted.
    Times,
    /// The sum of all numbers up to this one, so that the sum over a window is a difference.
    Running,
    /// The bits of a name, which nobody adds.
    Names,
}

/// What is kept of the events that left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keeps {
    pub(super) storage: Storage,
    /// Whether different names are counted over all time.
    pub(super) names: bool,
}

/// Events of one stream, sorted by (time, value); what no window can see any more is summed up in `older`.
///
/// Sums wrap: a window's sum is right whenever it fits 64 bits, whatever came before.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    pub(super) times: Vec<i64>,
    /// As long as `times`, or empty where the storage keeps none.
    pub(super) values: Vec<i64>,
    /// The running sum before the first entry.
    pub(super) base: i64,
    /// The number of entries at which the next ones leave; a rule of its own so that it does not depend on
    /// how much room was reserved.
    pub(super) check_at: u32,
    pub(super) older: Option<Box<Older>>,
}

/// What left a series, summed up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Older {
    pub(super) count: u64,
    pub(super) sum: i64,
    pub(super) least: i64,
    pub(super) greatest: i64,
    /// The least (time, value).
    pub(super) first: (i64, i64),
    /// The greatest (time, value).
    pub(super) last: (i64, i64),
    /// Sum of the squares of the gaps between one and the next, where they left in time order.
    pub(super) squares: u128,
    /// Different names, sorted, [`MAX_NAMES`] at most.
    pub(super) names: Vec<i64>,
}

impl Series {
    /// Forgets everything, without giving back the room.
    pub(super) fn clear(&mut self) {
        self.times.clear();
        self.values.clear();
        self.base = 0;
        self.check_at = FIRST_CHECK;
        if let Some(older) = &mut self.older {
            older.count = 0;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn older(&self) -> Option<&Older> {
        self.older.as_deref().filter(|older| older.count > 0)
    }

    /// The value of an entry.
    #[inline]
    pub(super) fn value(&self, storage: Storage, index: usize) -> i64 {
        match storage {
            Storage::Times => 0,
            Storage::Names => self.values[index],
            Storage::Running => self.values[index].wrapping_sub(self.running(index)),
        }
    }

    /// The sum of the entries before `index`; of running storage only.
    #[inline]
    pub(super) fn running(&self, index: usize) -> i64 {
        if index == 0 { self.base } else { self.values[index - 1] }
    }

    /// Puts an entry at its place, which for most events is the end.
    #[inline]
    pub(super) fn insert(&mut self, storage: Storage, time: i64, value: i64) {
        if self.times.last().is_none_or(|last| *last < time || *last == time && self.is_last(storage, value))
        {
            match storage {
                Storage::Times => {}
                Storage::Names => self.values.push(value),
                Storage::Running => self.values.push(self.running(self.len()).wrapping_add(value)),
            }
            self.times.push(time);
        } else {
            self.insert_late(storage, time, value);
        }
    }

    /// Whether a value belongs behind the latest entry, of the same time: the lines of one invoice are all of one.
    fn is_last(&self, storage: Storage, value: i64) -> bool {
        self.value(storage, self.len() - 1) <= value
    }

    #[cold]
    fn insert_late(&mut self, storage: Storage, time: i64, value: i64) {
        let mut place = self.times.partition_point(|other| *other < time);
        while place < self.len() && self.times[place] == time && self.value(storage, place) < value {
            place += 1;
        }
        match storage {
            Storage::Times => {}
            Storage::Names => self.values.insert(place, value),
            Storage::Running => {
                self.values.insert(place, self.running(place));
                self.shift(place, value);
            }
        }
        self.times.insert(place, time);
    }

    /// Takes an entry out; nothing where there is no such.
    pub(super) fn remove(&mut self, storage: Storage, time: i64, value: i64) {
        let mut place = self.times.partition_point(|other| *other < time);
        while place < self.len() && self.times[place] == time {
            if self.value(storage, place) == value {
                if storage == Storage::Running {
                    self.shift(place, value.wrapping_neg());
                }
                if storage != Storage::Times {
                    self.values.remove(place);
                }
                self.times.remove(place);
                return;
            }
            place += 1;
        }
    }

    fn shift(&mut self, from: usize, by: i64) {
        for running in &mut self.values[from..] {
            *running = running.wrapping_add(by);
        }
    }

    /// Whether so many entries came that some should leave.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.times.len() >= self.check_at as usize
    }

    /// Sums up the entries before `boundary`.
    #[cold]
    pub(super) fn retire(&mut self, keeps: Keeps, boundary: i64) {
        let leaving = self.times.partition_point(|time| *time < boundary);
        if leaving > 0 {
            let mut older = self.older.take().unwrap_or_default();
            for index in 0..leaving {
                older.add(keeps, self.times[index], self.value(keeps.storage, index));
            }
            self.older = Some(older);
            if keeps.storage == Storage::Running {
                self.base = self.values[leaving - 1];
            }
            self.times.drain(..leaving);
            self.values.drain(..leaving.min(self.values.len()));
        }
        self.check_at = u32::try_from(2 * self.len()).unwrap_or(u32::MAX).max(FIRST_CHECK);
    }

    /// Sums up an event that no window can see, without making it an entry.
    #[inline]
    pub(super) fn add_older(&mut self, keeps: Keeps, time: i64, value: i64) {
        self.older.get_or_insert_default().add(keeps, time, value);
    }

    /// Bytes on the heap that are in use.
    pub(super) fn bytes(&self) -> usize {
        let older = |older: &Older| size_of::<Older>() + size_of_val(older.names.as_slice());
        size_of_val(self.times.as_slice())
            + size_of_val(self.values.as_slice())
            + self.older().map_or(0, older)
    }
}

impl Older {
    fn add(&mut self, keeps: Keeps, time: i64, value: i64) {
        let entry = (time, value);
        if self.count == 0 {
            self.names.clear();
            let names = std::mem::take(&mut self.names);
            *self =
                Self { least: value, greatest: value, first: entry, last: entry, names, ..Self::default() };
        } else {
            // Gaps are only asked of streams whose events leave in time order.
            let gap = u128::from(time.abs_diff(self.last.0));
            self.squares = self.squares.saturating_add(gap * gap);
            self.least = self.least.min(value);
            self.greatest = self.greatest.max(value);
            self.first = self.first.min(entry);
            self.last = self.last.max(entry);
        }
        self.count += 1;
        self.sum = self.sum.wrapping_add(value);
        let more = keeps.names && self.names.len() < MAX_NAMES;
        if more && let Err(place) = self.names.binary_search(&value) {
            self.names.insert(place, value);
        }
    }
}
