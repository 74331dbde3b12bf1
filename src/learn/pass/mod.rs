//! The encoder's forward and backward pass for training on the CPU: what [`Encoder::forward`] computes, and the gradient of
//! its parameters, by hand: the batch is cut into slices that stay in the cache, and their convolutions are products of large
//! matrices. Tests hold it to the module.

mod lattice;
mod product;
mod tiles;

use burn::{
    module::RunningState,
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use multiversion::multiversion;
use rayon::prelude::*;

pub use product::Unit;

use self::{
    lattice::Lattice,
    product::{Kernel, TAPS, correlate},
};
use crate::{
    drawing::{Drawing, SIDE},
    model::{BLOCKS, BlockShape, Encoder, FEATURES, MAP_CHANNELS, MAP_SIDE, Tied, tied_channels},
};

/// A forward pass, with everything that the way back needs.
pub struct Pass {
    unit: Unit,
    layers: Vec<Layer>,
    slices: Vec<Slice>,
    /// `[drawings, FEATURES]`, before and after they are brought to length one.
    raw: Vec<f32>,
    features: Vec<f32>,
}

/// Drawings of a slice: however many threads there are, sums add up alike.
const SLICE: usize = 16;
/// As burn's batch norm.
const EPSILON: f32 = 1e-5;
const TINY: f32 = 1e-6;

/// A block of the encoder, and what a batch was in each of its channels, before the norm.
struct Layer {
    shape: BlockShape,
    kernel: Kernel,
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
    lattice: Lattice,
    /// `[bordered, in]`
    input: Vec<f32>,
    /// `[places, out]`; what is between the pixels means nothing.
    convolved: Vec<f32>,
    /// For each pooled pixel, which of its four has its gradient: [`NONE`] where ReLU lets none through. Without pooling, of its
    /// one.
    winners: Vec<u8>,
}

const NONE: u8 = 4;

impl Pass {
    /// Runs drawings through the encoder with the statistics of this batch, and has the encoder's running averages follow.
    pub fn forward(encoder: &Encoder, drawings: &[Drawing], unit: Unit) -> Self {
        let mut slices: Vec<Slice> = drawings.par_chunks(SLICE).map(Slice::new).collect();
        let mut layers = Vec::with_capacity(BLOCKS.len());
        for (index, (shape, block)) in BLOCKS.into_iter().zip(&encoder.blocks).enumerate() {
            let mut layer = Layer::new(shape, block, unit);
            let sums: Vec<[Vec<f64>; 2]> =
                slices.par_iter_mut().map(|slice| slice.maps[index].convolve(&layer)).collect();
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
                let last = slice.maps.pop().expect("the last layer's output");
                let raw = transposed(&last.pixels(), FEATURES / MAP_CHANNELS, MAP_CHANNELS);
                let mut features = raw.clone();
                for row in features.chunks_exact_mut(FEATURES) {
                    let length = norm(row) + TINY;
                    row.iter_mut().for_each(|v| *v /= length);
                }
                (raw, features)
            })
            .unzip();
        Self { unit, layers, slices, raw: raw.concat(), features: features.concat() }
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
                let pixels = transposed(&gradient, MAP_CHANNELS, FEATURES / MAP_CHANNELS);
                let lattice = Lattice { side: MAP_SIDE, pictures: gradient.len() / FEATURES };
                let mut places = vec![0.0; lattice.places() * MAP_CHANNELS];
                for (place, row) in lattice.rows().zip(pixels.chunks_exact(MAP_SIDE * MAP_CHANNELS)) {
                    places[place * MAP_CHANNELS..][..row.len()].copy_from_slice(row);
                }
                places
            })
            .collect();
        for (index, (layer, block)) in self.layers.iter().zip(&encoder.blocks).enumerate().rev() {
            let undone: Vec<Undone> = self
                .slices
                .par_iter()
                .zip(&upstream)
                .map(|(slice, upstream)| slice.maps[index].undo_pooling(layer, upstream))
                .collect();
            let mirrored = (index > 0).then(|| layer.kernel.mirrored(self.unit));
            let pixels = (self.features.len() / FEATURES * layer.shape.side * layer.shape.side) as f32;
            let [beta, gamma] = [0, 1].map(|which| {
                let sums = summed(undone.iter().map(|u| &u.sums[which]));
                tied_channels(sums.into_iter().map(f64::from))
                    .into_iter()
                    .map(|v| v as f32)
                    .collect::<Vec<_>>()
            });
            let through = layer.through_norm(&beta, &gamma, pixels);
            let parts: Vec<(Vec<f32>, Vec<f32>)> = self
                .slices
                .par_iter()
                .zip(undone)
                .map(|(slice, undone)| {
                    slice.maps[index].backward(undone.gradient, &through, mirrored.as_ref(), self.unit)
                })
                .collect();
            let kernel = taps_last(&summed(parts.iter().map(|(kernel, _)| kernel)), layer.shape);
            upstream = parts.into_iter().map(|(_, towards)| towards).collect();

            let BlockShape { input, out, .. } = layer.shape;
            let kernel = Tied::kernel(out, input).tied(&kernel);
            let kernel = TensorData::new(kernel, [out, input, 3, 3]);
            let vector = |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [out]), &device);
            gradients.register(block.convolution.weight.id, Tensor::<4>::from_data(kernel, &device));
            gradients.register(block.norm.gamma.id, vector(gamma));
            gradients.register(block.norm.beta.id, vector(beta));
        }
    }
}

