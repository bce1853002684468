//! Editor intelligence for TraceQL.
//!
//! `document` knows where in a file a query stands and how offsets become lines and columns; `lint` what is wrong with it.
//! No protocol and no IO in both: the command line uses them too.

#![forbid(unsafe_code)]

pub mod catalog;
pub mod document;
pub mod ide;
pub mod lint;
