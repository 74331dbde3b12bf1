//! Draws strokes with a round pen of even width.

use super::{Drawing, Point, SIDE, Strokes};

/// Renders strokes given in the encoder's pixels with a pen of `pen` pixels, its edge smoothed over one pixel.
pub(super) fn render(strokes: &Strokes, pen: f32) -> Drawing {
    let mut pixels = vec![0.0; SIDE * SIDE];
    for stroke in &strokes.0 {
        if let [dot] = stroke[..] {
            line(&mut pixels, dot, dot, pen);
        }
        for pair in stroke.windows(2) {
            line(&mut pixels, pair[0], pair[1], pen);
        }
    }
    Drawing { pixels }
}

/// Inks every pixel by how far its centre lies inside the pen's track from `a` to `b`.
fn line(pixels: &mut [f32], a: Point, b: Point, pen: f32) {
    let reach = pen / 2.0 + 0.5;
    let first = |v: f32| (v - reach - 0.5).ceil().max(0.0) as usize;
    let last = |v: f32| ((v + reach - 0.5).floor() + 1.0).clamp(0.0, SIDE as f32) as usize;
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let squared = dx * dx + dy * dy;
    for row in first(a.y.min(b.y))..last(a.y.max(b.y)) {
        for column in first(a.x.min(b.x))..last(a.x.max(b.x)) {
            let (px, py) = (column as f32 + 0.5 - a.x, row as f32 + 0.5 - a.y);
            let t = if squared > 0.0 { ((px * dx + py * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
            let (ex, ey) = (px - t * dx, py - t * dy);
            let ink = (reach - (ex * ex + ey * ey).sqrt()).clamp(0.0, 1.0);
            let pixel = &mut pixels[row * SIDE + column];
            *pixel = pixel.max(ink);
        }
    }
}
