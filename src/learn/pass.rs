//! The encoder's forward and backward pass for training on the CPU: what [`Encoder::forward`] computes, and the gradient of
//! its parameters, by hand. Twice as fast as differentiating the module, since each block is a few large matrix
//! products over pictures that stay in the cache. A test holds it to the module.
//!
//! Pictures are stored pixel by pixel, the channels of a pixel side by side: `[drawings, side, side, channels]`.

use burn::{
    module::RunningState,
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use rayon::prelude::*;

use crate::{
    drawing::Drawing,
    model::{BLOCKS, BlockShape, Encoder, FEATURES, MAP_CHANNELS},
};

/// A forward pass, with everything that the way back needs.
pub struct Pass {
    drawings: usize,
    blocks: Vec<Block>,
    /// `[drawings, FEATURES]`, before and after they are brought to length one.
    raw: Vec<f32>,
    features: Vec<f32>,
}

struct Block {
    shape: BlockShape,
    /// `[9 × in, out]`: rows are the taps of the kernel, channels side by side.
    kernel: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    input: Vec<f32>,
    convolved: Vec<f32>,
    statistics: Statistics,
    /// Which pixel of its square each pooled pixel came from; empty without pooling.
    winners: Vec<u8>,
    output: Vec<f32>,
}

/// The batch is cut into so many slices, whatever the number of threads, so that sums add up alike on every machine.
const SLICES: usize = 4;
/// Pictures of a slice that are convolved in one matrix product.
const AT_ONCE: usize = 2;
/// As burn's batch norm.
const EPSILON: f32 = 1e-5;
const TINY: f32 = 1e-6;

/// What a block learns.
struct Parameters {
    /// `[out, in, 3, 3]`, as the module stores it.
    kernel: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

/// What a batch was in each channel of a block, before the norm.
struct Statistics {
    mean: Vec<f32>,
    /// Mean square distance from the mean.
    variance: Vec<f32>,
}

impl Pass {
    /// Runs drawings through the encoder with the statistics of this batch, and has the encoder's running averages follow.
    pub fn forward(encoder: &Encoder, drawings: &[Drawing]) -> Self {
        let count = drawings.len();
        let mut blocks: Vec<Block> = Vec::new();
        let mut input: Vec<f32> = drawings.iter().flat_map(Drawing::pixels).copied().collect();
        for (shape, block) in BLOCKS.into_iter().zip(&encoder.blocks) {
            let parameters = Parameters {
                kernel: values(block.convolution.weight.val()),
                gamma: values(block.norm.gamma.val()),
                beta: values(block.norm.beta.val()),
            };
            let mut own = Block::new(shape, parameters, input);
            own.convolve(count);
            own.measure(count);
            own.finish(count);
            follow(block, &own.statistics);
            input = own.output.clone();
            blocks.push(own);
        }
        let raw = transposed(&input, FEATURES / MAP_CHANNELS, MAP_CHANNELS);
        let mut features = raw.clone();
        for row in features.chunks_exact_mut(FEATURES) {
            let length = norm(row) + TINY;
            row.iter_mut().for_each(|v| *v /= length);
        }
        Self { drawings: count, blocks, raw, features }
    }

    /// `[drawings, FEATURES]`, each row of length one, on `device`.
    pub fn features(&self, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.features.clone(), [self.drawings, FEATURES]), device)
    }

    /// Adds the gradient of the encoder's parameters to `gradients`, given that of the features.
    pub fn backward(&self, encoder: &Encoder, features: Tensor<2>, gradients: &mut GradientsParams) {
        let device = features.device();
        let upstream = values(features);
        let mut gradient = Vec::with_capacity(upstream.len());
        let rows = upstream.chunks_exact(FEATURES).zip(self.features.chunks_exact(FEATURES));
        for ((upstream, unit), raw) in rows.zip(self.raw.chunks_exact(FEATURES)) {
            let length = norm(raw) + TINY;
            let along: f32 = upstream.iter().zip(unit).map(|(g, u)| g * u).sum();
            gradient.extend(upstream.iter().zip(unit).map(|(g, u)| (g - along * u) / length));
        }
        let mut gradient = transposed(&gradient, MAP_CHANNELS, FEATURES / MAP_CHANNELS);
        for (index, (own, block)) in self.blocks.iter().zip(&encoder.blocks).enumerate().rev() {
            let (parameters, input) = own.backward(self.drawings, &gradient, index > 0);
            let BlockShape { input: from, out, .. } = own.shape;
            let kernel = TensorData::new(parameters.kernel, [out, from, 3, 3]);
            let vector = |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [out]), &device);
            gradients.register(block.convolution.weight.id, Tensor::<4>::from_data(kernel, &device));
            gradients.register(block.norm.gamma.id, vector(parameters.gamma));
            gradients.register(block.norm.beta.id, vector(parameters.beta));
            gradient = input;
        }
    }
}

