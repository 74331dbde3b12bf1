//! Omniglot's pictures: 105 × 105 pixels, ink or paper.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

use super::DatasetError;
use crate::drawing::Picture;

/// Bytes a row takes: one bit a pixel, the last byte filled up with paper.
const ROW: usize = Bitmap::SIDE.div_ceil(8);

/// Most bytes that decoding may take, whatever a file announces.
const MAX_MEMORY: usize = 1 << 20;

/// One Omniglot drawing, packed: a whole archive takes some 20 MB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    /// Rows from the top, the leftmost pixel in the highest bit, 1 = ink.
    rows: [[u8; ROW]; Self::SIDE],
}

impl Bitmap {
    /// Pixels a side.
    pub const SIDE: usize = 105;

    /// Decodes a PNG file of dark ink on light or transparent paper. `path` is for the error to name.
    ///
    /// # Errors
    /// [`DatasetError::BadImage`] if it is no PNG or is cut short, [`DatasetError::WrongSize`] if it is not
    /// [`Self::SIDE`] pixels a side.
    pub fn from_png(path: &str, png: &[u8]) -> Result<Self, DatasetError> {
        let bad = |why: String| DatasetError::BadImage { path: path.to_owned(), why };
        let mut decoder = Decoder::new_with_limits(Cursor::new(png), Limits { bytes: MAX_MEMORY });
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|e| bad(e.to_string()))?;
        let (width, height) = reader.info().size();
        if (width as usize, height as usize) != (Self::SIDE, Self::SIDE) {
            return Err(DatasetError::WrongSize { path: path.to_owned(), width, height });
        }
        // png 0.18.1 panics at a palette that is not of whole colours.
        if reader.info().palette.as_ref().is_some_and(|palette| palette.len() % 3 != 0) {
            return Err(bad("its palette is cut short".to_owned()));
        }
        let size = reader.output_buffer_size().ok_or_else(|| bad("too large".to_owned()))?;
        let mut samples = vec![0; size];
        let frame = reader.next_frame(&mut samples).map_err(|e| bad(e.to_string()))?;

        let dark = |v: u8| v < 128;
        let inked = |pixel: &[u8]| match frame.color_type {
            ColorType::GrayscaleAlpha | ColorType::Rgba => dark(pixel[0]) && !dark(pixel[pixel.len() - 1]),
            ColorType::Grayscale | ColorType::Rgb | ColorType::Indexed => dark(pixel[0]),
        };
        let mut rows = [[0; ROW]; Self::SIDE];
        for (row, line) in rows.iter_mut().zip(samples.chunks_exact(frame.line_size)) {
            for (x, pixel) in line.chunks_exact(frame.color_type.samples()).enumerate() {
                row[x / 8] |= u8::from(inked(pixel)) << (7 - x % 8);
            }
        }
        Ok(Self { rows })
    }

    /// Whether the pixel in column `x` of row `y`, both under [`Self::SIDE`], is ink.
    pub fn is_ink(&self, x: usize, y: usize) -> bool {
        assert!(x < Self::SIDE, "column {x} of a picture {} pixels wide", Self::SIDE);
        self.rows[y][x / 8] >> (7 - x % 8) & 1 == 1
    }

    /// Every pixel, row by row: true = ink.
    pub fn pixels(&self) -> impl Iterator<Item = bool> + '_ {
        (0..Self::SIDE).flat_map(move |y| (0..Self::SIDE).map(move |x| self.is_ink(x, y)))
    }

    /// What a digest takes for the pixels: 105 rows from the top, each of 14 bytes, one bit a pixel, the
    /// leftmost in the highest bit, 1 = ink, the last 7 bits 0.
    pub(super) fn packed(&self) -> &[u8] {
        self.rows.as_flattened()
    }

    /// The same as a picture of 0.0 (paper) and 1.0 (ink).
    pub fn picture(&self) -> Picture {
        let ink = self.pixels().map(|ink| f32::from(u8::from(ink))).collect();
        Picture::new(Self::SIDE, Self::SIDE, ink).expect("a bitmap's size is within a picture's")
    }
}
