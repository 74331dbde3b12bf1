//! The native training loop: pre-training, then the published objective, weights tied throughout; checkpoints, and exact
//! resumption.

use std::{
    error::Error,
    fs,
    io::{self, Cursor, Read, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use burn::{
    module::Module,
    optim::{AdamWConfig, GradientsParams, ModuleOptimizer},
    store::ModuleRecord,
    tensor::{Bytes, Device, Tensor},
};
use rand::{Rng, SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    Pass, VARY, contrast_loss, cosine,
    new_characters::{Compound, Mark},
    objective,
    sample::{Distorted, Sample},
};
use crate::{
    drawing::{Augment, Drawing, Pose, Strokes},
    file::write_whole,
    model::{Network, System, Weights, WeightsError},
};

/// Characters to learn from or to measure on.
#[derive(Debug, Clone)]
pub struct CharacterSet {
    /// By alphabet, character and drawer.
    pub alphabets: Vec<Vec<Vec<Strokes>>>,
}

/// Everything that decides the outcome of training, apart from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The same seed, recipe and data give the same weights on the same machine.
    pub seed: u64,
    /// Characters of each alphabet of a step, each by two drawers.
    pub characters: usize,
    /// Of these alphabets, those whose characters nobody has drawn.
    pub new: NewCharacters,
    /// Pre-training of the encoder: which two drawings belong together? None where training begins with a trained encoder.
    pub pretraining: Option<Pretraining>,
    /// SHA-256 of the weights with whose encoder training begins, where it does.
    pub encoder: Option<String>,
    /// Of the encoder that is kept, the share that training has where it began with another; the rest is that one's, weight by weight
    /// (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). All where nothing is said.
    #[serde(default = "all")]
    pub trained: f32,
    /// The system's own objective on encoder and head together.
    pub metric: MetricTraining,
    /// The same objective on drawings varied less, as the ones that will be met.
    pub annealing: Annealing,
    /// How drawings are varied, each time they are trained on.
    pub augment: Augment,
    /// How many of them are not as they were meant; none where nothing is said.
    #[serde(default)]
    pub distorted: Distorted,
    /// AdamW's decay of weights.
    pub weight_decay: f32,
}

fn all() -> f32 {
    1.0
}

/// Shares of alphabets whose characters are made of the data's; one may be made in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NewCharacters {
    /// Each character is warped to one that nobody has seen.
    pub reshaped: f64,
    /// Few characters, each with several dots or dashes: near twins.
    pub marked: f64,
    /// Few characters, two in one.
    pub compound: f64,
}

/// How the encoder is pre-trained: see [`contrast_loss`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pretraining {
    /// Steps.
    pub steps: usize,
    /// Alphabets a step; all their characters are classified.
    pub alphabets: usize,
    /// Learning rate at the start; falls to 0 along a half cosine.
    pub rate: f64,
    /// Sharpness of the soft-max over cosines.
    pub scale: f64,
}

/// How encoder and head learn the system's own objective: see [`objective()`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricTraining {
    /// Steps.
    pub steps: usize,
    /// Alphabets a step; all pairs among an alphabet's characters are compared.
    pub alphabets: usize,
    /// Of these alphabets, how many more each alphabet's characters are compared with.
    pub rivals: usize,
    /// Learning rate at the start; falls to 0 along a half cosine.
    pub rate: f64,
    /// Weight of same against different pairs: see [`super::pair_loss`].
    pub balance: f64,
    /// How many times as fast as the encoder the head learns, in annealing too.
    pub head: f64,
}

/// How the same objective ends the training, as in [`MetricTraining`] where nothing else is said here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Annealing {
    /// Steps.
    pub steps: usize,
    /// Learning rate at the start; falls to 0 along a half cosine.
    pub rate: f64,
    /// Factor on every variation of the drawings.
    pub vary: f32,
}

/// SHA-256 of Triplet's shipped weights.
const TRIPLET: &str = "8be9db973928e1ff27827ae376fa08e5757dcdd5bca9ba8bc7b339bd9fbf06ab";

