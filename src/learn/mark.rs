//! Near twins of characters, as many alphabets have them: the same shape with another dot or dash.

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::drawing::{Point, Strokes};

/// A dot or dash beside a character or on it, in parts of the longer side of the character's box.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Place of its middle, from the middle of the box: a cell of 3 × 3, and where in it.
    cell: [f32; 2],
    place: [f32; 2],
    /// From one end to the other; nothing for a dot.
    reach: [f32; 2],
    /// A second one, so far from the first.
    again: Option<[f32; 2]>,
}

impl Mark {
    /// The mark of this seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let cell = [(); 2].map(|()| rng.random_range(-1i8..=1) as f32);
        let place = around(0.1, &mut rng);
        let reach = if rng.random_bool(0.4) { [0.0; 2] } else { around(0.3, &mut rng) };
        let again = rng.random_bool(0.3).then(|| {
            let far = if rng.random_bool(0.5) { [0.18, 0.0] } else { [0.0, 0.18] };
            if reach == [0.0; 2] { far } else { [-reach[1], reach[0]].map(|v| v * 0.6) }
        });
        Self { cell, place, reach, again }
    }

    /// The character with the mark, as one hand sets it.
    pub fn on(&self, character: &Strokes, hand: &mut impl RngCore) -> Strokes {
        let Some((lo, hi)) = character.bounds() else { return character.clone() };
        let size = (hi.x - lo.x).max(hi.y - lo.y);
        let half = [(hi.x - lo.x) / 2.0, (hi.y - lo.y) / 2.0].map(|half| half + 0.15 * size);
        let [dx, dy] = around(0.05, hand);
        let [rx, ry] = around(0.04, hand);
        let middle = Point {
            x: (lo.x + hi.x) / 2.0 + self.cell[0] * half[0] + (self.place[0] + dx) * size,
            y: (lo.y + hi.y) / 2.0 + self.cell[1] * half[1] + (self.place[1] + dy) * size,
        };
        let reach = if self.reach == [0.0; 2] { [0.0; 2] } else { [self.reach[0] + rx, self.reach[1] + ry] };
        let line = |[x, y]: [f32; 2]| {
            let end = |side: f32| Point {
                x: middle.x + (x + side * reach[0] / 2.0) * size,
                y: middle.y + (y + side * reach[1] / 2.0) * size,
            };
            if reach == [0.0; 2] { vec![end(0.0)] } else { vec![end(-1.0), end(1.0)] }
        };
        let mut marked = character.clone();
        marked.0.push(line([0.0; 2]));
        marked.0.extend(self.again.map(line));
        marked
    }
}

fn around(most: f32, rng: &mut impl RngCore) -> [f32; 2] {
    [(); 2].map(|()| rng.random_range(-most..=most))
}
