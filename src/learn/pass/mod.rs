//! The encoder's forward and backward pass for training on the CPU: what [`Encoder::forward`] computes with tied weights, and the
//! gradient of its parameters, by hand: the batch is cut into slices that threads share out, and convolutions are products in the
//! Fourier space of the poses. Tests hold it to the module.

mod bordered;
mod ink;
mod symmetric;

use burn::{
    module::RunningState,
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use multiversion::multiversion;
use rayon::prelude::*;

use self::{bordered::Bordered, symmetric::Kernel};
use crate::{
    drawing::{Drawing, SIDE},
    inference::EPSILON,
    model::{BLOCKS, Block, BlockShape, Encoder, FEATURES, MAP_CHANNELS, MAP_SIDE, Tied, tied_channels},
};

/// A forward pass, with everything that the way back needs.
pub struct Pass {
    layers: Vec<Layer>,
    slices: Vec<Slice>,
    /// `[drawings, FEATURES]`, before and after they are brought to length one.
    raw: Vec<f32>,
    features: Vec<f32>,
}

/// Drawings of a slice: however many threads there are, sums add up alike.
const SLICE: usize = 16;
const TINY: f32 = 1e-6;
/// Taps of a 3×3 kernel.
const TAPS: usize = 9;
/// Features of a channel.
const PIXELS: usize = MAP_SIDE * MAP_SIDE;

/// A block of the encoder, and what a batch was in each of its channels, before the norm.
struct Layer {
    shape: BlockShape,
    /// `[out, in, TAPS]`
    kernel: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    mean: Vec<f32>,
    /// Mean square distance from the mean.
    variance: Vec<f32>,
    inverse_deviation: Vec<f32>,
}

/// What becomes of some of the drawings in each layer, the ink first.
struct Slice {
    maps: Vec<Maps>,
}

struct Maps {
    input: Bordered,
    /// `[out, pictures, side, side]`
    convolved: Vec<f32>,
    /// For each pooled pixel, which of its four has its gradient: [`NONE`] where ReLU lets none through. Without pooling, of its
    /// one.
    winners: Vec<u8>,
}

const NONE: u8 = 4;

impl Pass {
    /// Runs drawings through the encoder, whose weights are tied, with the statistics of this batch, and has the encoder's running
    /// averages follow.
    pub fn forward(encoder: &Encoder, drawings: &[Drawing]) -> Self {
        let mut slices: Vec<Slice> = drawings.par_chunks(SLICE).map(Slice::new).collect();
        let mut layers = Vec::with_capacity(BLOCKS.len());
        for (index, (shape, block)) in BLOCKS.into_iter().zip(&encoder.blocks).enumerate() {
            let mut layer = Layer::new(shape, block);
            let convolution = layer.convolution();
            let sums: Vec<[Vec<f64>; 2]> =
                slices.par_iter_mut().map(|slice| slice.maps[index].convolve(&convolution)).collect();
            layer.measure(&sums, drawings.len());
            layer.follow(block);
            slices.par_iter_mut().for_each(|slice| {
                let output = slice.maps[index].finish(&layer);
                slice.maps.push(output);
            });
            layers.push(layer);
        }
        let (raw, features): (Vec<_>, Vec<_>) = slices
            .par_iter_mut()
            .map(|slice| {
                let raw = swapped(
                    &slice.maps.pop().expect("the last layer's output").input.unbordered(),
                    MAP_CHANNELS,
                );
                let mut features = raw.clone();
                for row in features.chunks_exact_mut(FEATURES) {
                    let length = norm(row) + TINY;
                    row.iter_mut().for_each(|v| *v /= length);
                }
                (raw, features)
            })
            .unzip();
        Self { layers, slices, raw: raw.concat(), features: features.concat() }
    }

    /// `[drawings, FEATURES]`, each row of length one, on `device`.
    pub fn features(&self, device: &Device) -> Tensor<2> {
        let drawings = self.features.len() / FEATURES;
        Tensor::from_data(TensorData::new(self.features.clone(), [drawings, FEATURES]), device)
    }

    /// Adds the gradient of the encoder's parameters, which are tied, to `gradients`, given that of the features.
    pub fn backward(&self, encoder: &Encoder, features: Tensor<2>, gradients: &mut GradientsParams) {
        let device = features.device();
        let upstream = values(features);
        let slice = SLICE * FEATURES;
        let mut upstream: Vec<Vec<f32>> = upstream
            .par_chunks(slice)
            .zip(self.features.par_chunks(slice).zip(self.raw.par_chunks(slice)))
            .map(|(upstream, (features, raw))| {
                let rows = upstream.chunks_exact(FEATURES).zip(features.chunks_exact(FEATURES));
                let mut gradient = Vec::with_capacity(upstream.len());
                for ((upstream, unit), raw) in rows.zip(raw.chunks_exact(FEATURES)) {
                    let length = norm(raw) + TINY;
                    let along: f32 = upstream.iter().zip(unit).map(|(g, u)| g * u).sum();
                    gradient.extend(upstream.iter().zip(unit).map(|(g, u)| (g - along * u) / length));
                }
                swapped(&gradient, gradient.len() / FEATURES)
            })
            .collect();
        for (index, (layer, block)) in self.layers.iter().zip(&encoder.blocks).enumerate().rev() {
            let undone: Vec<Undone> = self
                .slices
                .par_iter()
                .zip(&upstream)
                .map(|(slice, upstream)| slice.maps[index].undo_pooling(layer, upstream))
                .collect();
            let pixels = (self.features.len() / FEATURES * layer.shape.side.pow(2)) as f32;
            let [beta, gamma] = [0, 1].map(|which| {
                let sums = summed(undone.iter().map(|u| &u.sums[which]));
                tied_channels(sums.into_iter()).into_iter().map(|v| v as f32).collect::<Vec<_>>()
            });
            let through = layer.through_norm(&beta, &gamma, pixels);
            let mirrored = layer.mirrored();
            let parts: Vec<(Vec<f32>, Vec<f32>)> = self
                .slices
                .par_iter()
                .zip(undone)
                .map(|(slice, undone)| {
                    slice.maps[index].backward(&undone.gradient, &through, mirrored.as_ref())
                })
                .collect();
            let free = summed(parts.iter().map(|(kernel, _)| kernel));
            upstream = parts.into_iter().map(|(_, towards)| towards).collect();

            let BlockShape { input, out, .. } = layer.shape;
            let kernel = TensorData::new(layer.tied().whole(&free), [out, input, 3, 3]);
            let vector = |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [out]), &device);
            gradients.register(block.convolution.weight.id, Tensor::<4>::from_data(kernel, &device));
            gradients.register(block.norm.gamma.id, vector(gamma));
            gradients.register(block.norm.beta.id, vector(beta));
        }
    }
}

