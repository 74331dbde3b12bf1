//! Where drawings come from: the Omniglot archives and their official one-shot runs, MNIST, and invented
//! alphabets. Knows drawings and nothing above them; no tensors, no browser.
//!
//! Readers take bytes, so that a file on disk and a file dropped on a page are read by the same code. Reading
//! and checking are separate: [`Omniglot::from_zip`] reads whatever alphabets are there, [`Omniglot::check`]
//! says whether they are the published ones. `Source`, in native programs, finds and downloads them.

mod archive;
mod bitmap;
mod drawn;
mod invented;
mod mnist;
mod omniglot;
mod runs;
#[cfg(feature = "cli")]
mod source;

pub use bitmap::Bitmap;
pub use drawn::{Drawn, DrawnClass, DrawnSet};
pub use invented::InventedAlphabet;
pub use mnist::Mnist;
pub use omniglot::{Alphabet, Character, Omniglot, Part};
pub use runs::{OfficialRun, OfficialRuns};
#[cfg(feature = "cli")]
pub use source::{DataFile, Source};

use sha2::{Digest, Sha256};

/// Why data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The bytes are no zip archive, or one of its members does not unpack.
    #[error("the zip archive cannot be read ({0}): fetch the published archive again")]
    BadArchive(String),
    /// The archive or folder has more members, or its members more bytes, than the published ones could need.
    #[error("the archive is too large ({0}): fetch the published archive again")]
    TooLarge(String),
    /// The archive or folder holds no picture at a published path.
    #[error("no pictures found: expected a zip archive or a folder with {wanted}, found {found}")]
    NoPictures {
        /// What such a path is.
        wanted: &'static str,
        /// What is there instead.
        found: String,
    },
    /// A picture is no PNG or is cut short.
    #[error("{path} is not a whole PNG picture ({why}): fetch the published archive again")]
    BadImage {
        /// Its path in the archive or folder.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A picture is not [`Bitmap::SIDE`] pixels a side.
    #[error("{path} is {width} × {height} pixels: Omniglot drawings are 105 × 105, bring it to that size")]
    WrongSize {
        /// Its path in the archive or folder.
        path: String,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// A run's `class_labels.txt` is missing or does not name a training picture for every test picture.
    #[error(
        "{path} cannot be used ({why}): it needs one line `test-path training-path` for each test picture"
    )]
    BadLabels {
        /// Its path in the archive.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A run holds no training picture or no test picture.
    #[error("{0} holds no training pictures or no test pictures: fetch the published archive again")]
    EmptyRun(String),
    /// An IDX file (MNIST) is cut short, or is something else.
    #[error("the IDX file of {what} cannot be read ({why}): fetch the published file again")]
    BadIdx {
        /// What the file holds: images or labels.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The JSON is no set of strokes.
    #[error(
        "this is no set of strokes ({0}); its form: {{ name, kind: \"strokes\", classes: {{ label: [{{ writer, strokes: [[x0, y0, …], …] }}, …] }} }}"
    )]
    BadSet(String),
    /// The data is whole, but is not all of the published data.
    #[error("expected {expected} {what}, found {found}: use the whole published archive")]
    WrongCount {
        /// What was counted.
        what: String,
        /// As many as are published.
        expected: usize,
        /// As many as are here.
        found: usize,
    },
    /// The counts are right, but pixels or labels are not the published ones.
    #[error(
        "the contents of {what} differ from the published ones (SHA-256 {found}, not {expected}): \
         fetch them again"
    )]
    WrongDigest {
        /// The data set.
        what: &'static str,
        /// SHA-256 of the published contents.
        expected: &'static str,
        /// SHA-256 of these.
        found: String,
    },
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of a data folder is faulty.
    #[error("{path}: {source}")]
    InFile {
        /// The file.
        path: String,
        /// Its fault.
        source: Box<DatasetError>,
    },
    /// A file is in no data folder and could not be downloaded.
    #[error(
        "{file} is not in {}, and could not be downloaded from {url} ({why}). \
         Fetch it by other means, put it at <folder>/{file}, and set GLIMPSE_DATA=<folder>",
        folders.join(", ")
    )]
    NotFound {
        /// Its name.
        file: &'static str,
        /// Where it was looked for.
        folders: Vec<String>,
        /// Where it is published.
        url: &'static str,
        /// Why the download failed.
        why: String,
    },
}

/// SHA-256 of the parts one after another, in lowercase hexadecimal.
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    parts.into_iter().for_each(|part| hash.update(part));
    format!("{:x}", hash.finalize())
}

fn expect_count(what: impl FnOnce() -> String, expected: usize, found: usize) -> Result<(), DatasetError> {
    if found == expected { Ok(()) } else { Err(DatasetError::WrongCount { what: what(), expected, found }) }
}

fn expect_digest(what: &'static str, expected: &'static str, found: String) -> Result<(), DatasetError> {
    if found == expected { Ok(()) } else { Err(DatasetError::WrongDigest { what, expected, found }) }
}
