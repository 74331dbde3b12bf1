//! Fine-tuning of the encoder's last block on a visitor's few drawings: the system's own objective, on variations of them. What
//! the page, the native program and every engine share; a step at a time, so that whoever asks for one can do something else in
//! between.

use std::collections::HashMap;

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use rand::{Rng, SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    VARY, cosine, objective,
    tunable::{Tunable, tunable},
};
use crate::{
    drawing::{Augment, Drawing, DrawingError, Strokes},
    engine::{Engine, EngineError, read},
    model::{Calibration, Head, Network, System, Weights, WeightsError},
};

/// Everything that decides the outcome of fine-tuning, apart from the drawings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FineTuneRecipe {
    /// The same seed, recipe and drawings give the same steps, on every engine but for rounding.
    pub seed: u64,
    /// [`Self::MOST_STEPS`] at most.
    pub steps: usize,
    /// Learning rate at the start; falls to 0 along a half cosine.
    pub rate: f64,
    /// The same where each character has but one drawing: there is less to learn, and more to lose.
    pub lone_rate: f64,
    /// Characters a step, each in two variations: 2 to [`Self::MOST_CHARACTERS`], or as many as there are.
    pub characters: usize,
    /// Variations of a drawing, at most; 1 at least. Each goes through the blocks before the last only once, as long as it is kept.
    pub variations: usize,
    /// Weight of same against different pairs: see [`super::pair_loss`].
    pub balance: f64,
    /// How drawings are varied, each time they are learnt from.
    pub vary: Augment,
}

impl FineTuneRecipe {
    /// What takes an hour in a browser.
    pub const MOST_STEPS: usize = 10_000;
    /// Every drawing of a step is compared with every other: these take some 100 MB.
    pub const MOST_CHARACTERS: usize = 50;

    /// What held-out background alphabets chose: see weights/HISTORY.md.
    pub fn of(system: System) -> Self {
        let (rate, lone_rate) = match system {
            System::Siamese | System::Triplet => (1e-3, 1e-4),
            System::Relation => (3e-4, 3e-5),
        };
        Self {
            seed: 1,
            steps: 50,
            rate,
            lone_rate,
            characters: 10,
            variations: 10,
            balance: 0.5,
            vary: VARY.times(1.25),
        }
    }

    fn check(&self) -> Result<(), FineTuneError> {
        let Self { steps, rate, lone_rate, characters, variations, balance, .. } = *self;
        let bad = |why: String| Err(FineTuneError::BadRecipe(why));
        if steps > Self::MOST_STEPS {
            return bad(format!("{steps} steps, at most {} are done", Self::MOST_STEPS));
        }
        if !(2..=Self::MOST_CHARACTERS).contains(&characters) {
            return bad(format!("{characters} characters a step, expected 2 to {}", Self::MOST_CHARACTERS));
        }
        if variations == 0 {
            return bad("no variation of a drawing".into());
        }
        if ![rate, lone_rate].iter().all(|rate| (0.0..=1.0).contains(rate)) || !(0.0..=1.0).contains(&balance)
        {
            return bad("rates and balance lie in 0…1".into());
        }
        Ok(())
    }
}

/// How a network does on drawings that it does not learn from, and on variations of them: of every character, or of 120 that the
/// recipe's seed draws from more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// Share of the variations whose best match is their own character, 0…1.
    pub accuracy: f32,
    /// The objective on them.
    pub loss: f32,
    /// How many variations.
    pub drawings: usize,
}

impl Measured {
    fn beats(&self, other: &Self) -> bool {
        (self.accuracy, -self.loss) > (other.accuracy, -other.loss)
    }
}

/// How far fine-tuning is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FineTuneStep {
    /// Steps done. At 0 nothing is learnt yet: the network before is measured.
    pub step: usize,
    /// Steps that the recipe asks for.
    pub steps: usize,
    /// Of the step just done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<f32>,
    /// On the held-out variations, where this step measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// The step whose network measured best so far.
    pub best: usize,
}

