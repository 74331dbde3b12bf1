//! A tunable encoder by our own kernels: burn sees its features and their gradient only.

use std::ops::Range;

use burn::{
    module::Param,
    tensor::{Device, Gradients, Tensor, TensorData},
};

use super::Tunable;
use crate::{
    drawing::Drawing,
    inference,
    learn::last_block::{LastBlock, Map, Pass},
    model::{Encoder, FEATURES, Weights, WeightsError},
};

pub struct ByHand {
    /// As it was.
    encoder: Encoder,
    device: Device,
    blocks: inference::Encoder,
    /// Each by itself, so that none is moved when more are kept.
    maps: Vec<Box<Map>>,
    last: LastBlock,
    /// What is to be learnt from.
    pass: Option<Pass>,
}

/// Maps that go through the last block together where nothing is learnt from them.
const AT_ONCE: usize = 40;

impl ByHand {
    /// `encoder` is that of a network of these weights; tensors are made on `device`.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if they are not a network's.
    pub fn new(encoder: &Encoder, device: &Device, weights: &Weights) -> Result<Self, WeightsError> {
        Ok(Self {
            encoder: encoder.clone(),
            device: device.clone(),
            blocks: inference::Encoder::new(weights)?,
            maps: Vec::new(),
            last: LastBlock::new(weights)?,
            pass: None,
        })
    }

    fn pass(&mut self, kept: &[usize]) -> Pass {
        let maps: Vec<&Map> = kept.iter().map(|&number| &*self.maps[number]).collect();
        self.last.forward(&maps)
    }

    fn tensor(&self, features: Vec<f32>) -> Tensor<2> {
        let rows = features.len() / FEATURES;
        Tensor::from_data(TensorData::new(features, [rows, FEATURES]), &self.device)
    }
}

impl Tunable for ByHand {
    fn keep(&mut self, drawings: &[Drawing]) -> Range<usize> {
        let before = self.maps.len();
        self.maps.extend(self.blocks.begin(drawings).as_chunks().0.iter().map(|map| Box::new(*map)));
        before..self.maps.len()
    }

    fn truncate(&mut self, count: usize) {
        self.maps.truncate(count);
    }

    fn features(&mut self, kept: &[usize]) -> Tensor<2> {
        let features = kept.chunks(AT_ONCE).flat_map(|kept| self.pass(kept).features).collect();
        self.tensor(features)
    }

    fn learning(&mut self, kept: &[usize]) -> Tensor<2> {
        let pass = self.pass(kept);
        let features = self.tensor(pass.features.clone()).autodiff().require_grad();
        self.pass = Some(pass);
        features
    }

    fn step(&mut self, rate: f64, features: &Tensor<2>, gradients: &mut Gradients) {
        let pass = self.pass.take().expect("features to learn from");
        let gradient = features.grad_remove(gradients).expect("a loss of the features");
        let gradient = gradient.into_data().try_to_vec::<f32>().expect("gradients are f32");
        self.last.step(rate as f32, &self.last.backward(&pass, &gradient));
    }

    fn encoder(&self) -> Encoder {
        let mut encoder = self.encoder.clone();
        let last = encoder.blocks.last_mut().expect("an encoder has blocks");
        let [kernel, gamma, beta] = self.last.parameters();
        put(&mut last.convolution.weight, kernel);
        put(&mut last.norm.gamma, gamma);
        put(&mut last.norm.beta, beta);
        encoder
    }
}

/// Gives a parameter other values.
fn put<const D: usize>(parameter: &mut Param<Tensor<D>>, values: Vec<f32>) {
    let data = TensorData::new(values, parameter.shape());
    let put = |old: Tensor<D>| Tensor::from_data(data, &old.device());
    *parameter = parameter.clone().map(put);
}
