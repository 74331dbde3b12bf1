//! MNIST's handwritten digits in their published form, IDX files (LeCun, Cortes, Burges).

use std::io::{self, Read};

use flate2::read::GzDecoder;

use super::{DatasetError, expect_count, expect_digest, sha256};
use crate::drawing::Picture;

/// Pictures of digits and the digit that each shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mnist {
    width: usize,
    height: usize,
    /// Pictures one after another, row by row, 255 = ink.
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

/// Magic numbers: unsigned bytes of three dimensions, and of one.
const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;

/// Most values read from a file, a byte each; the published test images have 7.8 million.
const MAX_VALUES: usize = 1 << 24;

impl Mnist {
    /// Pictures in the published test set, each 28 × 28.
    pub const TEST: usize = 10_000;
    /// [`Self::digest`] of the published test set.
    pub const TEST_DIGEST: &'static str = "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b";

    /// Reads an IDX file of images and one of their labels, each as it is or gzipped.
    ///
    /// # Errors
    /// [`DatasetError::BadIdx`] if a file does not unpack, is of another kind, is cut short or too long, announces more values
    /// than the published test set could need, or the two do not hold equally many.
    pub fn from_idx(images: &[u8], labels: &[u8]) -> Result<Self, DatasetError> {
        let ([count, height, width], pixels) = read::<3>("images", IMAGES, images)?;
        let ([label_count], labels) = read::<1>("labels", LABELS, labels)?;
        if width.min(height) == 0 || width.max(height) > Picture::MAX_SIDE {
            return Err(bad("images", format!("pictures of {width} × {height} pixels")));
        }
        if count != label_count {
            return Err(bad("labels", format!("{label_count} labels for {count} images")));
        }
        Ok(Self { width, height, pixels, labels })
    }

    /// The pictures in their order, ink = 1.0, paper = 0.0.
    pub fn pictures(&self) -> impl ExactSizeIterator<Item = Picture> + '_ {
        (0..self.labels.len()).map(|index| self.picture(index))
    }

    /// One picture, ink = 1.0, paper = 0.0.
    ///
    /// # Panics
    /// If there is none of this index.
    pub fn picture(&self, index: usize) -> Picture {
        let size = self.width * self.height;
        let pixels = &self.pixels[index * size..(index + 1) * size];
        Picture::new(self.width, self.height, pixels.iter().map(|&v| f32::from(v) / 255.0).collect())
            .expect("sizes were checked")
    }

    /// The digit of each picture, 0 to 9 in the published files.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// SHA-256, in hexadecimal, over every picture's bytes (row by row, 255 = ink), then one byte a label.
    pub fn digest(&self) -> String {
        sha256([self.pixels.as_slice(), &self.labels])
    }

    /// Whether this is the published test set, pixel by pixel and label by label.
    ///
    /// # Errors
    /// [`DatasetError::WrongCount`] or [`DatasetError::WrongDigest`].
    pub fn check_test(&self) -> Result<(), DatasetError> {
        expect_count(|| "MNIST test pictures".to_owned(), Self::TEST, self.labels.len())?;
        expect_digest("MNIST's test set", Self::TEST_DIGEST, self.digest())
    }
}

fn bad(what: &'static str, why: String) -> DatasetError {
    DatasetError::BadIdx { what, why }
}

/// The `N` dimensions and the values of an IDX file.
fn read<const N: usize>(
    what: &'static str,
    magic: u32,
    file: &[u8],
) -> Result<([usize; N], Vec<u8>), DatasetError> {
    if file.starts_with(&[0x1f, 0x8b]) {
        read_unpacked(what, magic, GzDecoder::new(file))
    } else {
        read_unpacked(what, magic, file)
    }
}

fn read_unpacked<const N: usize>(
    what: &'static str,
    magic: u32,
    mut file: impl Read,
) -> Result<([usize; N], Vec<u8>), DatasetError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => bad(what, "it is cut short".to_owned()),
        _ => bad(what, format!("gzip: {error}")),
    };
    let mut word = || {
        let mut word = [0; 4];
        file.read_exact(&mut word).map(|()| u32::from_be_bytes(word)).map_err(failed)
    };
    let found = word()?;
    if found != magic {
        return Err(bad(what, format!("it starts with {found:#010x}, not {magic:#010x}")));
    }
    let mut sizes = [0; N];
    for size in &mut sizes {
        *size = word()? as usize;
    }
    let named = || sizes.map(|size| size.to_string()).join(" × ");
    let product = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    let expected = product
        .filter(|&count| count <= MAX_VALUES)
        .ok_or_else(|| bad(what, format!("{} values, at most {MAX_VALUES} are read", named())))?;
    let mut values = Vec::with_capacity(expected);
    file.take(expected as u64 + 1).read_to_end(&mut values).map_err(failed)?;
    if values.len() != expected {
        let found =
            if values.len() > expected { format!("over {expected}") } else { values.len().to_string() };
        return Err(bad(what, format!("{found} bytes for {} values", named())));
    }
    Ok((sizes, values))
}
