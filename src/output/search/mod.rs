//! Answers to searches, in one format per file.

pub mod flat;
pub mod json;
pub mod table;
