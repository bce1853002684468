//! The decoders of pages, held against what the writer of the `parquet` crate was given, and against damage.

mod edges;
mod levels;
mod packed;
mod written;

use std::fmt::Debug;

use super::encoding::{Corrupt, ranges::ByteRanges};

/// Returns the byte arrays that lie in `bytes`.
fn arrays(bytes: &[u8], ranges: &ByteRanges) -> Vec<Vec<u8>> {
    assert_eq!(ranges.iter().len(), ranges.len());
    let arrays: Vec<Vec<u8>> = ranges.iter().map(|range| bytes[range].to_vec()).collect();
    if let Some(width) = ranges.width() {
        assert!(arrays.iter().all(|array| array.len() == width));
    }
    arrays
}

/// Decodes `bytes` whole, cut off anywhere, and with a changed byte; what is cut off must be told to be corrupt, unless
/// nothing that matters is missing.
fn decode_whole_and_damaged<T: PartialEq + Debug>(bytes: &[u8], decode: impl Fn(&[u8]) -> Result<T, Corrupt>) -> T {
    let whole = decode(bytes).unwrap();
    // All cuts of short pages, many of long ones.
    for cut in (0..bytes.len()).step_by(bytes.len() / 200 + 1) {
        if let Ok(decoded) = decode(&bytes[..cut]) {
            assert_eq!(decoded, whole, "cut at {cut} of {}", bytes.len());
        }
        let mut changed = bytes.to_vec();
        changed[cut] ^= 1 << (cut % 8);
        // Any result will do that is no panic.
        let _ = decode(&changed);
    }
    whole
}
