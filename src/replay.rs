//! Episodes in, one outcome a trial out, and what the outcomes amount to.

use serde::Serialize;

use crate::{
    engine::EngineError,
    episode::Episode,
    recogniser::{Recogniser, probability},
};

/// The outcome of one query of an episode.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Index of the right support drawing.
    pub truth: usize,
    /// Index of the support drawing with the best score.
    pub chosen: usize,
    /// Score in 0…1 of each support drawing.
    pub scores: Vec<f32>,
}

impl Trial {
    pub fn correct(&self) -> bool {
        self.chosen == self.truth
    }
}

/// Every trial of an episode, in the order of its queries.
///
/// # Errors
/// [`EngineError::Stopped`] if the engine stops.
pub async fn replay(recogniser: &Recogniser, episode: &Episode) -> Result<Vec<Trial>, EngineError> {
    let rows = recogniser.compare(&episode.queries, &episode.support).await?;
    let trial = |(logits, &truth): (Vec<f32>, &usize)| {
        let chosen = (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best });
        Trial { truth, chosen, scores: logits.into_iter().map(probability).collect() }
    };
    Ok(rows.into_iter().zip(&episode.truth).map(trial).collect())
}

/// A count of trials and of those decided rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    pub trials: usize,
    pub correct: usize,
}

impl Tally {
    pub fn add(&mut self, correct: bool) {
        self.trials += 1;
        self.correct += usize::from(correct);
    }

    /// Share decided rightly, 0…1; 0 where there is no trial.
    pub fn accuracy(&self) -> f64 {
        if self.trials == 0 { 0.0 } else { self.correct as f64 / self.trials as f64 }
    }

    /// 95 % interval of the accuracy (Wilson 1927), each end in 0…1.
    pub fn interval(&self) -> [f64; 2] {
        if self.trials == 0 {
            return [0.0, 1.0];
        }
        let (n, p, z) = (self.trials as f64, self.accuracy(), 1.959_964);
        let middle = p + z * z / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z * z / n;
        [((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)]
    }
}

impl FromIterator<bool> for Tally {
    fn from_iter<I: IntoIterator<Item = bool>>(outcomes: I) -> Self {
        outcomes.into_iter().fold(Self::default(), |mut tally, correct| {
            tally.add(correct);
            tally
        })
    }
}
