//! A network and what it was taught: `learn` a drawing under a label, `rank` the labels for another drawing.
//! What the page, the native program and replay all call. Knows no JavaScript.

mod embedder;
mod model;

use std::slice;

#[cfg(feature = "burn")]
use crate::learn::{Best, FineTuneError, FineTuneRecipe, FineTuner};
use crate::{
    drawing::{Drawing, DrawingError, Strokes},
    engine::{Engine, EngineError},
    map::FeatureMap,
    model::{Calibration, FEATURES, System, Taught, Weights, WeightsError, familiarity},
    nn::Index,
};
pub use model::SELF_TEST_TOLERANCE;
use model::{Model, are_finite};

/// Name of the stored embedding among the weights.
const SELF_TEST: &str = "self_test.features";

/// Name of the similarity that scores 0.5 between two drawings.
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
    /// What was drawn is no drawing.
    #[error(transparent)]
    Drawing(#[from] DrawingError),
    /// The engine did not open, failed its self-test or stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The weights are damaged or not this system's.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// A label and how well it matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked<'a> {
    /// The label, as it was taught.
    pub label: &'a str,
    /// Its place among [`Recogniser::labels`].
    pub place: usize,
    /// The chance that this is the right label, 0…1, given how many were taught and that the sign is one of them: see [`Calibration::scores`]. All labels' add up to 1.
    pub score: f32,
    /// The head's own output, higher is more alike: a logit of Siamese and Relation, minus the distance of Triplet. Exact for the 64 labels that match best, and
    /// for all of Relation's; of Siamese and Triplet to about 10 % of the distance for the others (tested).
    pub similarity: f32,
}

/// What a drawing was recognised as.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification<'a> {
    /// Every label taught, best match first.
    pub ranking: Vec<Ranked<'a>>,
    /// How well the sign is known, 0…1: see [`familiarity()`].
    pub familiarity: f32,
}

impl Classification<'_> {
    /// The familiarity from which on a sign counts as known, unless a caller chooses another line.
    pub const LINE: f32 = 0.5;

    /// Whether the sign was taught, as far as its familiarity tells.
    pub fn is_known(&self) -> bool {
        self.familiarity >= Self::LINE
    }
}

/// A drawing that was taught.
#[derive(Debug, Clone, PartialEq)]
struct Example {
    label: String,
    strokes: Strokes,
    order: Order,
}

/// What the order of strokes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// That in which they were drawn.
    Written,
    /// Anything: they are the centre lines of a picture, or of a glyph.
    Traced,
}

/// A network on an open engine, with every drawing it was taught and their features. A clone shares the network.
///
/// What changes it is done whole or not at all: not if it fails, nor if its future is dropped before it is ready.
#[derive(Debug, Clone)]
pub struct Recogniser {
    /// The weights it was opened with.
    trained: Weights,
    /// The network that it has now.
    model: Model,
    self_test_error: f32,
    support: Vec<Example>,
    /// Each label taught, in the order they were first taught, and of which drawing each is.
    labels: Vec<String>,
    label_of: Vec<usize>,
    /// Their features, to search.
    index: Index,
}

/// Labels at the top of a ranking that are compared exactly. Of 10,000 drawings of background characters the five nearest to one were among the 19 nearest by estimate, the
/// twenty nearest among the 104, in half of all cases among the 22 (150 drawings by each system).
const EXACT: usize = 64;

/// The weight of a written drawing without lifting the pen, beside the drawing as it is, in what is known of it. So a query is recognised whether its strokes are joined or
/// not, at no cost. Triplet, 20-way 1-shot, without and with: queries joined 71.7 to 81.5 % (held-out background characters), 53.5 to 55.0 (symbols of Quick, Draw!), 80.7 to
/// 83.4 (digits of 10); queries as they are 93.8 to 94.0, 58.4 to 58.7, 87.4 and 87.4. A weight of 1 costs those of the first kind a point.
const UNISTROKE: f32 = 0.5;