impl Layer {
    fn new(shape: BlockShape, block: &crate::model::Block, unit: Unit) -> Self {
        let weights = values(block.convolution.weight.val());
        Self {
            shape,
            kernel: Kernel::new(&weights, shape.input, shape.out, unit),
            gamma: values(block.norm.gamma.val()),
            beta: values(block.norm.beta.val()),
            mean: Vec::new(),
            variance: Vec::new(),
            inverse_deviation: Vec::new(),
        }
    }

    /// Mean and variance of each filter over the batch and its poses, from each slice's sums and sums of squares.
    fn measure(&mut self, sums: &[[Vec<f64>; 2]], drawings: usize) {
        let n = (drawings * self.shape.side * self.shape.side) as f64;
        let of = |which: usize, channel: usize| sums.iter().map(|s| s[which][channel]).sum::<f64>() / n;
        let tied = |which| tied_channels((0..self.shape.out).map(|c| of(which, c)));
        let (means, squares) = (tied(0), tied(1));
        self.mean = means.iter().map(|&mean| mean as f32).collect();
        self.variance =
            means.iter().zip(squares).map(|(m, square)| (square - m * m).max(0.0) as f32).collect();
        self.inverse_deviation = self.variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect();
    }

    /// Has the block's running averages follow, as burn's own training does.
    fn follow(&self, block: &crate::model::Block) {
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
    fn through_norm(&self, beta: &[f32], gamma: &[f32], pixels: f32) -> [Vec<f32>; 3] {
        let scale = |c: usize| self.gamma[c] * self.inverse_deviation[c];
        let slope = |c: usize| scale(c) * self.inverse_deviation[c] * gamma[c] / pixels;
        let channels = 0..self.shape.out;
        [
            channels.clone().map(scale).collect(),
            channels.clone().map(|c| scale(c) * beta[c] / pixels - slope(c) * self.mean[c]).collect(),
            channels.map(slope).collect(),
        ]
    }
}

impl Slice {
    fn new(drawings: &[Drawing]) -> Self {
        let mut ink = Maps::new(SIDE, drawings.len(), 1);
        let Maps { lattice, input, .. } = &mut ink;
        let rows = drawings.iter().flat_map(|drawing| drawing.pixels().chunks_exact(SIDE));
        for (place, row) in lattice.rows().zip(rows) {
            input[lattice.margin() + place..][..SIDE].copy_from_slice(row);
        }
        Self { maps: vec![ink] }
    }
}

/// A gradient before the norm has its say, and its sums by channel, alone and times the normalised value.
struct Undone {
    /// `[bordered, out]`
    gradient: Vec<f32>,
    sums: [Vec<f32>; 2],
}

impl Maps {
    fn new(side: usize, pictures: usize, channels: usize) -> Self {
        let lattice = Lattice { side, pictures };
        let input = vec![0.0; lattice.bordered() * channels];
        Self { lattice, input, convolved: Vec::new(), winners: Vec::new() }
    }

    /// The input without its borders.
    fn pixels(&self) -> Vec<f32> {
        let Lattice { side, .. } = self.lattice;
        let channels = self.input.len() / self.lattice.bordered();
        let start = |place| (self.lattice.margin() + place) * channels;
        let rows = self.lattice.rows().map(|place| &self.input[start(place)..][..side * channels]);
        rows.collect::<Vec<_>>().concat()
    }

    /// Convolves; brings the sum and the sum of squares of each channel.
    fn convolve(&mut self, layer: &Layer) -> [Vec<f64>; 2] {
        let BlockShape { side, out, .. } = layer.shape;
        self.convolved = vec![0.0; self.lattice.places() * out];
        layer.kernel.convolve(self.lattice, &self.input, &mut self.convolved);
        let mut total = [vec![0.0f64; out], vec![0.0f64; out]];
        for place in self.lattice.rows() {
            let (mut sum, mut squares) = (vec![0.0f32; out], vec![0.0f32; out]);
            add_powers(&self.convolved[place * out..][..side * out], &mut sum, &mut squares);
            add(&mut total[0], &sum);
            add(&mut total[1], &squares);
        }
        total
    }

