//! A tunable encoder by our own kernels: burn sees its features and their gradient only.

use std::ops::Range;

use burn::{
    module::Param,
    tensor::{Device, Gradients, Tensor, TensorData},
};

use super::Tunable;
use crate::{
    drawing::Drawing,
    learn::last_block::{LastBlock, LastPass},
    model::{Encoder, FEATURES, Weights, WeightsError},
    nn,
};

pub struct ByHand {
    /// As it was.
    encoder: Encoder,
    device: Device,
    blocks: nn::Encoder,
    /// Each by itself, so that none is moved when more are kept.
    maps: Vec<Box<[f32]>>,
    last: LastBlock,
    /// What is to be learnt from.
    pass: Option<LastPass>,
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
            blocks: nn::Encoder::new(weights)?,
            maps: Vec::new(),
            last: LastBlock::new(weights)?,
            pass: None,
        })
    }

    fn pass(&mut self, kept: &[usize]) -> LastPass {
        let maps: Vec<&[f32]> = kept.iter().map(|&number| &*self.maps[number]).collect();
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
        self.maps.extend(self.blocks.begin(drawings));
        before..self.maps.len()
    }

    fn truncate(&mut self, count: usize) {
        self.maps.truncate(count);
    }

    fn features(&mut self, kept: &[usize]) -> Tensor<2> {
        let features = kept.chunks(AT_ONCE).flat_map(|kept| self.pass(kept).features().to_vec()).collect();
        self.tensor(features)
    }

    fn learning(&mut self, kept: &[usize]) -> Tensor<2> {
        let pass = self.pass(kept);
        let features = self.tensor(pass.features().to_vec()).autodiff().require_grad();
        self.pass = Some(pass);
        features
    }

    fn step(&mut self, rate: f64, features: &Tensor<2>, gradients: &mut Gradients) {
        let pass = self.pass.take().expect("features to learn from");
        let gradient = features.grad_remove(gradients).expect("a loss of the features");
        let gradient = gradient.into_data().try_to_vec::<f32>().expect("gradients are f32");
        let gradient = self.last.backward(&pass, &gradient);
        self.last.step(rate as f32, &gradient);
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
