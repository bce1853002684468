//! A walker over JSON text that builds nothing by itself.

mod cursor;
mod number;
mod scalar;
mod skip;

pub(super) use cursor::Cursor;
pub(super) use number::shortened;
pub(super) use scalar::Scalar;
pub(super) use skip::{MAX_ANY, MAX_LISTS, TOO_DEEP};