/// How a layer convolves.
enum Convolution<'a> {
    Ink(&'a [f32]),
    Posed(Kernel),
}

impl Layer {
    fn new(shape: BlockShape, block: &Block) -> Self {
        Self {
            shape,
            kernel: values(block.convolution.weight.val()),
            gamma: values(block.norm.gamma.val()),
            beta: values(block.norm.beta.val()),
            mean: Vec::new(),
            variance: Vec::new(),
            inverse_deviation: Vec::new(),
        }
    }

    fn convolution(&self) -> Convolution<'_> {
        match self.shape.input {
            1 => Convolution::Ink(&self.kernel),
            input => Convolution::Posed(Kernel::new(&self.kernel, input, self.shape.out)),
        }
    }

    /// The kernel that hands gradients back; ink needs none.
    fn mirrored(&self) -> Option<Kernel> {
        let BlockShape { input, out, .. } = self.shape;
        (input > 1).then(|| Kernel::mirrored(&self.kernel, input, out))
    }

    fn tied(&self) -> Tied {
        Tied::kernel(self.shape.out, self.shape.input)
    }

    /// Mean and variance of each filter over the batch and its poses, from each slice's sums and sums of squares.
    fn measure(&mut self, sums: &[[Vec<f64>; 2]], drawings: usize) {
        let n = (drawings * self.shape.side.pow(2)) as f64;
        let of = |which: usize, channel: usize| sums.iter().map(|s| s[which][channel]).sum::<f64>() / n;
        let tied = |which| tied_channels((0..self.shape.out).map(|c| of(which, c)));
        let (means, squares) = (tied(0), tied(1));
        self.mean = means.iter().map(|&mean| mean as f32).collect();
        self.variance =
            means.iter().zip(squares).map(|(m, square)| (square - m * m).max(0.0) as f32).collect();
        self.inverse_deviation = self.variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect();
    }

    /// Has the block's running averages follow, as burn's own training does.
    fn follow(&self, block: &Block) {
        let norm = &block.norm;
        let toward = |running: &RunningState<Tensor<1>>, batch: &[f32]| {
            let old = running.value_sync();
            let batch = Tensor::from_data(TensorData::new(batch.to_vec(), [batch.len()]), &old.device());
            running.update(old.mul_scalar(1.0 - norm.momentum) + batch.mul_scalar(norm.momentum));
        };
        toward(&norm.running_mean, &self.mean);
        toward(&norm.running_var, &self.variance);
    }

    /// For each channel `[a, b, d]`, such that `a × gradient − b − d × value` is the gradient of a value before the norm.
    fn through_norm(&self, beta: &[f32], gamma: &[f32], pixels: f32) -> Vec<[f32; 3]> {
        (0..self.shape.out)
            .map(|c| {
                let scale = self.gamma[c] * self.inverse_deviation[c];
                let slope = scale * self.inverse_deviation[c] * gamma[c] / pixels;
                [scale, scale * beta[c] / pixels - slope * self.mean[c], slope]
            })
            .collect()
    }
}

