//! Crop to the ink, centre it, scale it to the encoder's input, and space the points of each stroke evenly. Stray marks far from the drawing are not of it.

use std::borrow::Cow;

use super::{DrawingError, Point, SIDE, Strokes};

/// Paper left free on each side of the ink, in pixels of the encoder's input.
const MARGIN: f32 = 3.0;

/// Distance between neighbouring points of a stroke after normalising, in pixels of the encoder's input.
const SPACING: f32 = 1.0;

/// Length of all strokes together, in pixels of the encoder's input, beyond which points are further apart than `SPACING`:
/// so long a line has inked every pixel many times over.
const MAX_LENGTH: f64 = 16_384.0;

/// How far from the rest, in sizes of it, a stroke is too far to belong to it. What is further still is far from a dot, and a sign of dots.
const FAR: f32 = 0.7;
const FURTHEST: f32 = 5.0;

/// What share of all ink such strokes have at most, a dot counting as a line of this many sizes: letters of two halves are whole, and so are those of dots.
const STRAY: f64 = 0.14;
const DOT: f64 = 0.15;

/// Strokes in the encoder's pixels: the longer side of their box spans `SIDE - 2 × MARGIN`, their box is centred. They have
/// at most `MAX_LENGTH / SPACING` points, and two more a stroke.
pub(super) fn normalise(strokes: &Strokes) -> Result<Strokes, DrawingError> {
    strokes.check()?;
    let strokes = &without_strays(strokes);
    let (lo, hi) = strokes.bounds().ok_or(DrawingError::Empty)?;
    let longest = (hi.x - lo.x).max(hi.y - lo.y);
    let furthest = [lo.x, lo.y, hi.x, hi.y].into_iter().fold(0.0, |most: f32, v| most.max(v.abs()));
    let is_dot = longest < Strokes::MIN_EXTENT.max(1e-6 * furthest);
    let centre = Point { x: (lo.x + hi.x) / 2.0, y: (lo.y + hi.y) / 2.0 };
    let scale = if is_dot { 0.0 } else { (SIDE as f32 - 2.0 * MARGIN) / longest };
    let placed = strokes.map(|p| Point {
        x: (p.x - centre.x) * scale + SIDE as f32 / 2.0,
        y: (p.y - centre.y) * scale + SIDE as f32 / 2.0,
    });
    let all: f64 = placed.0.iter().map(|stroke| ink(stroke)).sum();
    let spacing = SPACING * (all / MAX_LENGTH).max(1.0) as f32;
    Ok(Strokes(placed.0.iter().filter_map(|stroke| respace(stroke, spacing)).collect()))
}

/// The same line with its points `spacing` apart; the first and the last point stay. None where it has no point.
fn respace(stroke: &[Point], spacing: f32) -> Option<Vec<Point>> {
    let (&start, &end) = (stroke.first()?, stroke.last()?);
    let mut points = vec![start];
    let mut since_last = 0.0;
    for pair in stroke.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = length(pair);
        let mut at = spacing - since_last;
        while at < length {
            let t = at / length;
            points.push(Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) });
            at += spacing;
        }
        since_last = length - (at - spacing);
    }
    if points.last() != Some(&end) {
        points.push(end);
    }
    Some(points)
}

/// The strokes but for marks of little ink far from the others: what lies near the longest stroke, near that, and so on.
fn without_strays(strokes: &Strokes) -> Cow<'_, Strokes> {
    let inks: Vec<f64> = strokes.0.iter().map(|stroke| ink(stroke)).collect();
    let all: f64 = inks.iter().sum();
    let longest = (0..inks.len()).max_by(|&a, &b| inks[a].total_cmp(&inks[b]));
    let Some(mut whole) = longest.filter(|_| all > 0.0).and_then(|longest| Bounds::of(&strokes.0[longest]))
    else {
        return Cow::Borrowed(strokes);
    };
    let mut apart: Vec<(usize, Bounds)> =
        strokes.0.iter().enumerate().filter_map(|(at, stroke)| Some((at, Bounds::of(stroke)?))).collect();
    loop {
        let before = apart.len();
        apart.retain(|(_, own)| {
            let is_far = (FAR * whole.size()..FURTHEST * whole.size()).contains(&whole.gap(own));
            if !is_far {
                whole = whole.around(own);
            }
            is_far
        });
        if apart.len() == before {
            break;
        }
    }
    let dot = DOT * f64::from(whole.size());
    let stray: f64 = apart.iter().map(|&(at, _)| inks[at].max(dot)).sum();
    if apart.is_empty() || stray > STRAY * all {
        return Cow::Borrowed(strokes);
    }
    let is_stray = |at| apart.iter().any(|&(stray, _)| stray == at);
    let kept = strokes.0.iter().enumerate().filter(|&(at, _)| !is_stray(at));
    Cow::Owned(Strokes(kept.map(|(_, stroke)| stroke.clone()).collect()))
}

/// A box around points.
#[derive(Clone, Copy)]
struct Bounds {
    lo: Point,
    hi: Point,
}

impl Bounds {
    fn of(stroke: &[Point]) -> Option<Self> {
        let first = stroke.first().map(|&p| Self { lo: p, hi: p })?;
        Some(stroke.iter().fold(first, |bounds, &p| bounds.around(&Self { lo: p, hi: p })))
    }

    fn around(&self, other: &Self) -> Self {
        Self {
            lo: Point { x: self.lo.x.min(other.lo.x), y: self.lo.y.min(other.lo.y) },
            hi: Point { x: self.hi.x.max(other.hi.x), y: self.hi.y.max(other.hi.y) },
        }
    }

    fn size(&self) -> f32 {
        (self.hi.x - self.lo.x).max(self.hi.y - self.lo.y)
    }

    /// The distance to another box, 0 where they overlap.
    fn gap(&self, other: &Self) -> f32 {
        let x = (other.lo.x - self.hi.x).max(self.lo.x - other.hi.x);
        let y = (other.lo.y - self.hi.y).max(self.lo.y - other.hi.y);
        x.max(0.0).hypot(y.max(0.0))
    }
}

/// The length of a stroke.
fn ink(stroke: &[Point]) -> f64 {
    stroke.windows(2).map(|pair| f64::from(length(pair))).sum()
}

/// The distance between the two points of a pair.
fn length(pair: &[Point]) -> f32 {
    (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)
}
