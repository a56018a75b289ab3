//! The fold, tested from outside: the meaning case by case, parity with an oracle of plain loops, the next change
//! against every instant, and what a state costs.

#![cfg(test)]
#![expect(clippy::wildcard_enum_match_arm, reason = "the oracle says what is left over in one word")]

mod bounded;
mod build;
mod meaning;
mod next_change;
mod oracle;
mod parity;
mod percentile;
mod random;
mod sets;
