//! Sessions with the language server, over a pipe in memory.

mod catalog;
mod completion;
mod protocol;
mod session;
mod shop;
