//! Bytes as base64 text: the crate `base64`, as tolerant as readers of traces must be.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose},
};

/// Takes texts with padding or without, and any bits behind the last byte.
const TOLERANT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, TOLERANT);

/// The alphabet of web addresses.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, TOLERANT);

/// Returns the text of bytes, in the standard alphabet, with padding.
pub fn encode(bytes: &[u8]) -> String {
    general_purpose::STANDARD.encode(bytes)
}

/// Reads bytes from text in either alphabet, with padding or without, into `bytes`, and returns how many came; `None` if the
/// text is something else, or has more bytes.
pub fn decode_into(text: &[u8], bytes: &mut [u8]) -> Option<usize> {
    engine(text)?.decode_slice(text, bytes).ok()
}

/// Reads bytes from text in either alphabet, with padding or without; `None` if the text is something else.
pub fn decode_all(text: &str) -> Option<Vec<u8>> {
    engine(text.as_bytes())?.decode(text).ok()
}

/// Returns what reads a text; `None` if it has some padding, and not all of it.
fn engine(text: &[u8]) -> Option<GeneralPurpose> {
    if text.ends_with(b"=") && !text.len().is_multiple_of(4) {
        return None;
    }
    Some(if text.iter().any(|byte| matches!(byte, b'-' | b'_')) { URL_SAFE } else { STANDARD })
}

#[cfg(test)]
mod tests {
    use super::{decode_all, encode};

    #[test]
    fn every_length_is_written_as_the_standard_has_it_and_read_back() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode_all(text).as_deref(), Some(bytes.as_bytes()));
            assert_eq!(decode_all(text.trim_end_matches('=')).as_deref(), Some(bytes.as_bytes()), "without padding");
        }
        assert_eq!(encode(&[255, 239]), "/+8=");
        assert_eq!(decode_all("_-8"), Some(vec![255, 239]), "the other alphabet");
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["Z", "Zg=", "Zm9v=", "Zm9v====", "Z!==", "=Zg=", "Zm9vY", "é"] {
            assert_eq!(decode_all(text), None, "{text}");
        }
    }
}
