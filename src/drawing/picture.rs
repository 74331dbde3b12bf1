//! Pictures of one character, whatever they came from, as darkness per pixel.

use super::{colour, paper};

/// A grey picture: `width × height`, row by row, ink = 1.0, paper = 0.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    ink: Vec<f32>,
    /// Where ink begins, as a fraction of full ink.
    faintest: f32,
}

/// Why numbers are not a picture.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PictureError {
    /// The number of values is not width × height (× 4 for RGBA), or a side is 0.
    #[error("a picture of {width} × {height} pixels needs {expected} values, not {found}")]
    WrongSize {
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
        /// Values that a picture of this size has.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A side is over [`Picture::MAX_SIDE`].
    #[error("a picture of {width} × {height} pixels is too large: at most {max} a side", max = Picture::MAX_SIDE)]
    TooLarge {
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
    },
    /// A value is not a number from 0.0 (paper) to 1.0 (ink).
    #[error("this is not a picture: a value is {0}; they are numbers from 0 (paper) to 1 (ink)")]
    BadValue(f32),
}

impl Picture {
    /// Longest side taken, in pixels.
    pub const MAX_SIDE: usize = 4096;

    /// A picture from ink values in 0.0 (paper) to 1.0 (ink), row by row. What is nearer to the most than to the least of them is ink.
    ///
    /// # Errors
    /// [`PictureError`] if `ink.len()` is not `width * height`, a side is 0 or over [`Self::MAX_SIDE`], or a value is outside
    /// of 0.0 to 1.0.
    pub fn new(width: usize, height: usize, ink: Vec<f32>) -> Result<Self, PictureError> {
        check(width, height, 1, ink.len())?;
        check_values(&ink)?;
        Ok(Self { width, height, ink, faintest: paper::HALF })
    }

    /// A picture from RGBA bytes, as a browser's `ImageData` holds them: a drawing, or a photo of one. Its paper is
    /// taken away: uneven light, shadows, the paper's colour, noise and specks, and lines printed on it that are paler
    /// than half the ink. Darker lines stay. On paper of one tone, which has no noise, paler lines stay, too; and ink that lies along the rim, beside a drawing that
    /// keeps away from it, is a neighbour's and goes; so does a thin frame around the picture. Ink that is as light as its paper is known by its colour. Transparent is paper; the rarer of light and dark is taken for the ink, so
    /// white on black reads the same as black on white.
    ///
    /// # Errors
    /// [`PictureError`] if `rgba.len()` is not `width * height * 4`, a side is 0, or over [`Self::MAX_SIDE`].
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Result<Self, PictureError> {
        check(width, height, 4, rgba.len())?;
        let (mut ink, mut faintest) = paper::remove(width, height, colour::light(rgba));
        if ink.iter().all(|&v| v == 0.0) {
            (ink, faintest) = paper::remove(width, height, colour::hue(rgba));
        }
        Ok(Self { width, height, ink, faintest })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Where ink begins, as a fraction of full ink.
    pub(super) fn faintest(&self) -> f32 {
        self.faintest
    }

    /// Ink per pixel, row by row: 1.0 is ink, 0.0 is paper.
    pub fn ink(&self) -> &[f32] {
        &self.ink
    }
}

fn check(width: usize, height: usize, channels: usize, found: usize) -> Result<(), PictureError> {
    if width > Picture::MAX_SIDE || height > Picture::MAX_SIDE {
        return Err(PictureError::TooLarge { width, height });
    }
    let expected = width * height * channels;
    if expected == 0 || found != expected {
        return Err(PictureError::WrongSize { width, height, expected: expected.max(channels), found });
    }
    Ok(())
}

pub(super) fn check_values(ink: &[f32]) -> Result<(), PictureError> {
    match ink.iter().find(|v| !(0.0..=1.0).contains(*v)) {
        Some(&bad) => Err(PictureError::BadValue(bad)),
        None => Ok(()),
    }
}
