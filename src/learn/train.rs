//! The native training loop: pre-training, then the published objective; checkpoints, and exact resumption.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Instant,
};

use burn::{
    module::Module,
    optim::{AdamWConfig, GradientsParams, ModuleOptimizer},
    tensor::{Device, Int, Tensor, TensorData},
};
use rand::{Rng, SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{CosineClassifier, pair_loss};
use crate::{
    drawing::{Augment, Drawing, Point, Strokes},
    model::{Siamese, batch},
};

/// Characters to learn from or to measure on: strokes by alphabet, character and drawer.
#[derive(Debug, Clone)]
pub struct CharacterSet {
    pub alphabets: Vec<Vec<Vec<Strokes>>>,
}

/// Everything that decides what training brings, apart from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The same seed, recipe and data give the same weights on the same machine.
    pub seed: u64,
    /// Pre-training of the encoder: soft-max over all characters, each in four rotations.
    pub pretraining: Pretraining,
    /// Koch's objective on encoder and head together.
    pub pairs: Pairs,
    /// How drawings are varied, each time they are shown.
    pub augment: Augment,
    /// AdamW's decay of weights.
    pub weight_decay: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pretraining {
    pub steps: usize,
    /// Drawings a step.
    pub batch: usize,
    /// Learning rate at the start; falls to 0 along a half cosine.
    pub rate: f64,
    /// Sharpness of the soft-max over cosines.
    pub scale: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    pub steps: usize,
    /// Alphabets a step; all pairs among their characters are compared.
    pub alphabets: usize,
    /// Characters drawn from each of them.
    pub characters: usize,
    /// Learning rate at the start; falls to 0 along a half cosine.
    pub rate: f64,
    /// Weight of same against different pairs: see [`pair_loss`].
    pub balance: f64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            seed: 1,
            pretraining: Pretraining { steps: 2000, batch: 128, rate: 2e-3, scale: 24.0 },
            pairs: Pairs { steps: 3500, alphabets: 4, characters: 16, rate: 8e-4, balance: 0.5 },
            augment: Augment {
                rotate: 15.0,
                shear: 0.2,
                stretch: 0.3,
                elastic: 1.2,
                zoom: 0.1,
                shift: 1.5,
                pen: 0.4,
            },
            weight_decay: 1e-4,
        }
    }
}

/// Which part of the recipe a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Pretraining,
    Pairs,
}

/// What one step brought.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Steps done so far.
    pub step: usize,
    pub phase: Phase,
    pub loss: f32,
    /// Share of the batch whose best match was the right one.
    pub right: f32,
}

/// Why training stopped.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("the checkpoint folder {0} cannot be used: {1}")]
    Checkpoint(PathBuf, String),
    #[error("the checkpoint in {0} was made with another recipe: choose another folder, or the same recipe")]
    OtherRecipe(PathBuf),
    #[error("a step needs {needed} {what}, the training set has {found}")]
    TooFew { what: &'static str, needed: usize, found: usize },
    #[error("the loss is not a number at step {0}: lower the learning rate")]
    Diverged(usize),
}

/// The network and what is only needed while it learns.
#[derive(Module, Debug)]
struct Learner {
    pub network: Siamese,
    classifier: CosineClassifier,
}

/// Training under way.
pub struct Trainer {
    recipe: Recipe,
    set: CharacterSet,
    device: Device,
    learner: Option<Learner>,
    optimizer: ModuleOptimizer,
    step: usize,
    seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    recipe: Recipe,
    step: usize,
    seconds: f64,
}

/// Rotations by a quarter turn count as characters of their own (as in Santoro et al. 2016).
const ROTATIONS: usize = 4;

