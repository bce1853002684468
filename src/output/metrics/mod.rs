//! Answers to metrics queries, in one format per file.

pub mod table;
