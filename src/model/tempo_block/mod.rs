//! What readers and writers of Tempo's blocks share: the files of a block, and where its Parquet file keeps what.
//!
//! A block is a folder `<tenant>/<block id>`. Its traces lie in `data.parquet`, one row for each, in order of their ids;
//! `bloom-0`, `bloom-1` … tell which ids are not in it, `index` names the last id of each row group, and `meta.json` says
//! what the block holds. Tempo takes a folder without `meta.json` for no block.
//!
//! All that is said here was read off blocks that Tempo wrote and off its documentation.

pub mod bloom;
pub mod layout;
pub mod meta;
pub mod page_header;
pub(crate) mod thrift;

/// The file that holds the traces.
pub const DATA_FILE: &str = "data.parquet";

/// The file that names the last trace id of each row group.
pub const INDEX_FILE: &str = "index";

/// The file that says what the block holds.
pub const META_FILE: &str = "meta.json";