impl Trainer {
    /// Training from the start on `device`, which need not be an autodiff device.
    ///
    /// # Errors
    /// [`TrainError::TooFew`] if the set cannot fill a step.
    pub fn new(recipe: Recipe, set: CharacterSet, device: &Device) -> Result<Self, TrainError> {
        let found = set.alphabets.iter().filter(|a| a.len() >= recipe.pairs.characters).count();
        if found < recipe.pairs.alphabets {
            return Err(TrainError::TooFew {
                what: "alphabets large enough",
                needed: recipe.pairs.alphabets,
                found,
            });
        }
        let found = set.alphabets.iter().flatten().map(Vec::len).min().unwrap_or(0);
        if found < 2 {
            return Err(TrainError::TooFew { what: "drawers a character", needed: 2, found });
        }
        let device = device.clone().autodiff();
        device.seed(recipe.seed);
        let characters: usize = set.alphabets.iter().map(Vec::len).sum();
        let learner = Learner {
            network: Siamese::new(&device),
            classifier: CosineClassifier::new(characters * ROTATIONS, &device),
        };
        let optimizer = AdamWConfig::new().with_weight_decay(recipe.weight_decay).init();
        Ok(Self {
            recipe,
            set,
            device,
            learner: Some(learner.materialize()),
            optimizer,
            step: 0,
            seconds: 0.0,
        })
    }

    /// Steps of the whole recipe.
    pub fn steps(&self) -> usize {
        self.recipe.pretraining.steps + self.recipe.pairs.steps
    }

    /// Steps done.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Time spent in steps, over every session, in seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The network as it stands, for inference.
    pub fn network(&self) -> Siamese {
        self.learner().network.valid()
    }

    fn learner(&self) -> &Learner {
        self.learner.as_ref().expect("a learner between steps")
    }

