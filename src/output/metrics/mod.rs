//! Answers to metrics queries, in one format per file.

pub mod flat;
pub mod json;
pub mod prometheus;
mod samples;
pub mod table;