impl Slice {
    fn new(drawings: &[Drawing]) -> Self {
        let mut input = Bordered::new(SIDE, drawings.len(), 1);
        let rows = drawings.iter().flat_map(|drawing| drawing.pixels().chunks_exact(SIDE));
        for (to, row) in input.rows_mut(0).zip(rows) {
            to.copy_from_slice(row);
        }
        Self { maps: vec![Maps::new(input)] }
    }
}

/// A gradient before the norm has its say, and its sums by channel, alone and times the normalised value.
struct Undone {
    /// `[out, pictures, side, side]`
    gradient: Vec<f32>,
    sums: [Vec<f64>; 2],
}

impl Maps {
    fn new(input: Bordered) -> Self {
        Self { input, convolved: Vec::new(), winners: Vec::new() }
    }

    /// Convolves; brings the sum and the sum of squares of each channel.
    fn convolve(&mut self, convolution: &Convolution) -> [Vec<f64>; 2] {
        self.convolved = match convolution {
            Convolution::Ink(kernel) => ink::convolve(kernel, &self.input),
            Convolution::Posed(kernel) => kernel.convolve(&self.input),
        };
        let planes = self.convolved.chunks_exact(self.input.pixels());
        unzipped(planes.map(|plane| sums(plane, plane)))
    }

