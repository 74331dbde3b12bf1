//! Pen strokes: lines of points, in any unit, `y` growing downwards.

use serde::{Deserialize, Serialize};

/// A place on the paper.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// The strokes of one drawing. A stroke of one point is a dot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Strokes(pub Vec<Vec<Point>>);

impl Strokes {
    /// Every point of every stroke.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.0.iter().flatten().copied()
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