/// Has a norm's running averages follow a batch's statistics, as burn's own training does.
fn follow(block: &crate::model::Block, statistics: &Statistics) {
    let norm = &block.norm;
    let toward = |running: &RunningState<Tensor<1>>, batch: &[f32]| {
        let old = running.value_sync();
        let batch = Tensor::from_data(TensorData::new(batch.to_vec(), [batch.len()]), &old.device());
        running.update(old.mul_scalar(1.0 - norm.momentum) + batch.mul_scalar(norm.momentum));
    };
    toward(&norm.running_mean, &statistics.mean);
    toward(&norm.running_var, &statistics.variance);
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("parameters and gradients are f32")
}

impl Block {
    fn new(shape: BlockShape, parameters: Parameters, input: Vec<f32>) -> Self {
        let Parameters { kernel, gamma, beta } = parameters;
        let none = Statistics { mean: Vec::new(), variance: Vec::new() };
        Self {
            shape,
            kernel: taps_first(&kernel, shape),
            gamma,
            beta,
            input,
            convolved: Vec::new(),
            statistics: none,
            winners: Vec::new(),
            output: Vec::new(),
        }
    }

    fn convolve(&mut self, count: usize) {
        let BlockShape { side, input, out, .. } = self.shape;
        let (pixels, taps) = (side * side, 9 * input);
        let mut convolved = vec![0.0; count * pixels * out];
        let slice = count.div_ceil(SLICES);
        let pictures = self.input.par_chunks(slice * pixels * input);
        convolved.par_chunks_mut(slice * pixels * out).zip(pictures).for_each(|(to, from)| {
            let mut patches = vec![0.0; AT_ONCE * pixels * taps];
            let chunks = from.chunks(AT_ONCE * pixels * input);
            for (to, from) in to.chunks_mut(AT_ONCE * pixels * out).zip(chunks) {
                let rows = from.len() / input;
                gather(from, &mut patches, side, input);
                multiply(Rows(&patches, taps), Rows(&self.kernel, out), to, rows, taps, out, false);
            }
        });
        self.convolved = convolved;
    }

    /// Mean and variance of each channel over the batch.
    fn measure(&mut self, count: usize) {
        let BlockShape { side, out, .. } = self.shape;
        let slice = count.div_ceil(SLICES) * side * side * out;
        let sums: Vec<[Vec<f64>; 2]> = self
            .convolved
            .par_chunks(slice)
            .map(|slice| {
                let mut total = [vec![0.0f64; out], vec![0.0f64; out]];
                for picture in slice.chunks(side * side * out) {
                    let (mut sum, mut squares) = (vec![0.0f32; out], vec![0.0f32; out]);
                    for pixel in picture.chunks_exact(out) {
                        for ((sum, square), &v) in sum.iter_mut().zip(&mut squares).zip(pixel) {
                            *sum += v;
                            *square += v * v;
                        }
                    }
                    add(&mut total[0], &sum);
                    add(&mut total[1], &squares);
                }
                total
            })
            .collect();
        let n = (count * side * side) as f64;
        let of = |which: usize, channel: usize| sums.iter().map(|s| s[which][channel]).sum::<f64>() / n;
        let mean = (0..out).map(|c| of(0, c) as f32).collect();
        let variance = (0..out).map(|c| (of(1, c) - of(0, c).powi(2)).max(0.0) as f32).collect();
        self.statistics = Statistics { mean, variance };
    }

