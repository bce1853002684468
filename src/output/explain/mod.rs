//! How a query is done and what it takes, for people and for machines.

pub mod json;
pub mod table;
mod words;
