//! JSON of trace formats: the walker over text, and the values of attributes that are plain JSON.

mod scalar;

pub(super) use crate::model::json::{Cursor, MAX_ANY, MAX_LISTS, TOO_DEEP, shortened};
pub(super) use scalar::Scalar;
