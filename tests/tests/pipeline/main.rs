//! The way from real orders to scores, one module for each kind of test.

#![cfg(test)]

mod consistency;
mod correctness;
mod parity;
mod remote;
mod support;
