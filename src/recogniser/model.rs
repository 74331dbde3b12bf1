//! A network on an open engine, as weights make it: every part of it belongs to the same weights.

use super::{
    Example, Features, Order, RecogniseError, THRESHOLD, UNISTROKE, embedder::Embedder, self_test_drawing,
};
use crate::{
    drawing::{Drawing, Strokes},
    engine::{Engine, EngineError},
    model::{Calibration, FEATURES, System, Weights, WeightsError},
    nn::{Head, Index},
};

/// Largest difference between an engine's embedding of the self-test's drawing and the stored one.
pub const SELF_TEST_TOLERANCE: f32 = 1e-3;

/// Drawings of the support that are embedded at once when the network has changed.
const AT_ONCE: usize = 64;

#[derive(Debug, Clone)]
pub struct Model {
    pub system: System,
    pub engine: Engine,
    pub weights: Weights,
    pub embedder: Embedder,
    pub head: Head,
    /// Similarity that scores 0.5 between two drawings.
    pub threshold: f32,
    pub calibration: Calibration,
}

impl Model {
    /// Opens `engine` with these weights.
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if they are not this system's or hold what no network can, [`RecogniseError::Engine`] if
    /// the engine does not open.
    pub async fn open(system: System, engine: Engine, weights: Weights) -> Result<Self, RecogniseError> {
        weights.check()?;
        let embedder = Embedder::open(system, engine, &weights).await?;
        Ok(Self::of(system, engine, embedder, weights)?)
    }

    /// The same system on the same engine with other weights.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if they are not this system's or hold what no network can.
    pub fn with(&self, weights: Weights) -> Result<Self, WeightsError> {
        weights.check()?;
        Self::of(self.system, self.engine, self.embedder.with(&weights)?, weights)
    }

    fn of(
        system: System,
        engine: Engine,
        embedder: Embedder,
        weights: Weights,
    ) -> Result<Self, WeightsError> {
        let head = Head::new(system, &weights)?;
        let threshold = weights.sized(THRESHOLD, 1)?[0];
        let calibration = Calibration::of(system, &weights)?;
        Ok(Self { system, engine, weights, embedder, head, threshold, calibration })
    }

    /// Features of drawings; of none if there is no drawing.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] if the engine stops, [`EngineError::NotFinite`] if a feature is not a finite number.
    pub async fn encode(&self, drawings: &[Drawing]) -> Result<Features, EngineError> {
        if drawings.is_empty() {
            return Ok(Features::default());
        }
        let features = self.embedder.embed(drawings).await?;
        if !are_finite(&features) {
            return Err(EngineError::NotFinite(self.engine));
        }
        Ok(Features(features))
    }

    /// See [`Recogniser::encode_support`](super::Recogniser::encode_support).
    ///
    /// # Errors
    /// [`RecogniseError::Drawing`] if one is no drawing, and what [`Self::encode`] returns.
    pub async fn encode_support(&self, drawings: &[(&Strokes, Order)]) -> Result<Features, RecogniseError> {
        let (mut drawn, mut unistrokes, mut of) = (Vec::new(), Vec::new(), Vec::new());
        for (index, &(strokes, order)) in drawings.iter().enumerate() {
            drawn.push(Drawing::from_strokes(strokes)?);
            if order == Order::Written
                && let Some(unistroke) = strokes.unistroke()
            {
                unistrokes.push(Drawing::from_strokes(&unistroke)?);
                of.push(index);
            }
        }
        let mut features = self.encode(&drawn).await?;
        features.add(UNISTROKE, &self.encode(&unistrokes).await?, &of);
        Ok(features)
    }

    /// Largest difference between the network's embedding of the self-test's drawing and the stored one.
    ///
    /// # Errors
    /// [`EngineError::SelfTest`] if it is larger than [`SELF_TEST_TOLERANCE`], [`WeightsError::Mismatch`] if the
    /// stored one is of another size or the head makes no finite number of it.
    pub async fn test(&self, stored: &[f32]) -> Result<f32, RecogniseError> {
        if stored.len() != FEATURES {
            return Err(WeightsError::Mismatch(format!(
                "the self-test has {} values, expected {FEATURES}",
                stored.len()
            ))
            .into());
        }
        let own = self.embedder.embed(&[self_test_drawing()]).await?;
        let differences = own.iter().zip(stored).map(|(a, b)| (a - b).abs());
        let error = if are_finite(&own) { differences.fold(0.0, f32::max) } else { f32::INFINITY };
        if error > SELF_TEST_TOLERANCE {
            return Err(EngineError::SelfTest { engine: self.engine, error }.into());
        }
        self.check_similarity(&own)?;
        Ok(error)
    }

    /// An index of the support by the network's features. `progress` is called
    /// with the number of drawings done and that of all after every [`AT_ONCE`].
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if a feature or similarity is not a finite number, [`RecogniseError::Engine`] if the engine
    /// stops.
    pub async fn know(
        &self,
        support: &[Example],
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Index, RecogniseError> {
        let mut index = Index::default();
        for examples in support.chunks(AT_ONCE) {
            let drawings: Vec<_> = examples.iter().map(|example| (&example.strokes, example.order)).collect();
            let fresh = match self.encode_support(&drawings).await {
                Err(RecogniseError::Engine(EngineError::NotFinite(_))) => {
                    return Err(not_finite("a feature").into());
                }
                fresh => fresh?,
            };
            self.check_similarity(&fresh.0)?;
            self.head.add(&fresh.0, &mut index);
            progress(index.len(), support.len());
        }
        Ok(index)
    }

    /// Fails where the head does not say how alike the first of these drawings is to each, exactly and by search.
    fn check_similarity(&self, features: &[f32]) -> Result<(), WeightsError> {
        let first = features.first_chunk().expect("one drawing at least");
        let exact = self.head.similarity(first, features);
        let (index, drawings) = (self.head.index(features), Vec::from_iter(0..features.len() / FEATURES));
        let found = self.head.search(first, &index, &drawings);
        let estimated = self.head.estimate(first, &index).unwrap_or_default();
        if [exact, found, estimated].iter().all(|similarity| are_finite(similarity)) {
            Ok(())
        } else {
            Err(not_finite("a similarity"))
        }
    }
}

fn not_finite(what: &str) -> WeightsError {
    WeightsError::Mismatch(format!("{what} that they compute is not a finite number"))
}

pub fn are_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}
