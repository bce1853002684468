//! Any text as what Go's stdouttrace writes, whole and in the place of a span, an attribute and an event: no panic, sound columns, no damage
//! without a word.
#![no_main]

mod reading;
mod strict;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    strict::check(bytes);
    for (before, behind) in [
        (r#"{"SpanContext":{"TraceID":"1","SpanID":"2"},"#, r#"}"#),
        (r#"{"SpanContext":{"TraceID":"1","SpanID":"2"},"Attributes":[{"Key":"a","#, r#"}]}"#),
        (r#"{"SpanContext":{"TraceID":"1","SpanID":"2"},"Events":[{"#, r#"}]}"#),
    ] {
        strict::check(&[before.as_bytes(), bytes, behind.as_bytes()].concat());
    }
});
