//! The networks: one encoder, one head a system, and their weights in and out. Device-agnostic burn modules, and their
//! shapes for those who compute without burn; what ties weights, so that drawings are as alike in every pose. Knows no labels, no episodes and no training.

mod calibration;
#[cfg(feature = "burn")]
mod encoder;
#[cfg(feature = "burn")]
mod network;
#[cfg(feature = "burn")]
mod of_module;
#[cfg(feature = "burn")]
mod relation;
mod shape;
#[cfg(feature = "burn")]
mod siamese;
mod symmetry;
mod system;
#[cfg(feature = "burn")]
mod triplet;
mod weights;

pub use calibration::{Calibration, Taught, familiarity};
#[cfg(feature = "cli")]
pub(crate) use encoder::Block;
#[cfg(feature = "burn")]
pub use encoder::Encoder;
#[cfg(feature = "burn")]
pub use network::{Head, Network, batch};
#[cfg(feature = "burn")]
pub use relation::RelationModule;
pub use shape::{BLOCKS, BlockShape, FEATURES, LAST_BLOCK, MAP_CHANNELS, MAP_SIDE};
#[cfg(feature = "burn")]
pub use siamese::WeightedL1;
pub(crate) use symmetry::square;
pub use symmetry::{POSES, Tied};
pub use system::System;
#[cfg(feature = "burn")]
pub use triplet::Euclidean;
pub use weights::{Weights, WeightsError};