    /// Norm, pooling and ReLU: the maps that the next layer begins with.
    fn finish(&mut self, layer: &Layer) -> Self {
        let BlockShape { side, out, pooled, relu, .. } = layer.shape;
        let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
        let (scale, shift): (Vec<f32>, Vec<f32>) = (0..out)
            .map(|c| {
                let scale = layer.gamma[c] * layer.inverse_deviation[c];
                (scale, layer.beta[c] - layer.mean[c] * scale)
            })
            .unzip();
        let pictures = self.lattice.pictures;
        let reach = if pooled { 2 } else { 1 };
        let half = side / reach;
        let mut output = Self::new(half, pictures, out);
        self.winners = vec![NONE; pictures * half * half * out];
        let wide = self.lattice.wide();
        let winners = self.winners.chunks_exact_mut(half * out);
        let rows = self.lattice.rows().step_by(reach).zip(output.lattice.rows());
        for ((place, pooled_place), winners) in rows.zip(winners) {
            let to = &mut output.input[(output.lattice.margin() + pooled_place) * out..][..half * out];
            let row = |row: usize| &self.convolved[(place + row * wide) * out..][..side * out];
            if pooled {
                finish_pooled([row(0), row(1)], &scale, &shift, floor, to, winners);
            } else {
                finish_alone(row(0), &scale, &shift, floor, to, winners);
            }
        }
        output
    }

    /// Hands the gradient of the output, `[places, out]`, back to the pixels it came from.
    fn undo_pooling(&self, layer: &Layer, upstream: &[f32]) -> Undone {
        let BlockShape { side, out, pooled, .. } = layer.shape;
        let Lattice { pictures, .. } = self.lattice;
        let (wide, margin) = (self.lattice.wide(), self.lattice.margin());
        let reach = if pooled { 2 } else { 1 };
        let half = side / reach;
        let pooled = Lattice { side: half, pictures };
        let mut gradient = vec![0.0; self.lattice.bordered() * out];
        let mut sums = [vec![0.0f32; out], vec![0.0f32; out]];
        let winners = self.winners.chunks_exact(half * out);
        let rows = self.lattice.rows().step_by(reach).zip(pooled.rows());
        for ((place, pooled_place), winners) in rows.zip(winners) {
            let upstream = &upstream[pooled_place * out..][..half * out];
            for row in 0..reach {
                let pixels = place + row * wide;
                let values = &self.convolved[pixels * out..][..side * out];
                let to = &mut gradient[(margin + pixels) * out..][..side * out];
                let first = (row * reach) as u8;
                hand_back(upstream, winners, first, layer, values, to, &mut sums);
            }
        }
        Undone { gradient, sums }
    }

    /// Gradients of the kernel and, through `mirrored`, of the input.
    fn backward(
        &self,
        mut gradient: Vec<f32>,
        through: &[Vec<f32>; 3],
        mirrored: Option<&Kernel>,
        unit: Unit,
    ) -> (Vec<f32>, Vec<f32>) {
        let Lattice { side, .. } = self.lattice;
        let (out, margin) = (through[0].len(), self.lattice.margin());
        for place in self.lattice.rows() {
            let row = &mut gradient[(margin + place) * out..][..side * out];
            undo_norm(row, &self.convolved[place * out..][..side * out], through);
        }
        let kernel = correlate(self.lattice, &self.input, &gradient, unit);
        let towards = mirrored.map_or(Vec::new(), |mirrored| {
            let channels = self.input.len() / self.lattice.bordered();
            let mut towards = vec![0.0; self.lattice.places() * channels];
            mirrored.convolve(self.lattice, &gradient, &mut towards);
            towards
        });
        (kernel, towards)
    }
}

/// Adds pixels' values to the sum of each channel, and their squares to the sum of squares.
#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn add_powers(pixels: &[f32], sum: &mut [f32], squares: &mut [f32]) {
    for pixel in pixels.chunks_exact(sum.len()) {
        for ((sum, square), &v) in sum.iter_mut().zip(&mut *squares).zip(pixel) {
            *sum += v;
            *square += v * v;
        }
    }
}

/// A row of pixels after norm and ReLU.
#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn finish_alone(row: &[f32], scale: &[f32], shift: &[f32], floor: f32, to: &mut [f32], winners: &mut [u8]) {
    let out = scale.len();
    let pixels = row.chunks_exact(out).zip(to.chunks_exact_mut(out)).zip(winners.chunks_exact_mut(out));
    for ((from, to), winners) in pixels {
        for ((((to, winner), from), scale), shift) in
            to.iter_mut().zip(winners).zip(from).zip(scale).zip(shift)
        {
            let value = from * scale + shift;
            *winner = if value > floor { 0 } else { NONE };
            *to = value.max(floor);
        }
    }
}

