//! A walker over JSON text that builds nothing by itself: what reads large JSON, and what must say where it is damaged.
//!
//! Small answers and files that have one shape are read by `serde_json` into structs of their own: the answers of Tempo
//! servers (`tempo/decode`) and `meta.json` (`model/tempo_block/meta.rs`).

mod cursor;
mod number;
mod skip;

pub(crate) use cursor::Cursor;
pub(crate) use number::shortened;
pub(crate) use skip::{MAX_ANY, MAX_LISTS, TOO_DEEP};
