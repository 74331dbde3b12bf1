//! Is what fuzzing found read or refused, at once? See tests/fuzz.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

#[path = "../fuzz/readers.rs"]
mod readers;

fn replay(reader: fn(&[u8]), name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    for path in files {
        let file = fs::read(&path).unwrap();
        let started = Instant::now();
        reader(&file);
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{} took {:?}",
            path.display(),
            started.elapsed()
        );
    }
}

#[test]
fn every_zip_of_the_corpus_is_read_or_refused_at_once() {
    replay(readers::zip, "zip");
}

#[test]
fn every_png_of_the_corpus_is_read_or_refused_at_once() {
    replay(readers::png, "png");
}

#[test]
fn every_idx_file_of_the_corpus_is_read_or_refused_at_once() {
    replay(readers::idx, "idx");
}

#[test]
fn every_weights_file_of_the_corpus_is_read_or_refused_at_once() {
    replay(readers::safetensors, "safetensors");
}
