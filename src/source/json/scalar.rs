//! Values of attributes in formats that write them as plain JSON.

use std::borrow::Cow;

use super::{Cursor, MAX_LISTS};
use crate::{
    model::{any_value::AnyValue, attributes::Cell},
    source::{builder::FragmentBuilder, fault::Decoded},
};

/// A value without parts.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::source) enum Scalar<'a> {
    Str(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Never written as such: formats have bytes in base64.
    Bytes(Vec<u8>),
}

impl<'a> Cursor<'a> {
    /// Reads a value; `None` for `null`, and for lists and objects, which are stepped over.
    pub(in crate::source) fn scalar(&mut self) -> Decoded<Option<Scalar<'a>>> {
        Ok(Some(match self.peek() {
            Some(b'"') => Scalar::Str(self.string()?),
            Some(b't' | b'f') => Scalar::Bool(self.bool()?),
            Some(b'-' | b'0'..=b'9') => {
                let text = self.number()?;
                // A number with a fraction, or one that 64 bits cannot hold; its text is a float's in Rust too.
                text.parse().map_or_else(|_| Scalar::Float(text.parse().unwrap_or(f64::NAN)), Scalar::Int)
            }
            _ => {
                self.skip(MAX_LISTS)?;
                return Ok(None);
            }
        }))
    }
}

impl<'a> Scalar<'a> {
    /// Returns the value as it stands in a column; `None` if TraceQL cannot see it, unless everything is wanted.
    pub(in crate::source) fn cell(&self, builder: &mut FragmentBuilder) -> Option<Cell> {
        Some(match self {
            Scalar::Str(text) => Cell::Str(builder.text(text)),
            Scalar::Int(number) => Cell::Int(*number),
            Scalar::Float(number) => Cell::Float(*number),
            Scalar::Bool(truth) => Cell::Bool(*truth),
            Scalar::Bytes(_) if !builder.wants().extras => Cell::UNHELD,
            Scalar::Bytes(bytes) => Cell::Other(builder.text(&AnyValue::Bytes(bytes.clone()).text())),
        })
    }

    /// Returns the text; `None` for other values.
    pub(in crate::source) fn text(&self) -> Option<&Cow<'a, str>> {
        if let Scalar::Str(text) = self { Some(text) } else { None }
    }
}
