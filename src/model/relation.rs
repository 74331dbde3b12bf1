//! The head of Sung et al. 2018, "Learning to compare: relation network for few-shot learning".

use burn::{
    module::{Module, Param},
    nn::{
        BatchNorm, BatchNormConfig, Linear, LinearConfig,
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    tensor::{Device, Distribution, Tensor, activation::relu, module::conv2d, ops::ConvOptions},
};

use super::{FEATURES, MAP_CHANNELS, MAP_SIDE};

/// Channels inside the relation module.
const CHANNELS: usize = 64;
/// Units of its first dense layer.
const UNITS: usize = 8;

/// The relation module: two drawings' feature maps, concatenated in depth, go through two blocks of 3×3 convolution, batch
/// norm, ReLU and 2×2 max pooling, then two dense layers; the sigmoid of what comes out is the relation score.
#[derive(Module, Debug)]
pub struct RelationModule {
    /// `[CHANNELS, 2 × MAP_CHANNELS, 3, 3]`: the query's channels first, then the support's.
    first: Param<Tensor<4>>,
    first_norm: BatchNorm,
    second: Param<Tensor<4>>,
    second_norm: BatchNorm,
    pool: MaxPool2d,
    hidden: Linear,
    score: Linear,
}

impl RelationModule {
    /// Random weights, but for the first layer, which starts out looking at differences: what it weighs in the query it
    /// weighs as much, negatively, in the support.
    pub(super) fn new(device: &Device) -> Self {
        let kernel = |input: usize| {
            let spread = (2.0 / (9 * input) as f64).sqrt();
            Tensor::<4>::random([CHANNELS, input, 3, 3], Distribution::Normal(0.0, spread), device)
        };
        let of_query = kernel(MAP_CHANNELS);
        let of_support = of_query.clone().neg();
        Self {
            first: Param::from_tensor(Tensor::cat(vec![of_query, of_support], 1)),
            first_norm: BatchNormConfig::new(CHANNELS).init(device),
            second: Param::from_tensor(kernel(CHANNELS)),
            second_norm: BatchNormConfig::new(CHANNELS).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            hidden: LinearConfig::new(CHANNELS * (MAP_SIDE / 4) * (MAP_SIDE / 4), UNITS).init(device),
            score: LinearConfig::new(UNITS, 1).init(device),
        }
    }

    /// Logits of every query against every support: `[queries, FEATURES]` and `[support, FEATURES]` to
    /// `[queries, support]`. Their sigmoid is the relation score.
    pub fn logits(&self, queries: Tensor<2>, support: Tensor<2>) -> Tensor<2> {
        let ([rows, _], [columns, _]) = (queries.dims(), support.dims());
        // A convolution of concatenated maps is the sum of a convolution of each, so each drawing goes through once.
        let kernel = self.first.val();
        let of_query = half(queries, kernel.clone().narrow(1, 0, MAP_CHANNELS));
        let of_support = half(support, kernel.narrow(1, MAP_CHANNELS, MAP_CHANNELS));
        let pairs = of_query.unsqueeze_dim::<5>(1) + of_support.unsqueeze_dim::<5>(0);
        let pairs = pairs.reshape([rows * columns, CHANNELS, MAP_SIDE, MAP_SIDE]);
        let pairs = self.pool.forward(relu(self.first_norm.forward(pairs)));
        let pairs = self.second_norm.forward(convolve(pairs, self.second.val()));
        let pairs = self.pool.forward(relu(pairs));
        let scores = self.score.forward(relu(self.hidden.forward(pairs.flatten::<2>(1, 3))));
        scores.reshape([rows, columns])
    }
}

/// One side's part of the first convolution, on maps whose values are about 1 in size.
fn half(features: Tensor<2>, kernel: Tensor<4>) -> Tensor<4> {
    let maps = features.mul_scalar((FEATURES as f64).sqrt());
    let [drawings, _] = maps.dims();
    convolve(maps.reshape([drawings, MAP_CHANNELS, MAP_SIDE, MAP_SIDE]), kernel)
}

fn convolve(maps: Tensor<4>, kernel: Tensor<4>) -> Tensor<4> {
    conv2d(maps, kernel, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1))
}
