//! The engine and the formats that it reads and writes, as a library: one program, so that it is linked once.

mod evaluation;
#[cfg(feature = "tempo-block")]
mod pages;
mod session;
mod sources;
#[cfg(feature = "tempo-block")]
mod tempo_block;
#[cfg(feature = "tempo-block")]
mod tempo_reader;
#[cfg(feature = "tempo-block")]
mod tempo_writer;
