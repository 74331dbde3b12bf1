//! A network and what it was taught: `learn` a drawing under a label, `rank` the labels for another drawing.
//! What the page, the native program and replay all call. Knows no JavaScript.

mod embedder;

use std::slice;

#[cfg(feature = "burn")]
use crate::learn::{Best, FineTuneError, FineTuneRecipe, FineTuner};
use crate::{
    drawing::{Drawing, DrawingError, Point, Strokes},
    engine::{Engine, EngineError},
    inference::{Head, Shown},
    map::FeatureMap,
    model::{FEATURES, System, Weights, WeightsError},
};
use embedder::Embedder;

/// Largest difference between an engine's embedding of the self-test's drawing and the stored one.
pub const SELF_TEST_TOLERANCE: f32 = 1e-3;

/// Name of the stored embedding among the weights.
const SELF_TEST: &str = "self_test.features";

/// Name of the likeness that scores 0.5.
const THRESHOLD: &str = "threshold";

/// Why nothing can be recognised.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecogniseError {
    /// No drawing was taught.
    #[error("nothing was taught yet: draw a character and name it")]
    NoSupport,
    /// All drawings taught bear one label.
    #[error("only “{0}” was taught: teach a second character to compare with")]
    OneClass(String),
    #[error(transparent)]
    Drawing(#[from] DrawingError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// A label and how well it matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked<'a> {
    pub label: &'a str,
    /// In 0…1; 0.5 is the line between the same character and another, as drawn on held-out background alphabets.
    pub score: f32,
    /// The head's own output: see [`crate::model::Head::likeness`]. Higher is more alike.
    pub likeness: f32,
}

/// A drawing that was taught.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub label: String,
    pub strokes: Strokes,
}

/// A network on an open engine, with every drawing it was taught and their features. A clone shares the network.
#[derive(Debug, Clone)]
pub struct Recogniser {
    system: System,
    engine: Engine,
    /// The weights it was opened with.
    trained: Weights,
    /// Those that it has now.
    weights: Weights,
    embedder: Embedder,
    head: Head,
    /// Likeness that scores 0.5.
    threshold: f32,
    self_test_error: f32,
    support: Vec<Example>,
    /// Each label taught, in the order they were first taught, and of which drawing each is.
    labels: Vec<String>,
    label_of: Vec<usize>,
    features: Features,
    /// The same as the head looks through them.
    shown: Shown,
}

/// Drawings of the support that are embedded at once when the network has changed.
const AT_ONCE: usize = 64;

/// Labels at the top of a ranking whose likeness is computed exactly.
const EXACT: usize = 20;

/// Features of drawings.
#[derive(Debug, Clone, Default)]
pub struct Features(Vec<f32>);

impl Features {
    /// Those of some of the drawings, by index, in this order.
    pub fn select(&self, drawings: &[usize]) -> Self {
        Self(drawings.iter().flat_map(|&row| &self.0[row * FEATURES..][..FEATURES]).copied().collect())
    }

    /// One after the other.
    pub fn joined(parts: Vec<Self>) -> Self {
        Self(parts.into_iter().flat_map(|part| part.0).collect())
    }
}

impl Recogniser {
    /// Opens `engine`, loads the weights of `system` and makes sure that the engine computes what it should.
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if the weights are not this system's, [`RecogniseError::Engine`] if the engine does not
    /// open or fails its self-test.
    pub async fn open(system: System, engine: Engine, weights: &Weights) -> Result<Self, RecogniseError> {
        let mut recogniser = Self::untested(system, engine, weights).await?;
        let stored = weights
            .get(SELF_TEST)
            .ok_or_else(|| WeightsError::Mismatch(format!("{SELF_TEST} is missing")))?;
        recogniser.self_test_error = recogniser.test(stored).await?;
        Ok(recogniser)
    }

    /// Largest difference between the self-test's stored embedding and the network's own.
    async fn test(&self, stored: &[f32]) -> Result<f32, RecogniseError> {
        let own = self.embed(&[self_test_drawing()]).await?;
        if own.len() != stored.len() {
            return Err(WeightsError::Mismatch(format!("{SELF_TEST} has {} values", stored.len())).into());
        }
        let error = own.iter().zip(stored).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        if error > SELF_TEST_TOLERANCE || own.iter().any(|value| value.is_nan()) {
            return Err(EngineError::SelfTest { engine: self.engine, error }.into());
        }
        Ok(error)
    }

