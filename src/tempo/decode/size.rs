//! The memory that an answer takes when it is decoded, told from its text before it is decoded.

/// Size of an object in memory, in bytes: the largest structure that an object becomes, and what lists grow by.
const OBJECT: u64 = 384;

/// Size of an element of a list, in bytes, beside what objects take.
const ELEMENT: u64 = 128;

/// Returns about how many bytes a JSON text takes when it is decoded: `[{},{},…]` takes a hundred times as many as it has.
/// Texts stand in it once more.
pub(super) fn decoded(text: &str) -> u64 {
    let (mut objects, mut elements, mut is_text, mut is_escaped) = (0, 0, false, false);
    // The lists and objects that are open; deeper ones count as lists.
    let (mut depth, mut lists) = (0_u32, u128::MAX);
    for byte in text.bytes() {
        if is_text {
            (is_text, is_escaped) = (is_escaped || byte != b'"', !is_escaped && byte == b'\\');
            continue;
        }
        match byte {
            b'"' => is_text = true,
            b'{' | b'[' => {
                objects += u64::from(byte == b'{');
                depth = depth.saturating_add(1);
                if let Some(bit) = 1_u128.checked_shl(depth) {
                    lists = if byte == b'[' { lists | bit } else { lists & !bit };
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => elements += u64::from(1_u128.checked_shl(depth).is_none_or(|bit| lists & bit != 0)),
            _ => {}
        }
    }
    text.len() as u64 + objects * OBJECT + elements * ELEMENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_elements_count() {
        for (text, objects, elements) in [
            ("{}", 1, 0),
            ("{\"a\":[{},{},{\"b\":1,\"c\":2}],\"d\":3}", 4, 2),
            ("{\"a\":[\"{,\\\"{,\",\"x\"],\"b\":[1,2,3]}", 1, 3),
            ("]]]],,", 0, 2),
        ] {
            assert_eq!(decoded(text), text.len() as u64 + objects * OBJECT + elements * ELEMENT, "{text}");
        }
        assert_eq!(decoded(&"[".repeat(200)), 200);
    }
}
