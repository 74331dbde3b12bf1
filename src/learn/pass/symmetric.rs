//! Convolutions whose kernels are tied over the eight poses, in a fifth of the multiplications: products of matrices in the Fourier
//! space of the poses ([`crate::model::fourier`]).

use multiversion::multiversion;
use pulp::{Arch, Simd, WithSimd};

use super::{TAPS, bordered::Bordered};
use crate::model::{
    POSES,
    fourier::{NUMBERS, SPECTRUM, kernel_gradient, kernel_spectrum, poses, spectrum},
    square,
};

/// Pixels whose spectra are worked on at a time: as many as stay in the cache.
const STRIP: usize = 64;

/// A tied kernel's spectrum.
pub struct Kernel {
    from: usize,
    to: usize,
    /// `[NUMBERS, from × TAPS, to]`, in filters
    numbers: Vec<f32>,
    /// `[2 × from × TAPS, 2 × to]`
    matrix: Vec<f32>,
}

impl Kernel {
    /// Of weights `[to, from, TAPS]`, in channels.
    pub fn new(weights: &[f32], from: usize, to: usize) -> Self {
        Self::of(from / POSES, to / POSES, |o, i, tap| weights[(o * from + i) * TAPS + tap])
    }

    /// The kernel that hands gradients back through these weights, from `to` to `from`.
    pub fn mirrored(weights: &[f32], from: usize, to: usize) -> Self {
        let weight = |i, o, tap| weights[(o * from + i) * TAPS + TAPS - 1 - tap];
        Self::of(to / POSES, from / POSES, weight)
    }

    fn of(from: usize, to: usize, weight: impl Fn(usize, usize, usize) -> f32) -> Self {
        assert!(from.is_multiple_of(4) && to.is_multiple_of(4), "filters come in fours");
        let rows = from * TAPS;
        let mut numbers = vec![0.0; NUMBERS * rows * to];
        let mut matrix = vec![0.0; 4 * rows * to];
        for row in 0..rows {
            let (i, tap) = (row / TAPS, row % TAPS);
            for o in 0..to {
                let spectrum = kernel_spectrum(tap, |pose, tap| weight(o * POSES, i * POSES + pose, tap));
                let (of_numbers, of_matrix) = spectrum.split_at(NUMBERS);
                for (number, value) in of_numbers.iter().enumerate() {
                    numbers[(number * rows + row) * to + o] = *value;
                }
                for (at, value) in of_matrix.iter().enumerate() {
                    matrix[((at / 2 * rows + row) * 2 + at % 2) * to + o] = *value;
                }
            }
        }
        Self { from, to, numbers, matrix }
    }

    /// Convolves pictures, to `[to, pictures, side, side]`.
    pub fn convolve(&self, pictures: &Bordered) -> Vec<f32> {
        let Self { from, to, .. } = *self;
        assert_eq!(pictures.channels(), from * POSES);
        let arch = Arch::new();
        let rows = from * TAPS;
        let mut output = vec![0.0; to * POSES * pictures.pixels()];
        let mut strip = vec![0.0; SPECTRUM * rows * STRIP];
        let mut products = vec![0.0; SPECTRUM * to * STRIP];
        for first in (0..pictures.pixels()).step_by(STRIP) {
            enter(pictures, first, &ALL_TAPS, &mut strip);
            let (numbers, matrices) = strip.split_at(NUMBERS * rows * STRIP);
            let (of_numbers, of_matrices) = products.split_at_mut(NUMBERS * to * STRIP);
            let kernels = self.numbers.chunks_exact(rows * to).zip(numbers.chunks_exact(rows * STRIP));
            for ((kernel, strip), to) in kernels.zip(of_numbers.chunks_exact_mut(to * STRIP)) {
                arch.dispatch(Products { kernel, strip, to });
            }
            let matrices = matrices.chunks_exact(2 * rows * STRIP);
            for (strip, to) in matrices.zip(of_matrices.chunks_exact_mut(2 * to * STRIP)) {
                arch.dispatch(Products { kernel: &self.matrix, strip, to });
            }
            leave(&products, first, pictures.pixels(), &mut output);
        }
        output
    }
}

