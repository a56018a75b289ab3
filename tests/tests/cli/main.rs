//! The command line, run as its users run it, one module for each kind of test.

#![cfg(test)]

mod boosted;
mod churn;
mod consistency;
mod features;
mod from_log;
mod input_checks;
mod language;
mod log;
mod log_tools;
mod no_leak;
mod reasons;
mod report;
mod retention;
mod retrain;
mod runability;
mod segments;
mod simulate;
mod support;
mod table;
mod tune;
