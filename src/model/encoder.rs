//! The encoder: five convolution blocks that turn a drawing into a feature vector of length one.

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

/// What a block makes of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockShape {
    /// Pixels a side of the pictures that come in.
    pub side: usize,
    /// Their channels.
    pub input: usize,
    /// Channels of those that come out.
    pub out: usize,
    /// Whether 2 × 2 max pooling halves their sides.
    pub pooled: bool,
    /// Whether negative values become 0.
    pub relu: bool,
}

/// Side of the encoder's last feature map.
pub const MAP_SIDE: usize = SIDE / 8;
/// Channels of the encoder's last feature map.
pub const MAP_CHANNELS: usize = BLOCKS[4].out;
/// Length of a feature vector: the last feature map, channel by channel.
pub const FEATURES: usize = MAP_CHANNELS * MAP_SIDE * MAP_SIDE;

/// The blocks, first to last.
pub const BLOCKS: [BlockShape; 5] = [
    BlockShape { side: SIDE, input: 1, out: 32, pooled: true, relu: true },
    BlockShape { side: SIDE / 2, input: 32, out: 64, pooled: true, relu: true },
    BlockShape { side: SIDE / 4, input: 64, out: 96, pooled: false, relu: true },
    BlockShape { side: SIDE / 4, input: 96, out: 96, pooled: false, relu: true },
    BlockShape { side: SIDE / 4, input: 96, out: 128, pooled: true, relu: false },
];

/// Five blocks of 3×3 convolution, batch norm, 2×2 max pooling (not in the third and fourth) and ReLU (not in the last), then
/// L2 normalisation: the four-block design of Vinyals et al. (2016, "Matching networks for one shot learning") with one more,
/// with fewer channels where the picture is large and more where it is small.
#[derive(Module, Debug)]
pub struct Encoder {
    pub(crate) blocks: Vec<Block>,
}

#[derive(Module, Debug)]
pub(crate) struct Block {
    pub convolution: Conv2d,
    pub norm: BatchNorm,
    pool: Option<MaxPool2d>,
}

impl Encoder {
    /// An encoder with random weights on `device`.
    pub fn new(device: &Device) -> Self {
        let block = |shape: &BlockShape| Block {
            convolution: Conv2dConfig::new([shape.input, shape.out], [3, 3])
                .with_padding(PaddingConfig2d::Same)
                .with_bias(false)
                .init(device),
            norm: BatchNormConfig::new(shape.out).init(device),
            pool: shape.pooled.then(|| MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init()),
        };
        Self { blocks: BLOCKS.iter().map(block).collect() }
    }

    /// Features of drawings: `[batch, 1, SIDE, SIDE]` to `[batch, FEATURES]`, each row of L2 norm 1.
    pub fn forward(&self, drawings: Tensor<4>) -> Tensor<2> {
        let map = self.blocks.iter().zip(BLOCKS).fold(drawings, |x, (block, shape)| {
            let x = block.forward(x);
            if shape.relu { relu(x) } else { x }
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