/// Features of drawings.
#[derive(Debug, Clone, Default)]
pub struct Features(Vec<f32>);

impl Features {
    /// Of how many drawings.
    pub fn len(&self) -> usize {
        self.0.len() / FEATURES
    }

    /// Whether they are of no drawing at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of some of the drawings, by index, in this order; `None` if there is no drawing of an index.
    pub fn select(&self, drawings: &[usize]) -> Option<Self> {
        let (rows, _) = self.0.as_chunks::<FEATURES>();
        let selected = drawings.iter().map(|&row| rows.get(row)).collect::<Option<Vec<_>>>()?;
        Some(Self(selected.into_iter().flatten().copied().collect()))
    }

    /// Adds, to some of the drawings, by index, the features of others with a weight; of norm 1 again.
    fn add(&mut self, weight: f32, others: &Self, drawings: &[usize]) {
        let ((own, _), (others, _)) = (self.0.as_chunks_mut::<FEATURES>(), others.0.as_chunks::<FEATURES>());
        for (&drawing, other) in drawings.iter().zip(others) {
            let sum = own[drawing].iter_mut().zip(other);
            sum.for_each(|(own, other)| *own += weight * other);
            let norm = own[drawing].iter().map(|value| value * value).sum::<f32>().sqrt();
            own[drawing].iter_mut().for_each(|value| *value /= norm);
        }
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
        let stored = weights.sized(SELF_TEST, FEATURES)?;
        let model = Model::open(system, engine, weights.clone()).await?;
        let self_test_error = model.test(stored).await?;
        Ok(Self {
            trained: weights.clone(),
            model,
            self_test_error,
            support: Vec::new(),
            labels: Vec::new(),
            label_of: Vec::new(),
            index: Index::default(),
        })
    }

    /// Puts what [`Self::open`] needs beside a trained network's parameters among its weights: the embedding that engines
    /// are checked against, and the similarity that scores 0.5 between two drawings.
    ///
    /// # Errors
    /// [`RecogniseError`] if the weights are not this system's or the engine does not open.
    pub async fn seal(
        system: System,
        engine: Engine,
        threshold: f32,
        weights: &mut Weights,
    ) -> Result<(), RecogniseError> {
        let mut sealed = weights.clone();
        sealed.insert(THRESHOLD, vec![threshold]);
        let model = Model::open(system, engine, sealed.clone()).await?;
        sealed.insert(SELF_TEST, model.encode(&[self_test_drawing()]).await?.0);
        *weights = sealed;
        Ok(())
    }

    /// The system whose network this is.
    pub fn system(&self) -> System {
        self.model.system
    }

    /// The engine that computes.
    pub fn engine(&self) -> Engine {
        self.model.engine
    }

    /// Largest difference that the self-test found between this engine's embedding and the stored one.
    pub fn self_test_error(&self) -> f32 {
        self.self_test_error
    }

    /// Remembers one more drawing of `label`, its strokes in the order in which they were drawn.
    ///
    /// # Errors
    /// [`RecogniseError::Drawing`] if there is no point in any stroke, or a coordinate is out of range;
    /// [`RecogniseError::Engine`] if the engine stops or computes what is not a finite number.
    pub async fn learn(&mut self, label: &str, strokes: &Strokes) -> Result<(), RecogniseError> {
        self.learn_in(Order::Written, label, strokes).await
    }

    /// The same, of strokes in an order of that kind: those of a picture are [`Order::Traced`]. Errors are those of [`Self::learn`].
    pub async fn learn_in(
        &mut self,
        order: Order,
        label: &str,
        strokes: &Strokes,
    ) -> Result<(), RecogniseError> {
        let fresh = self.encode_support(&[(strokes, order)]).await?;
        self.support.push(Example { label: label.into(), strokes: strokes.clone(), order });
        let known = self.labels.iter().position(|known| known == label);
        self.label_of.push(known.unwrap_or(self.labels.len()));
        if known.is_none() {
            self.labels.push(label.into());
        }
        self.model.head.add(&fresh.0, &mut self.index);
        Ok(())
    }

