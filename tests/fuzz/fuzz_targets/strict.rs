//! Reads text, and asserts besides what always holds that nothing which a strict parser turns away is read without a word.

use serde::de::IgnoredAny;

use super::reading;

pub(crate) fn check(bytes: &[u8]) {
    let sound = reading::check(bytes).is_some();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if sound && text.trim_ascii_start().first().is_some_and(|byte| b"{[".contains(byte)) {
        let values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
        values.for_each(|value| assert!(value.is_ok(), "{:?}: {}", value.err(), String::from_utf8_lossy(text)));
    }
}
