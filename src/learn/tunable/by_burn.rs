//! A tunable encoder by burn, on any of its engines.

use std::ops::Range;

use burn::{
    module::Module,
    optim::{AdamConfig, GradientsParams, ModuleOptimizer},
    tensor::{Device, Gradients, Tensor},
};

use super::Tunable;
use crate::{
    drawing::Drawing,
    model::{Encoder, batch},
};

pub struct ByBurn {
    encoder: Option<Encoder>,
    optimizer: ModuleOptimizer,
    device: Device,
    maps: Option<Tensor<4>>,
}

impl ByBurn {
    /// `encoder` is on `device`.
    pub fn new(encoder: &Encoder, device: &Device) -> Self {
        let mut encoder = encoder.clone().freeze();
        let last = encoder.blocks.pop().expect("an encoder has blocks");
        encoder.blocks.push(last.set_require_grad(true));
        let optimizer = AdamConfig::new().init();
        Self { encoder: Some(encoder.train()), optimizer, device: device.clone(), maps: None }
    }

    fn learner(&self) -> &Encoder {
        self.encoder.as_ref().expect("an encoder between steps")
    }

    fn select(&self, kept: &[usize]) -> Tensor<4> {
        let numbers = kept.iter().map(|&number| number as i32).collect::<Vec<_>>();
        let maps = self.maps.clone().expect("drawings that are kept");
        maps.select(0, Tensor::from_data(&numbers[..], &self.device))
    }
}

impl Tunable for ByBurn {
    fn keep(&mut self, drawings: &[Drawing]) -> Range<usize> {
        let fresh = self.encoder().begin(batch(drawings, &self.device));
        let maps = self.maps.take().into_iter().chain([fresh]).collect();
        let maps = self.maps.insert(Tensor::cat(maps, 0));
        let [kept, ..] = maps.dims();
        kept - drawings.len()..kept
    }

    fn truncate(&mut self, count: usize) {
        self.maps = self.maps.take().filter(|_| count > 0).map(|maps| maps.narrow(0, 0, count));
    }

    fn features(&mut self, kept: &[usize]) -> Tensor<2> {
        self.encoder().finish(self.select(kept))
    }

    fn learning(&mut self, kept: &[usize]) -> Tensor<2> {
        self.learner().finish_by_product(self.select(kept).autodiff())
    }

    fn step(&mut self, rate: f64, _: &Tensor<2>, gradients: &mut Gradients) {
        let encoder = self.encoder.take().expect("an encoder between steps");
        let gradients = GradientsParams::from_module(gradients, &encoder);
        self.encoder = Some(self.optimizer.step(rate, encoder, gradients));
    }

    fn encoder(&self) -> Encoder {
        self.learner().valid()
    }
}
