//! Characters that nobody has invented, made of those that are there: near twins with another dot or dash, and compounds, as many
//! alphabets have them.

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

    /// The character with the mark, as one drawer sets it.
    pub fn on(&self, character: &Strokes, drawer: &mut impl RngCore) -> Strokes {
        let Some(Frame { middle, half, size }) = Frame::around(character) else { return character.clone() };
        let half = half.map(|half| half + 0.15 * size);
        let [dx, dy] = around(0.05, drawer);
        let [rx, ry] = around(0.04, drawer);
        let middle = Point {
            x: middle.x + self.cell[0] * half[0] + (self.place[0] + dx) * size,
            y: middle.y + self.cell[1] * half[1] + (self.place[1] + dy) * size,
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

/// How two characters make one: beside or below one another, or the second within the first.
#[derive(Debug, Clone, Copy)]
pub struct Compound {
    /// From the middle of the first to that of the second, in parts of the reach from edge to edge.
    towards: [f32; 2],
    /// Size of the second, in parts of that of the first.
    size: f32,
}

impl Compound {
    /// The compound of this seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let aside = rng.random_range(-0.3..0.3);
        let towards = match rng.random_range(0..5) {
            0 | 1 => [1.0, aside],
            2 | 3 => [aside, 1.0],
            _ => [aside, 0.0],
        };
        Self { towards, size: rng.random_range(0.5..1.2) }
    }

    /// Both as one, as one drawer sets them.
    pub fn of(&self, first: &Strokes, second: &Strokes, drawer: &mut impl RngCore) -> Strokes {
        let (Some(a), Some(b)) = (Frame::around(first), Frame::around(second)) else { return first.clone() };
        let size = self.size * (1.0 + around(0.1, drawer)[0]) / b.size;
        let [dx, dy] = around(0.06, drawer);
        let gap = 1.1;
        let place = Point {
            x: self.towards[0] * gap * (a.half[0] / a.size + b.half[0] * size) + dx,
            y: self.towards[1] * gap * (a.half[1] / a.size + b.half[1] * size) + dy,
        };
        let own = |p: Point, frame: &Frame, scale: f32| Point {
            x: (p.x - frame.middle.x) * scale,
            y: (p.y - frame.middle.y) * scale,
        };
        let mut both = first.map(|p| own(p, &a, 1.0 / a.size));
        both.0
            .extend(second.map(|p| own(p, &b, size)).map(|p| Point { x: p.x + place.x, y: p.y + place.y }).0);
        both
    }
}

/// The box around a character.
struct Frame {
    middle: Point,
    half: [f32; 2],
    /// Its longer side.
    size: f32,
}

impl Frame {
    fn around(strokes: &Strokes) -> Option<Self> {
        let (lo, hi) = strokes.bounds()?;
        let half = [(hi.x - lo.x) / 2.0, (hi.y - lo.y) / 2.0];
        let size = (2.0 * half[0].max(half[1])).max(f32::MIN_POSITIVE);
        Some(Self { middle: Point { x: (lo.x + hi.x) / 2.0, y: (lo.y + hi.y) / 2.0 }, half, size })
    }
}

fn around(most: f32, rng: &mut impl RngCore) -> [f32; 2] {
    [(); 2].map(|()| rng.random_range(-most..=most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::InventedAlphabet;

    #[test]
    fn a_mark_is_set_alike_by_every_hand() {
        let character = InventedAlphabet::new(1, 1).draw(0, 0);
        let (lo, hi) = character.bounds().unwrap();
        let size = (hi.x - lo.x).max(hi.y - lo.y);
        for seed in 0..50 {
            let marked = |drawer| Mark::new(seed).on(&character, &mut ChaCha8Rng::seed_from_u64(drawer));
            let (mine, yours) = (marked(1), marked(2));
            assert!((1..=2).contains(&(mine.0.len() - character.0.len())));
            assert_eq!(mine.0.len(), yours.0.len());
            assert_ne!(mine, yours);
            for (a, b) in mine.points().zip(yours.points()) {
                assert!((a.x - b.x).hypot(a.y - b.y) < 0.2 * size);
            }
        }
    }

    #[test]
    fn a_compound_holds_both_characters_in_their_order() {
        let alphabet = InventedAlphabet::new(1, 2);
        let (a, b) = (alphabet.draw(0, 0), alphabet.draw(1, 0));
        for seed in 0..50 {
            let of = |a, b| Compound::new(seed).of(a, b, &mut ChaCha8Rng::seed_from_u64(1));
            let both = of(&a, &b);
            assert_eq!(both.points().count(), a.points().count() + b.points().count());
            assert_ne!(both, of(&b, &a));
        }
    }
}