    /// Puts what [`Self::open`] needs beside a trained network's parameters among its weights: the embedding that engines
    /// are checked against, and the likeness that scores 0.5.
    ///
    /// # Errors
    /// [`RecogniseError`] if the weights are not this system's or the engine does not open.
    pub async fn seal(
        system: System,
        engine: Engine,
        threshold: f32,
        weights: &mut Weights,
    ) -> Result<(), RecogniseError> {
        weights.insert(THRESHOLD, vec![threshold]);
        let recogniser = Self::untested(system, engine, weights).await?;
        let features = recogniser.embed(&[self_test_drawing()]).await?;
        weights.insert(SELF_TEST, features);
        Ok(())
    }

    async fn untested(system: System, engine: Engine, weights: &Weights) -> Result<Self, RecogniseError> {
        let embedder = Embedder::open(system, engine, weights).await?;
        let head = Head::new(system, weights)?;
        let shown = head.shown(&[]);
        let threshold = weights.sized(THRESHOLD, 1)?[0];
        let (trained, weights) = (weights.clone(), weights.clone());
        Ok(Self {
            system,
            engine,
            trained,
            weights,
            embedder,
            head,
            threshold,
            self_test_error: 0.0,
            support: Vec::new(),
            labels: Vec::new(),
            label_of: Vec::new(),
            features: Features::default(),
            shown,
        })
    }

