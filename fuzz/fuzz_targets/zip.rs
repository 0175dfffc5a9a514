#![no_main]

libfuzzer_sys::fuzz_target!(init: recist_fuzz::prepare(), |bytes: &[u8]| recist_fuzz::open(recist_fuzz::doors::zip, bytes));
