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
mod contest;
mod counted;
mod coverage;
mod drift;
mod error;
mod evaluate;
mod first_orders;
mod inputs;
mod judged;
mod ladder;
pub mod learners;
mod level;
mod merits;
mod onlooker;
mod origin;
mod recipe;
mod recorded;
mod rhythm;
#[cfg(test)]
mod sample;
mod schema;
mod shop;
mod silence;
pub mod simulate;
pub mod table;
mod train;
mod tree_inputs;
mod visitors;

pub use book::OrderBook;
pub use candidate::OrderKind;
pub use contest::{Comparison, Entrant, How, Outcome, Side, compare};
pub use drift::{Drift, DriftRules, DriftVerdict, FeatureDrift, Shift, WindowDrift, drift};
pub use error::LearnError;
pub use evaluate::{Evaluation, RungLine, evaluate};
pub use judged::churned;
pub use ladder::{FactSource, Tuning};
pub use onlooker::Onlooker;
pub use recipe::{ModelChoice, Recipe};
pub use recorded::{recipe_of, recipe_part};
pub use shop::{Known, Shop};
pub use silence::Silence;
pub use train::{Trained, train, train_from, train_tuned};
pub use visitors::Visitors;
