//! How a network learns: the published objectives, the native training loop, and fine-tuning on a few drawings, which
//! browsers do too. Knows drawings and models; knows no archives, no page and no evaluation set.

mod fine_tune;
mod last_block;
#[cfg(feature = "cli")]
mod new_characters;
mod objective;
#[cfg(feature = "cli")]
mod pass;
#[cfg(feature = "cli")]
mod sample;
#[cfg(feature = "cli")]
mod train;
mod tunable;

pub use fine_tune::{Best, FineTuneError, FineTuneRecipe, FineTuneStep, FineTuner, Measured};
pub use last_block::LastBlock;
pub use objective::{contrast_loss, objective, pair_loss, relation_loss, triplet_loss};
#[cfg(feature = "cli")]
pub use pass::Pass;
#[cfg(feature = "cli")]
pub use sample::Distorted;
#[cfg(feature = "cli")]
pub use train::{
    Annealing, CharacterSet, MetricTraining, NewCharacters, Phase, Pretraining, Progress, Recipe, TrainError,
    Trainer,
};

use crate::drawing::Augment;

/// How training varies drawings.
const VARY: Augment =
    Augment { rotate: 15.0, shear: 0.2, stretch: 0.3, elastic: 1.4, zoom: 0.1, shift: 1.7, pen: 0.4 };

/// A rate that falls from `rate` to 0 along a half cosine.
fn cosine(rate: f64, step: usize, steps: usize) -> f64 {
    rate * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos()) / 2.0
}