    /// Forgets every drawing of `label`.
    pub fn forget(&mut self, label: &str) {
        let Some(gone) = self.labels.iter().position(|known| known == label) else { return };
        let kept: Vec<usize> = (0..self.support.len()).filter(|&row| self.label_of[row] != gone).collect();
        self.index.keep(&kept);
        self.labels.remove(gone);
        self.label_of.retain(|&label| label != gone);
        self.label_of.iter_mut().for_each(|label| *label -= usize::from(*label > gone));
        self.support.retain(|example| example.label != label);
    }

    /// Fine-tuning on what was taught, from the network as it stands. Nothing changes here until its best network is
    /// [adopted](Self::adopt).
    ///
    /// # Errors
    /// [`FineTuneError::TooFew`] if fewer than two characters were taught; [`FineTuneError::BadRecipe`];
    /// [`EngineError::RecognisesOnly`].
    #[cfg(feature = "burn")]
    pub fn fine_tuner(&self, recipe: FineTuneRecipe) -> Result<FineTuner, FineTuneError> {
        let mut support = vec![Vec::new(); self.labels.len()];
        for (example, &label) in self.support.iter().zip(&self.label_of) {
            support[label].push(example.strokes.clone());
        }
        self.fine_tuner_on(support, recipe)
    }

    /// The same on drawings of each character that need not have been taught. Errors are those of [`Self::fine_tuner`].
    #[cfg(feature = "burn")]
    pub fn fine_tuner_on(
        &self,
        support: Vec<Vec<Strokes>>,
        recipe: FineTuneRecipe,
    ) -> Result<FineTuner, FineTuneError> {
        let Model { system, engine, weights, embedder, .. } = &self.model;
        let module = embedder.module(*system, weights)?;
        let (network, device) = module.ok_or(EngineError::RecognisesOnly(*engine))?;
        FineTuner::new(&network, &device, *engine, weights, support, recipe)
    }

    /// Goes on with a fine-tuned network, and knows by it what was taught. `progress` is as for [`Self::retune`].
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if the network is not this system's or computes what is not a finite number,
    /// [`RecogniseError::Engine`] if the engine stops. Network and support then stay as they are.
    #[cfg(feature = "burn")]
    pub async fn adopt(
        &mut self,
        best: &Best,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), RecogniseError> {
        self.exchange(self.model_of(best).await?, progress).await
    }

    /// The parameters that fine-tuning changed, the head, which tells whose they are, and what the self-test's drawing is embedded as by
    /// them; `None` if nothing changed.
    ///
    /// # Errors
    /// [`RecogniseError`] if the engine stops.
    pub async fn tuned(&self) -> Result<Option<Weights>, RecogniseError> {
        self.changed_by(&self.model).await
    }

    /// The same of a fine-tuned network that was not adopted.
    ///
    /// # Errors
    /// [`RecogniseError`] if the network is not this system's or the engine stops.
    #[cfg(feature = "burn")]
    pub async fn tuned_by(&self, best: &Best) -> Result<Option<Weights>, RecogniseError> {
        self.changed_by(&self.model_of(best).await?).await
    }

    #[cfg(feature = "burn")]
    async fn model_of(&self, best: &Best) -> Result<Model, RecogniseError> {
        let mut weights = self.trained.clone();
        weights.replace(&Weights::of_module(&best.network).await?)?;
        Ok(self.model.with(weights)?)
    }

    async fn changed_by(&self, model: &Model) -> Result<Option<Weights>, RecogniseError> {
        let mut changed = model.weights.clone().differing(&self.trained);
        if changed.is_empty() {
            return Ok(None);
        }
        changed.take_head(&model.weights);
        changed.insert(SELF_TEST, model.encode(&[self_test_drawing()]).await?.0);
        Ok(Some(changed))
    }

