//! Episodes in, one outcome a trial out, and what the outcomes amount to.

use serde::Serialize;

use crate::{
    drawing::Drawing,
    engine::EngineError,
    episode::{Episode, EpisodeError},
    model::Taught,
    recogniser::Recogniser,
};

/// Why an episode cannot be replayed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// It is no episode.
    #[error(transparent)]
    Episode(#[from] EpisodeError),
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The outcome of one query of an episode.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Index of the query's character among those shown; `None` if it is not shown.
    pub truth: Option<usize>,
    /// Index of the character with the best score. Where only one is shown, and the question is whether the query shows it
    /// too, `None` if its score is under 0.5.
    pub chosen: Option<usize>,
    /// How well what the query shows is known, 0…1: see [`familiarity`](crate::model::Calibration::familiarity); `None` of methods that do not tell.
    #[serde(skip)]
    pub familiarity: Option<f32>,
    /// Score in 0…1 of each character shown: the chance that it is the right one, or, where only one is shown, [`Recogniser::score`].
    pub scores: Vec<f32>,
}

impl Trial {
    /// Decides a query by how alike it is to each support drawing, which come character by character.
    ///
    /// # Panics
    /// If there is no support drawing, or `shots` is 0.
    pub fn decide(recogniser: &Recogniser, similarity: &[f32], shots: usize, truth: Option<usize>) -> Self {
        let calibration = recogniser.calibration();
        let of_characters: Vec<f32> =
            similarity.chunks(shots).map(|drawings| calibration.of_label(drawings)).collect();
        let better = |best, i: usize| if of_characters[i] > of_characters[best] { i } else { best };
        let best = (0..of_characters.len()).fold(0, better);
        let taught = Taught { labels: of_characters.len() as f32, drawings: shots as f32 };
        let familiarity = Some(calibration.familiarity(of_characters[best], taught));
        let scores = match of_characters[..] {
            [only] => vec![recogniser.score(only)],
            _ => calibration.scores(&of_characters, taught),
        };
        let is_same = scores.len() > 1 || scores[0] >= 0.5;
        Self { truth, chosen: is_same.then_some(best), familiarity, scores }
    }

    /// Whether the query was decided rightly.
    pub fn correct(&self) -> bool {
        self.chosen == self.truth
    }
}

/// Every trial of an episode, in the order of its queries.
///
/// # Errors
/// [`ReplayError::Episode`] if this is no episode, [`ReplayError::Engine`] if the engine stops.
pub async fn replay(recogniser: &Recogniser, episode: &Episode<Drawing>) -> Result<Vec<Trial>, ReplayError> {
    episode.check()?;
    let queries = recogniser.encode(&episode.queries).await?;
    let support = recogniser.encode(&episode.support).await?;
    let rows = recogniser.compare(&queries, &support);
    let trial =
        |(row, &truth): (Vec<f32>, &Option<usize>)| Trial::decide(recogniser, &row, episode.shots, truth);
    Ok(rows.into_iter().zip(&episode.truth).map(trial).collect())
}

/// Area under the receiver operating characteristic of verification trials: how probably a pair of one character has a
/// higher score than a pair of two (Mann & Whitney 1947). `None` without both kinds.
pub fn area_under_curve<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> Option<f64> {
    let mut scored: Vec<(f32, bool)> = trials.into_iter().map(|t| (t.scores[0], t.truth.is_some())).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wins, mut same) = (0.0, 0.0, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let alike = tied.iter().filter(|(_, is_same)| *is_same).count() as f64;
        let unlike = tied.len() as f64 - alike;
        wins += alike * (below + unlike / 2.0);
        below += unlike;
        same += alike;
    }
    (same * below > 0.0).then(|| wins / (same * below))
}

/// The expected calibration error of trials among several characters (Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning"): how far, in the mean
/// over ten bins of score, the score of the character chosen is from how often it was right.
pub fn calibration_error<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> f64 {
    let mut bins = [0.0; 10];
    let mut all = 0.0;
    for trial in trials {
        let score = trial.scores.iter().copied().fold(0.0, f32::max);
        bins[((score * 10.0) as usize).min(9)] += f64::from(score) - f64::from(u8::from(trial.correct()));
        all += 1.0;
    }
    bins.iter().map(|off: &f64| off.abs()).sum::<f64>() / f64::max(all, 1.0)
}

/// The mean of shares, one an episode, and its 95 % interval: 1.96 standard errors to each side, within 0…1.
///
/// # Panics
/// If there is none.
pub fn mean_interval(episodes: &[f64]) -> (f64, [f64; 2]) {
    assert!(!episodes.is_empty(), "no mean of nothing");
    let n = episodes.len() as f64;
    let mean = episodes.iter().sum::<f64>() / n;
    let variance = episodes.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let half = 1.959_964 * (variance / n).sqrt();
    (mean, [(mean - half).max(0.0), (mean + half).min(1.0)])
}

/// A count of trials and of those decided rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Trials.
    pub trials: usize,
    /// Trials decided rightly.
    pub correct: usize,
}

impl Tally {
    /// Counts one more trial.
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
