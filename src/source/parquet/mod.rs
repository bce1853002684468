//! Parquet below the level of its pages: the bytes of a page become levels, indices and values here.
//!
//! Footers, page headers and decompression are the business of the `parquet` crate. Its readers of values are not used:
//! they make an object of every value and a builder of every list, which costs more than all the rest.
//!
//! - [`encoding`] decodes what a page holds;
//! - [`levels`] tells from repetition and definition levels how the values belong together.

#![forbid(unsafe_code)]

pub(crate) mod encoding;
pub(crate) mod levels;

#[cfg(test)]
mod tests;
