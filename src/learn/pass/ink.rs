//! The convolution of the first block, which sees one channel: ink, which is in no pose.

use multiversion::multiversion;

use super::{TAPS, bordered::Bordered};
use crate::{drawing::SIDE, model::BLOCKS};

const OUT: usize = BLOCKS[0].out;

/// Convolves drawings with a kernel `[OUT, TAPS]`, to `[OUT, pictures, SIDE, SIDE]`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
pub fn convolve(kernel: &[f32], drawings: &Bordered) -> Vec<f32> {
    let mut output = vec![0.0; OUT * drawings.pixels()];
    let planes = output.chunks_exact_mut(drawings.pixels()).zip(kernel.chunks_exact(TAPS));
    for (plane, kernel) in planes {
        for (index, row) in plane.chunks_exact_mut(SIDE).enumerate() {
            let mut sums = [0.0f32; SIDE];
            for (tap, &weight) in kernel.iter().enumerate() {
                let ink = seen(drawings, index, tap);
                for x in 0..SIDE {
                    sums[x] = ink[x].mul_add(weight, sums[x]);
                }
            }
            row.copy_from_slice(&sums);
        }
    }
    output
}

/// The gradient of the kernel, given the drawings that it convolved and the gradient of what it made of them.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
pub fn correlate(drawings: &Bordered, gradient: &Bordered) -> Vec<f32> {
    let mut kernel = Vec::with_capacity(OUT * TAPS);
    for plane in gradient.planes().chunks_exact(gradient.plane()) {
        let mut sums = [[0.0f32; SIDE]; TAPS];
        for row in 0..drawings.pictures * SIDE {
            let upstream: &[f32; SIDE] = pixels(plane, gradient, row, MIDDLE);
            for (tap, sums) in sums.iter_mut().enumerate() {
                let ink = seen(drawings, row, tap);
                for x in 0..SIDE {
                    sums[x] = ink[x].mul_add(upstream[x], sums[x]);
                }
            }
        }
        kernel.extend(sums.iter().map(|sums| sums.iter().sum::<f32>()));
    }
    kernel
}

const MIDDLE: usize = TAPS / 2;

/// The ink that a tap sees of a row's pixels.
#[inline(always)]
fn seen(drawings: &Bordered, row: usize, tap: usize) -> &[f32; SIDE] {
    pixels(drawings.planes(), drawings, row, tap)
}

#[inline(always)]
fn pixels<'a>(plane: &'a [f32], of: &Bordered, row: usize, tap: usize) -> &'a [f32; SIDE] {
    plane[of.corner(row) + tap / 3 * of.wide() + tap % 3..].first_chunk().expect("a row")
}