/// Why fine-tuning did not begin or ended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FineTuneError {
    /// Fewer than two characters: nothing to compare.
    #[error("fine-tuning needs two characters at least: teach {} first", if *.0 == 0 { "two" } else { "another" })]
    TooFew(usize),
    /// The recipe asks for what cannot be done.
    #[error("this fine-tuning cannot be done: {0}")]
    BadRecipe(String),
    /// What was drawn is no drawing.
    #[error(transparent)]
    Drawing(#[from] DrawingError),
    /// The loss is not a number.
    #[error("fine-tuning diverged at step {0}: the weights stay as they were")]
    Diverged(usize),
    /// The engine stopped, or only recognises.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The weights could not be read, or are not this system's.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// Fine-tuning under way.
pub struct FineTuner {
    recipe: FineTuneRecipe,
    /// Drawings of each character to learn from.
    support: Vec<Vec<Strokes>>,
    encoder: Box<dyn Tunable>,
    /// Variations that the encoder has seen, by the numbers under which it keeps them.
    seen: HashMap<Variation, usize>,
    /// It stays: a whole network, such as Relation's, learns too much from a few drawings.
    head: Head,
    exam: Exam,
    /// Of the network before; fine-tuning leaves it.
    calibration: Calibration,
    step: usize,
    best: Option<Best>,
}

/// Which variation of which drawing of which character.
type Variation = (usize, usize, usize);

/// The best network so far.
#[derive(Debug, Clone)]
pub struct Best {
    /// The network, as burn's module.
    pub network: Network,
    /// Steps that it took.
    pub step: usize,
    /// How it does on the held-out variations.
    pub measured: Measured,
}

/// How often a whole fine-tuning is measured after its beginning.
const MEASUREMENTS: usize = 5;

/// Variations that are kept at most: 16 MB.
const KEPT: usize = 1000;

/// Pairs of drawings that are compared at once while nothing is learnt from them, 8 kB each and as much once or twice on the way.
const PAIRS: usize = 500;

/// No share of a drawing in its character's similarity is so small that it is 0 in f32.
const LEAST_EXPONENT: f32 = -80.0;

impl FineTuner {
    /// Fine-tuning of `network`, which is of these weights and on `engine`'s `device`, on the drawings of each character.
    ///
    /// # Errors
    /// [`FineTuneError::TooFew`] if there are fewer than two characters, [`FineTuneError::BadRecipe`] if the recipe asks for what
    /// cannot be done, [`FineTuneError::Drawing`] if a drawing is empty or a character has none, [`FineTuneError::Weights`] if the
    /// weights are not a network's.
    pub fn new(
        network: &Network,
        device: &Device,
        engine: Engine,
        weights: &Weights,
        mut support: Vec<Vec<Strokes>>,
        recipe: FineTuneRecipe,
    ) -> Result<Self, FineTuneError> {
        if support.len() < 2 {
            return Err(FineTuneError::TooFew(support.len()));
        }
        recipe.check()?;
        if support.iter().any(Vec::is_empty) {
            return Err(DrawingError::Empty.into());
        }
        let exam = Exam::new(&mut support, &recipe)?;
        let calibration = Calibration::of(network.head.system(), weights)?;
        let encoder = tunable(&network.encoder, device, engine, weights)?;
        let head = network.head.clone().freeze().train();
        let (seen, step, best) = (HashMap::new(), 0, None);
        Ok(Self { recipe, support, encoder, seen, head, exam, calibration, step, best })
    }

    /// Does the next part of the work: measures the network before, a few drawings at a time, then one step a call; `None`
    /// once all steps are done.
    ///
    /// # Errors
    /// [`FineTuneError::Diverged`] if the loss is no longer a number, [`FineTuneError::Engine`] if the engine stops.
    pub async fn advance(&mut self) -> Result<Option<FineTuneStep>, FineTuneError> {
        let steps = self.recipe.steps;
        if !self.exam.is_ready() {
            self.exam.prepare(&mut *self.encoder);
            let best = 0;
            return Ok(Some(FineTuneStep { step: 0, steps, loss: None, measured: None, best }));
        }
        let loss = match self.best {
            None => None,
            Some(_) if self.step == steps => return Ok(None),
            Some(_) => Some(self.learn().await?),
        };
        let measures = self.step.is_multiple_of(steps.div_ceil(MEASUREMENTS).max(1)) || self.step == steps;
        let measured = if measures { Some(self.measure().await?) } else { None };
        let best = self.best.as_ref().map_or(0, |best| best.step);
        Ok(Some(FineTuneStep { step: self.step, steps, loss, measured, best }))
    }

    /// The network that measured best, the original included; `None` while none is measured.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// One step; its loss.
    async fn learn(&mut self) -> Result<f32, FineTuneError> {
        let FineTuneRecipe { seed, steps, rate, lone_rate, characters, balance, .. } = self.recipe;
        let rate = if self.support.iter().all(|drawings| drawings.len() == 1) { lone_rate } else { rate };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(self.step as u64 + 1);
        let half = characters.min(self.support.len());
        let drawings: usize = self.support.iter().map(Vec::len).sum();
        // As many as can be kept, and two where there are two, so that no drawing is compared with itself.
        let variations = (KEPT / drawings).max(2).min(self.recipe.variations);
        let (mut wanted, mut support) = (Vec::new(), Vec::new());
        for character in index::sample(&mut rng, self.support.len(), half) {
            // Two drawings where there are two.
            let drawings = self.support[character].len();
            let pair = index::sample(&mut rng, drawings, drawings.min(2)).into_vec();
            let varied = index::sample(&mut rng, variations, variations.min(2)).into_vec();
            wanted.push((character, pair[0], varied[0]));
            support.push((character, pair[pair.len() - 1], varied[varied.len() - 1]));
        }
        wanted.append(&mut support);
        let kept = self.kept(&wanted)?;

        let features = self.encoder.learning(&kept);
        let [queries, support] = [0, half].map(|first| features.clone().narrow(0, first, half));
        let loss = objective(&self.head, self.head.similarity(queries, support), balance);
        let mut gradients = loss.backward();
        self.encoder.step(cosine(rate, self.step, steps), &features, &mut gradients);
        self.step += 1;
        let [loss] = read(loss.inner()).await?[..] else { unreachable!("a loss is one number") };
        if loss.is_finite() { Ok(loss) } else { Err(FineTuneError::Diverged(self.step)) }
    }

    /// The numbers under which the encoder keeps variations. Where they do not fit beside those kept before, those go.
    fn kept(&mut self, wanted: &[Variation]) -> Result<Vec<usize>, DrawingError> {
        let mut fresh = self.unseen(wanted);
        if self.seen.len() + fresh.len() > KEPT {
            self.encoder.truncate(self.exam.kept.len());
            self.seen.clear();
            fresh = self.unseen(wanted);
        }
        if !fresh.is_empty() {
            let drawn = fresh.iter().map(|variation| self.draw(variation)).collect::<Result<Vec<_>, _>>()?;
            self.seen.extend(fresh.into_iter().zip(self.encoder.keep(&drawn)));
        }
        Ok(wanted.iter().map(|variation| self.seen[variation]).collect())
    }

    /// Those variations, each once, that are not kept.
    fn unseen(&self, wanted: &[Variation]) -> Vec<Variation> {
        let mut fresh: Vec<Variation> =
            wanted.iter().filter(|v| !self.seen.contains_key(v)).copied().collect();
        fresh.sort_unstable();
        fresh.dedup();
        fresh
    }

    fn draw(&self, &(character, drawing, variation): &Variation) -> Result<Drawing, DrawingError> {
        let FineTuneRecipe { seed, variations, vary, .. } = &self.recipe;
        let before: usize = self.support[..character].iter().map(Vec::len).sum();
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(1));
        rng.set_stream(((before + drawing) * variations + variation) as u64);
        vary.draw(&self.support[character][drawing], &mut rng)
    }

    async fn measure(&mut self) -> Result<Measured, FineTuneError> {
        let head = self.head.valid();
        let measured = self.exam.measure(&mut *self.encoder, &head, &self.calibration, &self.recipe).await?;
        if !measured.loss.is_finite() {
            return Err(FineTuneError::Diverged(self.step));
        }
        if self.best.as_ref().is_none_or(|best| measured.beats(&best.measured)) {
            let network = Network { encoder: self.encoder.encoder(), head };
            self.best = Some(Best { network, step: self.step, measured });
        }
        Ok(measured)
    }
}

