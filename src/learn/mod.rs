//! How a network learns: the published objectives, and the native training loop. Knows drawings and models; knows
//! no archives, no page and no evaluation set.

mod objective;
#[cfg(feature = "cli")]
mod train;

pub use objective::{CosineClassifier, pair_loss};
#[cfg(feature = "cli")]
pub use train::{CharacterSet, Pairs, Phase, Pretraining, Progress, Recipe, TrainError, Trainer};