    pub fn system(&self) -> System {
        self.system
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Largest difference that the self-test found between this engine's embedding and the stored one.
    pub fn self_test_error(&self) -> f32 {
        self.self_test_error
    }

    /// Remembers one more drawing of `label`.
    ///
    /// # Errors
    /// [`RecogniseError::Drawing`] if there is no point in any stroke, [`RecogniseError::Engine`] if the engine stops.
    pub async fn learn(&mut self, label: &str, strokes: &Strokes) -> Result<(), RecogniseError> {
        let fresh = self.embed(&[Drawing::from_strokes(strokes)?]).await?;
        self.support.push(Example { label: label.into(), strokes: strokes.clone() });
        self.count(label);
        self.shown.extend(self.head.shown(&fresh));
        self.features.0.extend(fresh);
        Ok(())
    }

    /// Forgets every drawing of `label`.
    pub fn forget(&mut self, label: &str) {
        let kept: Vec<usize> =
            (0..self.support.len()).filter(|&row| self.support[row].label != label).collect();
        self.support.retain(|example| example.label != label);
        self.labels.clear();
        self.label_of.clear();
        for row in 0..self.support.len() {
            self.count(&self.support[row].label.clone());
        }
        self.features = self.features.select(&kept);
        self.shown = self.head.shown(&self.features.0);
    }

    /// Notes of which label the next drawing is.
    fn count(&mut self, label: &str) {
        let known = self.labels.iter().position(|known| known == label);
        self.label_of.push(known.unwrap_or(self.labels.len()));
        if known.is_none() {
            self.labels.push(label.into());
        }
    }

    /// Fine-tuning on what was taught, from the network as it stands. Nothing changes here until its best network is
    /// [adopted](Self::adopt).
    ///
    /// # Errors
    /// [`FineTuneError::TooFew`] if fewer than two characters were taught; [`EngineError::RecognisesOnly`].
    #[cfg(feature = "burn")]
    pub fn fine_tuner(&self, recipe: FineTuneRecipe) -> Result<FineTuner, FineTuneError> {
        let module = self.embedder.module(self.system, &self.weights)?;
        let (network, device) = module.ok_or(EngineError::RecognisesOnly(self.engine))?;
        let of = |label: &str| {
            let own = self.support.iter().filter(|example| example.label == label);
            own.map(|example| example.strokes.clone()).collect()
        };
        let support = self.labels.iter().map(|label| of(label)).collect();
        FineTuner::new(&network, &device, self.engine, &self.weights, support, recipe)
    }

    /// Goes on with a fine-tuned network, and knows by it what was taught.
    ///
    /// # Errors
    /// [`RecogniseError`] if the engine stops.
    #[cfg(feature = "burn")]
    pub async fn adopt(&mut self, best: &Best) -> Result<(), RecogniseError> {
        let mut weights = self.trained.clone();
        weights.replace(&Weights::of_module(&best.network).await?)?;
        self.exchange(weights).await
    }

    /// The parameters that fine-tuning changed, and what the self-test's drawing is embedded as by them; `None` if none did.
    ///
    /// # Errors
    /// [`RecogniseError`] if the engine stops.
    pub async fn tuned(&self) -> Result<Option<Weights>, RecogniseError> {
        let mut changed = self.weights.clone().differing(&self.trained);
        if changed.is_empty() {
            return Ok(None);
        }
        changed.insert(SELF_TEST, self.embed(&[self_test_drawing()]).await?);
        Ok(Some(changed))
    }

    /// Puts parameters that fine-tuning changed into the network that was opened; with `None` that network itself comes back.
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if they are not this system's, [`RecogniseError::Engine`] if they compute something else than
    /// when they were saved. The network then stays as it is.
    pub async fn retune(&mut self, tuned: Option<&Weights>) -> Result<(), RecogniseError> {
        let mut weights = self.trained.clone();
        let Some(tuned) = tuned else { return self.exchange(weights).await };
        weights.replace(tuned)?;
        if let Some(stored) = tuned.get(SELF_TEST) {
            let mut changed = self.clone();
            changed.embedder = self.embedder.with(&weights)?;
            changed.test(stored).await?;
        }
        self.exchange(weights).await
    }

    /// Goes on with other weights, and knows by them what was taught.
    async fn exchange(&mut self, weights: Weights) -> Result<(), RecogniseError> {
        self.head = Head::new(self.system, &weights)?;
        self.embedder = self.embedder.with(&weights)?;
        self.weights = weights;
        let drawing =
            |example: &Example| Drawing::from_strokes(&example.strokes).expect("what was taught holds ink");
        let drawings: Vec<Drawing> = self.support.iter().map(drawing).collect();
        let mut parts = Vec::new();
        for drawings in drawings.chunks(AT_ONCE) {
            parts.push(self.encode(drawings).await?);
        }
        self.features = Features::joined(parts);
        self.shown = self.head.shown(&self.features.0);
        Ok(())
    }

    /// The labels taught, each once, in the order they were first taught.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Every label taught, best match first.
    ///
    /// # Errors
    /// [`RecogniseError::NoSupport`] or [`RecogniseError::OneClass`] if there is nothing to tell apart,
    /// [`RecogniseError::Engine`] if the engine stops.
    pub async fn rank(&self, query: &Drawing) -> Result<Vec<Ranked<'_>>, RecogniseError> {
        match &self.labels[..] {
            [] => return Err(RecogniseError::NoSupport),
            [only] => return Err(RecogniseError::OneClass(only.clone())),
            _ => {}
        }
        let query = self.embed(slice::from_ref(query)).await?;
        let mut likeness = self.head.look_through(&query, &self.shown);
        let mut of_labels = self.of_labels(&likeness);
        if self.head.is_rough() {
            for row in self.of_best(&of_labels) {
                let features = &self.features.0[row * FEATURES..][..FEATURES];
                likeness[row] = self.head.likeness(&query, features)[0];
            }
            of_labels = self.of_labels(&likeness);
        }
        let ranked = |label: usize| {
            let likeness = of_labels[label];
            Ranked { label: &self.labels[label], score: self.score(likeness), likeness }
        };
        Ok(descending(&of_labels).into_iter().map(ranked).collect())
    }

    /// How alike the query is to each label, by how alike it is to each drawing.
    fn of_labels(&self, likeness: &[f32]) -> Vec<f32> {
        let mut sums = vec![(0.0, 0.0); self.labels.len()];
        for (&label, likeness) in self.label_of.iter().zip(likeness) {
            sums[label].0 += likeness;
            sums[label].1 += 1.0;
        }
        sums.into_iter().map(|(sum, drawings)| sum / drawings).collect()
    }

