//! Pen strokes: lines of points, in any unit, `y` growing downwards.

use serde::{Deserialize, Serialize};

use super::DrawingError;

/// A place on the paper, in whatever unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// The strokes of one drawing. A stroke of one point is a dot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Strokes(pub Vec<Vec<Point>>);

impl Strokes {
    /// Largest magnitude that a coordinate may have, in whatever unit.
    pub const MAX_COORDINATE: f32 = 1e9;

    /// Smallest extent, width or height, whichever is larger, at which strokes are lines and not a dot, in whatever unit.
    /// Far from the origin it is a millionth of the largest coordinate: the points of anything smaller coincide in `f32`.
    pub const MIN_EXTENT: f32 = 1e-9;

    /// Strokes of points `(x, y)`.
    pub fn new(strokes: &[&[(f32, f32)]]) -> Self {
        let points = |stroke: &&[(f32, f32)]| stroke.iter().map(|&(x, y)| Point { x, y }).collect();
        Self(strokes.iter().map(points).collect())
    }

    /// Makes sure that there is something to draw and that every coordinate is in range.
    ///
    /// # Errors
    /// [`DrawingError::BadCoordinate`] if a coordinate is not a finite number or is larger than [`Self::MAX_COORDINATE`],
    /// [`DrawingError::Empty`] if there is no point in any stroke.
    pub fn check(&self) -> Result<(), DrawingError> {
        let in_range = |v: &f32| v.abs() <= Self::MAX_COORDINATE;
        match self.points().flat_map(|p| [p.x, p.y]).find(|v| !in_range(v)) {
            Some(bad) => Err(DrawingError::BadCoordinate(bad)),
            None if self.0.iter().all(Vec::is_empty) => Err(DrawingError::Empty),
            None => Ok(()),
        }
    }

    /// Every point of every stroke.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.0.iter().flatten().copied()
    }

    /// The same drawn without lifting the pen: one stroke, with a straight line from the end of each to the start of the next, as $N compares them
    /// (Anthony & Wobbrock 2010). `None` where it is one stroke anyway.
    pub fn unistroke(&self) -> Option<Self> {
        let strokes = self.0.iter().filter(|stroke| !stroke.is_empty()).count();
        (strokes > 1).then(|| Self(vec![self.points().collect()]))
    }

    /// The same strokes with every point moved by `f`.
    pub fn map(&self, mut f: impl FnMut(Point) -> Point) -> Self {
        Self(self.0.iter().map(|stroke| stroke.iter().map(|&p| f(p)).collect()).collect())
    }

    /// Smallest box around all points as `(least, greatest)` corner, or `None` where there is no point.
    pub fn bounds(&self) -> Option<(Point, Point)> {
        self.points().fold(None, |bounds, p| {
            let (lo, hi) = bounds.unwrap_or((p, p));
            Some((Point { x: lo.x.min(p.x), y: lo.y.min(p.y) }, Point { x: hi.x.max(p.x), y: hi.y.max(p.y) }))
        })
    }
}
