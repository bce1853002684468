//! How answers and findings are written: one file per format.
//!
//! The formats are contracts. What is inside the program (queries, diagnostics, results) has no serialised form of its
//! own; each format has structs that say exactly what comes out.

pub mod cancellable;
pub mod catalog;
mod cells;
#[cfg(feature = "remote")]
pub mod contexts;
pub mod csv;
pub mod diagnostic;
pub mod explain;
pub mod explore;
pub mod folder;
pub mod go_json;
mod jaeger;
mod json_text;
pub mod losses;
pub mod metrics;
pub mod notes;
mod origins;
mod otlp;
pub mod page;
mod rows;
pub mod search;
pub mod style;
mod tags;
#[cfg(feature = "tempo-block")]
pub mod tempo_block;
mod tempo_json;
pub mod text;
pub mod trace;
pub mod traces;
pub mod visible;
mod zipkin;