/// The gradient of what is free of a kernel, `[to / POSES, from, TAPS]`: the mean over poses, given the pictures that it convolved and
/// the gradient of what it made of them.
pub fn correlate(pictures: &Bordered, gradient: &Bordered) -> Vec<f32> {
    let arch = Arch::new();
    let (from, to) = (pictures.channels() / POSES, gradient.channels() / POSES);
    let rows = from * TAPS;
    let (wide, wide_matrix) = (to.next_multiple_of(LANES), (2 * to).next_multiple_of(LANES));
    let mut numbers = vec![0.0; NUMBERS * rows * wide];
    let mut matrix = vec![0.0; 2 * rows * wide_matrix];
    let mut strip = vec![0.0; SPECTRUM * rows * STRIP];
    let mut upstream = vec![0.0; SPECTRUM * to * STRIP];
    for first in (0..pictures.pixels()).step_by(STRIP) {
        enter(pictures, first, &ALL_TAPS, &mut strip);
        enter(gradient, first, &[TAPS / 2], &mut upstream);
        let (of_numbers, of_matrices) = strip.split_at(NUMBERS * rows * STRIP);
        let (up_numbers, up_matrices) = upstream.split_at(NUMBERS * to * STRIP);
        let strips = of_numbers.chunks_exact(rows * STRIP).zip(up_numbers.chunks_exact(to * STRIP));
        for ((strip, upstream), sums) in strips.zip(numbers.chunks_exact_mut(rows * wide)) {
            arch.dispatch(MoreProducts { strip, upstream: &by_pixel(upstream, wide), sums });
        }
        let strips = of_matrices.chunks_exact(2 * rows * STRIP).zip(up_matrices.chunks_exact(2 * to * STRIP));
        for (strip, upstream) in strips {
            let upstream = &by_pixel(upstream, wide_matrix);
            arch.dispatch(MoreProducts { strip, upstream, sums: &mut matrix });
        }
    }
    let mut kernel = vec![0.0; to * from * POSES * TAPS];
    for row in 0..rows {
        let (i, tap) = (row / TAPS, row % TAPS);
        for o in 0..to {
            let gradient = std::array::from_fn(|at| match at.checked_sub(NUMBERS) {
                None => numbers[(at * rows + row) * wide + o],
                Some(at) => matrix[(at / 2 * rows + row) * wide_matrix + at % 2 * to + o],
            });
            for (pose, (tap, value)) in kernel_gradient(tap, gradient).into_iter().enumerate() {
                kernel[((o * from + i) * POSES + pose) * TAPS + tap] = value / POSES as f32;
            }
        }
    }
    kernel
}

const ALL_TAPS: [usize; TAPS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/// The spectra of a strip of pixels, `[SPECTRUM, filters × taps, STRIP]`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn enter(pictures: &Bordered, first: usize, taps: &[usize], to: &mut [f32]) {
    match pictures.side {
        8 => enter_rows::<8>(pictures, first, taps, to),
        16 => enter_rows::<16>(pictures, first, taps, to),
        side => unreachable!("no block convolves pictures of {side} pixels a side"),
    }
}

#[inline(always)]
fn enter_rows<const SIDE: usize>(pictures: &Bordered, first: usize, taps: &[usize], to: &mut [f32]) {
    let plane = pictures.plane();
    let each = to.len() / SPECTRUM;
    for (filter, planes) in pictures.planes().chunks_exact(POSES * plane).enumerate() {
        for (index, &tap) in taps.iter().enumerate() {
            let seen: [usize; POSES] = std::array::from_fn(|pose| {
                let at = square(pose, tap, 3);
                pose * plane + at / 3 * pictures.wide() + at % 3
            });
            let line = (filter * taps.len() + index) * STRIP;
            for row in 0..STRIP / SIDE {
                let corner = pictures.corner(first / SIDE + row);
                let held: [&[f32; SIDE]; POSES] =
                    seen.map(|seen| planes[seen + corner..].first_chunk().expect("a row"));
                let mut spectra = [[0.0; SIDE]; SPECTRUM];
                for x in 0..SIDE {
                    let values = spectrum(held.map(|row| row[x]));
                    for (spectra, value) in spectra.iter_mut().zip(values) {
                        spectra[x] = value;
                    }
                }
                for (number, values) in spectra.iter().enumerate() {
                    to[number * each + line + row * SIDE..][..SIDE].copy_from_slice(values);
                }
            }
        }
    }
}

