//! The encodings of Parquet's pages, as passes over bytes that a compiler can turn into vector code.
//!
//! Every decoder appends as many values as its caller says to a vector that the caller keeps from page to page; it reads
//! no more than that and never fills the vector with more. All lengths come from the page and are not to be trusted: what
//! does not fit together is [`Corrupt`]. After an error the vector holds anything.
//!
//! Nothing here names other parts of the crate, so that the benchmark and the fuzz target can include the folder.

pub(crate) mod delta;
pub(crate) mod hybrid;
pub(crate) mod plain;
pub(crate) mod ranges;
mod unpack;

use std::fmt;

/// What is wrong with the bytes of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt(pub(crate) &'static str);

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be decoded: {}", self.0)
    }
}

/// So many values are believed to come: room is made for them at once.
const CLAIMED: usize = 1 << 15;

/// Takes an unsigned number of variable length (LEB128) from the front of `bytes`.
#[inline]
fn varint(bytes: &mut &[u8]) -> Result<u64, Corrupt> {
    match **bytes {
        [low, ref rest @ ..] if low < 0x80 => {
            *bytes = rest;
            Ok(u64::from(low))
        }
        _ => long_varint(bytes),
    }
}

fn long_varint(bytes: &mut &[u8]) -> Result<u64, Corrupt> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        if i == 9 && bits > 1 {
            break;
        }
        value |= bits << (7 * i);
        if byte < 0x80 {
            *bytes = &bytes[i + 1..];
            return Ok(value);
        }
    }
    Err(Corrupt(if bytes.len() < 10 { "a number is cut off" } else { "a number has more than 64 bits" }))
}

/// Takes a signed number of variable length (zigzag) from the front of `bytes`.
#[inline]
fn zigzag(bytes: &mut &[u8]) -> Result<i64, Corrupt> {
    let value = varint(bytes)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}
