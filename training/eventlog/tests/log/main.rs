//! The event log as its callers use it: import, read, compact, and all that can go wrong.

#![cfg(test)]

mod attributes;
mod columnar;
mod oracle;
mod refusals;
mod runs;
mod support;
