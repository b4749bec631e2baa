#![no_main]

#[path = "../../tests/support/fuzzed/mod.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::run("feed", data));
