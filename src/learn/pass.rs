//! The encoder's forward and backward pass for training on the CPU: what [`Encoder::forward`] computes with tied weights, and the gradient of its
//! parameters, by our own kernels. The batch is cut into slices that threads share out. Tests hold it to the module.

use std::ops::AddAssign;

use burn::{
    module::RunningState,
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use rayon::prelude::*;

use crate::{
    drawing::Drawing,
    model::{self, BLOCKS, BlockShape, Encoder, FEATURES, POSES, Tied},
    nn::{Block, Layout, Maps, Passed, Scratch, Units},
};

/// A forward pass, with everything that the way back needs.
pub struct Pass {
    /// With the statistics of this batch.
    blocks: Vec<Block>,
    slices: Vec<Slice>,
}

/// Drawings of a slice: however many threads there are, sums add up alike.
const SLICE: usize = 16;

/// What becomes of some of the drawings.
struct Slice {
    /// What comes into each block, the ink first.
    maps: Vec<Maps>,
    /// What each block made of it.
    passed: Vec<Passed>,
    /// What the last block's come to.
    units: Option<Units>,
    scratch: Scratch,
}

impl Pass {
    /// Runs drawings through the encoder, whose weights are tied, with the statistics of this batch, and has the encoder's running
    /// averages follow.
    pub fn forward(encoder: &Encoder, drawings: &[Drawing]) -> Self {
        let mut slices: Vec<Slice> = drawings.par_chunks(SLICE).map(Slice::new).collect();
        let mut blocks = Vec::with_capacity(BLOCKS.len());
        for (shape, module) in BLOCKS.into_iter().zip(&encoder.blocks) {
            let mut block = block_of(shape, module);
            let sums: Vec<_> = slices.par_iter_mut().map(|slice| slice.convolve(&block)).collect();
            measure(&mut block, &sums, drawings.len());
            follow(module, &block);
            slices.par_iter_mut().for_each(|slice| slice.normalise(&block));
            blocks.push(block);
        }
        Self { blocks, slices }
    }

    /// `[drawings, FEATURES]`, each row of length one, on `device`.
    pub fn features(&self, device: &Device) -> Tensor<2> {
        let features: Vec<f32> =
            self.slices.iter().flat_map(|slice| &slice.units().features).copied().collect();
        let drawings = features.len() / FEATURES;
        Tensor::from_data(TensorData::new(features, [drawings, FEATURES]), device)
    }

    /// Adds the gradient of the encoder's parameters, which are tied, to `gradients`, given that of the features.
    pub fn backward(mut self, encoder: &Encoder, features: Tensor<2>, gradients: &mut GradientsParams) {
        let device = features.device();
        let [drawings, _] = features.dims();
        let gradient = values(features);
        let parts = gradient.par_chunks(SLICE * FEATURES);
        let mut upstream: Vec<Maps> =
            self.slices.par_iter().zip(parts).map(|(slice, part)| slice.units().backward(part)).collect();
        for (index, (block, module)) in self.blocks.iter().zip(&encoder.blocks).enumerate().rev() {
            let sums: Vec<[Vec<f64>; 2]> = self
                .slices
                .par_iter()
                .zip(&upstream)
                .map(|(slice, upstream)| block.norm_gradient(&slice.passed[index], upstream))
                .collect();
            let [beta, gamma] = [0, 1].map(|which| {
                let sums = summed(sums.iter().map(|sums| &sums[which]));
                sums.into_iter().map(|sum| sum as f32).collect::<Vec<_>>()
            });
            let terms = block.batch_norm_terms(&beta, &gamma, (drawings * block.shape.side.pow(2)) as f32);
            let transposed = block.transposed();
            let parts: Vec<(Vec<f32>, Option<Maps>)> = self
                .slices
                .par_iter_mut()
                .zip(&upstream)
                .map(|(Slice { maps, passed, scratch, .. }, upstream)| {
                    let gradient = block.convolved_gradient(&passed[index], upstream, &terms);
                    let kernel = block.kernel_gradient(&maps[index], &gradient, scratch);
                    let back = |transposed| block.input_gradient(transposed, &gradient, scratch);
                    (kernel, transposed.as_ref().map(back))
                })
                .collect();
            let kernel = block.tied().whole(&summed(parts.iter().map(|(kernel, _)| kernel)));
            upstream = parts.into_iter().filter_map(|(_, towards)| towards).collect();

            let BlockShape { input, out, .. } = block.shape;
            let kernel = TensorData::new(kernel, [out, input, 3, 3]);
            gradients.register(module.convolution.weight.id, Tensor::<4>::from_data(kernel, &device));
            gradients.register(module.norm.gamma.id, vector(&gamma, &device));
            gradients.register(module.norm.beta.id, vector(&beta, &device));
        }
    }
}

impl Slice {
    fn new(drawings: &[Drawing]) -> Self {
        let BlockShape { side, input, .. } = BLOCKS[0];
        let mut ink = Maps::new(drawings.len(), Layout { side, channels: input, border: 1 });
        ink.put(drawings.iter().map(Drawing::pixels));
        Self { maps: vec![ink], passed: Vec::new(), units: None, scratch: Scratch::default() }
    }

    /// Convolves; the sum and the sum of squares of each filter.
    fn convolve(&mut self, block: &Block) -> [Vec<f64>; 2] {
        let passed = block.convolve(self.maps.last().expect("the ink"), &mut self.scratch);
        let sums = passed.sums();
        self.passed.push(passed);
        sums
    }

    /// Norm, pooling and ReLU: what the next block begins with, or the features.
    fn normalise(&mut self, block: &Block) {
        let is_last = self.passed.len() == BLOCKS.len();
        let passed = self.passed.last_mut().expect("maps that are convolved");
        let output = block.normalise(passed, if is_last { 0 } else { 1 });
        if is_last {
            self.units = Some(Units::of(&output));
        } else {
            self.maps.push(output);
        }
    }

    fn units(&self) -> &Units {
        self.units.as_ref().expect("a whole pass")
    }
}

/// A module's block, of whose statistics nothing is known yet.
fn block_of(shape: BlockShape, module: &model::Block) -> Block {
    let kernel = Tied::kernel(shape.out, shape.input).of_first_pose(&values(module.convolution.weight.val()));
    let norm = |parameter: Tensor<1>| values(parameter).into_iter().step_by(POSES).collect();
    let [gamma, beta] = [&module.norm.gamma, &module.norm.beta].map(|parameter| norm(parameter.val()));
    Block::new(shape, kernel, [gamma, beta, Vec::new(), Vec::new()])
}

/// Mean and variance of each filter over the batch and its poses, from each slice's sums and sums of squares.
fn measure(block: &mut Block, sums: &[[Vec<f64>; 2]], drawings: usize) {
    let values = (drawings * block.shape.side.pow(2)) as f64;
    let [means, squares] = [0, 1].map(|which| {
        let sums = summed(sums.iter().map(|sums| &sums[which]));
        sums.into_iter().map(|sum| sum / values).collect::<Vec<_>>()
    });
    block.mean = means.iter().map(|&mean| mean as f32).collect();
    let variances = means.iter().zip(squares).map(|(mean, square)| (square - mean * mean).max(0.0) as f32);
    block.variance = variances.collect();
}

/// Has a module's running averages follow, as burn's own training does.
fn follow(module: &model::Block, block: &Block) {
    let norm = &module.norm;
    let toward = |running: &RunningState<Tensor<1>>, batch: &[f32]| {
        let old = running.value_sync();
        let batch = vector(batch, &old.device());
        running.update(old.mul_scalar(1.0 - norm.momentum) + batch.mul_scalar(norm.momentum));
    };
    toward(&norm.running_mean, &block.mean);
    toward(&norm.running_var, &block.variance);
}

/// Numbers a filter, as a module has them: for each of its channels.
fn vector(filters: &[f32], device: &Device) -> Tensor<1> {
    let channels: Vec<f32> = filters.iter().flat_map(|number| [*number; POSES]).collect();
    Tensor::from_data(&channels[..], device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("parameters and gradients are f32")
}

fn summed<'a, T: Copy + AddAssign + 'a>(parts: impl Iterator<Item = &'a Vec<T>>) -> Vec<T> {
    parts
        .cloned()
        .reduce(|mut total, part| {
            total.iter_mut().zip(part).for_each(|(total, value)| *total += value);
            total
        })
        .expect("a slice")
}
