//! A network and what it was taught: `learn` a drawing under a label, `rank` the labels for another drawing.
//! What the page, the native program and replay all call. Knows no JavaScript and no training.

use std::slice;

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::{
    drawing::{Drawing, Point, Strokes},
    engine::{Engine, EngineError},
    map::FeatureMap,
    model::{Network, System, Weights, WeightsError, batch},
};

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
    Engine(#[from] EngineError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// A label and how well it matches.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Ranked {
    pub label: String,
    /// In 0…1; 0.5 is the line between the same character and another, as drawn on held-out background alphabets.
    pub score: f32,
    /// The head's own output: see [`crate::model::Head::likeness`]. Higher is more alike.
    pub likeness: f32,
}

/// A network on an open engine, with the features of every drawing it was taught.
#[derive(Debug)]
pub struct Recogniser {
    system: System,
    engine: Engine,
    device: Device,
    network: Network,
    /// Likeness that scores 0.5.
    threshold: f32,
    self_test_error: f32,
    labels: Vec<String>,
    features: Option<Tensor<2>>,
}

/// Features of drawings, on the engine that made them.
#[derive(Debug, Clone)]
pub struct Features(Tensor<2>);

impl Features {
    /// Those of some of the drawings, by index, in this order.
    pub fn select(&self, drawings: &[usize]) -> Self {
        let rows: Vec<i64> = drawings.iter().map(|&row| row as i64).collect();
        let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [drawings.len()]), &self.0.device());
        Self(self.0.clone().select(0, rows))
    }

    /// One after the other; `None` if there are none.
    pub fn joined(parts: Vec<Self>) -> Option<Self> {
        (!parts.is_empty()).then(|| Self(Tensor::cat(parts.into_iter().map(|part| part.0).collect(), 0)))
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
        let own = recogniser.embed(&[self_test_drawing()]).await?;
        if own.len() != stored.len() {
            return Err(WeightsError::Mismatch(format!("{SELF_TEST} has {} values", stored.len())).into());
        }
        let error = own.iter().zip(stored).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        if error > SELF_TEST_TOLERANCE || own.iter().any(|value| value.is_nan()) {
            return Err(EngineError::SelfTest { engine, error }.into());
        }
        recogniser.self_test_error = error;
        Ok(recogniser)
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
        let device = engine.open().await?;
        let network = weights.into_module(Network::new(system, &device))?;
        let [threshold] = weights.get(THRESHOLD).unwrap_or_default()[..] else {
            return Err(WeightsError::Mismatch(format!("{THRESHOLD} is missing")).into());
        };
        let (labels, features) = (Vec::new(), None);
        Ok(Self { system, engine, device, network, threshold, self_test_error: 0.0, labels, features })
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
    pub fn learn(&mut self, label: &str, drawing: &Drawing) {
        let fresh = self.network.encoder.forward(batch([drawing], &self.device));
        self.labels.push(label.into());
        self.features = Some(match self.features.take() {
            Some(features) => Tensor::cat(vec![features, fresh], 0),
            None => fresh,
        });
    }

    /// Forgets every drawing of `label`.
    pub fn forget(&mut self, label: &str) {
        let Some(features) = self.features.take() else {
            return;
        };
        let kept: Vec<_> = (0..self.labels.len())
            .filter(|&row| self.labels[row] != label)
            .map(|row| features.clone().narrow(0, row, 1))
            .collect();
        self.labels.retain(|l| l != label);
        self.features = (!kept.is_empty()).then(|| Tensor::cat(kept, 0));
    }

    /// The labels taught, each once, in the order they were first taught.
    pub fn labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = Vec::new();
        for label in &self.labels {
            if !labels.contains(&label.as_str()) {
                labels.push(label);
            }
        }
        labels
    }

    /// Every label taught, best match first.
    ///
    /// # Errors
    /// [`RecogniseError::NoSupport`] or [`RecogniseError::OneClass`] if there is nothing to tell apart,
    /// [`RecogniseError::Engine`] if the engine stops.
    pub async fn rank(&self, query: &Drawing) -> Result<Vec<Ranked>, RecogniseError> {
        let Some(features) = &self.features else {
            return Err(RecogniseError::NoSupport);
        };
        let labels = self.labels();
        if let [only] = labels[..] {
            return Err(RecogniseError::OneClass(only.into()));
        }
        let query = self.encode(slice::from_ref(query));
        let rows = self.compare(&query, &Features(features.clone())).await?;
        let ranked = |label: &str| {
            let own = self.labels.iter().zip(&rows[0]).filter(|(l, _)| *l == label);
            let likeness = of_character(&own.map(|(_, likeness)| *likeness).collect::<Vec<_>>());
            Ranked { label: label.into(), score: self.score(likeness), likeness }
        };
        let mut ranking: Vec<Ranked> = labels.into_iter().map(ranked).collect();
        ranking.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
        Ok(ranking)
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
        read(self.network.encoder.forward(batch(drawings, &self.device))).await
    }

    /// Features of drawings, to compare. What was taught plays no part.
    ///
    /// # Panics
    /// If there is no drawing.
    pub fn encode(&self, drawings: &[Drawing]) -> Features {
        Features(self.network.encoder.forward(batch(drawings, &self.device)))
    }

    /// How alike every query is to every support drawing, a row a query; see [`crate::model::Head::likeness`].
    ///
    /// # Errors
    /// [`EngineError::Stopped`] if the engine stops.
    pub async fn compare(
        &self,
        queries: &Features,
        support: &Features,
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let [shown, _] = support.0.dims();
        let likeness = read(self.network.head.likeness(queries.0.clone(), support.0.clone())).await?;
        Ok(likeness.chunks(shown).map(<[f32]>::to_vec).collect())
    }

    /// The drawings taught, and a query, in the two dimensions in which the drawings taught differ most.
    ///
    /// # Errors
    /// [`RecogniseError::NoSupport`] if nothing was taught, [`RecogniseError::Engine`] if the engine stops.
    pub async fn map(&self, query: Option<&Drawing>) -> Result<FeatureMap, RecogniseError> {
        let Some(features) = &self.features else {
            return Err(RecogniseError::NoSupport);
        };
        let support = read(features.clone()).await?;
        let query = match query {
            Some(query) => Some(self.embed(slice::from_ref(query)).await?),
            None => None,
        };
        Ok(FeatureMap::of(&self.labels, &support, query.as_deref()))
    }
}

/// How alike a query is to a character of which several drawings were shown, by how alike it is to each.
pub fn of_character(likeness: &[f32]) -> f32 {
    likeness.iter().sum::<f32>() / likeness.len() as f32
}

async fn read(tensor: Tensor<2>) -> Result<Vec<f32>, EngineError> {
    let stopped = |error: String| EngineError::Stopped(error);
    let data = tensor.into_data_async().await.map_err(|error| stopped(format!("{error:?}")))?;
    data.try_to_vec().map_err(|error| stopped(format!("{error:?}")))
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
