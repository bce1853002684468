//! Trace and span ids as text: hex as OTLP wants it, or base64 as protobuf's own JSON has it.

use crate::model::base64;

/// Reads `N` bytes from hex or base64, which their lengths tell apart.
pub(in crate::source) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() == 2 * N { hex(text) } else { base64(text) }
}

#[inline]
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let mut bad = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.as_chunks::<2>().0) {
        let (high, low) = (HEX[pair[0] as usize], HEX[pair[1] as usize]);
        bad |= high | low;
        *byte = high << 4 | low;
    }
    (bad < 16).then_some(bytes)
}

/// The value of each hex digit; 255 for other bytes.
static HEX: [u8; 256] = digits(b"0123456789abcdef", b"0123456789ABCDEF");

const fn digits<const N: usize>(alphabet: &[u8; N], other: &[u8; N]) -> [u8; 256] {
    let mut values = [255; 256];
    let mut value = 0;
    while value < N {
        values[alphabet[value] as usize] = value as u8;
        values[other[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// Reads `N` bytes, at most 16, from base64, with padding or without, in either alphabet.
pub(in crate::source) fn base64<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    // Room for more bytes than an id has, so that too many of them are seen.
    let mut bytes = [0; 32];
    let count = base64::decode_into(text, &mut bytes)?;
    bytes.get(..count)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn hex_in_either_case() {
        assert_eq!(decode("00ff10Ab"), Some([0x00, 0xff, 0x10, 0xab]));
        assert_eq!(decode::<4>("00ff10ag"), None);
        assert_eq!(decode::<4>("00ff10a"), None);
    }

    #[test]
    fn base64_with_and_without_padding_and_in_both_alphabets() {
        assert_eq!(decode("AAECAwQFBgc="), Some([0, 1, 2, 3, 4, 5, 6, 7]));
        assert_eq!(decode("AAECAwQFBgc"), Some([0, 1, 2, 3, 4, 5, 6, 7]));
        assert_eq!(decode("/////////+8="), Some([255, 255, 255, 255, 255, 255, 255, 239]));
        assert_eq!(decode("_________-8="), Some([255, 255, 255, 255, 255, 255, 255, 239]));
        assert_eq!(decode::<8>("AAECAwQFBgc=="), None);
        assert_eq!(decode::<8>("AAECAwQFBg=="), None, "seven bytes");
        assert_eq!(decode::<8>("AAECAwQFBg!="), None);
    }
}
