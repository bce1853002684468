//! What is read: spans as columns, and what is answered: spansets and series.
//!
//! Nothing here knows where spans come from or what is asked of them.

pub mod any_value;
pub mod assemble;
pub mod attributes;
pub mod base64;
pub mod batch;
pub mod budget;
pub(crate) mod by_row;
pub mod cancel;
pub mod catalog;
pub mod critical_path;
pub mod dictionary;
pub mod explain;
pub mod extras;
pub(crate) mod fault;
pub(crate) mod gather;
pub mod ids;
pub mod intrinsic_facts;
pub(crate) mod json;
pub mod names;
pub mod note;
pub mod operand;
pub mod otlp_enums;
pub mod profile;
pub mod progress;
pub mod projection;
pub mod quirks;
pub mod result;
pub mod scan;
pub mod secrets;
pub mod series;
pub mod shown_url;
pub(crate) mod stable_hash;
#[cfg(feature = "tempo-block")]
pub mod tempo_block;
pub mod trace_id;
pub(crate) mod twice;
pub mod units;
pub mod waterfall;
