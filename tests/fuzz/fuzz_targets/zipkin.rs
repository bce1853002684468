//! Any text as what Zipkin writes, whole and in the place of a list, a span and an annotation: no panic, sound columns, no damage
//! without a word.
#![no_main]

mod reading;
mod strict;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    strict::check(bytes);
    for (before, behind) in [
        (r#"[["#, r#"]]"#),
        (r#"{"traceId":"1","id":"2","#, r#"}"#),
        (r#"{"traceId":"1","id":"2","annotations":[{"timestamp":1,"endpoint":{"serviceName":"s"},"#, r#"}]}"#),
    ] {
        strict::check(&[before.as_bytes(), bytes, behind.as_bytes()].concat());
    }
});
