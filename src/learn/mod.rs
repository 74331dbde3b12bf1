//! How a network learns: the published objectives, and the native training loop. Knows drawings and models; knows
//! no archives, no page and no evaluation set.

mod objective;
#[cfg(feature = "cli")]
mod pass;
#[cfg(feature = "cli")]
mod train;

pub use objective::{CosineClassifier, objective, pair_loss, relation_loss, triplet_loss};
#[cfg(feature = "cli")]
pub use pass::Pass;
#[cfg(feature = "cli")]
pub use train::{
    CharacterSet, Comparing, Finishing, Phase, Pretraining, Progress, Recipe, TrainError, Trainer,
};
