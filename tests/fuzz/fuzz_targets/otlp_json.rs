//! Any text: no panic, sound columns, and nothing that a strict parser turns away is read without a word.
#![no_main]

mod reading;
mod strict;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| strict::check(bytes));