impl Recipe {
    /// What the shipped weights of a system were trained by.
    pub fn of(system: System) -> Self {
        let pretraining = Pretraining { steps: 9000, alphabets: 8, rate: 2e-3, scale: 24.0 };
        let metric = |steps, rivals, rate, head| MetricTraining {
            steps,
            alphabets: 6,
            rivals,
            rate,
            balance: 0.5,
            head,
        };
        let annealing = |steps, rate| Annealing { steps, rate, vary: 0.5 };
        // What a pair costs differs with the head. Siamese loses more of Triplet's encoder the faster it moves.
        let (pretraining, encoder, metric, annealing) = match system {
            System::Siamese => {
                (None, Some(TRIPLET.into()), metric(150, 2, 1e-5, 3000.0), annealing(100, 1e-5))
            }
            System::Triplet => (Some(pretraining), None, metric(1500, 5, 8e-4, 1.0), annealing(600, 4e-4)),
            System::Relation => (None, Some(TRIPLET.into()), metric(900, 1, 8e-4, 1.0), annealing(400, 4e-4)),
        };
        Self {
            seed: 1,
            characters: 16,
            new: NewCharacters { reshaped: 0.4, marked: 0.3, compound: 0.3 },
            pretraining,
            encoder,
            trained: all(),
            metric,
            annealing,
            augment: VARY,
            distorted: Distorted::default(),
            weight_decay: 1e-4,
        }
    }
}

/// Which part of the recipe a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// [`Recipe::pretraining`]
    Pretraining,
    /// [`Recipe::metric`]
    Metric,
    /// [`Recipe::annealing`]
    Annealing,
}

/// What one step did.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Steps done so far.
    pub step: usize,
    /// The part of the recipe that it belongs to.
    pub phase: Phase,
    /// The objective on its batch.
    pub loss: f32,
    /// Share of the batch whose best match was the right one.
    pub right: f32,
}

/// Why training stopped.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A checkpoint could not be written: its path, and why.
    #[error("the checkpoint {0} cannot be written: {1}")]
    Unwritten(PathBuf, String),
    /// A checkpoint could not be read: its path, and why.
    #[error(
        "the checkpoint {0} cannot be read: {1}. It stays as it is: put a whole one in its place, or name another file to start anew"
    )]
    Unreadable(PathBuf, String),
    /// The checkpoint at this path is of another training.
    #[error(
        "the checkpoint {0} was made with another system or recipe: name another file, or the same recipe"
    )]
    OtherRecipe(PathBuf),
    /// The training set is too small for the recipe.
    #[error("a step needs {needed} {what}, the training set has {found}")]
    TooFew {
        /// What there is too little of.
        what: &'static str,
        /// As many as a step needs.
        needed: usize,
        /// As many as there are.
        found: usize,
    },
    /// The loss is not a number at this step.
    #[error("the loss is not a number at step {0}: lower the learning rate")]
    Diverged(usize),
}

/// Training under way.
pub struct Trainer {
    system: System,
    recipe: Recipe,
    set: CharacterSet,
    device: Device,
    network: Option<Network>,
    /// The encoder that it began with, where that is another's.
    begun: Option<Weights>,
    optimizer: ModuleOptimizer,
    step: usize,
    seconds: f64,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    system: System,
    recipe: Recipe,
    step: usize,
    seconds: f64,
}

impl Trainer {
    /// Training from the start on `device`, which need not be an autodiff device.
    ///
    /// # Errors
    /// [`TrainError::TooFew`] if the set cannot fill a step.
    pub fn new(
        system: System,
        recipe: Recipe,
        set: CharacterSet,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let found = set.alphabets.iter().filter(|a| a.len() >= recipe.characters).count();
        let pretraining = recipe.pretraining.as_ref().map_or(0, |p| p.alphabets);
        let needed = recipe.metric.alphabets.max(pretraining);
        if found < needed {
            return Err(TrainError::TooFew { what: "alphabets large enough", needed, found });
        }
        let found = set.alphabets.iter().flatten().map(Vec::len).min().unwrap_or(0);
        if found < 2 {
            return Err(TrainError::TooFew { what: "drawers a character", needed: 2, found });
        }
        let device = device.clone().autodiff();
        device.seed(recipe.seed);
        let network = Network::new(system, &device).materialize();
        let network = Some(remade(network, Weights::tied_by_first_pose));
        let optimizer = optimizer(&recipe);
        Ok(Self { system, recipe, set, device, network, begun: None, optimizer, step: 0, seconds: 0.0 })
    }

