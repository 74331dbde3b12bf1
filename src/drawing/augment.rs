//! The same character by other drawers: affine and elastic warps and other pens, all on strokes.

use rand::{Rng, RngCore};

use super::{Drawing, DrawingError, PEN, Point, SIDE, Strokes, normalise::normalise, render::render};

/// How far one drawing may be varied. Each field is the largest deviation; each variation draws it uniformly.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Rotation either way, in degrees.
    pub rotate: f32,
    /// Shear either way, horizontally and vertically, as a fraction of the height or width.
    pub shear: f32,
    /// Change of the ratio of width to height either way, as a factor less 1.
    pub stretch: f32,
    /// Elastic displacement, in pixels of the encoder's input, of each knot of a coarse grid over the drawing.
    pub elastic: f32,
    /// Change of size after cropping either way, as a fraction.
    pub zoom: f32,
    /// Shift after cropping either way, in pixels of the encoder's input.
    pub shift: f32,
    /// Change of the pen's width either way, in pixels of the encoder's input.
    pub pen: f32,
}

/// Knots a side of the grid that elastic displacement is interpolated from.
const KNOTS: usize = 5;

impl Augment {
    /// Every deviation this many times as far.
    pub fn times(&self, factor: f32) -> Self {
        Self {
            rotate: self.rotate * factor,
            shear: self.shear * factor,
            stretch: self.stretch * factor,
            elastic: self.elastic * factor,
            zoom: self.zoom * factor,
            shift: self.shift * factor,
            pen: self.pen * factor,
        }
    }

    /// One variation of `strokes`, drawn. The same generator state gives the same drawing.
    ///
    /// # Errors
    /// As [`Drawing::from_strokes`].
    pub fn draw(&self, strokes: &Strokes, rng: &mut impl RngCore) -> Result<Drawing, DrawingError> {
        let warped = self.warp(strokes, rng)?;
        let mut around = |most| around(most, rng);
        let (zoom, shift_x, shift_y) = (1.0 + around(self.zoom), around(self.shift), around(self.shift));
        let pen = PEN + around(self.pen);
        let middle = SIDE as f32 / 2.0;
        let placed = normalise(&warped)?.map(|p| Point {
            x: (p.x - middle) * zoom + middle + shift_x,
            y: (p.y - middle) * zoom + middle + shift_y,
        });
        Ok(render(&placed, pen))
    }

    /// One variation of the shape of `strokes`, in the encoder's pixels about its middle. The same generator state moves strokes of
    /// the same shape alike.
    ///
    /// # Errors
    /// As [`Drawing::from_strokes`].
    pub fn warp(&self, strokes: &Strokes, rng: &mut impl RngCore) -> Result<Strokes, DrawingError> {
        let mut around = |most| around(most, rng);
        let (sin, cos) = around(self.rotate).to_radians().sin_cos();
        let (shear_x, shear_y) = (around(self.shear), around(self.shear));
        let stretch = (1.0 + self.stretch).powf(around(1.0)).sqrt();
        let knots: [[Point; KNOTS]; KNOTS] = std::array::from_fn(|_| {
            std::array::from_fn(|_| Point { x: around(self.elastic), y: around(self.elastic) })
        });
        let middle = SIDE as f32 / 2.0;
        Ok(normalise(strokes)?.map(|p| {
            let moved = displacement(&knots, p);
            let (x, y) = ((p.x + moved.x - middle) * stretch, (p.y + moved.y - middle) / stretch);
            let (x, y) = (x + shear_x * y, y + shear_y * x);
            Point { x: cos * x - sin * y, y: sin * x + cos * y }
        }))
    }
}

/// Uniformly between `-most` and `most`.
fn around(most: f32, rng: &mut impl RngCore) -> f32 {
    if most > 0.0 { rng.random_range(-most..=most) } else { 0.0 }
}

/// The grid's displacement at `p`, in the encoder's pixels: bilinear between the four knots around it.
fn displacement(knots: &[[Point; KNOTS]; KNOTS], p: Point) -> Point {
    let at = |v: f32| {
        let v = (v / SIDE as f32).clamp(0.0, 1.0) * (KNOTS - 1) as f32;
        let cell = (v as usize).min(KNOTS - 2);
        (cell, v - cell as f32)
    };
    let ((column, tx), (row, ty)) = (at(p.x), at(p.y));
    let mix = |a: Point, b: Point, t: f32| Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) };
    mix(
        mix(knots[row][column], knots[row][column + 1], tx),
        mix(knots[row + 1][column], knots[row + 1][column + 1], tx),
        ty,
    )
}
