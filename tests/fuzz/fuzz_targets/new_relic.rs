//! Any text as what New Relic writes, whole and in the place of a batch, a span and its attributes: no panic, sound columns, no damage
//! without a word.
#![no_main]

mod reading;
mod strict;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    strict::check(bytes);
    for (before, behind) in [
        (r#"{"common":{"attributes":{"n":1}},"spans":["#, r#"]}"#),
        (r#"{"spans":[{"trace.id":"1","id":"2","#, r#"}]}"#),
        (r#"{"spans":[{"trace.id":"1","id":"2","attributes":{"#, r#"}}]}"#),
    ] {
        strict::check(&[before.as_bytes(), bytes, behind.as_bytes()].concat());
    }
});
