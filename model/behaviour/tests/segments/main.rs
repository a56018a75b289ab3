//! Segments: the proof against brute force, the shipped definitions against customers made by hand.

#![cfg(test)]

mod partition;
mod standard;