    /// Norm, pooling and ReLU.
    fn finish(&mut self, count: usize) {
        let BlockShape { side, out, pooled, relu, .. } = self.shape;
        let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
        let (scale, shift): (Vec<f32>, Vec<f32>) = (0..out)
            .map(|c| {
                let scale = self.gamma[c] * self.inverse_deviation(c);
                (scale, self.beta[c] - self.statistics.mean[c] * scale)
            })
            .unzip();
        let slice = count.div_ceil(SLICES);
        if !pooled {
            let mut output = vec![0.0; self.convolved.len()];
            let from = self.convolved.par_chunks(slice * side * side * out);
            output.par_chunks_mut(slice * side * side * out).zip(from).for_each(|(to, from)| {
                for (to, from) in to.chunks_exact_mut(out).zip(from.chunks_exact(out)) {
                    for c in 0..out {
                        to[c] = (from[c] * scale[c] + shift[c]).max(floor);
                    }
                }
            });
            self.output = output;
            return;
        }
        let half = side / 2;
        let mut output = vec![0.0; count * half * half * out];
        let mut winners = vec![0u8; output.len()];
        let size = slice * half * half * out;
        let from = self.convolved.par_chunks(slice * side * side * out);
        output.par_chunks_mut(size).zip(winners.par_chunks_mut(size)).zip(from).for_each(
            |((to, winners), from)| {
                let to = to.chunks_exact_mut(out).zip(winners.chunks_exact_mut(out));
                for (place, (to, winners)) in to.enumerate() {
                    let corners = square(place, side).map(|pixel| &from[pixel * out..(pixel + 1) * out]);
                    for c in 0..out {
                        let mut best = corners[0][c] * scale[c];
                        let mut winner = 0;
                        for (index, corner) in corners.iter().enumerate().skip(1) {
                            let value = corner[c] * scale[c];
                            if value > best {
                                (best, winner) = (value, index as u8);
                            }
                        }
                        to[c] = (best + shift[c]).max(floor);
                        winners[c] = winner;
                    }
                }
            },
        );
        (self.output, self.winners) = (output, winners);
    }

    fn inverse_deviation(&self, channel: usize) -> f32 {
        1.0 / (self.statistics.variance[channel] + EPSILON).sqrt()
    }

