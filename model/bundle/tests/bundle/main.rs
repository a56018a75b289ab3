//! The file format from outside: round trips, lies, and files of every release.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod batch;
mod bend;
#[path = "../common/mod.rs"]
mod common;
mod crafted;
mod curve;
mod golden;
mod intervals;
mod own_dates;
mod prior;
mod profile;
mod reasons;
mod registry;
mod roundtrip;