    /// Does the next step; `None` once the recipe is done.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if the loss is no longer a number.
    pub fn advance(&mut self) -> Result<Option<Progress>, TrainError> {
        if self.step >= self.steps() {
            return Ok(None);
        }
        let started = Instant::now();
        // A generator a step, so that a resumed run goes on as if it had never stopped.
        let mut rng = ChaCha8Rng::seed_from_u64(self.recipe.seed);
        rng.set_stream(self.step as u64 + 1);
        let Recipe { pretraining, pairs, .. } = &self.recipe;
        let (phase, rate, (loss, right)) = if self.step < pretraining.steps {
            let rate = cosine(pretraining.rate, self.step, pretraining.steps);
            (Phase::Pretraining, rate, self.classify_all(&mut rng))
        } else {
            let rate = cosine(pairs.rate, self.step - pretraining.steps, pairs.steps);
            (Phase::Pairs, rate, self.compare_pairs(&mut rng))
        };
        let learner = self.learner.take().expect("a learner between steps");
        let value = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &learner);
        self.learner = Some(self.optimizer.step(rate, learner, gradients));
        self.step += 1;
        self.seconds += started.elapsed().as_secs_f64();
        if !value.is_finite() {
            return Err(TrainError::Diverged(self.step));
        }
        Ok(Some(Progress { step: self.step, phase, loss: value, right: right.into_scalar::<f32>() }))
    }

    /// Which of all characters, in which rotation, is each drawing?
    fn classify_all(&self, rng: &mut ChaCha8Rng) -> (Tensor<1>, Tensor<1>) {
        let characters: Vec<&Vec<Strokes>> = self.set.alphabets.iter().flatten().collect();
        let Pretraining { batch: drawings, scale, .. } = self.recipe.pretraining;
        let mut classes = Vec::with_capacity(drawings);
        let picks: Vec<_> = (0..drawings)
            .map(|_| {
                let class = rng.random_range(0..characters.len() * ROTATIONS);
                classes.push(class as i64);
                let drawers = characters[class / ROTATIONS];
                (&drawers[rng.random_range(0..drawers.len())], class % ROTATIONS, rng.random())
            })
            .collect();
        let learner = self.learner();
        let features = learner.network.encoder.forward(self.draw(&picks));
        let classes = Tensor::<1, Int>::from_data(TensorData::new(classes, [drawings]), &self.device);
        learner.classifier.loss(features, classes, scale)
    }

    /// Are these two drawings of the same character? Asked of every pair among characters of a few alphabets.
    fn compare_pairs(&self, rng: &mut ChaCha8Rng) -> (Tensor<1>, Tensor<1>) {
        let Pairs { alphabets, characters, balance, .. } = self.recipe.pairs;
        let large: Vec<&Vec<Vec<Strokes>>> =
            self.set.alphabets.iter().filter(|a| a.len() >= characters).collect();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for alphabet in index::sample(rng, large.len(), alphabets) {
            let turn = rng.random_range(0..ROTATIONS);
            for character in index::sample(rng, large[alphabet].len(), characters) {
                let drawers = &large[alphabet][character];
                let hands = index::sample(rng, drawers.len(), 2);
                first.push((&drawers[hands.index(0)], turn, rng.random()));
                second.push((&drawers[hands.index(1)], turn, rng.random()));
            }
        }
        let Siamese { encoder, head } = &self.learner().network;
        let count = first.len();
        first.append(&mut second);
        let features = encoder.forward(self.draw(&first));
        let logits = head.logits(features.clone().narrow(0, 0, count), features.narrow(0, count, count));
        let wanted = Tensor::<1, Int>::arange(0..count as i64, &self.device);
        let right = logits.clone().detach().argmax(1).squeeze_dim::<1>(1).equal(wanted).float().mean();
        (pair_loss(logits, balance), right)
    }

    /// Augmented drawings of strokes, each turned by quarter turns and varied by its own seed.
    fn draw(&self, picks: &[(&Strokes, usize, u64)]) -> Tensor<4> {
        let drawings: Vec<Drawing> = picks
            .par_iter()
            .map(|&(strokes, turns, seed)| {
                let turned = strokes.map(|p| (0..turns).fold(p, |p, _| Point { x: -p.y, y: p.x }));
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                self.recipe.augment.draw(&turned, &mut rng).expect("training drawings hold ink")
            })
            .collect();
        batch(&drawings, &self.device)
    }

    /// Writes everything needed to go on into `folder`.
    ///
    /// # Errors
    /// [`TrainError::Checkpoint`] if it cannot be written; what was there before is then still whole.
    pub fn save(&self, folder: &Path) -> Result<(), TrainError> {
        let fail = |error: &dyn std::fmt::Display| TrainError::Checkpoint(folder.into(), error.to_string());
        let fresh = folder.with_extension("new");
        let old = folder.with_extension("old");
        fs::remove_dir_all(&fresh).or_else(ignore_absent).map_err(|e| fail(&e))?;
        fs::create_dir_all(&fresh).map_err(|e| fail(&e))?;
        // Folds the last batch into the running averages, which a record would leave out.
        let _ = self.learner().valid();
        self.learner().clone().save_file(fresh.join("learner")).map_err(|e| fail(&e))?;
        self.optimizer.save(fresh.join("optimizer")).map_err(|e| fail(&e))?;
        let saved = Saved { recipe: self.recipe.clone(), step: self.step, seconds: self.seconds };
        let saved = serde_json::to_vec_pretty(&saved).expect("a recipe serialises");
        fs::write(fresh.join("progress.json"), saved).map_err(|e| fail(&e))?;
        fs::remove_dir_all(&old).or_else(ignore_absent).map_err(|e| fail(&e))?;
        fs::rename(folder, &old).or_else(ignore_absent).map_err(|e| fail(&e))?;
        fs::rename(&fresh, folder).map_err(|e| fail(&e))?;
        fs::remove_dir_all(&old).or_else(ignore_absent).map_err(|e| fail(&e))
    }

    /// Goes on from a checkpoint in `folder`, if one is there; says whether it was.
    ///
    /// # Errors
    /// [`TrainError::OtherRecipe`] if it belongs to another recipe, [`TrainError::Checkpoint`] if it is damaged.
    pub fn resume(&mut self, folder: &Path) -> Result<bool, TrainError> {
        let fail = |error: &dyn std::fmt::Display| TrainError::Checkpoint(folder.into(), error.to_string());
        let saved = match fs::read(folder.join("progress.json")) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(fail(&error)),
        };
        let saved: Saved = serde_json::from_slice(&saved).map_err(|e| fail(&e))?;
        if saved.recipe != self.recipe {
            return Err(TrainError::OtherRecipe(folder.into()));
        }
        let learner = self.learner.take().expect("a learner between steps");
        self.learner = Some(learner.try_load_file(folder.join("learner")).map_err(|e| fail(&e))?);
        self.optimizer = self.optimizer.clone().load(folder.join("optimizer")).map_err(|e| fail(&e))?;
        (self.step, self.seconds) = (saved.step, saved.seconds);
        Ok(true)
    }
}

fn ignore_absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// A rate that falls from `rate` to 0 along a half cosine.
fn cosine(rate: f64, step: usize, steps: usize) -> f64 {
    rate * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos()) / 2.0
}
