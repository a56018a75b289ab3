//! The model file and the one scoring path.

#![forbid(unsafe_code)]

mod compat;
mod container;
mod digest;
mod error;
mod file;
mod forecast;
mod inspect;
mod limits;
mod manifest;
mod model;
mod naive;
mod part;
mod score;
mod scorer;
mod strict;

pub use compat::FORMAT_VERSION;
pub use container::{RawBundle, decode, encode};
pub use digest::Digest;
pub use error::BundleError;
pub use file::{read_file, write_file};
pub use forecast::{Forecast, as_customer};
pub use inspect::describe;
pub use limits::Limits;
pub use manifest::{BacktestRow, BehaviourSource, DataFingerprint, FeatureSchema, Manifest, PartEntry};
pub use model::{InvalidLevel, Level, OrderModel, OrderOutlook, SpendBasis, SpendModel};
pub use naive::NaiveRate;
pub use part::{Part, decode_part, encode_part};
pub use score::{HorizonChurn, NextOrder, Rung, Score, ScoreOptions};
pub use scorer::{Model, Scorer};
