//! Training again: leaks, determinism, champion and challenger, drift.

#![cfg(test)]

mod contest;
mod drift;
mod leak;
mod support;
