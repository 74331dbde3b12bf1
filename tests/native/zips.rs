//! Are archives read as people pack them, and is it said what was found where they cannot be?

use glimpse::dataset::{DatasetError, OfficialRuns, Omniglot};

use crate::dataset::{dot, zip};

/// The same archive, but that `from` is written as `to` in its paths.
fn rewritten(mut zip: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..zip.len() - from.len() {
        if zip[at..].starts_with(from.as_bytes()) {
            zip[at..][..to.len()].copy_from_slice(to.as_bytes());
        }
    }
    zip
}

const ALPHABET: [&str; 2] = ["images/A/character01/0001_01.png", "images/A/character02/0002_01.png"];

fn alphabet() -> Vec<u8> {
    zip(ALPHABET.into_iter().zip([dot(0), dot(1)]))
}

const RUN: [&str; 4] = [
    "run01/test/item01.png",
    "run01/test/item02.png",
    "run01/training/class01.png",
    "run01/training/class02.png",
];

fn run(labels: &str) -> Vec<u8> {
    let pictures = RUN.into_iter().zip(0..).map(|(path, column)| (path, dot(column)));
    zip(pictures.chain([("run01/class_labels.txt", labels.into())]))
}

const LABELS: &str =
    "run01/test/item01.png run01/training/class02.png\nrun01/test/item02.png run01/training/class01.png\n";

#[test]
fn paths_are_read_with_backslashes_in_capitals_and_in_other_folders() {
    let plain = Omniglot::from_zip(&alphabet()).unwrap();
    let above = ALPHABET.map(|path| format!("a/b/{path}"));
    let packed = [
        ("backslashes", rewritten(alphabet(), "images/A/character0", "images\\A\\character0")),
        ("backslashes to the file", rewritten(alphabet(), "/0", "\\0")),
        ("PNG", rewritten(alphabet(), ".png", ".PNG")),
        ("Png", rewritten(alphabet(), ".png", ".Png")),
        ("capitals", rewritten(alphabet(), "character", "CHARACTER")),
        ("two folders above", zip(above.iter().map(String::as_str).zip([dot(0), dot(1)]))),
        ("no folder above", rewritten(alphabet(), "images/", "///////")),
    ];
    for (what, packed) in packed {
        let read = Omniglot::from_zip(&packed).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(read.digest(), plain.digest(), "{what}");
        assert_eq!(read.alphabets[0].name, "A", "{what}");
        assert_eq!(read.alphabets[0].characters.len(), 2, "{what}");
    }

    let plain = OfficialRuns::from_zip(&run(LABELS)).unwrap();
    assert_eq!(plain.runs[0].truth, [1, 0]);
    let packed = [
        ("backslashes", rewritten(rewritten(run(LABELS), "test/", "test\\"), "run01/", "run01\\")),
        ("PNG in the paths alone", rewritten(run(LABELS), ".pngP", ".PNGP")),
        (
            "capitals in the paths",
            rewritten(rewritten(run(LABELS), "training/", "TRAINING/"), "run01", "RUN01"),
        ),
        ("capitals and backslashes in the labels", run(&LABELS.replace('/', "\\").to_uppercase())),
    ];
    for (what, packed) in packed {
        let read = OfficialRuns::from_zip(&packed).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(read, plain, "{what}");
    }
}

#[test]
fn an_archive_in_an_archive_is_read() {
    let plain = Omniglot::from_zip(&alphabet()).unwrap();
    let hidden = [("__MACOSX/._images.zip", vec![0]), (".DS_Store", vec![0])];
    let mut far = Vec::new();
    for name in ["images.zip", "folder/IMAGES.ZIP"] {
        let packed = zip(hidden.clone().into_iter().chain([("readme.txt", vec![1]), (name, alphabet())]));
        assert_eq!(Omniglot::from_zip(&packed).unwrap(), plain);
        far = zip([("outer.zip", packed)]);
    }
    let runs = zip([("all_runs.zip", run(LABELS))]);
    assert_eq!(OfficialRuns::from_zip(&runs).unwrap().runs[0].truth, [1, 0]);

    let error = Omniglot::from_zip(&far).unwrap_err().to_string();
    assert!(error.contains("found 2 files such as readme.txt"), "not deeper than one: {error}");
    let broken = zip([("images.zip", alphabet()[..200].to_vec())]);
    assert!(matches!(Omniglot::from_zip(&broken).unwrap_err(), DatasetError::BadArchive(_)));
    let bomb = zip([("images.zip", vec![0; 1 << 25])]);
    assert!(matches!(Omniglot::from_zip(&bomb).unwrap_err(), DatasetError::TooLarge(_)));
}

#[test]
fn what_cannot_be_read_is_refused_by_what_was_found_and_what_is_wanted() {
    let strokes = ["strokes/A/character01/0001_01.txt", "strokes/A/character01/0001_02.txt"];
    let both = ["images_background.zip", "images_evaluation.zip"].map(|name| (name, alphabet()));
    let packed = [
        (
            zip(strokes.map(|path| (path, b"START".to_vec()))),
            "2 files such as strokes/A/character01/0001_01.txt",
        ),
        (zip(both), "several zip archives, images_background.zip and images_evaluation.zip"),
        (zip([]), "no files"),
        (zip([("__MACOSX/._a.png", vec![0])]), "no files"),
        (zip([("cat.jpg", vec![0])]), "cat.jpg alone"),
        (run(LABELS), "5 files such as run01/test/item01.png"),
    ];
    for (packed, found) in packed {
        let error = Omniglot::from_zip(&packed).unwrap_err();
        assert!(matches!(error, DatasetError::NoPictures { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains(found) && said.contains("such as Angelic/character01/0965_01.png"), "{said}");
    }
    let said = OfficialRuns::from_zip(&alphabet()).unwrap_err().to_string();
    assert!(
        said.contains("all_runs.zip") && said.contains(&format!("found 2 files such as {}", ALPHABET[0])),
        "{said}"
    );

    let others: [(&[u8], &str); 4] = [
        (b"Rar!\x1a\x07", "a RAR"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z"),
        (b"\x1f\x8b\x08", "gzipped"),
        (b"<!doctype", "a web page"),
    ];
    for (bytes, found) in others {
        let said = Omniglot::from_zip(bytes).unwrap_err().to_string();
        assert!(said.contains(found), "{said}");
    }
}
