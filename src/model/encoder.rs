//! The encoder: convolution blocks that turn a drawing into a feature vector of length one.

use std::ops::Range;

use burn::{
    module::Module,
    nn::{
        BatchNorm, BatchNormConfig, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    tensor::{Device, Tensor, activation::relu, ops::PadMode},
};

use super::{BLOCKS, BlockShape};

/// Eight blocks of 3×3 convolution, batch norm, 2×2 max pooling (in the first, the third and the last) and ReLU (not in the
/// last), then L2 normalisation: the four-block design of Vinyals et al. (2016, "Matching networks for one shot learning") with
/// as many more and thin, since depth told held-out characters apart better than width. Trained weights are tied: see
/// [`super::Tied`].
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
        self.finish(self.begin(drawings))
    }

    /// What all blocks but the last make of drawings: `[batch, 1, SIDE, SIDE]` to `[batch, channels, side, side]`.
    pub fn begin(&self, drawings: Tensor<4>) -> Tensor<4> {
        self.through(0..BLOCKS.len() - 1, drawings)
    }

    /// What the last block makes of that: `[batch, FEATURES]`, each row of L2 norm 1.
    pub fn finish(&self, maps: Tensor<4>) -> Tensor<2> {
        unit(self.through(BLOCKS.len() - 1..BLOCKS.len(), maps))
    }

    /// As [`Self::finish`], but with the convolution as one product of matrices, whose gradient is one too: several times as
    /// fast to differentiate.
    pub fn finish_by_product(&self, maps: Tensor<4>) -> Tensor<2> {
        let [batch, input, side, _] = maps.dims();
        let last = &self.blocks[BLOCKS.len() - 1];
        let weight = last.convolution.weight.val();
        let [out, ..] = weight.dims();
        let padded = maps.permute([0, 2, 3, 1]).pad([(1, 1), (1, 1), (0, 0)], PadMode::Constant(0.0));
        let tap = |tap: usize| padded.clone().narrow(1, tap / 3, side).narrow(2, tap % 3, side);
        let patches = Tensor::cat((0..9).map(tap).collect(), 3).reshape([batch * side * side, 9 * input]);
        let kernel = weight.permute([2, 3, 1, 0]).reshape([9 * input, out]);
        let maps = patches.matmul(kernel).reshape([batch, side, side, out]).permute([0, 3, 1, 2]);
        unit(last.pooled(last.norm.forward(maps)))
    }

    fn through(&self, blocks: Range<usize>, maps: Tensor<4>) -> Tensor<4> {
        self.blocks[blocks.clone()].iter().zip(&BLOCKS[blocks]).fold(maps, |x, (block, shape)| {
            let x = block.forward(x);
            if shape.relu { relu(x) } else { x }
        })
    }
}

/// Maps as vectors of L2 norm 1.
fn unit(maps: Tensor<4>) -> Tensor<2> {
    let features = maps.flatten::<2>(1, 3);
    let norm = features.clone().square().sum_dim(1).sqrt().add_scalar(1e-6);
    features / norm
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.pooled(self.norm.forward(self.convolution.forward(x)))
    }

    fn pooled(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.pool {
            Some(pool) => pool.forward(x),
            None => x,
        }
    }
}
