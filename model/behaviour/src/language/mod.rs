//! The behaviour language: from text to checked [expressions](crate::expression).
