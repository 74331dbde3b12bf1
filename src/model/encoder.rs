//! The encoder: four convolution blocks that turn a drawing into a feature vector of length one.

use burn::{
    module::Module,
    nn::{
        BatchNorm, BatchNormConfig, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    tensor::{Device, Tensor, activation::relu},
};

use crate::drawing::SIDE;

/// Channels of each block, input first.
const CHANNELS: [usize; 5] = [1, 32, 64, 128, 128];
/// Whether each block halves the picture's sides.
const POOLED: [bool; 4] = [true, true, false, true];

/// Length of a feature vector: the last block's channels × its picture's pixels.
pub const FEATURES: usize = CHANNELS[4] * (SIDE / 8) * (SIDE / 8);

/// Four blocks of 3×3 convolution, batch norm, 2×2 max pooling (not in the third) and ReLU (not in the last), then L2
/// normalisation. The four-block design is Vinyals et al.'s (2016, "Matching networks for one shot learning"), with
/// fewer channels where the picture is large and more where it is small.
#[derive(Module, Debug)]
pub struct Encoder {
    blocks: Vec<Block>,
}

#[derive(Module, Debug)]
struct Block {
    convolution: Conv2d,
    norm: BatchNorm,
    pool: Option<MaxPool2d>,
}

impl Encoder {
    /// An encoder with random weights on `device`.
    pub fn new(device: &Device) -> Self {
        let block = |index: usize| Block {
            convolution: Conv2dConfig::new([CHANNELS[index], CHANNELS[index + 1]], [3, 3])
                .with_padding(PaddingConfig2d::Same)
                .with_bias(false)
                .init(device),
            norm: BatchNormConfig::new(CHANNELS[index + 1]).init(device),
            pool: POOLED[index].then(|| MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init()),
        };
        Self { blocks: (0..POOLED.len()).map(block).collect() }
    }

    /// Features of drawings: `[batch, 1, SIDE, SIDE]` to `[batch, FEATURES]`, each row of L2 norm 1.
    pub fn forward(&self, drawings: Tensor<4>) -> Tensor<2> {
        let last = self.blocks.len() - 1;
        let map = self.blocks.iter().enumerate().fold(drawings, |x, (index, block)| {
            let x = block.forward(x);
            if index < last { relu(x) } else { x }
        });
        let features = map.flatten::<2>(1, 3);
        let norm = features.clone().square().sum_dim(1).sqrt().add_scalar(1e-6);
        features / norm
    }
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.norm.forward(self.convolution.forward(x));
        match &self.pool {
            Some(pool) => pool.forward(x),
            None => x,
        }
    }
}
