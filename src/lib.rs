//! Runs TraceQL, the query language of Grafana Tempo, over trace files, Tempo's blocks and Tempo servers.
//!
//! A [`session::Session`] knows the sources, a [`session::Request`] is the question, [`session::run`] answers it:
//!
//! ```
//! use traceql::session::{Cancel, Found, Quiet, Request, Search, Session, run};
//!
//! let session = Session::over(["examples/shop.otlp.jsonl"]);
//! let query = session.check("{ status = error } | select(resource.service.name)");
//! let answer = run(&session, &Request::Search(Search::new(query)), &Cancel::new(), &Quiet)?;
//! if let Found::Search(matches) = answer.found {
//!     for trace in matches.result.traces {
//!         println!("{} took {} ms", trace.id, trace.duration / 1_000_000);
//!     }
//! }
//! # Ok::<(), traceql::session::Error>(())
//! ```
//!
//! Below it, a `Query` from `traceql-grammar` becomes a [`plan`], a [`source`] gives batches of spans, the engine ([`exec`])
//! turns them into a result, [`output`] writes it. The types in between are in [`model`].

#![deny(unsafe_code)]
#![allow(rustdoc::private_intra_doc_links, reason = "the documentation of private items is read in the sources")]

pub mod cli;
pub mod exec;
pub mod model;
pub mod output;
pub mod plan;
pub mod session;
pub mod source;
#[cfg(feature = "remote")]
pub mod tempo;