    /// The drawings, by index, of the labels that match best.
    fn of_best(&self, of_labels: &[f32]) -> Vec<usize> {
        let mut best = vec![false; of_labels.len()];
        largest(of_labels, EXACT).into_iter().for_each(|label| best[label] = true);
        (0..self.support.len()).filter(|&row| best[self.label_of[row]]).collect()
    }

    /// The score, 0…1, of a likeness.
    pub fn score(&self, likeness: f32) -> f32 {
        1.0 / (1.0 + (self.threshold - likeness).exp())
    }

    /// Features of drawings, `[drawings * FEATURES]`, one drawing after another.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] if the engine stops.
    ///
    /// # Panics
    /// If there is no drawing.
    pub async fn embed(&self, drawings: &[Drawing]) -> Result<Vec<f32>, EngineError> {
        self.embedder.embed(drawings).await
    }

    /// Features of drawings, to compare. What was taught plays no part. Errors and panics are those of [`Self::embed`].
    pub async fn encode(&self, drawings: &[Drawing]) -> Result<Features, EngineError> {
        Ok(Features(self.embed(drawings).await?))
    }

    /// How alike every query is to every support drawing, a row a query; see [`crate::model::Head::likeness`].
    pub fn compare(&self, queries: &Features, support: &Features) -> Vec<Vec<f32>> {
        let likeness = self.head.likeness(&queries.0, &support.0);
        likeness.chunks(support.0.len() / FEATURES).map(<[f32]>::to_vec).collect()
    }

    /// The drawings taught, and a query, in the two dimensions in which the drawings taught differ most.
    ///
    /// # Errors
    /// [`RecogniseError::NoSupport`] if nothing was taught, [`RecogniseError::Engine`] if the engine stops.
    pub async fn map(&self, query: Option<&Drawing>) -> Result<FeatureMap, RecogniseError> {
        let query = match query {
            Some(query) => Some(self.embed(slice::from_ref(query)).await?),
            None => None,
        };
        let labels = self.support.iter().map(|example| example.label.as_str());
        let support: Vec<(&str, &[f32; FEATURES])> = labels.zip(self.features.0.as_chunks().0).collect();
        let query = query.as_ref().and_then(|features| features.first_chunk());
        FeatureMap::of(&support, query).ok_or(RecogniseError::NoSupport)
    }
}

/// The indices of numbers, the largest number first, the smaller index first among equals.
fn descending(numbers: &[f32]) -> Vec<usize> {
    let mut keys = keys(numbers);
    keys.sort_unstable();
    keys.into_iter().map(index_of).collect()
}

/// The first `count` of [`descending`], in any order.
fn largest(numbers: &[f32], count: usize) -> Vec<usize> {
    let mut keys = keys(numbers);
    if count < keys.len() {
        keys.select_nth_unstable(count);
        keys.truncate(count);
    }
    keys.into_iter().map(index_of).collect()
}

/// Numbers as whole ones, which are quicker to sort: the larger the number, the smaller its key, the index in the lower half.
fn keys(numbers: &[f32]) -> Vec<u64> {
    let key = |(index, number): (usize, &f32)| {
        let bits = number.to_bits();
        let ascending = if number.is_sign_negative() { !bits } else { bits | 1 << 31 };
        u64::from(!ascending) << 32 | index as u64
    };
    numbers.iter().enumerate().map(key).collect()
}

fn index_of(key: u64) -> usize {
    key as u32 as usize
}

/// How alike a query is to a character of which several drawings were shown, by how alike it is to each.
pub fn of_character(likeness: &[f32]) -> f32 {
    likeness.iter().sum::<f32>() / likeness.len() as f32
}

/// A drawing with lines in every direction, so that a fault in any part of an engine shows.
fn self_test_drawing() -> Drawing {
    let line = |points: &[(f32, f32)]| points.iter().map(|&(x, y)| Point { x, y }).collect();
    let strokes = Strokes(vec![
        line(&[(10.0, 80.0), (25.0, 20.0), (45.0, 75.0), (60.0, 30.0)]),
        line(&[(15.0, 55.0), (80.0, 50.0)]),
        line(&[(70.0, 10.0), (90.0, 35.0), (72.0, 60.0), (88.0, 90.0)]),
    ]);
    Drawing::from_strokes(&strokes).expect("the self-test's drawing holds ink")
}
