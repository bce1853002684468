//! Reads leaf columns of Parquet files: pages that can matter, as levels and values.
//!
//! The `parquet` crate reads footers, indexes and page headers and unpacks pages. What the bytes of a page mean is decoded
//! here, straight into the vectors that a reader of nested columns needs: places in dictionaries instead of one byte
//! string for each value, and levels instead of lists of lists.
//!
//! ```text
//! Ranges ─► ParquetFile ─► Chunk: where pages lie, what they can hold ─► Column: levels and values of some rows
//! ```

pub(crate) mod column;
pub(crate) mod encoding;
pub(crate) mod file;
pub(crate) mod ranges;
pub(crate) mod rows;
pub(crate) mod texts;
