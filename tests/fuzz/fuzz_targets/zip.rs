#![no_main]

libfuzzer_sys::fuzz_target!(|file: &[u8]| glimpse_fuzz::read(glimpse_fuzz::readers::zip, file));
