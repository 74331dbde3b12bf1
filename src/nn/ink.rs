//! The convolution that sees ink: one channel, which is in no pose and most of which is paper. By the definition
//! `y[o, p] = Σ w[o, tap] · x[p + tap]`, nine products a channel and pixel, none where the paper is blank.

use std::array;

use fearless_simd::{Level, dispatch, f32x4, prelude::*};
#[cfg(feature = "burn")]
use fearless_simd_macros::simd;

use super::{
    Convolution, Scratch, TAPS, least,
    maps::{LANES, Maps, by_pose, quads, quads_mut},
};
use crate::model::BlockShape;
#[cfg(feature = "burn")]
use crate::model::Tied;

/// A 3×3 convolution of one channel.
#[derive(Debug)]
pub struct Ink {
    shape: BlockShape,
    /// `[TAPS, out]`
    taps: Vec<f32>,
    bias: Vec<f32>,
}

impl Ink {
    /// Of a kernel `[out, TAPS]` in a module's order, and a bias for each filter.
    pub fn new(shape: BlockShape, kernel: &[f32], bias: &[f32]) -> Self {
        let (each, _) = kernel.as_chunks::<TAPS>();
        let mut taps = vec![0.0; TAPS * shape.out];
        for (out, kernel) in each.iter().enumerate() {
            for (tap, weight) in kernel.iter().enumerate() {
                taps[tap * shape.out + by_pose(out, shape.out)] = *weight;
            }
        }
        Self { shape, taps, bias: bias.repeat(shape.out / bias.len()) }
    }

    /// Four channels at a time, what 4×4 of the picture come to: the largest of the four pixels that see them, or each of them. They go where
    /// `places` says.
    #[inline(always)]
    fn four<S: Simd>(&self, simd: S, patch: [&[f32; 4]; 4], places: &[usize], into: &mut [[f32; LANES]]) {
        let is_paper = patch.iter().all(|row| row.iter().all(|&ink| ink == 0.0));
        let taps = quads(&self.taps);
        let per_tap = self.shape.out / LANES;
        let least = f32x4::splat(simd, least(&self.shape));
        for (channel, bias) in quads(&self.bias).iter().enumerate() {
            let bias = f32x4::load_array_ref(simd, bias);
            let mut sums = [f32x4::splat(simd, 0.0); 4];
            if !is_paper {
                for (tap, taps) in taps.iter().skip(channel).step_by(per_tap).enumerate() {
                    let taps = f32x4::load_array_ref(simd, taps);
                    for (pixel, sum) in sums.iter_mut().enumerate() {
                        let ink = patch[tap / 3 + pixel / 2][tap % 3 + pixel % 2];
                        *sum = taps.mul_add(ink, *sum);
                    }
                }
            }
            if self.shape.pooled {
                let [a, b, c, d] = sums;
                sums[0] = a.max(b).max(c.max(d));
            }
            for (sum, place) in sums.into_iter().zip(places) {
                (sum + bias).max(least).store_array(&mut into[place + channel]);
            }
        }
    }
}

impl Convolution for Ink {
    fn forward(&self, input: &Maps, _: &mut Scratch, output: &mut Maps) {
        let BlockShape { side, pooled, .. } = self.shape;
        let (from, to) = (input.layout, output.layout);
        dispatch!(Level::new(), simd => {
            for (picture, into) in input.iter().zip(output.iter_mut()) {
                let into = quads_mut(into);
                for (y, x) in (0..side * side / 4).map(|at| (at / (side / 2) * 2, at % (side / 2) * 2)) {
                    let row = |dy| picture[from.corner(y + dy, x)..].first_chunk().expect("four pixels");
                    let patch: [&[f32; 4]; 4] = array::from_fn(row);
                    if pooled {
                        self.four(simd, patch, &[to.at(y / 2, x / 2) / LANES], into);
                    } else {
                        let places = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)];
                        self.four(simd, patch, &places.map(|(y, x)| to.at(y, x) / LANES), into);
                    }
                }
            }
        });
    }

    #[cfg(feature = "burn")]
    fn kernel_gradient(&self, input: &Maps, gradient: &Maps, _: &mut Scratch) -> Vec<f32> {
        let out = self.shape.out;
        let mut sums = vec![0.0; TAPS * out];
        dispatch!(Level::new(), simd => correlate(simd, input, gradient, &mut sums));
        let place = |at: usize| at % TAPS * out + by_pose(at / TAPS, out);
        Tied::kernel(out, 1).free(&(0..out * TAPS).map(|at| sums[place(at)]).collect::<Vec<_>>())
    }
}

/// Adds `Σ x[p + tap] · g[o, p]` to `sums`, `[TAPS, out]`.
#[cfg(feature = "burn")]
#[simd]
fn correlate<S: Simd>(_: S, input: &Maps, gradient: &Maps, sums: &mut [f32]) {
    let (from, to) = (input.layout, gradient.layout);
    for (picture, map) in input.iter().zip(gradient.iter()) {
        for (y, x) in (0..from.side * from.side).map(|at| (at / from.side, at % from.side)) {
            let gradient = &map[to.at(y, x)..][..to.channels];
            for (tap, sums) in sums.chunks_exact_mut(to.channels).enumerate() {
                let ink = picture[from.corner(y + tap / 3, x + tap % 3)];
                if ink != 0.0 {
                    for (sum, gradient) in sums.iter_mut().zip(gradient) {
                        *sum = gradient.mul_add(ink, *sum);
                    }
                }
            }
        }
    }
}