    /// Puts parameters that fine-tuning changed into the network that was opened, and knows by it what was taught; with `None` that
    /// network itself comes back. `progress` is called with the number of drawings embedded anew and that of all, every few dozen.
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if they are not this system's, come without a self-test, or compute what is not a finite number;
    /// [`RecogniseError::Engine`] if they compute something else than when they were saved, or the engine stops. Network and support
    /// then stay as they are.
    pub async fn retune(
        &mut self,
        tuned: Option<&Weights>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), RecogniseError> {
        let mut weights = self.trained.clone();
        if let Some(tuned) = tuned {
            weights.replace(tuned)?;
        }
        let changes = !weights.clone().differing(&self.trained).is_empty();
        let model = self.model.with(weights)?;
        match tuned.and_then(|tuned| tuned.get(SELF_TEST)) {
            Some(stored) => {
                model.test(stored).await?;
            }
            None if changes => return Err(WeightsError::Mismatch(format!("{SELF_TEST} is missing")).into()),
            None => {}
        }
        self.exchange(model, progress).await
    }

    /// Goes on with another network, and knows by it what was taught.
    async fn exchange(
        &mut self,
        model: Model,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), RecogniseError> {
        let index = model.know(&self.support, progress).await?;
        (self.model, self.index) = (model, index);
        Ok(())
    }