    /// Gradients of the parameters and, if `wanted`, of the input.
    fn backward(&self, count: usize, upstream: &[f32], wanted: bool) -> (Parameters, Vec<f32>) {
        let BlockShape { side, input, out, .. } = self.shape;
        let (pixels, taps) = (side * side, 9 * input);
        let slice = count.div_ceil(SLICES);
        let inverse: Vec<f32> = (0..out).map(|c| self.inverse_deviation(c)).collect();
        let mean = &self.statistics.mean;

        let mut gradient = vec![0.0; self.convolved.len()];
        let sums: Vec<[Vec<f32>; 2]> = gradient
            .par_chunks_mut(slice * pixels * out)
            .enumerate()
            .map(|(index, to)| {
                self.undo_pooling(index * slice, upstream, to);
                let from = &self.convolved[index * slice * pixels * out..][..to.len()];
                let mut sums = [vec![0.0; out], vec![0.0; out]];
                for (gradient, pixel) in to.chunks_exact(out).zip(from.chunks_exact(out)) {
                    for c in 0..out {
                        sums[0][c] += gradient[c];
                        sums[1][c] += gradient[c] * (pixel[c] - mean[c]) * inverse[c];
                    }
                }
                sums
            })
            .collect();
        let total =
            |which: usize| (0..out).map(|c| sums.iter().map(|s| s[which][c]).sum()).collect::<Vec<f32>>();
        let (beta, gamma) = (total(0), total(1));

        let n = (count * pixels) as f32;
        let mut towards = if wanted { vec![0.0; self.input.len()] } else { Vec::new() };
        let towards_slices: Vec<&mut [f32]> = if wanted {
            towards.chunks_mut(slice * pixels * input).collect()
        } else {
            (0..count.div_ceil(slice)).map(|_| &mut [][..]).collect()
        };
        let kernels: Vec<Vec<f32>> = gradient
            .par_chunks_mut(slice * pixels * out)
            .zip(towards_slices)
            .enumerate()
            .map(|(index, (gradient, towards))| {
                let convolved = &self.convolved[index * slice * pixels * out..][..gradient.len()];
                for (gradient, pixel) in gradient.chunks_exact_mut(out).zip(convolved.chunks_exact(out)) {
                    for c in 0..out {
                        let unit = (pixel[c] - mean[c]) * inverse[c];
                        gradient[c] =
                            self.gamma[c] * inverse[c] * (gradient[c] - beta[c] / n - unit * gamma[c] / n);
                    }
                }
                let from = &self.input[index * slice * pixels * input..];
                let mut kernel = vec![0.0; taps * out];
                let mut patches = vec![0.0; AT_ONCE * pixels * taps];
                let mut towards = towards.chunks_mut(AT_ONCE * pixels * input);
                let chunks = from.chunks(AT_ONCE * pixels * input);
                for (gradient, from) in gradient.chunks(AT_ONCE * pixels * out).zip(chunks) {
                    let rows = gradient.len() / out;
                    gather(&from[..rows * input], &mut patches, side, input);
                    multiply(
                        Columns(&patches, taps),
                        Rows(gradient, out),
                        &mut kernel,
                        taps,
                        rows,
                        out,
                        true,
                    );
                    if let Some(towards) = towards.next() {
                        multiply(
                            Rows(gradient, out),
                            Columns(&self.kernel, out),
                            &mut patches,
                            rows,
                            out,
                            taps,
                            false,
                        );
                        scatter(&patches, towards, side, input);
                    }
                }
                kernel
            })
            .collect();
        let mut kernel = vec![0.0; taps * out];
        for part in &kernels {
            kernel.iter_mut().zip(part).for_each(|(sum, v)| *sum += v);
        }
        (Parameters { kernel: taps_last(&kernel, self.shape), gamma, beta }, towards)
    }

    /// Hands the gradient of a slice's output, which starts with drawing `first`, back to the pixels it came from.
    fn undo_pooling(&self, first: usize, upstream: &[f32], to: &mut [f32]) {
        let BlockShape { side, out, pooled, relu, .. } = self.shape;
        let per_picture = self.output.len() / (self.input.len() / (side * side * self.shape.input));
        let pictures = to.len() / (side * side * out);
        let range = first * per_picture..(first + pictures) * per_picture;
        let (upstream, output) = (&upstream[range.clone()], &self.output[range.clone()]);
        let passes = |value: f32| !relu || value > 0.0;
        if !pooled {
            for ((to, &g), &v) in to.iter_mut().zip(upstream).zip(output) {
                *to = if passes(v) { g } else { 0.0 };
            }
            return;
        }
        let winners = self.winners[range].chunks_exact(out);
        let rows = upstream.chunks_exact(out).zip(output.chunks_exact(out)).zip(winners);
        for (place, ((upstream, output), winners)) in rows.enumerate() {
            let corners = square(place, side);
            for c in 0..out {
                if passes(output[c]) {
                    to[corners[winners[c] as usize] * out + c] = upstream[c];
                }
            }
        }
    }
}

/// The four pixels that pool into pixel `place` of the pooled pictures.
fn square(place: usize, side: usize) -> [usize; 4] {
    let half = side / 2;
    let (picture, row, column) = (place / (half * half), place / half % half, place % half);
    let corner = (picture * side + 2 * row) * side + 2 * column;
    [corner, corner + 1, corner + side, corner + side + 1]
}

/// For each pixel of the pictures the nine pixels around it, side by side; outside the picture there is nothing.
fn gather(pictures: &[f32], patches: &mut [f32], side: usize, channels: usize) {
    each_tap(pictures.len() / channels, side, |pixel, tap, neighbour| {
        let patch = &mut patches[(pixel * 9 + tap) * channels..][..channels];
        match neighbour {
            Some(from) => patch.copy_from_slice(&pictures[from * channels..][..channels]),
            None => patch.fill(0.0),
        }
    });
}

