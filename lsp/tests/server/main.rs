//! Sessions with the language server, over a pipe in memory.

mod completion;
mod protocol;
mod reading;
mod session;
mod shop;
