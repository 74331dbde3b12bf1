//! Crop to the ink, centre it, scale it to the encoder's input, and space the points of each stroke evenly.

use super::{DrawingError, Point, SIDE, Strokes};

/// Paper left free on each side of the ink, in pixels of the encoder's input.
const MARGIN: f32 = 3.0;

/// Distance between neighbouring points of a stroke after normalising, in pixels of the encoder's input.
const SPACING: f32 = 1.0;

/// Strokes in the encoder's pixels: the longer side of their box spans `SIDE - 2 × MARGIN`, their box is centred.
pub(super) fn normalise(strokes: &Strokes) -> Result<Strokes, DrawingError> {
    let finite = Strokes(
        strokes
            .0
            .iter()
            .map(|s| s.iter().copied().filter(|p| p.x.is_finite() && p.y.is_finite()).collect())
            .filter(|s: &Vec<Point>| !s.is_empty())
            .collect(),
    );
    let (lo, hi) = finite.bounds().ok_or(DrawingError::Empty)?;
    let longest = (hi.x - lo.x).max(hi.y - lo.y);
    let scale = if longest > 0.0 { (SIDE as f32 - 2.0 * MARGIN) / longest } else { 1.0 };
    let centre = Point { x: (lo.x + hi.x) / 2.0, y: (lo.y + hi.y) / 2.0 };
    let placed = finite.map(|p| Point {
        x: (p.x - centre.x) * scale + SIDE as f32 / 2.0,
        y: (p.y - centre.y) * scale + SIDE as f32 / 2.0,
    });
    Ok(Strokes(placed.0.iter().map(|stroke| respace(stroke)).collect()))
}

/// The same line with its points `SPACING` apart; the first and the last point stay.
fn respace(stroke: &[Point]) -> Vec<Point> {
    let mut points = vec![stroke[0]];
    let mut since_last = 0.0;
    for pair in stroke.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.x - a.x).hypot(b.y - a.y);
        let mut at = SPACING - since_last;
        while at < length {
            let t = at / length;
            points.push(Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) });
            at += SPACING;
        }
        since_last = length - (at - SPACING);
    }
    let end = stroke[stroke.len() - 1];
    if points.last() != Some(&end) {
        points.push(end);
    }
    points
}