/// Adds each patch back to the nine pixels it was gathered from.
fn scatter(patches: &[f32], pictures: &mut [f32], side: usize, channels: usize) {
    each_tap(pictures.len() / channels, side, |pixel, tap, neighbour| {
        if let Some(to) = neighbour {
            let patch = &patches[(pixel * 9 + tap) * channels..][..channels];
            pictures[to * channels..][..channels].iter_mut().zip(patch).for_each(|(sum, v)| *sum += v);
        }
    });
}

#[inline]
fn each_tap(pixels: usize, side: usize, mut visit: impl FnMut(usize, usize, Option<usize>)) {
    for pixel in 0..pixels {
        let (row, column) = (pixel / side % side, pixel % side);
        for tap in 0..9 {
            let (down, right) = (tap / 3, tap % 3);
            let inside = (1..=side).contains(&(row + down)) && (1..=side).contains(&(column + right));
            visit(pixel, tap, inside.then(|| pixel + down * side + right - side - 1));
        }
    }
}

/// A matrix whose rows, of this length, follow one another.
struct Rows<'a>(&'a [f32], usize);
/// The transpose of one.
struct Columns<'a>(&'a [f32], usize);

trait Matrix {
    /// First value, distance to the next column, distance to the next row.
    fn layout(&self) -> (*const f32, isize, isize);
    fn len(&self) -> usize;
}

impl Matrix for Rows<'_> {
    fn layout(&self) -> (*const f32, isize, isize) {
        (self.0.as_ptr(), 1, self.1 as isize)
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Matrix for Columns<'_> {
    fn layout(&self) -> (*const f32, isize, isize) {
        (self.0.as_ptr(), self.1 as isize, 1)
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// `[m, k] × [k, n]` to the rows of `to`, `[m, n]`, or added to them.
fn multiply(a: impl Matrix, b: impl Matrix, to: &mut [f32], m: usize, k: usize, n: usize, added: bool) {
    assert!(a.len() >= m * k && b.len() >= k * n && to.len() >= m * n);
    let ((a, a_column, a_row), (b, b_column, b_row)) = (a.layout(), b.layout());
    // SAFETY: the strides reach no further than the lengths just checked, and `to` is borrowed alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            to.as_mut_ptr(),
            1,
            n as isize,
            added,
            a,
            a_column,
            a_row,
            b,
            b_column,
            b_row,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// `[out, in, 9]` to `[9, in, out]`.
fn taps_first(kernel: &[f32], shape: BlockShape) -> Vec<f32> {
    permuted(shape, |first, last| (last, first), kernel)
}

/// `[9, in, out]` to `[out, in, 9]`.
fn taps_last(kernel: &[f32], shape: BlockShape) -> Vec<f32> {
    permuted(shape, |first, last| (first, last), kernel)
}

/// Copies between the two orders; `pick` takes the places in taps-first and in taps-last order, and gives to and from.
fn permuted(shape: BlockShape, pick: impl Fn(usize, usize) -> (usize, usize), from: &[f32]) -> Vec<f32> {
    let BlockShape { input, out, .. } = shape;
    let mut to = vec![0.0; from.len()];
    for tap in 0..9 {
        for i in 0..input {
            for o in 0..out {
                let (source, target) = pick((tap * input + i) * out + o, (o * input + i) * 9 + tap);
                to[target] = from[source];
            }
        }
    }
    to
}

/// Each `[rows, columns]` to `[columns, rows]`.
fn transposed(from: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let flip = |picture: &[f32]| {
        (0..rows * columns).map(|i| picture[i % rows * columns + i / rows]).collect::<Vec<f32>>()
    };
    from.chunks_exact(rows * columns).flat_map(flip).collect()
}

fn norm(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum::<f32>().sqrt()
}

fn add(total: &mut [f64], part: &[f32]) {
    total.iter_mut().zip(part).for_each(|(total, &v)| *total += f64::from(v));
}