    /// Norm, pooling and ReLU: the maps that the next layer begins with.
    fn finish(&mut self, layer: &Layer) -> Self {
        let BlockShape { side, out, pooled, relu, .. } = layer.shape;
        let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
        let half = if pooled { side / 2 } else { side };
        let mut output = Bordered::new(half, self.input.pictures, out);
        self.winners = vec![NONE; out * output.pixels()];
        let planes = self.convolved.chunks_exact(self.input.pixels());
        let winners = self.winners.chunks_exact_mut(output.pixels());
        for (channel, (plane, winners)) in planes.zip(winners).enumerate() {
            let scale = layer.gamma[channel] * layer.inverse_deviation[channel];
            let shift = layer.beta[channel] - layer.mean[channel] * scale;
            let rows = output.rows_mut(channel).zip(winners.chunks_exact_mut(half));
            for ((to, winners), pixels) in rows.zip(plane.chunks_exact(side * side / half)) {
                if pooled {
                    finish_pooled(pixels, [scale, shift, floor], to, winners);
                } else {
                    finish_alone(pixels, [scale, shift, floor], to, winners);
                }
            }
        }
        Self::new(output)
    }

    /// Hands the gradient of the output, `[out, pooled pixels]`, back to the pixels it came from.
    fn undo_pooling(&self, layer: &Layer, upstream: &[f32]) -> Undone {
        let BlockShape { side, out, pooled, .. } = layer.shape;
        let pixels = self.input.pixels();
        let mut gradient = vec![0.0; out * pixels];
        let channels = gradient.chunks_exact_mut(pixels).zip(self.convolved.chunks_exact(pixels));
        let each = upstream.len() / out;
        let won = upstream.chunks_exact(each).zip(self.winners.chunks_exact(each));
        let sums = channels.zip(won).enumerate().map(|(channel, ((to, values), (upstream, winners)))| {
            if pooled {
                hand_back_pooled(upstream, winners, side, to);
            } else {
                hand_back(upstream, winners, to);
            }
            let [sum, product] = sums(to, values);
            let centred = product - f64::from(layer.mean[channel]) * sum;
            [sum, centred * f64::from(layer.inverse_deviation[channel])]
        });
        let sums = unzipped(sums);
        Undone { gradient, sums }
    }

    /// Gradients of the kernel's free part and, through `mirrored`, of the input.
    fn backward(
        &self,
        gradient: &[f32],
        through: &[[f32; 3]],
        mirrored: Option<&Kernel>,
    ) -> (Vec<f32>, Vec<f32>) {
        let Bordered { side, pictures, .. } = self.input;
        let mut bordered = Bordered::new(side, pictures, through.len());
        let pixels = self.input.pixels();
        let planes = gradient.chunks_exact(pixels).zip(self.convolved.chunks_exact(pixels));
        for (channel, ((gradient, values), through)) in planes.zip(through).enumerate() {
            let rows = gradient.chunks_exact(side).zip(values.chunks_exact(side));
            for (to, (gradient, values)) in bordered.rows_mut(channel).zip(rows) {
                undo_norm(gradient, values, through, to);
            }
        }
        match mirrored {
            None => {
                let kernel = ink::correlate(&self.input, &bordered);
                (Tied::kernel(through.len(), 1).free(&kernel), Vec::new())
            }
            Some(mirrored) => (symmetric::correlate(&self.input, &bordered), mirrored.convolve(&bordered)),
        }
    }
}

/// Numbers added up side by side before they are added together, in f64.
const LANES: usize = 16;
const TOGETHER: usize = 32 * LANES;

/// The sum of one plane's values, and of their products with those of another.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn sums(plane: &[f32], other: &[f32]) -> [f64; 2] {
    let mut total = [0.0; 2];
    for (plane, other) in plane.chunks(TOGETHER).zip(other.chunks(TOGETHER)) {
        let mut lanes = [[0.0f32; LANES]; 2];
        for (a, b) in plane.as_chunks::<LANES>().0.iter().zip(other.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                lanes[0][lane] += a[lane];
                lanes[1][lane] = a[lane].mul_add(b[lane], lanes[1][lane]);
            }
        }
        for (total, lanes) in total.iter_mut().zip(lanes) {
            *total += lanes.into_iter().map(f64::from).sum::<f64>();
        }
    }
    total
}

