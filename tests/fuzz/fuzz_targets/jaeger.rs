//! Any text as what Jaeger writes, whole and in the place of a trace, a span and a tag: no panic, sound columns, no damage
//! without a word.
#![no_main]

mod reading;
mod strict;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    strict::check(bytes);
    for (before, behind) in [
        (r#"{"data":[{"traceID":"1","spans":["#, r#"],"processes":{"p":{"serviceName":"s"}}}]}"#),
        (r#"{"traceID":"1","spanID":"2","operationName":"x","processID":"p","#, r#"}"#),
        (r#"{"traceID":"1","spanID":"2","operationName":"x","tags":[{"#, r#"}]}"#),
    ] {
        strict::check(&[before.as_bytes(), bytes, behind.as_bytes()].concat());
    }
});