    /// The labels taught, each once, in the order they were first taught.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Ranks every label taught by how well it matches, and says how well the sign is known.
    ///
    /// # Errors
    /// [`RecogniseError::Drawing`] if there is no point in any stroke, or a coordinate is out of range,
    /// [`RecogniseError::NoSupport`] or [`RecogniseError::OneClass`] if fewer than two labels were taught,
    /// [`RecogniseError::Engine`] if the engine stops or computes what is not a finite number.
    pub async fn classify(&self, query: &Strokes) -> Result<Classification<'_>, RecogniseError> {
        let query = Drawing::from_strokes(query)?;
        match &self.labels[..] {
            [] => return Err(RecogniseError::NoSupport),
            [only] => return Err(RecogniseError::OneClass(only.clone())),
            _ => {}
        }
        let query = self.embed_one(&query).await?;
        let of_labels = self.compared_with_labels(&query);
        let order = descending(&of_labels);
        let (calibration, labels) = (&self.model.calibration, self.labels.len() as f32);
        let taught = Taught { labels, drawings: self.support.len() as f32 / labels };
        let log_odds = calibration.log_odds(of_labels[order[0]], taught);
        let scores = calibration.scores(&of_labels, log_odds, taught);
        if !are_finite(&of_labels) || !are_finite(&scores) {
            return Err(EngineError::NotFinite(self.engine()).into());
        }
        let ranked = |label: usize| Ranked {
            label: &self.labels[label],
            place: label,
            score: scores[label],
            similarity: of_labels[label],
        };
        let ranking = order.into_iter().map(ranked).collect();
        Ok(Classification { ranking, familiarity: familiarity(log_odds) })
    }

    /// The ranking of [`Self::classify`] alone, with its errors.
    pub async fn rank(&self, query: &Strokes) -> Result<Vec<Ranked<'_>>, RecogniseError> {
        Ok(self.classify(query).await?.ranking)
    }

    /// How alike a query is to each label: of many the best by estimate are compared exactly, and the others count as less alike than those.
    fn compared_with_labels(&self, query: &[f32; FEATURES]) -> Vec<f32> {
        let (head, all) = (&self.model.head, 0..self.support.len());
        let estimated = (self.labels.len() > EXACT).then(|| head.estimate(query, &self.index)).flatten();
        let Some(mut similarity) = estimated else {
            return self.of_labels(&head.search(query, &self.index, &Vec::from_iter(all)));
        };
        let mut is_best = vec![false; self.labels.len()];
        let best = largest(&self.of_labels(&similarity), EXACT);
        best.iter().for_each(|&label| is_best[label] = true);
        let drawings: Vec<usize> = all.filter(|&drawing| is_best[self.label_of[drawing]]).collect();
        let found = head.search(query, &self.index, &drawings);
        drawings.into_iter().zip(found).for_each(|(drawing, found)| similarity[drawing] = found);

        let mut of_labels = self.of_labels(&similarity);
        let least = best.into_iter().map(|label| of_labels[label]).fold(f32::MAX, f32::min).next_down();
        let others = of_labels.iter_mut().zip(is_best).filter(|(_, is_best)| !is_best);
        others.for_each(|(similarity, _)| *similarity = similarity.min(least));
        of_labels
    }

    /// How alike the query is to each label, by how alike it is to each drawing.
    fn of_labels(&self, similarity: &[f32]) -> Vec<f32> {
        self.model.calibration.of_labels(similarity, &self.label_of, self.labels.len())
    }

    /// The score, 0…1, of the similarity of two drawings: 0.5 is the line between the same character and another, as drawn on held-out background alphabets.
    pub fn score(&self, similarity: f32) -> f32 {
        1.0 / (1.0 + (self.model.threshold - similarity).exp())
    }

    /// What makes chances of similarities.
    pub fn calibration(&self) -> &Calibration {
        &self.model.calibration
    }

    /// Features of drawings, `[drawings * FEATURES]`, one drawing after another.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] if the engine stops, [`EngineError::NotFinite`] if a feature is not a finite number.
    pub async fn embed(&self, drawings: &[Drawing]) -> Result<Vec<f32>, EngineError> {
        Ok(self.encode(drawings).await?.0)
    }

    /// Features of drawings, to compare. What was taught plays no part. Errors are those of [`Self::embed`].
    pub async fn encode(&self, drawings: &[Drawing]) -> Result<Features, EngineError> {
        self.model.encode(drawings).await
    }

    /// Features of drawings as they are known once they are taught: those of strokes in the order in which they were drawn hold, to a share, those of the same drawing
    /// without lifting the pen. Errors are those of [`Self::learn`].
    pub async fn encode_support(&self, drawings: &[(&Strokes, Order)]) -> Result<Features, RecogniseError> {
        self.model.encode_support(drawings).await
    }

    /// How alike every query is to every support drawing, a row a query; see [`Ranked::similarity`].
    pub fn compare(&self, queries: &Features, support: &Features) -> Vec<Vec<f32>> {
        if support.is_empty() {
            return vec![Vec::new(); queries.len()];
        }
        let similarity = self.model.head.similarity(&queries.0, &support.0);
        similarity.chunks(support.len()).map(<[f32]>::to_vec).collect()
    }

    /// The drawings taught, and a query, in the two dimensions in which the drawings taught differ most.
    ///
    /// # Errors
    /// [`RecogniseError::Drawing`] as for [`Self::rank`], [`RecogniseError::NoSupport`] if nothing was taught, [`RecogniseError::Engine`] if the engine stops.
    pub async fn map(&self, query: Option<&Strokes>) -> Result<FeatureMap, RecogniseError> {
        let query = match query {
            Some(query) => Some(self.embed_one(&Drawing::from_strokes(query)?).await?),
            None => None,
        };
        let labels: Vec<&str> = self.support.iter().map(|example| &*example.label).collect();
        FeatureMap::of(&labels, |row| self.index.features(row), query.as_ref())
            .ok_or(RecogniseError::NoSupport)
    }

    /// The features of a drawing. Errors are those of [`Self::embed`].
    async fn embed_one(&self, drawing: &Drawing) -> Result<[f32; FEATURES], EngineError> {
        let features = self.embed(slice::from_ref(drawing)).await?;
        Ok(*features.first_chunk().expect("the features of one drawing"))
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

/// A drawing with lines in every direction, so that a fault in any part of an engine shows.
fn self_test_drawing() -> Drawing {
    let strokes = Strokes::new(&[
        &[(10.0, 80.0), (25.0, 20.0), (45.0, 75.0), (60.0, 30.0)],
        &[(15.0, 55.0), (80.0, 50.0)],
        &[(70.0, 10.0), (90.0, 35.0), (72.0, 60.0), (88.0, 90.0)],
    ]);
    Drawing::from_strokes(&strokes).expect("the self-test's drawing holds ink")
}