/// What a network is measured on: a support of drawings that are learnt from, and queries that are held out. Of a character with several
/// drawings these are one that nothing is learnt from and variations of it, else variations of the one there is. Of many characters some
/// are measured, drawn by the seed, so that it takes no longer and no more memory however many there are.
#[derive(Debug)]
struct Exam {
    /// Those that the encoder is still to see.
    waiting: Vec<Drawing>,
    /// The numbers under which it keeps the others: the support first, then the queries, each round of them one
    /// of each character.
    kept: Vec<usize>,
    /// Support drawings of each character.
    shots: Vec<usize>,
    rounds: usize,
}

impl Exam {
    /// Characters at most.
    const CHARACTERS: usize = 120;
    /// Queries at most, where there are not more characters.
    const QUERIES: usize = 60;
    /// Rounds at most.
    const ROUNDS: usize = 6;
    /// Support drawings of a character, at most.
    const SHOTS: usize = 5;
    /// Drawings that are prepared at once.
    const AT_ONCE: usize = 16;
    /// Drawings of a character from which on one is held out, so that there are still two drawings to learn from.
    const SEVERAL: usize = 3;

    /// Takes what is held out from the drawings of each character.
    fn new(support: &mut [Vec<Strokes>], recipe: &FineTuneRecipe) -> Result<Self, DrawingError> {
        let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
        let mut characters: Vec<usize> = (0..support.len()).collect();
        if characters.len() > Self::CHARACTERS {
            characters = index::sample(&mut rng, support.len(), Self::CHARACTERS).into_vec();
            characters.sort_unstable();
        }
        let rounds = (Self::QUERIES / characters.len()).clamp(1, Self::ROUNDS);
        let most = (2 * Self::QUERIES / characters.len()).clamp(1, Self::SHOTS);
        let mut held_out = |drawings: &mut Vec<Strokes>| {
            let one = rng.random_range(0..drawings.len());
            (drawings.len() >= Self::SEVERAL).then(|| drawings.remove(one))
        };
        let held_out: Vec<Option<Strokes>> =
            characters.iter().map(|&character| held_out(&mut support[character])).collect();
        let support: Vec<&Vec<Strokes>> = characters.iter().map(|&character| &support[character]).collect();
        let mut waiting = Vec::new();
        for drawings in &support {
            for drawing in drawings.iter().take(most) {
                waiting.push(Drawing::from_strokes(drawing)?);
            }
        }
        for round in 0..rounds {
            for (drawings, held_out) in support.iter().zip(&held_out) {
                waiting.push(match held_out {
                    Some(drawing) if round == 0 => Drawing::from_strokes(drawing)?,
                    Some(drawing) => recipe.vary.draw(drawing, &mut rng)?,
                    None => recipe.vary.draw(&drawings[rng.random_range(0..drawings.len())], &mut rng)?,
                });
            }
        }
        let shots = support.iter().map(|drawings| drawings.len().min(most)).collect();
        Ok(Self { waiting, kept: Vec::new(), shots, rounds })
    }

