//! Editor intelligence for TraceQL.
//!
//! `document` knows where in a file a query stands and how offsets become lines and columns; `lint` what is wrong with it.
//! No protocol and no IO in both: the command line uses them too. `server`, behind a feature of that name, is the protocol
//! around them.

#![forbid(unsafe_code)]

pub mod catalog;
pub mod document;
pub mod ide;
pub mod lint;
pub mod runner;
#[cfg(feature = "server")]
pub mod server;
pub mod stop;
