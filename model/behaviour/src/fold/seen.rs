//! Which events were seen already.

use serde::{Deserialize, Serialize};

use super::REACH_US;
use crate::Symbol;

const SMALLEST: usize = 8;

/// Event ids and when each became known, in an open-addressed table.
///
/// An id forgotten for its age is only dropped when the table grows, and ignored before, so what is a duplicate
/// does not depend on the table's size.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// (id, known at); id zero is an empty place.
    slots: Vec<(u64, i64)>,
    used: usize,
}

/// The ids in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SeenId {
    id: u64,
    /// Microseconds before the newest instant of the state.
    before_us: u64,
}

impl Seen {
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.used = 0;
    }

    /// Notes an id; whether it was known already, at most the reach ago.
    pub(super) fn is_duplicate(&mut self, id: Symbol, now: i64) -> bool {
        if self.used * 4 >= self.slots.len() * 3 {
            self.grow(now);
        }
        let place = self.place(id.bits());
        let Some(slot) = self.slots.get_mut(place) else {
            return false;
        };
        let known = slot.0 == id.bits();
        if known && now.saturating_sub(slot.1) <= REACH_US {
            return true;
        }
        self.used += usize::from(!known);
        *slot = (id.bits(), now);
        false
    }

    /// Where the id is, or the empty place where it belongs.
    fn place(&self, id: u64) -> usize {
        // Ids are hashes: their share of all numbers is their share of the table, whose size need not be a power of two.
        let mut place = ((u128::from(id) * self.slots.len() as u128) >> 64) as usize;
        while self.slots[place].0 != 0 && self.slots[place].0 != id {
            place = if place + 1 == self.slots.len() { 0 } else { place + 1 };
        }
        place
    }

    #[cold]
    fn grow(&mut self, now: i64) {
        let kept: Vec<_> = self.within_reach(now).collect();
        let size = (2 * kept.len()).max(SMALLEST);
        self.slots.clear();
        self.slots.resize(size, (0, 0));
        self.used = kept.len();
        for slot in kept {
            let place = self.place(slot.0);
            self.slots[place] = slot;
        }
    }

    fn within_reach(&self, now: i64) -> impl Iterator<Item = (u64, i64)> {
        let reached = move |slot: &&(u64, i64)| slot.0 != 0 && now.saturating_sub(slot.1) <= REACH_US;
        self.slots.iter().filter(reached).copied()
    }

    /// The ids that still matter, sorted.
    pub(super) fn store(&self, now: i64) -> Vec<SeenId> {
        let mut ids: Vec<_> =
            self.within_reach(now).map(|(id, known)| SeenId { id, before_us: now.abs_diff(known) }).collect();
        ids.sort_unstable_by_key(|seen| seen.id);
        ids
    }

    /// From a file; `None` where an id is zero, twice there or known in the future.
    pub(super) fn restore(ids: &[SeenId], now: i64) -> Option<Self> {
        let rise = ids.iter().zip(ids.iter().skip(1)).all(|(one, next)| one.id < next.id);
        let valid = rise && ids.iter().all(|seen| seen.id != 0 && seen.before_us <= REACH_US.unsigned_abs());
        let mut restored = Self::default();
        for seen in ids.iter().filter(|_| valid) {
            restored.is_duplicate(Symbol::from_bits(seen.id), now.saturating_sub_unsigned(seen.before_us));
        }
        valid.then_some(restored)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.slots.as_slice())
    }
}
