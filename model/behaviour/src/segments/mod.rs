//! Segments: named definitions, proved a partition, with what to do about each.