    /// Steps of the whole recipe.
    pub fn steps(&self) -> usize {
        let Recipe { metric, annealing, .. } = &self.recipe;
        self.pretraining_steps() + metric.steps + annealing.steps
    }

    fn pretraining_steps(&self) -> usize {
        self.recipe.pretraining.as_ref().map_or(0, |p| p.steps)
    }

    /// Steps done.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Begins with the encoder of these weights, which may be another system's. Before [`Self::resume`], too.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if there is no encoder of this shape among them.
    pub fn begin_with(&mut self, weights: &Weights) -> Result<(), WeightsError> {
        let Network { encoder, head } = self.learner().clone();
        let begun = weights.encoder();
        self.network = Some(Network { encoder: begun.clone().into_module(encoder)?, head });
        self.begun = Some(begun);
        Ok(())
    }

    /// Time spent in steps, over every session, in seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The network that would be kept as it stands, for inference.
    pub fn network(&self) -> Network {
        let Network { encoder, head } = self.learner().valid();
        let encoder = match &self.begun {
            Some(begun) => remade(encoder, |own| own.mixed(self.recipe.trained, begun)),
            None => encoder,
        };
        Network { encoder, head }
    }

    fn learner(&self) -> &Network {
        self.network.as_ref().expect("a network between steps")
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
        let Recipe { pretraining, metric, annealing, .. } = &self.recipe;
        let before = self.pretraining_steps();
        let between = before + metric.steps;
        if self.step == before {
            self.optimizer = optimizer(&self.recipe);
        }
        let (phase, rate, (pass, features, loss, right)) = match pretraining {
            Some(pretraining) if self.step < before => {
                let rate = cosine(pretraining.rate, self.step, before);
                (Phase::Pretraining, rate, self.contrast(pretraining, &mut rng))
            }
            _ if self.step < between => {
                let rate = cosine(metric.rate, self.step - before, metric.steps);
                (Phase::Metric, rate, self.compare(&self.recipe.augment, &mut rng))
            }
            _ => {
                let rate = cosine(annealing.rate, self.step - between, annealing.steps);
                let augment = self.recipe.augment.times(annealing.vary);
                (Phase::Annealing, rate, self.compare(&augment, &mut rng))
            }
        };
        let mut network = self.network.take().expect("a network between steps");
        let value = loss.clone().into_scalar::<f32>();
        let mut gradients = loss.backward();
        let upstream = features.grad_remove(&mut gradients).expect("the loss is made of features");
        if phase != Phase::Pretraining {
            let gradients = GradientsParams::from_module(&mut gradients, &network.head);
            network.head = self.optimizer.step(rate * self.recipe.metric.head, network.head, gradients);
            // The encoder's gradient is tied already.
            network.head = remade(network.head, Weights::tied);
        }
        let mut gradients = GradientsParams::new();
        pass.backward(&network.encoder, upstream, &mut gradients);
        network.encoder = self.optimizer.step(rate, network.encoder, gradients);
        self.network = Some(network);
        self.step += 1;
        self.seconds += started.elapsed().as_secs_f64();
        if !value.is_finite() {
            return Err(TrainError::Diverged(self.step));
        }
        Ok(Some(Progress { step: self.step, phase, loss: value, right: right.into_scalar::<f32>() }))
    }