/// The pixels whose spectra, `[SPECTRUM, filters, STRIP]`, those are: to a strip of `[filters × POSES, pixels]`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn leave(spectra: &[f32], first: usize, pixels: usize, to: &mut [f32]) {
    let each = spectra.len() / SPECTRUM;
    for (filter, planes) in to.chunks_exact_mut(POSES * pixels).enumerate() {
        for at in (0..STRIP).step_by(LANES) {
            let held: [&[f32; LANES]; SPECTRUM] = std::array::from_fn(|number| {
                spectra[number * each + filter * STRIP + at..].first_chunk().expect("part of a strip")
            });
            let mut values = [[0.0; LANES]; POSES];
            for lane in 0..LANES {
                let poses = poses(held.map(|numbers| numbers[lane]));
                for (values, value) in values.iter_mut().zip(poses) {
                    values[lane] = value;
                }
            }
            for (pose, values) in values.iter().enumerate() {
                planes[pose * pixels + first + at..][..LANES].copy_from_slice(values);
            }
        }
    }
}

/// Numbers that the widest registers hold.
const LANES: usize = 16;

/// `[rows, filters]` transposed times `[rows, STRIP]`.
struct Products<'a> {
    kernel: &'a [f32],
    strip: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const FILTERS: usize = 4;
        const REGISTERS: usize = 4;
        let filters = self.to.len() / STRIP;
        let registers = STRIP / S::F32_LANES;
        let (strip, _) = S::as_simd_f32s(self.strip);
        let (to, _) = S::as_mut_simd_f32s(self.to);
        for filter in (0..filters).step_by(FILTERS) {
            for at in (0..registers).step_by(REGISTERS) {
                let mut sums = [[simd.splat_f32s(0.0); REGISTERS]; FILTERS];
                for (kernel, strip) in self.kernel.chunks_exact(filters).zip(strip.chunks_exact(registers)) {
                    let strip: &[S::f32s; REGISTERS] = strip[at..].first_chunk().expect("a strip");
                    let kernel: &[f32; FILTERS] = kernel[filter..].first_chunk().expect("filters in fours");
                    for (sums, &weight) in sums.iter_mut().zip(kernel) {
                        let weight = simd.splat_f32s(weight);
                        for (sum, &values) in sums.iter_mut().zip(strip) {
                            *sum = simd.mul_add_e_f32s(weight, values, *sum);
                        }
                    }
                }
                for (index, sums) in sums.iter().enumerate() {
                    to[(filter + index) * registers + at..][..REGISTERS].copy_from_slice(sums);
                }
            }
        }
    }
}

/// Adds `[rows, STRIP]` times `[STRIP, wide]` to `[rows, wide]`, where `wide` is a multiple of [`LANES`].
struct MoreProducts<'a> {
    strip: &'a [f32],
    upstream: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for MoreProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const ROWS: usize = 12;
        let registers = self.upstream.len() / STRIP / S::F32_LANES;
        let (upstream, _) = S::as_simd_f32s(self.upstream);
        let (sums, _) = S::as_mut_simd_f32s(self.sums);
        let rows = self.strip.chunks_exact(ROWS * STRIP).zip(sums.chunks_exact_mut(ROWS * registers));
        for (strip, sums) in rows {
            for register in 0..registers {
                let mut tile = [simd.splat_f32s(0.0); ROWS];
                for (pixel, upstream) in upstream.chunks_exact(registers).enumerate() {
                    for (row, sum) in tile.iter_mut().enumerate() {
                        let value = simd.splat_f32s(strip[row * STRIP + pixel]);
                        *sum = simd.mul_add_e_f32s(value, upstream[register], *sum);
                    }
                }
                for (sums, tile) in sums.chunks_exact_mut(registers).zip(tile) {
                    sums[register] = simd.add_f32s(sums[register], tile);
                }
            }
        }
    }
}

/// `[filters, STRIP]` to `[STRIP, wide]`, filled up with zeros.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn by_pixel(strip: &[f32], wide: usize) -> Vec<f32> {
    let mut pixels = vec![0.0; STRIP * wide];
    for (filter, values) in strip.chunks_exact(STRIP).enumerate() {
        for (pixel, value) in pixels.chunks_exact_mut(wide).zip(values) {
            pixel[filter] = *value;
        }
    }
    pixels
}
