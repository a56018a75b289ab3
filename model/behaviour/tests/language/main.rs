//! The behaviour language from outside: what it can say, what it refuses and how, and that printing is faithful.

#![cfg(test)]

mod errors;
mod examples;
mod hostile;
mod print;
mod readings;
mod trees;