    /// Which drawing of all characters' second drawers shows the same as this first drawer's, and the other way round?
    fn contrast(
        &self,
        &Pretraining { alphabets, scale, .. }: &Pretraining,
        rng: &mut ChaCha8Rng,
    ) -> (Pass, Tensor<2>, Tensor<1>, Tensor<1>) {
        let (pass, features) = self.encode(&self.recipe.augment, &self.sample(alphabets, rng));
        let characters = alphabets * self.recipe.characters;
        let [first, second] =
            [0, 1].map(|drawer| features.clone().narrow(0, drawer * characters, characters));
        let cosines = first.matmul(second.transpose());
        let right = self.share_right(&cosines);
        (pass, features, contrast_loss(cosines.mul_scalar(scale)), right)
    }

    /// Do these two drawings show the same character? Asked of pairs within an alphabet and with a few others.
    fn compare(&self, augment: &Augment, rng: &mut ChaCha8Rng) -> (Pass, Tensor<2>, Tensor<1>, Tensor<1>) {
        let MetricTraining { alphabets, rivals, balance, .. } = self.recipe.metric;
        let characters = self.recipe.characters;
        let (pass, features) = self.encode(augment, &self.sample(alphabets, rng));
        let head = &self.learner().head;
        let of_alphabet = |drawer: usize, index: usize| {
            let alphabet = index % alphabets;
            features.clone().narrow(0, (drawer * alphabets + alphabet) * characters, characters)
        };
        let (losses, right) = (0..alphabets)
            .map(|alphabet| {
                let support = (alphabet..=alphabet + rivals.min(alphabets - 1))
                    .map(|other| of_alphabet(1, other))
                    .collect();
                let similarity = head.similarity(of_alphabet(0, alphabet), Tensor::cat(support, 0));
                let right = self.share_right(&similarity);
                (objective(head, similarity, balance), right)
            })
            .unzip();
        let mean = |values: Vec<Tensor<1>>| Tensor::cat(values, 0).mean();
        (pass, features, mean(losses), mean(right))
    }

    /// Of queries and support as the losses take them, the share whose best match is the right one.
    fn share_right(&self, similarity: &Tensor<2>) -> Tensor<1> {
        let [queries, _] = similarity.dims();
        let best = similarity.clone().detach().argmax(1).squeeze_dim::<1>(1);
        best.equal(Tensor::arange(0..queries as i64, &self.device)).float().mean()
    }

