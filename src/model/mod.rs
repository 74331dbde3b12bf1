//! The networks: one encoder, one head a system, and their weights in and out. Device-agnostic burn modules;
//! knows no labels, no episodes and no training.

mod encoder;
mod network;
mod relation;
mod siamese;
mod system;
mod triplet;
mod weights;

#[cfg(feature = "cli")]
pub(crate) use encoder::Block;
pub use encoder::{BLOCKS, BlockShape, Encoder, FEATURES, MAP_CHANNELS, MAP_SIDE};
pub use network::{Head, Network};
pub use relation::RelationModule;
pub use siamese::WeightedL1;
pub use system::System;
pub use triplet::Euclidean;
pub use weights::{Weights, WeightsError};

use burn::tensor::{Device, Tensor, TensorData};

use crate::drawing::{Drawing, SIDE};

/// Drawings as the encoder's input, `[drawings, 1, SIDE, SIDE]`, ink = 1.0.
///
/// # Panics
/// If there is no drawing.
pub fn batch<'a>(drawings: impl IntoIterator<Item = &'a Drawing>, device: &Device) -> Tensor<4> {
    let mut count = 0;
    let mut pixels = Vec::new();
    for drawing in drawings {
        pixels.extend_from_slice(drawing.pixels());
        count += 1;
    }
    assert!(count > 0, "a batch needs a drawing");
    Tensor::from_data(TensorData::new(pixels, [count, 1, SIDE, SIDE]), device)
}
