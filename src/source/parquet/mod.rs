//! Reads leaf columns of Parquet files: pages that can matter, as levels and values.
//!
//! The `parquet` crate reads footers, indexes and page headers and unpacks pages. Its readers of values are not used: they
//! make an object of every value and a builder of every list, which costs more than all the rest. What the bytes of a page
//! mean is decoded here, straight into places in dictionaries, and levels instead of lists of lists.
//!
//! ```text
//! Ranges ─► ParquetFile ─► Chunk: where pages lie, what they can hold ─► Column: levels and values of some rows
//! ```
//!
//! - [`agreement`] holds what a file says twice against itself;
//! - [`encoding`] decodes what a page holds;
//! - [`levels`] tells from repetition and definition levels how the values belong together.

mod agreement;
pub(crate) mod column;
pub(crate) mod encoding;
pub(crate) mod file;
pub(crate) mod levels;
mod log;
pub(crate) mod page;
pub(crate) mod picked;
pub(crate) mod ranges;
pub(crate) mod rows;
pub(crate) mod texts;
pub(crate) mod values;

#[cfg(test)]
mod tests;
