//! The convolution of maps whose kernel is tied over eight poses, as products in their Fourier space ([`super::fourier`]): 108 a pair of
//! channels and pixel where the definition `y[o, p] = Σ w[o, i, tap] · x[i, p + tap]` has 576, and a kernel an eighth as large. Its gradient with respect to what
//! comes in is a convolution of the same kind ([`Posed::transposed`]), that with respect to the kernel as many products again.

use std::array;

use fearless_simd::{Level, dispatch, f32x4, f32x8, prelude::*};
use fearless_simd_macros::simd;

use super::{
    Convolution, Scratch, TAPS,
    fourier::{NUMBERS, SPECTRUM, kernel_spectrum, poses, spectrum},
    least,
    maps::{Floats, LANES, Layout, Maps, quads, quads_mut},
    product::Matrix,
};
#[cfg(feature = "burn")]
use super::{fourier::kernel_gradient, product::add_transposed};
use crate::model::{BlockShape, POSES, square};

/// Pixels whose spectra are worked on together: as many as stay in the cache. Rows of them, two at least.
const STRIP: usize = 32;

/// A 3×3 convolution.
#[derive(Debug)]
pub struct Posed {
    shape: BlockShape,
    /// For each of the representations that are numbers `[TAPS × filters, filters]`.
    numbers: Vec<Matrix>,
    /// `[2 × TAPS × filters, 2 × filters]`
    matrix: Matrix,
    /// Of each filter.
    bias: Vec<f32>,
}

impl Posed {
    /// By the taps from each input channel, in a module's order, to each filter held upright, and a bias for each filter.
    pub fn new(shape: BlockShape, taps: impl Fn(usize, usize) -> [f32; TAPS], bias: Vec<f32>) -> Self {
        let BlockShape { input, out, .. } = shape;
        let (from, to) = (input / POSES, out / POSES);
        let rows = TAPS * from;
        let mut spectra = Vec::with_capacity(rows * to);
        for (tap, i) in (0..rows).map(|row| (row / from, row % from)) {
            for filter in 0..to {
                let held: [_; POSES] = array::from_fn(|pose| taps(i * POSES + pose, filter));
                spectra.push(kernel_spectrum(tap, |pose, tap| held[pose][tap]));
            }
        }
        let number = |number| Matrix::new(rows, to, |row, o| spectra[row * to + o][number]);
        let matrix = |row: usize, column: usize| {
            spectra[row % rows * to + column % to][NUMBERS + row / rows * 2 + column / to]
        };
        Self {
            shape,
            numbers: (0..NUMBERS).map(number).collect(),
            matrix: Matrix::new(2 * rows, 2 * to, matrix),
            bias,
        }
    }

    /// The convolution that turns the gradient of what one of this shape and kernel, `[out, input, TAPS]`, makes into that of what it sees:
    /// `x'[i, p] = Σ w[o, i, tap] · y'[o, p − tap]`.
    #[cfg(feature = "cli")]
    pub fn transposed(shape: BlockShape, kernel: &[f32]) -> Self {
        let BlockShape { input, out, .. } = shape;
        let (kernel, _) = kernel.as_chunks::<TAPS>();
        let taps = |channel: usize, filter: usize| {
            let mut taps = kernel[channel * input + filter * POSES];
            taps.reverse();
            taps
        };
        let shape = BlockShape { input: out, out: input, pooled: false, relu: false, ..shape };
        Self::new(shape, taps, vec![0.0; input / POSES])
    }

    #[inline(always)]
    fn multiply<S: Simd>(&self, simd: S, before: &[f32], after: &mut [f32]) {
        let (numbers, matrices) = before.split_at(before.len() / SPECTRUM * NUMBERS);
        let (of_numbers, of_matrices) = after.split_at_mut(after.len() / SPECTRUM * NUMBERS);
        let rows = numbers.chunks_exact(numbers.len() / NUMBERS);
        let products = of_numbers.chunks_exact_mut(of_numbers.len() / NUMBERS);
        for (kernel, (rows, products)) in self.numbers.iter().zip(rows.zip(products)) {
            kernel.product(simd, rows, products);
        }
        self.matrix.product(simd, matrices, of_matrices);
    }

    /// The pixels of a strip's spectra, biased, pooled and rectified, to those from the row `y` on.
    #[simd]
    fn inverse_transform<S: Simd>(&self, simd: S, after: &[f32], y: usize, layout: Layout, into: &mut [f32]) {
        let BlockShape { side, out, pooled, .. } = self.shape;
        let filters = out / POSES / LANES;
        let least = f32x4::splat(simd, least(&self.shape));
        let reach = if pooled { 2 } else { 1 };
        let (after, into) = (quads(after), quads_mut(into));
        let at = |pixel: usize, filter: usize| {
            let load = |number| f32x4::load_array_ref(simd, &after[row(number, pixel) * filters + filter]);
            poses(array::from_fn(load))
        };
        for dy in (0..STRIP / side).step_by(reach) {
            for x in (0..side).step_by(reach) {
                let to = layout.at((y + dy) / reach, x / reach) / LANES;
                let pixel = dy * side + x;
                for (filter, bias) in quads(&self.bias).iter().enumerate() {
                    let mut most = at(pixel, filter);
                    if pooled {
                        for other in [pixel + 1, pixel + side, pixel + side + 1] {
                            let other = at(other, filter);
                            most = array::from_fn(|pose| most[pose].max(other[pose]));
                        }
                    }
                    let bias = f32x4::load_array_ref(simd, bias);
                    for (pose, value) in most.into_iter().enumerate() {
                        (value + bias).max(least).store_array(&mut into[to + pose * filters + filter]);
                    }
                }
            }
        }
    }
}

