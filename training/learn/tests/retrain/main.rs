//! Training again: the boosted rung, leaks, determinism, champion and challenger, drift.

#![cfg(test)]

mod churn;
mod contest;
mod coverage;
mod curve;
mod drift;
mod ladder;
mod leak;
mod season;
mod season_of_churn;
mod support;
mod tune;
