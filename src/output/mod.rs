//! How answers and findings are written: one file per format.
//!
//! The formats are contracts. What is inside the program (queries, diagnostics, results) has no serialised form of its
//! own; each format has structs that say exactly what comes out.

mod cells;
pub mod diagnostic;
pub mod go_json;
pub mod metrics;
pub mod page;
pub mod search;
mod tempo_json;
pub mod text;
pub mod trace;
