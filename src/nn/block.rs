//! A block while it learns: 3×3 convolution, batch norm (Ioffe & Szegedy 2015, "Batch normalization"), 2×2 max pooling and ReLU, there and back.
//! What is tied over eight poses is held and learnt once, for each filter.

use fearless_simd::{Level, dispatch, prelude::*};
use fearless_simd_macros::simd;

use super::{
    Convolution, Scratch, TAPS,
    folded::EPSILON,
    ink::Ink,
    least,
    maps::{Layout, Maps},
    posed::Posed,
};
use crate::model::{BlockShape, POSES, Tied};

/// The parameters of a block and the statistics of its norm.
#[derive(Debug)]
pub struct Block {
    pub shape: BlockShape,
    /// `[filters, input, TAPS]`
    pub kernel: Vec<f32>,
    /// `[filters]`, as are the others.
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    pub mean: Vec<f32>,
    /// Mean square distance from the mean.
    pub variance: Vec<f32>,
    convolution: Box<dyn Convolution>,
}

/// What the way back needs of maps that went through a block.
#[derive(Debug)]
pub struct Passed {
    /// What the convolution made of them.
    convolved: Maps,
    /// For each number that came out, which of the four that were pooled it was; without pooling, the one. [`NONE`] where ReLU let none through.
    winners: Vec<u8>,
}

const NONE: u8 = 4;

/// For each channel `[a, b, d]`, such that `a·g − b − d·x` is the gradient of a value `x` before the norm, given that of the one after it.
type NormTerms = Vec<[f32; 3]>;

impl Block {
    /// A block of these parameters, of which there are as many as the shape has filters.
    pub fn new(shape: BlockShape, kernel: Vec<f32>, [gamma, beta, mean, variance]: [Vec<f32>; 4]) -> Self {
        let convolution = convolution(shape, &kernel);
        Self { shape, kernel, gamma, beta, mean, variance, convolution }
    }

    /// Has the convolution follow a kernel that has changed.
    pub fn follow(&mut self) {
        self.convolution = convolution(self.shape, &self.kernel);
    }

    /// How the kernel is tied.
    pub fn tied(&self) -> Tied {
        Tied::kernel(self.shape.out, self.shape.input)
    }

    /// Convolves maps with a border.
    pub fn convolve(&self, input: &Maps, scratch: &mut Scratch) -> Passed {
        let BlockShape { side, out, .. } = self.shape;
        let mut convolved = Maps::new(input.count(), Layout { side, channels: out, border: 0 });
        self.convolution.forward(input, scratch, &mut convolved);
        Passed { convolved, winners: Vec::new() }
    }

    /// Norm, pooling and ReLU; maps with a border so wide come out.
    pub fn normalise(&self, passed: &mut Passed, border: usize) -> Maps {
        let BlockShape { side, out, pooled, .. } = self.shape;
        let scale = self.scale();
        let shift = self.beta.iter().zip(&self.mean).zip(&scale).map(|((b, m), s)| b - m * s);
        let shift = of_channels(&shift.collect::<Vec<_>>());
        let scale = of_channels(&scale);
        let side = if pooled { side / 2 } else { side };
        let layout = Layout { side, channels: out, border };
        let mut output = Maps::new(passed.convolved.count(), layout);
        passed.winners = vec![NONE; output.count() * side * side * out];
        let from = passed.convolved.layout;
        let winners = passed.winners.chunks_exact_mut(side * side * out);
        dispatch!(Level::new(), simd => {
            for ((values, winners), into) in passed.convolved.iter().zip(winners).zip(output.iter_mut()) {
                for (pixel, winners) in winners.chunks_exact_mut(out).enumerate() {
                    let (y, x) = (pixel / side, pixel % side);
                    let into = &mut into[layout.at(y, x)..][..out];
                    if pooled {
                        let corners = corners(values, from, y, x);
                        pool(simd, corners, [&scale, &shift], least(&self.shape), into, winners);
                    } else {
                        let values = &values[from.at(y, x)..][..out];
                        pool(simd, [values], [&scale, &shift], least(&self.shape), into, winners);
                    }
                }
            }
        });
        output
    }

    /// The gradients of beta and gamma, given that of what came out: for each filter the sums over all pixels of the gradient of what the norm made,
    /// and of that times the value before gamma and beta, in the mean over poses.
    pub fn norm_gradient(&self, passed: &Passed, upstream: &Maps) -> [Vec<f64>; 2] {
        let BlockShape { out, pooled, .. } = self.shape;
        let (mut sums, side) = ([vec![0.0f64; out], vec![0.0; out]], upstream.layout.side);
        let (from, to) = (passed.convolved.layout, upstream.layout);
        let winners = passed.winners.chunks_exact(side * side * out);
        dispatch!(Level::new(), simd => {
            let maps = passed.convolved.iter().zip(winners).zip(upstream.iter());
            for ((values, winners), upstream) in maps {
                for (y, winners) in winners.chunks_exact(side * out).enumerate() {
                    let mut of_row = [vec![0.0; out], vec![0.0; out]];
                    for (x, winners) in winners.chunks_exact(out).enumerate() {
                        let upstream = &upstream[to.at(y, x)..][..out];
                        if pooled {
                            add_norm_sums(simd, corners(values, from, y, x), winners, upstream, &mut of_row);
                        } else {
                            add_norm_sums(simd, [&values[from.at(y, x)..][..out]], winners, upstream, &mut of_row);
                        }
                    }
                    add_exactly(&mut sums, &of_row);
                }
            }
        });
        let [beta, mut gamma] = sums.map(|sums| of_filters(&sums));
        let statistics = self.mean.iter().zip(&self.variance);
        for ((gamma, beta), (mean, variance)) in gamma.iter_mut().zip(&beta).zip(statistics) {
            *gamma = (*gamma - f64::from(*mean) * beta) / f64::from(variance + EPSILON).sqrt();
        }
        [beta, gamma]
    }

