//! The model file and the one scoring path.

#![forbid(unsafe_code)]

mod answer;
mod batch;
mod boosted;
mod churn;
mod compat;
mod container;
mod dates;
mod digest;
mod error;
mod file;
mod forecast;
mod inspect;
mod limits;
mod manifest;
mod model;
mod naive;
mod no_trees;
mod part;
mod prior;
mod profile;
mod reasons;
mod registry;
mod score;
mod scorer;
mod strict;
mod table;
mod warm_up;

pub use answer::cut_at;
pub use batch::Batch;
pub use boosted::{
    Base, Bend, Blend, BlendMember, Boosted, BoostedModel, CategoryNames, Column, PurchaseReading, RowReader,
    number,
};
pub use churn::{Churn, ChurnDefinition, ChurnModel, FromPurchases, InvalidChurn};
pub use compat::FORMAT_VERSION;
pub use container::{RawBundle, decode, encode};
pub use dates::{InvalidDates, OwnDates};
pub use digest::Digest;
pub use error::BundleError;
pub use file::{read_file, write_file};
pub use forecast::{Forecast, as_customer, log_gaps};
pub use inspect::describe;
pub use limits::Limits;
pub use manifest::{BacktestRow, BehaviourSource, DataFingerprint, FeatureSchema, Manifest, PartEntry};
pub use model::{InvalidLevel, Level, OrderModel, OrderOutlook, SpendBasis, SpendModel};
pub use naive::NaiveRate;
pub use no_trees::NoTrees;
pub use part::{Part, decode_part, encode_part};
pub use prior::{InvalidFirstSpend, Prior};
pub use profile::{FeatureProfile, Profile};
pub use reasons::{
    Cause, Change, ChangeKind, Contribution, Importance, ImportanceRow, Reasons, RiskBand, Start, Typical,
    ValueContribution, ValueReasons, Wording,
};
pub use registry::{LABEL_HISTORY, Label, LabelName, Listed, Listing, Placed, Registry, RegistryError};
pub use score::{DateSource, HorizonChurn, NextOrder, NextRung, Rung, Score, ScoreOptions, ValueInterval};
pub use scorer::{Model, Scorer};
pub use table::{TableQuestion, TableScorer};
pub use warm_up::{WarmUpError, warm_up, warm_up_with};
