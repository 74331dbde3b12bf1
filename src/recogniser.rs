//! A network and what it was taught: `learn` a drawing under a label, `rank` the labels for another drawing.
//! What the page, the native program and replay all call. Knows no JavaScript and no training.

use burn::tensor::{Device, Tensor};

use crate::{
    drawing::{Drawing, Point, Strokes},
    engine::{Engine, EngineError},
    model::{Siamese, Weights, WeightsError, batch},
};

/// Largest difference between an engine's embedding of the self-test's drawing and the stored one.
pub const SELF_TEST_TOLERANCE: f32 = 1e-3;

/// Name of the stored embedding among the weights.
const SELF_TEST: &str = "self_test.features";

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

/// A label and how probably the query shows its character.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Ranked {
    pub label: String,
    /// The head's probability in 0…1 for the best of the label's drawings.
    pub score: f32,
}

/// A network on an open engine, with the features of every drawing it was taught.
#[derive(Debug)]
pub struct Recogniser {
    engine: Engine,
    device: Device,
    network: Siamese,
    self_test_error: f32,
    labels: Vec<String>,
    features: Option<Tensor<2>>,
}

impl Recogniser {
    /// Opens `engine`, loads the weights and makes sure that the engine computes what it should.
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if the weights are not this network's, [`RecogniseError::Engine`] if the engine does
    /// not open or fails its self-test.
    pub async fn open(engine: Engine, weights: &Weights) -> Result<Self, RecogniseError> {
        let device = engine.open().await?;
        let network = weights.into_module(Siamese::new(&device))?;
        let stored = weights
            .get(SELF_TEST)
            .ok_or_else(|| WeightsError::Mismatch(format!("{SELF_TEST} is missing")))?;
        let mut recogniser =
            Self { engine, device, network, self_test_error: 0.0, labels: Vec::new(), features: None };
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

    /// Puts the embedding that [`Self::open`] checks engines against among a trained network's weights.
    ///
    /// # Errors
    /// [`RecogniseError`] if the weights are not this network's or the engine does not open.
    pub async fn seal(engine: Engine, weights: &mut Weights) -> Result<(), RecogniseError> {
        let device = engine.open().await?;
        let network = weights.into_module(Siamese::new(&device))?;
        let recogniser =
            Self { engine, device, network, self_test_error: 0.0, labels: Vec::new(), features: None };
        let features = recogniser.embed(&[self_test_drawing()]).await?;
        weights.insert(SELF_TEST, features);
        Ok(())
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
        let mut ranking: Vec<Ranked> =
            self.labels().into_iter().map(|label| Ranked { label: label.into(), score: f32::MIN }).collect();
        if let [only] = &ranking[..] {
            return Err(RecogniseError::OneClass(only.label.clone()));
        }
        let encoded = self.network.encoder.forward(batch([query], &self.device));
        let logits = read(self.network.head.logits(encoded, features.clone())).await?;
        for (label, logit) in self.labels.iter().zip(logits) {
            let ranked = ranking.iter_mut().find(|r| r.label == *label).expect("every label is ranked");
            ranked.score = ranked.score.max(logit);
        }
        // Sorted as logits, where no two drawings share the ends of the scale.
        ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
        ranking.iter_mut().for_each(|ranked| ranked.score = probability(ranked.score));
        Ok(ranking)
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

    /// Logits of every query against every support drawing, a row a query. What was taught plays no part.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] if the engine stops.
    ///
    /// # Panics
    /// If there is no query or no support drawing.
    pub async fn compare(
        &self,
        queries: &[Drawing],
        support: &[Drawing],
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let features = self.network.encoder.forward(batch(queries.iter().chain(support), &self.device));
        let encoded = features.clone().narrow(0, 0, queries.len());
        let shown = features.narrow(0, queries.len(), support.len());
        let logits = read(self.network.head.logits(encoded, shown)).await?;
        Ok(logits.chunks(support.len()).map(<[f32]>::to_vec).collect())
    }
}

/// The head's probability, 0…1, of a logit.
pub fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
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
