//! Orders that may still fall, and refunds and cancellations that wait for theirs.

use serde::{Deserialize, Serialize};

use super::REACH_US;
use crate::Symbol;

/// Orders of one customer that are remembered at most; of more, the one known first stands for good.
pub(super) const MAX_ORDERS: usize = 4_096;
/// Refunds and cancellations that wait at most; of more, the one known first is forgotten.
pub(super) const MAX_WAITING: usize = 256;
/// No value: the event lacks the attribute, or the stream did not admit the order.
pub(super) const ABSENT: i64 = i64::MIN;
const FIRST_CHECK: u32 = 8;

/// An order, or a line of one, that a refund or cancellation may name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) order: u64,
    pub(super) known: i64,
    pub(super) occurred: i64,
    /// Minor units as ordered, or [`ABSENT`].
    pub(super) gross: i64,
    /// Minor units that went back so far.
    pub(super) refunded: i64,
    /// One for each order stream of the program, [`ABSENT`] where the stream did not admit it.
    pub(super) values: Box<[i64]>,
}

/// A refund or a cancellation for orders that are not known yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) order: u64,
    pub(super) known: i64,
    /// Minor units not yet deducted from any order; [`ABSENT`] for a cancellation.
    pub(super) left: i64,
}

/// What happened to a line.
pub(super) enum Change {
    /// Its amount went from one value to another.
    Lowered(i64, i64),
    /// It is no order any more; its last amount is given.
    Fell(i64),
}

/// A customer's orders within reach, in the order in which they became known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ledger {
    pub(super) lines: Vec<Line>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) check_at: u32,
}

impl Ledger {
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.waiting.clear();
        self.check_at = FIRST_CHECK;
    }

    /// The earliest occurrence among orders that may still fall: no order stream forgets anything from there on.
    pub(super) fn earliest(&self, now: i64) -> i64 {
        let open = self.lines.iter().filter(|line| within_reach(line.known, now));
        open.map(|line| line.occurred).min().unwrap_or(i64::MAX)
    }

    /// Admits an order and applies what waited for it, in the order in which that became known.
    pub(super) fn admit(&mut self, mut line: Line, mut changed: impl FnMut(&Line, Change)) {
        for waiting in &mut self.waiting {
            let named = waiting.order == line.order && within_reach(waiting.known, line.known);
            if named && let Some(change) = line.take(&mut waiting.left) {
                let fell = matches!(change, Change::Fell(_));
                changed(&line, change);
                if fell {
                    return;
                }
            }
        }
        if self.lines.len() >= self.check_at.max(FIRST_CHECK) as usize {
            self.lines.retain(|old| within_reach(old.known, line.known));
            let over = (self.lines.len() + 1).saturating_sub(MAX_ORDERS);
            self.lines.drain(..over);
            self.check_at = u32::try_from((2 * self.lines.len()).min(MAX_ORDERS)).unwrap_or(FIRST_CHECK);
        }
        self.lines.push(line);
    }

    /// Deducts a refund (`left` is what went back) or cancels ([`ABSENT`]); what is left waits.
    pub(super) fn retract(
        &mut self,
        order: Symbol,
        known: i64,
        mut left: i64,
        mut changed: impl FnMut(&Line, Change),
    ) {
        let named = |line: &Line| line.order == order.bits() && within_reach(line.known, known);
        let mut places: Vec<usize> = (0..self.lines.len()).filter(|at| named(&self.lines[*at])).collect();
        places.sort_by_key(|at| self.lines[*at].occurred);
        let mut fallen = false;
        for at in places {
            let line = &mut self.lines[at];
            if let Some(change) = line.take(&mut left) {
                fallen |= matches!(change, Change::Fell(_));
                changed(line, change);
            }
        }
        if fallen {
            self.lines.retain(|line| line.refunded != ABSENT);
        }
        if left != 0 {
            self.waiting.retain(|old| within_reach(old.known, known));
            let over = (self.waiting.len() + 1).saturating_sub(MAX_WAITING);
            self.waiting.drain(..over);
            self.waiting.push(Waiting { order: order.bits(), known, left });
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let values = self.lines.iter().map(|line| size_of_val(&*line.values)).sum::<usize>();
        size_of_val(self.lines.as_slice()) + size_of_val(self.waiting.as_slice()) + values
    }
}

impl Line {
    /// What the order is worth now.
    pub(super) fn net(&self) -> i64 {
        if self.gross == ABSENT { ABSENT } else { self.gross - self.refunded }
    }

    /// Takes from a refund what this order can give back; a fallen line is marked by its refunds.
    fn take(&mut self, left: &mut i64) -> Option<Change> {
        let before = self.net();
        if *left == ABSENT {
            self.refunded = ABSENT;
            return Some(Change::Fell(before));
        }
        if *left == 0 || before == ABSENT {
            return None;
        }
        let taken = before.clamp(0, *left);
        *left -= taken;
        if taken >= before {
            self.refunded = ABSENT;
            return Some(Change::Fell(before));
        }
        self.refunded += taken;
        Some(Change::Lowered(before, before - taken))
    }
}

fn within_reach(known: i64, now: i64) -> bool {
    now.saturating_sub(known) <= REACH_US
}
