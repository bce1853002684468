//! The command line and what it prints, and the rules for the code as a whole: one program, so that it is linked once.

mod architecture;
mod cases;
mod charts;
mod completeness;
mod diagnostics;
mod differences;
mod documents;
mod harm;
mod limits;
mod lint;
#[cfg(feature = "lsp")]
mod lsp;
mod output;
mod program;
mod trace;
