//! Tests of the buy-till-you-die family by kind: correctness, consistency, input checks.

#![cfg(test)]

mod apparel;
mod chances;
mod conformance;
mod correctness;
mod covariates;
mod extremes;
mod first_order;
mod golden;
mod input_checks;
mod recovery;
mod regular;
mod retention;
mod support;
