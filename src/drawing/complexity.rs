//! How much there is to a drawing: the ends, branches and holes of its ink.

use super::{Drawing, SIDE};

/// A row of pixels, the leftmost in the lowest bit.
type Row = u32;

/// A pixel is ink from this on.
const INK: f32 = 96.0 / 255.0;

impl Drawing {
    /// ln(1 + ends + branches + holes): 1.1 for a line, 0.7 for a ring, 1.9 for a cross. Ends and branches are those of its skeleton (Zhang & Suen 1984, "A fast parallel
    /// algorithm for thinning digital patterns"), a branch being a line more than two at a place; holes are counted by the Euler number (Gray 1971, "Local properties of binary
    /// images in two dimensions").
    pub fn complexity(&self) -> f32 {
        let (rows, _) = self.pixels.as_chunks::<SIDE>();
        let row = |pixels: &[f32; SIDE]| {
            let bits = pixels.iter().enumerate().map(|(x, &ink)| Row::from(ink > INK) << x);
            bits.fold(0, |row, bit| row | bit)
        };
        let ink = Ink(std::array::from_fn(|y| row(&rows[y])));
        let holes = (1.0 - ink.euler()).max(0.0);
        let [ends, branches] = ink.thinned().ends_and_branches();
        (1.0 + (ends + branches) as f32 + holes).ln()
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Ink([Row; SIDE]);

impl Ink {
    /// The neighbours of a row's pixels, clockwise from above.
    fn around(&self, y: usize) -> [Row; 8] {
        let row = |y: Option<usize>| y.and_then(|y| self.0.get(y)).copied().unwrap_or(0);
        let (above, here, below) = (row(y.checked_sub(1)), self.0[y], row(Some(y + 1)));
        [above, above >> 1, here >> 1, below >> 1, below, below << 1, here << 1, above << 1]
    }

    fn thinned(mut self) -> Self {
        loop {
            let before = self;
            for side in [0, 1] {
                let all = self;
                for (y, row) in self.0.iter_mut().enumerate() {
                    let around = all.around(y);
                    let [n, _, e, _, s, _, w, _] = around;
                    let ink = Count::of(around);
                    let keeps_sides =
                        if side == 0 { !(n & e & s) & !(e & s & w) } else { !(n & e & w) & !(n & s & w) };
                    let is_between =
                        (ink.twos | ink.fours) & !(ink.ones & ink.twos & ink.fours) & !ink.eights;
                    *row &= !(is_between & Count::of_starts(around).is_one() & keeps_sides);
                }
            }
            if self == before {
                return self;
            }
        }
    }

    /// Of lines of one pixel.
    fn ends_and_branches(&self) -> [u32; 2] {
        self.0.iter().enumerate().fold([0, 0], |[ends, branches], (y, row)| {
            let starts = Count::of_starts(self.around(y));
            let lines = |are: Row| (are & row).count_ones();
            [
                ends + lines(starts.is_one()),
                branches + lines(starts.ones & starts.twos) + 2 * lines(starts.fours),
            ]
        })
    }

    /// Pieces less holes, of ink that holds together by corners, too.
    fn euler(&self) -> f32 {
        let row =
            |y: usize| y.checked_sub(1).and_then(|y| self.0.get(y)).map_or(0, |&row| u64::from(row) << 1);
        let quarters: i32 = (0..=SIDE)
            .map(|y| {
                let quad = [row(y), row(y) >> 1, row(y + 1), row(y + 1) >> 1];
                let [ones, twos, ..] = counted(quad);
                let diagonal = !ones & twos & !(quad[0] ^ quad[3]);
                let count = |bits: u64| bits.count_ones() as i32;
                count(ones & !twos) - count(ones & twos) - 2 * count(diagonal)
            })
            .sum();
        quarters as f32 / 4.0
    }
}

/// For each pixel of a row a number up to 8, in binary.
struct Count {
    ones: Row,
    twos: Row,
    fours: Row,
    eights: Row,
}

impl Count {
    /// How many of these are ink.
    fn of(pixels: [Row; 8]) -> Self {
        let [ones, twos, fours, eights] = counted(pixels);
        Self { ones, twos, fours, eights }
    }

    /// How often ink begins on the way around: as many lines meet.
    fn of_starts(around: [Row; 8]) -> Self {
        Self::of(std::array::from_fn(|i| !around[i] & around[(i + 1) % 8]))
    }

    fn is_one(&self) -> Row {
        self.ones & !self.twos & !self.fours
    }
}

/// How many of these bits are set, in binary, place by place.
fn counted<T, const N: usize>(bits: [T; N]) -> [T; 4]
where
    T: Copy + Default + std::ops::BitAnd<Output = T> + std::ops::BitXorAssign,
{
    bits.into_iter().fold([T::default(); 4], |mut places, mut carry| {
        for place in &mut places {
            let next = *place & carry;
            *place ^= carry;
            carry = next;
        }
        places
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Strokes;

    #[test]
    fn ends_branches_and_holes_are_counted() {
        let ring: Vec<(f32, f32)> = (0..=40).map(|i| (i as f32 / 6.366).sin_cos()).collect();
        let cases: [(&[&[(f32, f32)]], f32); 6] = [
            (&[&[(0.0, 0.0), (9.0, 1.0)]], 2.0),
            (&[&ring], 1.0),
            (&[&ring, &[(1.0, 0.0), (2.0, 0.0)]], 3.0),
            (&[&[(5.0, 0.0), (5.0, 10.0)], &[(0.0, 5.0), (10.0, 5.0)]], 6.0),
            (&[&[(0.0, 0.0), (10.0, 0.0)], &[(0.0, 8.0), (10.0, 8.0)]], 4.0),
            (&[&[(5.0, 5.0)]], 0.0),
        ];
        for (strokes, counted) in cases {
            let drawing = Drawing::from_strokes(&Strokes::new(strokes)).unwrap();
            assert_eq!(drawing.complexity().exp().round() - 1.0, counted, "{strokes:?}");
        }
    }

    #[test]
    fn nothing_and_all_have_a_complexity() {
        for ink in [0.0, 1.0] {
            let drawing = &Drawing::from_pixels(&[ink; SIDE * SIDE]).unwrap()[0];
            assert!(drawing.complexity().is_finite());
        }
    }
}
