//! What a bundle says and how far to trust it, as one HTML page.
//!
//! [`Report::of`] scores the customers of a shop at an as-of and sums up: what was predicted, what then happened
//! where that is known, who the customers are; [`Report::of_customers`] does so with answers that were made from more
//! than orders. Parts that others measure ([`Importance`], [`Drift`]) are put in afterwards. [`page()`] makes the page of it, in English or Chinese, and [`model_card`] the bundle's
//! model card as Markdown.
//!
//! A report holds sums, shares and quantiles: there is no place in it for a customer's name, and its size does not
//! grow with the shop. The page asks nothing of the network. Plots are drawn by the plotly.js inside it, in
//! colours that the style sheet names, so that light and dark are one page.

#![forbid(unsafe_code)]

mod answer;
mod card;
mod collect;
mod error;
mod format;
mod language;
mod meaning;
mod measured;
mod measures;
mod notes;
mod page;
mod proof;
mod report;
mod story;
mod table_card;

pub use answer::{Answer, Churned, Customer};
pub use card::model_card;
pub use error::ReportError;
pub use language::Language;
pub use measured::{Coverage, CoverageLine, Drift, DriftVerdict, FeatureDrift, Importance, WindowDrift};
pub use page::page;
pub use proof::{Group, GroupKind, Proof, Totals};
pub use report::{
    Ask, Cohort, Cohorts, DefinedChurn, Heat, PastRateLine, Population, Report, SegmentLine, Tracking,
    ValueBin, ValueSpread,
};
pub use table_card::table_card;
