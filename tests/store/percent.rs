//! Texts of URLs, for the servers of tests.

/// Returns a text without percent signs: each stands for the byte behind it.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes().iter();
    while let Some(byte) = rest.next() {
        let hex: String =
            if *byte == b'%' { rest.by_ref().take(2).map(|byte| *byte as char).collect() } else { String::new() };
        bytes.push(u8::from_str_radix(&hex, 16).unwrap_or(*byte));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