/// Two rows of pixels after norm, pooling and ReLU.
#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn finish_pooled(
    rows: [&[f32]; 2],
    scale: &[f32],
    shift: &[f32],
    floor: f32,
    to: &mut [f32],
    winners: &mut [u8],
) {
    let out = scale.len();
    let (shift, [upper, lower]) = (&shift[..out], rows.map(|row| row.chunks_exact(2 * out)));
    let pixels = upper.zip(lower).zip(to.chunks_exact_mut(out)).zip(winners.chunks_exact_mut(out));
    for (((upper, lower), to), winners) in pixels {
        let ((a, b), (c, d)) = (upper.split_at(out), lower.split_at(out));
        for channel in 0..out {
            let values = [a, b, c, d].map(|corner| corner[channel] * scale[channel]);
            let (mut best, mut winner) = (values[0], 0);
            for (index, value) in values.into_iter().enumerate().skip(1) {
                winner = if value > best { index as u8 } else { winner };
                best = if value > best { value } else { best };
            }
            let value = best + shift[channel];
            winners[channel] = if value > floor { winner } else { NONE };
            to[channel] = value.max(floor);
        }
    }
}

/// Gives the gradient of a row of pooled pixels to those of a row of pixels that won, and adds it to the sums: alone, and times
/// their normalised values. The row's pixels are the corners from `first` on.
#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn hand_back(
    upstream: &[f32],
    winners: &[u8],
    first: u8,
    layer: &Layer,
    values: &[f32],
    to: &mut [f32],
    sums: &mut [Vec<f32>; 2],
) {
    let out = layer.mean.len();
    let reach = values.len() / upstream.len();
    let (mean, inverse) = (&layer.mean[..out], &layer.inverse_deviation[..out]);
    let [plain, normalised] = sums;
    let (plain, normalised) = (&mut plain[..out], &mut normalised[..out]);
    let pooled = upstream.chunks_exact(out).zip(winners.chunks_exact(out));
    let pixels = values.chunks_exact(reach * out).zip(to.chunks_exact_mut(reach * out));
    for ((upstream, winners), (values, to)) in pooled.zip(pixels) {
        let corners = values.chunks_exact(out).zip(to.chunks_exact_mut(out)).zip(first..);
        for ((value, to), corner) in corners {
            for c in 0..out {
                let g = if winners[c] == corner { upstream[c] } else { 0.0 };
                to[c] = g;
                plain[c] += g;
                normalised[c] += g * (value[c] - mean[c]) * inverse[c];
            }
        }
    }
}

/// Turns the gradient of a row of normalised values into that of the values: see [`Layer::through_norm`].
#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn undo_norm(gradient: &mut [f32], values: &[f32], [scale, offset, slope]: &[Vec<f32>; 3]) {
    let out = scale.len();
    for (gradient, values) in gradient.chunks_exact_mut(out).zip(values.chunks_exact(out)) {
        let factors = scale.iter().zip(offset).zip(slope);
        for ((g, v), ((scale, offset), slope)) in gradient.iter_mut().zip(values).zip(factors) {
            *g = scale * *g - offset - slope * v;
        }
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("parameters and gradients are f32")
}

/// `[TAPS, in, out]` to `[out, in, TAPS]`.
fn taps_last(kernel: &[f32], shape: BlockShape) -> Vec<f32> {
    let BlockShape { input, out, .. } = shape;
    let mut last = vec![0.0; kernel.len()];
    last.par_chunks_exact_mut(input * TAPS).enumerate().for_each(|(o, to)| {
        for (i, to) in to.chunks_exact_mut(TAPS).enumerate() {
            for (tap, to) in to.iter_mut().enumerate() {
                *to = kernel[(tap * input + i) * out + o];
            }
        }
    });
    last
}

/// Each `[rows, columns]` to `[columns, rows]`.
fn transposed(from: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut to = vec![0.0; from.len()];
    let pictures = from.chunks_exact(rows * columns).zip(to.chunks_exact_mut(rows * columns));
    for (from, to) in pictures {
        for (column, to) in to.chunks_exact_mut(rows).enumerate() {
            for (row, to) in to.iter_mut().enumerate() {
                *to = from[row * columns + column];
            }
        }
    }
    to
}

fn norm(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum::<f32>().sqrt()
}

fn add(total: &mut [f64], part: &[f32]) {
    total.iter_mut().zip(part).for_each(|(total, &v)| *total += f64::from(v));
}

fn summed<'a>(parts: impl Iterator<Item = &'a Vec<f32>>) -> Vec<f32> {
    let parts: Vec<_> = parts.collect();
    let mut total = parts[0].clone();
    total.par_chunks_mut(1 << 12).enumerate().for_each(|(chunk, total)| {
        for part in &parts[1..] {
            total.iter_mut().zip(&part[chunk << 12..]).for_each(|(total, v)| *total += v);
        }
    });
    total
}
