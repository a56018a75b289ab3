//! How a model is made.
//!
//! From an [`OrderBook`] and a [`Recipe`], [`train`] fits every candidate, backtests all of them from
//! rolling origins that lie before the as-of, takes the one that ranks best over all measures, sets its
//! level where the backtests agree on it, and gives back a [`Trained`] model with its table.
//! Nothing that happened at or after the as-of is looked at.

#![forbid(unsafe_code)]

mod backtest;
mod book;
mod candidate;
mod choice;
mod error;
mod evaluate;
mod level;
mod origin;
mod recipe;
#[cfg(test)]
mod sample;
pub mod simulate;
mod train;

pub use book::OrderBook;
pub use candidate::OrderKind;
pub use error::LearnError;
pub use evaluate::{Evaluation, RungLine, evaluate};
pub use recipe::{ModelChoice, Recipe};
pub use train::{Trained, train};
