//! Crop to the ink, centre it, scale it to the encoder's input, and space the points of each stroke evenly.

use super::{DrawingError, Point, SIDE, Strokes};

/// Paper left free on each side of the ink, in pixels of the encoder's input.
const MARGIN: f32 = 3.0;

/// Distance between neighbouring points of a stroke after normalising, in pixels of the encoder's input.
const SPACING: f32 = 1.0;

/// Length of all strokes together, in pixels of the encoder's input, beyond which points are further apart than `SPACING`:
/// so long a line has inked every pixel many times over.
const MAX_LENGTH: f64 = 16_384.0;

/// Strokes in the encoder's pixels: the longer side of their box spans `SIDE - 2 × MARGIN`, their box is centred. They have
/// at most `MAX_LENGTH / SPACING` points, and two more a stroke.
pub(super) fn normalise(strokes: &Strokes) -> Result<Strokes, DrawingError> {
    strokes.check()?;
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
    let length: f64 =
        placed.0.iter().flat_map(|stroke| stroke.windows(2)).map(|pair| f64::from(length(pair))).sum();
    let spacing = SPACING * (length / MAX_LENGTH).max(1.0) as f32;
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

/// The distance between the two points of a pair.
fn length(pair: &[Point]) -> f32 {
    (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)
}
