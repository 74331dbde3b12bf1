//! A tunable encoder by burn, on any of its engines. As everywhere, weights stay tied over the poses.

use std::ops::Range;

use burn::{
    module::{Module, Param},
    optim::{AdamConfig, GradientsParams, ModuleOptimizer},
    tensor::{Device, Gradients, Int, Tensor},
};

use super::Tunable;
use crate::{
    drawing::Drawing,
    model::{Encoder, LAST_BLOCK, POSES, Tied, batch},
};

pub struct ByBurn {
    encoder: Option<Encoder>,
    optimizer: ModuleOptimizer,
    device: Device,
    maps: Option<Tensor<4>>,
    /// Of each number of the last block's kernel the place of the free one that it is, and of each free number, pose by pose, where it is held.
    origins: Tensor<1, Int>,
    held: Tensor<1, Int>,
}

impl ByBurn {
    /// `encoder` is on `device`.
    pub fn new(encoder: &Encoder, device: &Device) -> Self {
        let mut encoder = encoder.clone().freeze();
        let last = encoder.blocks.pop().expect("an encoder has blocks");
        encoder.blocks.push(last.set_require_grad(true));
        let optimizer = AdamConfig::new().init();
        let origins = Tied::kernel(LAST_BLOCK.out, LAST_BLOCK.input).origins();
        let each = origins.len() / LAST_BLOCK.out;
        let mut held: Vec<usize> = (0..origins.len()).collect();
        held.sort_by_key(|&at| (at / each % POSES, origins[at]));
        let tensor = |places: Vec<usize>| {
            let places: Vec<i32> = places.into_iter().map(|at| at as i32).collect();
            Tensor::from_data(&places[..], device)
        };
        Self {
            encoder: Some(encoder.train()),
            optimizer,
            device: device.clone(),
            maps: None,
            origins: tensor(origins),
            held: tensor(held),
        }
    }

    /// Gives every pose of a kernel's filters the mean of their gradients.
    fn tie_kernel(&self, gradients: &mut GradientsParams, kernel: &Param<Tensor<4>>) {
        let gradient = gradients.remove::<4>(kernel.id).expect("the last block learns");
        let free = self.held.dims()[0] / POSES;
        let held = gradient.clone().flatten::<1>(0, 3).select(0, self.held.clone());
        let mean = held.reshape([POSES, free]).mean_dim(0).reshape([free]);
        gradients.register(kernel.id, mean.select(0, self.origins.clone()).reshape(gradient.dims()));
    }

    /// The same of what a norm has for each channel.
    fn tie_norm(gradients: &mut GradientsParams, norm: &Param<Tensor<1>>) {
        let gradient = gradients.remove::<1>(norm.id).expect("the last block learns");
        let filters = LAST_BLOCK.out / POSES;
        let mean = gradient.reshape([filters, POSES]).mean_dim(1);
        gradients.register(norm.id, mean.expand([filters, POSES]).reshape([LAST_BLOCK.out]));
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
        let mut gradients = GradientsParams::from_module(gradients, &encoder);
        let last = encoder.blocks.last().expect("an encoder has blocks");
        self.tie_kernel(&mut gradients, &last.convolution.weight);
        Self::tie_norm(&mut gradients, &last.norm.gamma);
        Self::tie_norm(&mut gradients, &last.norm.beta);
        self.encoder = Some(self.optimizer.step(rate, encoder, gradients));
    }

    fn encoder(&self) -> Encoder {
        self.learner().valid()
    }
}
