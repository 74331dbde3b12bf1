//! What a person draws, before any network sees it: strokes, pictures, and the one pipeline that turns both
//! into the encoder's input. Plain numbers; knows no tensors, no archives and no browser.
//!
//! ```text
//! canvas strokes ────────────────────────────┐
//! picture (PNG, MNIST, ImageData) → thin ────┴→ Strokes → normalise → (augment) → render → Drawing
//! ```
//!
//! RGBA pixels may be a photo: first their paper is taken away. A picture is thinned to its centre lines, so a
//! visitor's pen strokes and an Omniglot PNG of the same character meet as the same thing, and every drawing reaches
//! the encoder with the same even stroke width.

mod augment;
mod colour;
#[cfg(feature = "cli")]
mod distort;
mod grid;
mod normalise;
mod paper;
mod picture;
mod pose;
mod render;
mod strokes;
mod thin;

pub use augment::Augment;
#[cfg(feature = "cli")]
pub use distort::Distortion;
pub use picture::{Picture, PictureError};
pub use pose::Pose;
pub use strokes::{Point, Strokes};

/// Side of the encoder's input in pixels; a [`Drawing`] is `SIDE × SIDE`.
pub const SIDE: usize = 32;

/// Width of the even pen that draws every [`Drawing`], in pixels of the encoder's input.
pub const PEN: f32 = 1.5;

/// Why something drawn cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DrawingError {
    /// No ink was found: nothing was drawn, or the picture is one flat colour.
    #[error("the drawing is empty: draw something first")]
    Empty,
    /// A coordinate is not a finite number, or is larger than [`Strokes::MAX_COORDINATE`].
    #[error(
        "this is not a drawing: a coordinate is {0}; coordinates are finite numbers from {min:e} to {max:e}",
        min = -Strokes::MAX_COORDINATE,
        max = Strokes::MAX_COORDINATE
    )]
    BadCoordinate(f32),
}

/// One drawing as the encoder takes it: `SIDE × SIDE` pixels, row by row, ink = 1.0, paper = 0.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    pixels: Vec<f32>,
}

impl Drawing {
    /// Draws strokes of any size and place: cropped to their ink, centred, scaled, with the even pen. Strokes that together
    /// are too small for their points to be distinguished ([`Strokes::MIN_EXTENT`]) are drawn as a dot.
    ///
    /// # Errors
    /// [`DrawingError::Empty`] if there is no point in any stroke, [`DrawingError::BadCoordinate`] if a coordinate is not a
    /// finite number or is larger than [`Strokes::MAX_COORDINATE`].
    pub fn from_strokes(strokes: &Strokes) -> Result<Self, DrawingError> {
        Ok(render::render(&normalise::normalise(strokes)?, PEN))
    }

    /// Draws a picture of any size: finds its ink, thins it to strokes, and draws those.
    ///
    /// # Errors
    /// [`DrawingError::Empty`] if the picture holds no ink.
    pub fn from_picture(picture: &Picture) -> Result<Self, DrawingError> {
        Self::from_strokes(&picture.strokes())
    }

    /// Drawings from their pixels, `[drawings * SIDE * SIDE]`, each in 0.0 (paper) to 1.0 (ink).
    ///
    /// # Errors
    /// [`PictureError::WrongSize`] if these are not the pixels of one drawing or more, [`PictureError::BadValue`] if one is
    /// outside of 0.0 to 1.0.
    pub fn from_pixels(pixels: &[f32]) -> Result<Vec<Self>, PictureError> {
        let drawings = pixels.chunks_exact(SIDE * SIDE);
        if pixels.is_empty() || !drawings.remainder().is_empty() {
            let expected = (drawings.len() + 1) * SIDE * SIDE;
            return Err(PictureError::WrongSize { width: SIDE, height: SIDE, expected, found: pixels.len() });
        }
        picture::check_values(pixels)?;
        Ok(drawings.map(|pixels| Self { pixels: pixels.to_vec() }).collect())
    }

    /// The pixels, `[SIDE * SIDE]`, row by row, ink = 1.0, paper = 0.0.
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }
}
