//! Runs TraceQL over trace files.
//!
//! A `Query` from `traceql-grammar` becomes a plan, a source gives batches of spans, the engine turns them into a result,
//! `output` prints it.

#![deny(unsafe_code)]

pub mod cli;
pub mod exec;
pub mod model;
pub mod output;
pub mod plan;
pub mod source;
#[cfg(feature = "remote")]
pub mod tempo;
