//! The report from the outside, one module for each kind of test.

#![cfg(test)]

mod correctness;
mod defined;
mod edges;
mod page;
mod support;
mod untrusted;
mod words;
