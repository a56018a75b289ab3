//! Segments: the proof against brute force, the shipped definitions against customers made by hand.

#![cfg(test)]

mod book;
mod customers;
mod facts;
mod partition;
mod standard;
