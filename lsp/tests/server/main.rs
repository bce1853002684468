//! Sessions with the language server, over a pipe in memory.

mod catalog;
mod completion;
mod names;
mod progress;
mod protocol;
mod reading;
mod rewrites;
mod session;
mod shop;
mod workspace;
