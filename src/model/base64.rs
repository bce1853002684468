//! Bytes as base64 text.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each digit, in the standard alphabet and in that of web addresses; [`NO_DIGIT`] for other bytes.
static VALUES: [u8; 256] = values();

const NO_DIGIT: u8 = 255;

const fn values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
}

/// Returns the text of bytes, in the standard alphabet, with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let known = digit <= chunk.len();
            text.push(if known { DIGITS[(bits >> (18 - 6 * digit)) as usize & 63] as char } else { '=' });
        }
    }
    text
}

/// Reads bytes from text in either alphabet, with padding or without; false if the text is something else.
pub fn decode(text: &[u8], mut sink: impl FnMut(u8)) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = &text[..text.len() - padding];
    if digits.len() % 4 == 1 || padding > 2 || padding != 0 && !text.len().is_multiple_of(4) {
        return false;
    }
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits {
        let value = VALUES[*digit as usize];
        if value == NO_DIGIT {
            return false;
        }
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            sink((bits >> count) as u8);
        }
    }
    true
}

/// Reads bytes as [`decode`] does; `None` if the text is no base64.
pub fn decode_all(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    decode(text.as_bytes(), |byte| bytes.push(byte)).then_some(bytes)
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