    /// How a gradient goes through a norm whose statistics stay as they are.
    pub fn fixed_norm_terms(&self) -> NormTerms {
        of_channels(&self.scale()).into_iter().map(|scale| [scale, 0.0, 0.0]).collect()
    }

    /// How one goes through a norm whose statistics are those of so many values a channel, given the gradients of its parameters: the terms of Ioffe & Szegedy 2015, section 3.
    #[cfg(feature = "cli")]
    pub fn batch_norm_terms(&self, beta: &[f32], gamma: &[f32], values: f32) -> NormTerms {
        let filters = self.scale().into_iter().enumerate().map(|(filter, scale)| {
            let slope = scale * gamma[filter] / (self.variance[filter] + EPSILON).sqrt() / values;
            [scale, scale * beta[filter] / values - slope * self.mean[filter], slope]
        });
        filters.collect::<Vec<_>>().repeat(POSES)
    }

    /// The gradient of what the convolution made, within a border, given that of what came out.
    pub fn convolved_gradient(&self, passed: &Passed, upstream: &Maps, terms: &NormTerms) -> Maps {
        let BlockShape { side, out, pooled, .. } = self.shape;
        let (from, to) = (upstream.layout, Layout { side, channels: out, border: 1 });
        let mut gradient = Maps::new(upstream.count(), to);
        let winners = passed.winners.chunks_exact(from.side.pow(2) * out);
        let reach = if pooled { 2 } else { 1 };
        dispatch!(Level::new(), simd => {
            let maps = passed.convolved.iter().zip(winners).zip(upstream.iter());
            for (((values, winners), upstream), into) in maps.zip(gradient.iter_mut()) {
                for (pixel, values) in values.chunks_exact(out).enumerate() {
                    let (y, x) = (pixel / side, pixel % side);
                    let (above, left) = (y / reach, x / reach);
                    let upstream = &upstream[from.at(above, left)..][..out];
                    let winners = &winners[(above * from.side + left) * out..][..out];
                    let corner = (y % reach * 2 + x % reach) as u8;
                    let into = &mut into[to.at(y, x)..][..out];
                    unpool(simd, corner, [upstream, values], winners, terms, into);
                }
            }
        });
        gradient
    }

    /// The gradient of the kernel, its mean over poses, given that of what the convolution made of maps.
    pub fn kernel_gradient(&self, input: &Maps, gradient: &Maps, scratch: &mut Scratch) -> Vec<f32> {
        self.convolution.kernel_gradient(input, gradient, scratch)
    }

    /// The convolution that hands gradients back to what came in; ink needs none.
    #[cfg(feature = "cli")]
    pub fn transposed(&self) -> Option<Posed> {
        let kernel = || self.tied().whole(&self.kernel);
        (self.shape.input > 1).then(|| Posed::transposed(self.shape, &kernel()))
    }

    /// The gradient of what came in, by [`Self::transposed`], given that of what the convolution made of it, within a border.
    #[cfg(feature = "cli")]
    pub fn input_gradient(&self, transposed: &Posed, gradient: &Maps, scratch: &mut Scratch) -> Maps {
        let BlockShape { side, input, .. } = self.shape;
        let mut towards = Maps::new(gradient.count(), Layout { side, channels: input, border: 0 });
        transposed.forward(gradient, scratch, &mut towards);
        towards
    }

    /// What the norm multiplies by, for each filter.
    fn scale(&self) -> Vec<f32> {
        self.gamma.iter().zip(&self.variance).map(|(gamma, v)| gamma / (v + EPSILON).sqrt()).collect()
    }
}

impl Passed {
    /// The sum and the sum of squares of each filter, in the mean over poses.
    #[cfg(feature = "cli")]
    pub fn sums(&self) -> [Vec<f64>; 2] {
        let layout = self.convolved.layout;
        let mut sums = [vec![0.0; layout.channels], vec![0.0; layout.channels]];
        dispatch!(Level::new(), simd => {
            let rows = self.convolved.iter().flat_map(|map| map.chunks_exact(layout.wide() * layout.channels));
            for row in rows {
                let mut of_row = [vec![0.0; layout.channels], vec![0.0; layout.channels]];
                row.chunks_exact(layout.channels).for_each(|pixel| add_squares(simd, pixel, &mut of_row));
                add_exactly(&mut sums, &of_row);
            }
        });
        sums.map(|sums| of_filters(&sums))
    }
}