impl Convolution for Posed {
    fn forward(&self, input: &Maps, scratch: &mut Scratch, output: &mut Maps) {
        let BlockShape { side, input: channels, out, .. } = self.shape;
        let [before, after] = scratch.take([STRIP * TAPS * channels, STRIP * out]);
        let (from, to) = (input.layout, output.layout);
        let offsets: [_; TAPS] = array::from_fn(|tap| offsets(from, tap));
        dispatch!(Level::new(), simd => {
            for (map, into) in input.iter().zip(output.iter_mut()) {
                for y in (0..side).step_by(STRIP / side) {
                    transform(simd, map, from, y, &offsets, before);
                    self.multiply(simd, before, after);
                    self.inverse_transform(simd, after, y, to, into);
                }
            }
        });
    }

    #[cfg(feature = "burn")]
    fn kernel_gradient(&self, input: &Maps, gradient: &Maps, scratch: &mut Scratch) -> Vec<f32> {
        let BlockShape { side, input: channels, out, .. } = self.shape;
        let (from, to) = (channels / POSES, out / POSES);
        let rows = TAPS * from;
        let [before, upstream] = scratch.take([STRIP * TAPS * channels, STRIP * out]);
        let mut numbers = vec![0.0; NUMBERS * rows * to];
        let mut matrix = vec![0.0; 4 * rows * to];
        let all: [_; TAPS] = array::from_fn(|tap| offsets(input.layout, tap));
        let middle = [offsets(gradient.layout, TAPS / 2)];
        dispatch!(Level::new(), simd => {
            for (map, gradient_map) in input.iter().zip(gradient.iter()) {
                for y in (0..side).step_by(STRIP / side) {
                    transform(simd, map, input.layout, y, &all, before);
                    transform(simd, gradient_map, gradient.layout, y, &middle, upstream);
                    let (of_numbers, of_matrix) = before.split_at(NUMBERS * STRIP * rows);
                    let (up_numbers, up_matrix) = upstream.split_at(NUMBERS * STRIP * to);
                    let strips = of_numbers.chunks_exact(STRIP * rows).zip(up_numbers.chunks_exact(STRIP * to));
                    for ((spectra, upstream), sums) in strips.zip(numbers.chunks_exact_mut(rows * to)) {
                        add_transposed(simd, spectra, upstream, to, sums);
                    }
                    add_transposed(simd, of_matrix, up_matrix, 2 * to, &mut matrix);
                }
            }
        });
        let mut kernel = vec![0.0; to * channels * TAPS];
        for (tap, i) in (0..rows).map(|row| (row / from, row % from)) {
            let row = tap * from + i;
            for o in 0..to {
                let gradient = array::from_fn(|at| match at.checked_sub(NUMBERS) {
                    None => numbers[(at * rows + row) * to + o],
                    Some(entry) => matrix[(entry / 2 * rows + row) * 2 * to + entry % 2 * to + o],
                });
                for (pose, (tap, value)) in kernel_gradient(tap, gradient).into_iter().enumerate() {
                    kernel[(o * channels + i * POSES + pose) * TAPS + tap] = value / POSES as f32;
                }
            }
        }
        kernel
    }
}

/// The distance from the first pixel that a kernel sees to what each pose has at the place to which it takes a tap.
fn offsets(layout: Layout, tap: usize) -> [usize; POSES] {
    array::from_fn(|pose| {
        let at = square(pose, tap, 3);
        layout.corner(at / 3, at % 3) + pose * layout.channels / POSES
    })
}

/// The spectra of what a kernel sees from the pixels of a strip, from the row `y` on: `[taps, filters]` in each [`row`].
#[simd]
fn transform<S: Simd>(
    simd: S,
    map: &[f32],
    layout: Layout,
    y: usize,
    offsets: &[[usize; POSES]],
    to: &mut [f32],
) {
    // Where eight numbers are one register, as many are worked on.
    if S::f32s::LEN > LANES && (layout.channels / POSES).is_multiple_of(2 * LANES) {
        transform_by::<S, f32x8<S>, { 2 * LANES }>(simd, map, layout, y, offsets, to);
    } else {
        transform_by::<S, f32x4<S>, LANES>(simd, map, layout, y, offsets, to);
    }
}

/// The same `N` filters at a time.
#[inline(always)]
fn transform_by<S: Simd, V: Floats<S, N>, const N: usize>(
    simd: S,
    map: &[f32],
    layout: Layout,
    y: usize,
    offsets: &[[usize; POSES]],
    to: &mut [f32],
) {
    let filters = layout.channels / POSES / N;
    let (map, to) = (map.as_chunks::<N>().0, to.as_chunks_mut::<N>().0);
    for pixel in 0..STRIP {
        let corner = layout.corner(y + pixel / layout.side, pixel % layout.side) / N;
        let rows: [usize; SPECTRUM] = array::from_fn(|number| row(number, pixel) * offsets.len() * filters);
        for (tap, offsets) in offsets.iter().enumerate() {
            for filter in 0..filters {
                // Not `offsets.map`, which the compiler does not always inline.
                let load = |pose: usize| V::load_array_ref(simd, &map[corner + offsets[pose] / N + filter]);
                let values = spectrum(array::from_fn(load));
                for (row, value) in rows.iter().zip(values) {
                    value.store_array(&mut to[row + tap * filters + filter]);
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
