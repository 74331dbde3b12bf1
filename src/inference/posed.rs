//! A block whose kernel is tied over eight poses, by products in their Fourier space ([`crate::model::fourier`]): 108 products where
//! the definition has 576, and a kernel an eighth as large.
//!
//! Channels lie pose by pose, of each pose filter by filter: see [`by_pose`](super::layout::by_pose).

use super::{
    folded::Folded,
    lanes::{LANES, Lanes, quads, quads_mut},
    product::Matrix,
};
use crate::model::{
    BlockShape, POSES,
    fourier::{NUMBERS, SPECTRUM, kernel_spectrum, poses, spectrum},
    square,
};

const TAPS: usize = 9;
/// Pixels whose spectra are worked on together: as many as stay in the cache. Rows of them, two at least.
const STRIP: usize = 32;

#[derive(Debug, Clone)]
pub struct Posed {
    shape: BlockShape,
    /// For each tap the distance from a pixel's upper left neighbour to the numbers that each pose has there, in fours.
    seen: Vec<[usize; POSES]>,
    /// For each of the representations that are numbers `[TAPS × filters, filters]`.
    numbers: Vec<Matrix>,
    /// `[2 × TAPS × filters, 2 × filters]`
    matrix: Matrix,
    /// Of each filter.
    bias: Vec<f32>,
}

impl Posed {
    /// A block; none if its weights are not tied, or its filters do not fill the registers.
    pub fn new(folded: &Folded, shape: BlockShape) -> Option<Self> {
        let BlockShape { side, input, out, .. } = shape;
        let (from, to) = (input / POSES, out / POSES);
        if !folded.is_tied(&shape) || !from.is_multiple_of(LANES) || !to.is_multiple_of(2 * LANES) {
            return None;
        }
        let entry = |row: usize, o: usize| {
            let (tap, i) = (row / from, row % from);
            kernel_spectrum(tap, |pose, tap| folded.taps(i * POSES + pose, o * POSES)[tap])
        };
        let rows = TAPS * from;
        let number = |number| Matrix::new(rows, to, |row, o| entry(row, o)[number]);
        let matrix = |row, column| entry(row % rows, column % to)[NUMBERS + row / rows * 2 + column / to];
        let seen = |tap| {
            std::array::from_fn(|pose| {
                let at = square(pose, tap, 3);
                ((at / 3 * (side + 2) + at % 3) * input + pose * from) / LANES
            })
        };
        Some(Self {
            shape,
            seen: (0..TAPS).map(seen).collect(),
            numbers: (0..NUMBERS).map(number).collect(),
            matrix: Matrix::new(2 * rows, 2 * to, matrix),
            bias: folded.bias.iter().step_by(POSES).copied().collect(),
        })
    }

    /// Numbers that a strip comes to: before the products and after.
    pub fn scratch(&self) -> [usize; 2] {
        let BlockShape { input, out, .. } = self.shape;
        [STRIP * TAPS * input, STRIP * out]
    }

    /// `count` maps with their borders to as many with borders, or without where `border` is 0.
    pub fn forward(
        &self,
        count: usize,
        maps: &[f32],
        [before, after]: [&mut [f32]; 2],
        border: usize,
        into: &mut [f32],
    ) {
        let BlockShape { side, .. } = self.shape;
        let (each, each_into) = (maps.len() / count, into.len() / count);
        for (map, into) in maps.chunks_exact(each).zip(into.chunks_exact_mut(each_into)) {
            for y in (0..side).step_by(STRIP / side) {
                self.enter(map, y, before);
                self.multiply(before, after);
                self.leave(after, y, border, into);
            }
        }
    }

    /// The spectra of what is seen from the pixels of some rows, from `y` on.
    fn enter(&self, map: &[f32], y: usize, before: &mut [f32]) {
        let BlockShape { side, input, .. } = self.shape;
        let (filters, wide) = (input / POSES / LANES, side + 2);
        let map = quads(map);
        let before = quads_mut(before);
        for pixel in 0..STRIP {
            let corner = ((y + pixel / side) * wide + pixel % side) * input / LANES;
            let rows: [usize; SPECTRUM] = std::array::from_fn(|number| row(number, pixel) * TAPS * filters);
            for (tap, seen) in self.seen.iter().enumerate() {
                for filter in 0..filters {
                    // Not `seen.map`, which the compiler does not always inline.
                    let load = |pose: usize| Lanes::load(&map[corner + seen[pose] + filter]);
                    let values = spectrum(std::array::from_fn(load));
                    for (row, value) in rows.iter().zip(values) {
                        value.store(&mut before[row + tap * filters + filter]);
                    }
                }
            }
        }
    }

    fn multiply(&self, before: &[f32], after: &mut [f32]) {
        let (numbers, matrices) = before.split_at(before.len() / SPECTRUM * NUMBERS);
        let (of_numbers, of_matrices) = after.split_at_mut(after.len() / SPECTRUM * NUMBERS);
        let rows = numbers.chunks_exact(numbers.len() / NUMBERS);
        let products = of_numbers.chunks_exact_mut(of_numbers.len() / NUMBERS);
        for (kernel, (rows, products)) in self.numbers.iter().zip(rows.zip(products)) {
            kernel.product(rows, products);
        }
        self.matrix.product(matrices, of_matrices);
    }

    /// The pixels of spectra, biased, pooled and rectified.
    fn leave(&self, after: &[f32], y: usize, border: usize, into: &mut [f32]) {
        let BlockShape { side, out, pooled, relu, .. } = self.shape;
        let filters = out / POSES / LANES;
        let least = Lanes::splat(if relu { 0.0 } else { f32::NEG_INFINITY });
        let reach = if pooled { 2 } else { 1 };
        let wide = side / reach + 2 * border;
        let (after, into) = (quads(after), quads_mut(into));
        let at = |pixel: usize, filter: usize| {
            let load = |number| Lanes::load(&after[row(number, pixel) * filters + filter]);
            poses(std::array::from_fn(load))
        };
        for dy in (0..STRIP / side).step_by(reach) {
            for x in (0..side).step_by(reach) {
                let to = (((y + dy) / reach + border) * wide + x / reach + border) * POSES * filters;
                let pixel = dy * side + x;
                for (filter, bias) in quads(&self.bias).iter().enumerate() {
                    let mut most = at(pixel, filter);
                    if pooled {
                        for other in [pixel + 1, pixel + side, pixel + side + 1] {
                            let other = at(other, filter);
                            most = std::array::from_fn(|pose| most[pose].max(other[pose]));
                        }
                    }
                    let bias = Lanes::load(bias);
                    for (pose, value) in most.into_iter().enumerate() {
                        value.plus(bias).max(least).store(&mut into[to + pose * filters + filter]);
                    }
                }
            }
        }
    }
}

/// The row of a pixel's number among those of a strip: a matrix's rows follow one another, entry after entry.
#[inline(always)]
fn row(number: usize, pixel: usize) -> usize {
    match number.checked_sub(NUMBERS) {
        None => number * STRIP + pixel,
        Some(entry) => NUMBERS * STRIP + (entry / 2 * STRIP + pixel) * 2 + entry % 2,
    }
}