/// The convolution alone, of the free part of its kernel.
fn convolution(shape: BlockShape, kernel: &[f32]) -> Box<dyn Convolution> {
    let shape = BlockShape { pooled: false, relu: false, ..shape };
    let bias = vec![0.0; shape.out / POSES];
    match shape.input {
        1 => Box::new(Ink::new(shape, &Tied::kernel(shape.out, 1).whole(kernel), &bias)),
        input => {
            let (taps, _) = kernel.as_chunks::<TAPS>();
            Box::new(Posed::new(shape, |channel, filter| taps[filter * input + channel], bias))
        }
    }
}

/// Numbers a filter, for each of its channels.
fn of_channels(filters: &[f32]) -> Vec<f32> {
    filters.repeat(POSES)
}

/// Adds the sums of a row of pixels to those of many, which need more digits.
fn add_exactly(sums: &mut [Vec<f64>; 2], of_row: &[Vec<f32>; 2]) {
    for (sums, of_row) in sums.iter_mut().zip(of_row) {
        sums.iter_mut().zip(of_row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
}

/// Numbers a channel, for each filter: the mean over its poses.
fn of_filters(channels: &[f64]) -> Vec<f64> {
    let filters = channels.len() / POSES;
    let sum = |filter| channels.iter().skip(filter).step_by(filters).sum::<f64>();
    (0..filters).map(|filter| sum(filter) / POSES as f64).collect()
}

/// The channels of the four pixels that a pooled one is made of.
#[inline(always)]
fn corners(values: &[f32], layout: Layout, y: usize, x: usize) -> [&[f32]; 4] {
    let pixel = |y, x| &values[layout.at(y, x)..][..layout.channels];
    let (y, x) = (2 * y, 2 * x);
    [pixel(y, x), pixel(y, x + 1), pixel(y + 1, x), pixel(y + 1, x + 1)]
}

/// Norm, pooling and ReLU of a pixel's channels.
#[simd]
fn pool<S: Simd, const N: usize>(
    _: S,
    corners: [&[f32]; N],
    [scale, shift]: [&[f32]; 2],
    least: f32,
    into: &mut [f32],
    winners: &mut [u8],
) {
    let channels = into.len();
    let corners = corners.map(|corner| &corner[..channels]);
    let (scale, shift, winners) = (&scale[..channels], &shift[..channels], &mut winners[..channels]);
    for channel in 0..channels {
        let (mut most, mut winner) = (corners[0][channel] * scale[channel], 0);
        for (index, corner) in corners.iter().enumerate().skip(1) {
            let value = corner[channel] * scale[channel];
            winner = if value > most { index as u8 } else { winner };
            most = if value > most { value } else { most };
        }
        let value = most + shift[channel];
        winners[channel] = if value > least { winner } else { NONE };
        into[channel] = value.max(least);
    }
}

/// Adds, for each channel, the gradient of a pixel that ReLU let through, and that times the value that won.
#[simd]
fn add_norm_sums<S: Simd, const N: usize>(
    _: S,
    corners: [&[f32]; N],
    winners: &[u8],
    upstream: &[f32],
    sums: &mut [Vec<f32>; 2],
) {
    let channels = upstream.len();
    let corners = corners.map(|corner| &corner[..channels]);
    let [sums, products] = sums;
    let (sums, products, winners) = (&mut sums[..channels], &mut products[..channels], &winners[..channels]);
    for channel in 0..channels {
        let winner = winners[channel];
        let gradient = if winner == NONE { 0.0 } else { upstream[channel] };
        let mut value = corners[0][channel];
        for (index, corner) in corners.iter().enumerate().skip(1) {
            value = if winner == index as u8 { corner[channel] } else { value };
        }
        sums[channel] += gradient;
        products[channel] = gradient.mul_add(value, products[channel]);
    }
}

/// The gradient of one of the pixels that were pooled, before the norm.
#[simd]
fn unpool<S: Simd>(
    _: S,
    corner: u8,
    [upstream, values]: [&[f32]; 2],
    winners: &[u8],
    terms: &[[f32; 3]],
    into: &mut [f32],
) {
    let gradients = upstream.iter().zip(values).zip(winners).zip(terms);
    for (into, (((gradient, value), winner), [scale, offset, slope])) in into.iter_mut().zip(gradients) {
        let gradient = if *winner == corner { *gradient } else { 0.0 };
        *into = scale * gradient - offset - slope * value;
    }
}

/// Adds a pixel's channels to sums, and their squares.
#[cfg(feature = "cli")]
#[simd]
fn add_squares<S: Simd>(_: S, pixel: &[f32], sums: &mut [Vec<f32>; 2]) {
    let [sums, squares] = sums;
    for ((value, sum), square) in pixel.iter().zip(sums.iter_mut()).zip(squares.iter_mut()) {
        *sum += value;
        *square = value.mul_add(*value, *square);
    }
}