    /// What a step is made of: the characters of some alphabets, alphabet by alphabet, all by a first drawer, then all by a second.
    fn sample(&self, alphabets: usize, rng: &mut ChaCha8Rng) -> Vec<Sample<'_>> {
        let Recipe { characters, new, .. } = self.recipe;
        let large: Vec<&Vec<Vec<Strokes>>> =
            self.set.alphabets.iter().filter(|a| a.len() >= characters).collect();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for alphabet in index::sample(rng, large.len(), alphabets) {
            let pose = Pose::any(rng);
            let [reshaped, marked, compound] =
                [new.reshaped, new.marked, new.compound].map(|share| rng.random_bool(share));
            // Near twins come as a square of few characters and of what each is made.
            let side = (characters - 1).isqrt() + 1;
            let (bases, twins) = if marked || compound { (side, side) } else { (characters, 1) };
            let bases = index::sample(rng, large[alphabet].len(), bases);
            let compound = compound.then(|| Compound::new(rng.random()));
            for twin in 0..characters {
                let drawers = &large[alphabet][bases.index(twin / twins)];
                let other = &large[alphabet][bases.index(twin % twins)];
                let pair = index::sample(rng, drawers.len().min(other.len()), 2);
                let mark = (marked && twin % twins > 0).then(|| Mark::new(rng.random()));
                let reshaped = reshaped.then(|| rng.random());
                for (drawer, to) in pair.into_iter().zip([&mut first, &mut second]) {
                    let compound = compound.map(|compound| (&other[drawer], compound));
                    to.push(Sample { mark, compound, reshaped, ..Sample::new(&drawers[drawer], pose, rng) });
                }
            }
        }
        first.append(&mut second);
        first
    }

    /// Features of samples, varied.
    fn encode(&self, augment: &Augment, samples: &[Sample]) -> (Pass, Tensor<2>) {
        let draw = |sample: &Sample| {
            sample.draw(augment, &self.recipe.distorted).expect("training drawings hold ink")
        };
        let drawings: Vec<Drawing> = samples.par_iter().map(draw).collect();
        let pass = Pass::forward(&self.learner().encoder, &drawings);
        let features = pass.features(&self.device).require_grad();
        (pass, features)
    }

    /// Writes everything needed to go on to a file, in one step: whatever stops the program, either this checkpoint is there
    /// afterwards or the one before, whole.
    ///
    /// # Errors
    /// [`TrainError::Unwritten`]; what was there before is then still there.
    pub fn save(&self, file: &Path) -> Result<(), TrainError> {
        self.write(file).map_err(|error| TrainError::Unwritten(file.into(), error.to_string()))
    }

    fn write(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        // Folds the last batch into the running averages, which a record would leave out.
        let _ = self.learner().valid();
        let network = self.learner().clone().into_record().into_bytes()?;
        let optimizer = self.optimizer.into_bytes()?;
        let seconds = self.seconds;
        let saved = Saved { system: self.system, recipe: self.recipe.clone(), step: self.step, seconds };
        let saved = serde_json::to_vec_pretty(&saved)?;

        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in [(PROGRESS, &saved[..]), (NETWORK, &network), (OPTIMIZER, &optimizer)] {
            zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
            zip.write_all(bytes)?;
        }
        Ok(write_whole(file, &zip.finish()?.into_inner())?)
    }

    /// Goes on from the checkpoint in a file, if it is there; says whether it was.
    ///
    /// # Errors
    /// [`TrainError::OtherRecipe`] if it belongs to another recipe, [`TrainError::Unreadable`] if it is damaged; this training and
    /// the file are then as they were.
    pub fn resume(&mut self, file: &Path) -> Result<bool, TrainError> {
        let unreadable =
            |error: &dyn std::fmt::Display| TrainError::Unreadable(file.into(), error.to_string());
        let bytes = match fs::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            read => read.map_err(|error| unreadable(&error))?,
        };
        let (saved, network, optimizer) = members(bytes).map_err(|error| unreadable(&error))?;
        if (saved.system, &saved.recipe) != (self.system, &self.recipe) {
            return Err(TrainError::OtherRecipe(file.into()));
        }
        let network = self.learner().clone().try_load_record(network).map_err(|error| unreadable(&error))?;
        self.optimizer = self.optimizer.clone().from_bytes(optimizer).map_err(|error| unreadable(&error))?;
        self.network = Some(network);
        (self.step, self.seconds) = (saved.step, saved.seconds);
        Ok(true)
    }
}

/// Members of a checkpoint, a zip archive whose checksums tell damage.
const PROGRESS: &str = "progress.json";
const NETWORK: &str = "network";
const OPTIMIZER: &str = "optimizer";

/// What a checkpoint holds; the optimiser's state is still packed.
fn members(checkpoint: Vec<u8>) -> Result<(Saved, ModuleRecord, Bytes), Box<dyn Error>> {
    let mut archive = ZipArchive::new(Cursor::new(checkpoint))?;
    let mut member = |name| -> Result<Vec<u8>, Box<dyn Error>> {
        let mut bytes = Vec::new();
        archive.by_name(name)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let saved = serde_json::from_slice(&member(PROGRESS)?)?;
    let network = ModuleRecord::from_bytes(Bytes::from_bytes_vec(member(NETWORK)?))?;
    Ok((saved, network, Bytes::from_bytes_vec(member(OPTIMIZER)?)))
}

/// A module with other weights of the same names and shapes.
fn remade<M: Module>(module: M, weights: impl Fn(Weights) -> Weights) -> M {
    let own = pollster::block_on(Weights::of_module(&module)).expect("a CPU gives its values");
    weights(own).into_module(module).expect("weights of this module")
}

fn optimizer(recipe: &Recipe) -> ModuleOptimizer {
    AdamWConfig::new().with_weight_decay(recipe.weight_decay).init()
}