/// A row of pixels after norm and ReLU.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn finish_alone(row: &[f32], [scale, shift, floor]: [f32; 3], to: &mut [f32], winners: &mut [u8]) {
    for ((to, winner), from) in to.iter_mut().zip(winners).zip(row) {
        let value = from * scale + shift;
        *winner = if value > floor { 0 } else { NONE };
        *to = value.max(floor);
    }
}

/// Two rows of pixels after norm, pooling and ReLU.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn finish_pooled(rows: &[f32], [scale, shift, floor]: [f32; 3], to: &mut [f32], winners: &mut [u8]) {
    let (upper, lower) = rows.split_at(rows.len() / 2);
    let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
    for ((to, winner), ([a, b], [c, d])) in to.iter_mut().zip(winners).zip(pairs) {
        let values = [a, b, c, d].map(|corner| corner * scale);
        let (mut best, mut of) = (values[0], 0);
        for (index, value) in values.into_iter().enumerate().skip(1) {
            of = if value > best { index as u8 } else { of };
            best = if value > best { value } else { best };
        }
        let value = best + shift;
        *winner = if value > floor { of } else { NONE };
        *to = value.max(floor);
    }
}

/// Gives the gradient of pixels to those that ReLU let through.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn hand_back(upstream: &[f32], winners: &[u8], to: &mut [f32]) {
    for (to, (gradient, winner)) in to.iter_mut().zip(upstream.iter().zip(winners)) {
        *to = if *winner == NONE { 0.0 } else { *gradient };
    }
}

/// Gives the gradient of pooled pixels to those that won; rows are `side` pixels long.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn hand_back_pooled(upstream: &[f32], winners: &[u8], side: usize, to: &mut [f32]) {
    let pooled = upstream.chunks_exact(side / 2).zip(winners.chunks_exact(side / 2));
    for (rows, (upstream, winners)) in to.chunks_exact_mut(2 * side).zip(pooled) {
        let (upper, lower) = rows.split_at_mut(side);
        let pairs = upper.as_chunks_mut::<2>().0.iter_mut().zip(lower.as_chunks_mut::<2>().0);
        for ((upper, lower), (gradient, winner)) in pairs.zip(upstream.iter().zip(winners)) {
            let part = |corner: u8| if *winner == corner { *gradient } else { 0.0 };
            *upper = [part(0), part(1)];
            *lower = [part(2), part(3)];
        }
    }
}

/// Turns the gradient of a row of normalised values into that of the values: see [`Layer::through_norm`].
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma", "x86_64+avx2+fma"))]
fn undo_norm(gradient: &[f32], values: &[f32], [scale, offset, slope]: &[f32; 3], to: &mut [f32]) {
    for (to, (g, v)) in to.iter_mut().zip(gradient.iter().zip(values)) {
        *to = scale * g - offset - slope * v;
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("parameters and gradients are f32")
}

/// `[first, second, PIXELS]` to `[second, first, PIXELS]`.
fn swapped(from: &[f32], first: usize) -> Vec<f32> {
    let second = from.len() / PIXELS / first;
    let maps =
        (0..second).flat_map(|b| (0..first).map(move |a| &from[(a * second + b) * PIXELS..][..PIXELS]));
    maps.flatten().copied().collect()
}

fn unzipped(pairs: impl Iterator<Item = [f64; 2]>) -> [Vec<f64>; 2] {
    let (first, second) = pairs.map(|[a, b]| (a, b)).unzip();
    [first, second]
}

fn norm(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum::<f32>().sqrt()
}

fn summed<T: Copy + std::ops::AddAssign>(parts: impl Iterator<Item = impl AsRef<[T]>>) -> Vec<T> {
    let mut parts = parts;
    let mut total = parts.next().expect("a slice").as_ref().to_vec();
    for part in parts {
        total.iter_mut().zip(part.as_ref()).for_each(|(total, &v)| *total += v);
    }
    total
}