    fn is_ready(&self) -> bool {
        self.waiting.is_empty()
    }

    fn prepare(&mut self, encoder: &mut dyn Tunable) {
        let now = self.waiting.drain(..Self::AT_ONCE.min(self.waiting.len())).collect::<Vec<_>>();
        self.kept.extend(encoder.keep(&now));
    }

    async fn measure(
        &self,
        encoder: &mut dyn Tunable,
        head: &Head,
        calibration: &Calibration,
        recipe: &FineTuneRecipe,
    ) -> Result<Measured, EngineError> {
        let features = encoder.features(&self.kept);
        let (drawings, characters) = (self.shots.iter().sum(), self.shots.len());
        let queries = self.rounds * characters;
        let support = features.clone().narrow(0, 0, drawings);
        // Shares of a character's drawings in its similarity: see `Calibration::of_label`.
        let mut means = vec![0.0; drawings * characters];
        let mut row = 0;
        for (character, &count) in self.shots.iter().enumerate() {
            for _ in 0..count {
                means[row * characters + character] = 1.0 / count as f32;
                row += 1;
            }
        }
        let means =
            Tensor::<2>::from_data(TensorData::new(means, [drawings, characters]), &features.device());
        let at_once = (PAIRS / drawings).max(1);
        let similarity = (0..queries).step_by(at_once).map(|first| {
            let some = features.clone().narrow(0, drawings + first, at_once.min(queries - first));
            head.similarity(some, support.clone())
        });
        let similarity = Tensor::cat(similarity.collect(), 0);
        let best = similarity.clone().max_dim(1);
        let shares = ((similarity - best.clone()) / calibration.temperature).clamp_min(LEAST_EXPONENT).exp();
        let similarity = shares.matmul(means).log() * calibration.temperature + best;
        let round = |round: usize| similarity.clone().narrow(0, round * characters, characters);
        let losses = (0..self.rounds).map(|r| objective(head, round(r), recipe.balance)).collect();
        let [loss] = read(Tensor::cat(losses, 0).mean()).await?[..] else {
            unreachable!("a loss is one number")
        };
        let rows = read(similarity).await?;
        let best = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
        let right = rows.chunks(characters).enumerate().filter(|(i, row)| best(row) == Some(i % characters));
        Ok(Measured { accuracy: right.count() as f32 / queries as f32, loss, drawings: queries })
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use std::{fs, path::Path};

    use pollster::block_on;

    use super::*;
    use crate::{dataset::InventedAlphabet, learn::tunable::ByBurn};

    #[test]
    fn variations_kept_are_bounded_and_no_drawing_is_compared_with_itself() {
        let device = block_on(Engine::Flex.open()).unwrap();
        let alphabet = InventedAlphabet::new(7, 20);
        let support = (0..600).map(|label| vec![alphabet.draw(label % 20, label as u32 / 20)]).collect();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/triplet.safetensors");
        let weights = Weights::from_bytes(&fs::read(file).unwrap()).unwrap();
        let network = weights.into_module(Network::new(System::Triplet, &device)).unwrap();
        let recipe = FineTuneRecipe { steps: 30, characters: 50, ..FineTuneRecipe::of(System::Triplet) };
        let mut tuner = FineTuner::new(&network, &device, Engine::Flex, &weights, support, recipe).unwrap();
        let mut before = 0;
        let mut let_go = false;
        while block_on(tuner.advance()).unwrap().is_some() {
            let kept = tuner.seen.len();
            assert!(kept <= KEPT);
            let_go |= kept < before;
            before = kept;
        }
        assert!(let_go, "30 steps take 3,000 of 1,200 variations, so most of them");
        assert!(tuner.seen.keys().any(|(.., variation)| *variation == 1), "a drawing has two variations");
    }

    #[test]
    fn by_hand_and_by_burn_it_takes_the_same_steps() {
        let device = block_on(Engine::Flex.open()).unwrap();
        let alphabet = InventedAlphabet::new(7, 4);
        let support = (0..4).map(|character| vec![alphabet.draw(character, 0), alphabet.draw(character, 1)]);
        let support: Vec<Vec<Strokes>> = support.collect();
        for system in System::ALL {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("weights/{system}.safetensors"));
            let weights = Weights::from_bytes(&fs::read(file).unwrap()).unwrap();
            let network = weights.into_module(Network::new(system, &device)).unwrap();
            let tuner = || {
                let recipe = FineTuneRecipe { steps: 5, ..FineTuneRecipe::of(system) };
                FineTuner::new(&network, &device, Engine::Flex, &weights, support.clone(), recipe).unwrap()
            };
            let steps = |mut tuner: FineTuner| -> Vec<FineTuneStep> {
                std::iter::from_fn(|| block_on(tuner.advance()).unwrap()).collect()
            };
            let mut by_burn = tuner();
            by_burn.encoder = Box::new(ByBurn::new(&network.encoder, &device));
            let (by_hand, by_burn) = (steps(tuner()), steps(by_burn));
            assert_eq!(by_hand.len(), by_burn.len());
            for (own, theirs) in by_hand.iter().zip(&by_burn) {
                let losses = |step: &FineTuneStep| [step.loss, step.measured.map(|measured| measured.loss)];
                for (own, theirs) in losses(own).into_iter().zip(losses(theirs)) {
                    let off = (own.unwrap_or(0.0) - theirs.unwrap_or(0.0)).abs();
                    assert!(
                        off <= 1e-2 * theirs.unwrap_or(0.0) && own.is_some() == theirs.is_some(),
                        "{system}: {own:?} instead of {theirs:?}"
                    );
                }
            }
        }
    }
}
