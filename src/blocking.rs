//! Recognition on the CPU by plain function calls: no `async`, no executor.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use crate::{
    drawing::{Drawing, Strokes},
    engine::{Engine, EngineError},
    map::FeatureMap,
    model::{System, Weights},
    recogniser::{self, Classification, Features, Order, Ranked, RecogniseError},
};

/// A network on [`Engine::Simd`], with every drawing it was taught: [`recogniser::Recogniser`] without `async`.
///
/// A call that fails changes nothing.
#[derive(Debug, Clone)]
pub struct Recogniser(recogniser::Recogniser);

impl Recogniser {
    /// Loads the weights of `system` and checks that this processor computes what it should.
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if the weights are not this system's, [`RecogniseError::Engine`] if the self-test fails.
    pub fn open(system: System, weights: &Weights) -> Result<Self, RecogniseError> {
        ready(recogniser::Recogniser::open(system, Engine::Simd, weights)).map(Self)
    }

    /// The system whose network this is.
    pub fn system(&self) -> System {
        self.0.system()
    }

    /// Remembers one more drawing of `label`.
    ///
    /// # Errors
    /// [`RecogniseError::Drawing`] if there is no point in any stroke, or a coordinate is out of range;
    /// [`RecogniseError::Engine`] if a feature is not a finite number.
    pub fn learn(&mut self, label: &str, strokes: &Strokes) -> Result<(), RecogniseError> {
        ready(self.0.learn(label, strokes))
    }

    /// The same, of strokes in an order of that kind: those of a picture are [`Order::Traced`].
    ///
    /// # Errors
    /// Those of [`Self::learn`].
    pub fn learn_in(&mut self, order: Order, label: &str, strokes: &Strokes) -> Result<(), RecogniseError> {
        ready(self.0.learn_in(order, label, strokes))
    }

    /// Forgets every drawing of `label`.
    pub fn forget(&mut self, label: &str) {
        self.0.forget(label);
    }

    /// The labels taught, each once, in the order they were first taught.
    pub fn labels(&self) -> &[String] {
        self.0.labels()
    }

    /// Ranks every label taught by how well it matches, and says how well the sign is known.
    ///
    /// # Errors
    /// [`RecogniseError::Drawing`] as for [`Self::learn`], [`RecogniseError::NoSupport`] or [`RecogniseError::OneClass`] if
    /// fewer than two labels were taught, [`RecogniseError::Engine`] if a similarity is not a finite number.
    pub fn classify(&self, query: &Strokes) -> Result<Classification<'_>, RecogniseError> {
        ready(self.0.classify(query))
    }

    /// The ranking of [`Self::classify`] alone, with its errors.
    pub fn rank(&self, query: &Strokes) -> Result<Vec<Ranked<'_>>, RecogniseError> {
        ready(self.0.rank(query))
    }

    /// Features of drawings, to [compare](Self::compare). What was taught plays no part.
    ///
    /// # Errors
    /// [`EngineError::NotFinite`] if a feature is not a finite number.
    pub fn encode(&self, drawings: &[Drawing]) -> Result<Features, EngineError> {
        ready(self.0.encode(drawings))
    }

    /// How alike every query is to every support drawing, a row a query, higher is more alike; see [`Ranked::similarity`].
    pub fn compare(&self, queries: &Features, support: &Features) -> Vec<Vec<f32>> {
        self.0.compare(queries, support)
    }

    /// The score, 0…1, of the similarity of two drawings; see [`recogniser::Recogniser::score`].
    pub fn score(&self, similarity: f32) -> f32 {
        self.0.score(similarity)
    }

    /// The drawings taught, and a query, in the two dimensions in which the drawings taught differ most.
    ///
    /// # Errors
    /// [`RecogniseError::NoSupport`] if nothing was taught, [`RecogniseError::Drawing`] and [`RecogniseError::Engine`] as for
    /// [`Self::learn`].
    pub fn map(&self, query: Option<&Strokes>) -> Result<FeatureMap, RecogniseError> {
        ready(self.0.map(query))
    }

    /// Puts fine-tuned parameters into the network that was opened, and embeds again what was taught; with `None` that network
    /// itself comes back. `progress` is called with the number of drawings embedded again and that of all, every few dozen.
    ///
    /// # Errors
    /// [`RecogniseError::Weights`] if they are not this system's, come without a self-test, or compute what is not a finite
    /// number; [`RecogniseError::Engine`] if they compute something else than when they were saved.
    pub fn retune(
        &mut self,
        tuned: Option<&Weights>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), RecogniseError> {
        ready(self.0.retune(tuned, progress))
    }
}

/// The value of a future that never waits, as those of [`Engine::Simd`].
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the CPU's kernels never wait"),
    }
}
