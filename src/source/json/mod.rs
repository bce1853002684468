//! A walker over JSON text that builds nothing by itself.

mod cursor;
mod number;
mod skip;

pub(super) use cursor::Cursor;
pub(super) use number::shortened;
pub(super) use skip::{MAX_LISTS, TOO_DEEP};
