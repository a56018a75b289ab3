//! The server over a real socket, one module for each promise.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its fixture has failed")]

mod fixture;

mod deadlines;
mod drain;
mod health;
mod limits;
mod model;
mod reflection;
mod sample;
mod scoring;
