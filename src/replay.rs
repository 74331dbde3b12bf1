//! Episodes in, one outcome a trial out, and what the outcomes amount to.

use serde::{Deserialize, Serialize};

use crate::{
    drawing::Drawing,
    engine::EngineError,
    episode::{Episode, EpisodeError},
    model::{Taught, familiarity},
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
    /// How well what the query shows is known, 0…1: see [`familiarity()`]; `None` of methods that do not tell.
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
        let log_odds = calibration.log_odds(of_characters[best], taught);
        let scores = match of_characters[..] {
            [only] => vec![recogniser.score(only)],
            _ => calibration.scores(&of_characters, log_odds, taught),
        };
        let is_same = scores.len() > 1 || scores[0] >= 0.5;
        Self { truth, chosen: is_same.then_some(best), familiarity: Some(familiarity(log_odds)), scores }
    }

    /// The score of the character that is ranked first.
    pub fn best_score(&self) -> f32 {
        self.scores.iter().copied().fold(0.0, f32::max)
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

/// Decides the queries of a task anew, all of them together (transductive inference): of each label there are as many as of any other, so each should have as large a
/// share of what they score in sum. Rows and columns of the scores are scaled in turn until both sum up alike (Sinkhorn & Knopp 1967); a query's choice is the label with the
/// most of it then. Familiarity stays.
///
/// No visitor asks so: it is for comparison with what others report. A network that normalises a test by the batch of its queries, as MAML's and MAML++'s do, tells one by the
/// others, too (Bronskill et al. 2020, "TaskNorm: rethinking batch normalization for meta-learning").
///
/// # Panics
/// If they are not of one task with several labels.
pub fn decide_together(trials: &mut [Trial]) {
    const ROUNDS: usize = 100;
    let labels = trials[0].scores.len();
    assert!(labels > 1, "one label leaves nothing to choose");
    let share = trials.len() as f32 / labels as f32;
    for _ in 0..ROUNDS {
        for label in 0..labels {
            let sum: f32 = trials.iter().map(|trial| trial.scores[label]).sum();
            trials.iter_mut().for_each(|trial| trial.scores[label] *= share / sum.max(f32::MIN_POSITIVE));
        }
        for Trial { scores, .. } in &mut *trials {
            let sum: f32 = scores.iter().sum();
            scores.iter_mut().for_each(|score| *score /= sum.max(f32::MIN_POSITIVE));
        }
    }
    for Trial { scores, chosen, .. } in trials {
        *chosen = (0..labels).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    }
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

/// Trials of about the same score: a bar of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// How many there are, one at least.
    pub trials: usize,
    /// Mean score of the characters chosen.
    pub score: f64,
    /// Share decided rightly.
    pub right: f64,
}

/// What trials among several characters scored beside how often they were right, in ten bins of equal width, lowest first; those without a trial are left out.
pub fn reliability<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> Vec<Bin> {
    let mut bins = [Bin { trials: 0, score: 0.0, right: 0.0 }; 10];
    for trial in trials {
        let bin = &mut bins[((trial.best_score() * 10.0) as usize).min(9)];
        bin.trials += 1;
        bin.score += f64::from(trial.best_score());
        bin.right += f64::from(u8::from(trial.correct()));
    }
    let mean = |Bin { trials, score, right }: Bin| {
        let n = trials as f64;
        Bin { trials, score: score / n, right: right / n }
    };
    bins.into_iter().filter(|bin| bin.trials > 0).map(mean).collect()
}

/// The expected calibration error (Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning"): how far, in the mean over trials, their bin's score is
/// from how often it was right.
pub fn calibration_error(reliability: &[Bin]) -> f64 {
    let trials: usize = reliability.iter().map(|bin| bin.trials).sum();
    let off = |bin: &Bin| bin.trials as f64 * (bin.score - bin.right).abs();
    reliability.iter().map(off).sum::<f64>() / trials.max(1) as f64
}

/// The risk–coverage curve (El-Yaniv & Wiener 2010, "On the foundations of noise-free selective classification"): what share is wrong of the trials with the best scores, of
/// the first of `points` equal parts of them, the first two, and so on to all.
pub fn risk_by_coverage<'a>(trials: impl IntoIterator<Item = &'a Trial>, points: usize) -> Vec<f64> {
    let mut trials: Vec<&Trial> = trials.into_iter().collect();
    trials.sort_by(|a, b| b.best_score().total_cmp(&a.best_score()));
    let risk = |part: usize| {
        let answered = &trials[..(trials.len() * part / points).max(1)];
        answered.iter().filter(|trial| !trial.correct()).count() as f64 / answered.len() as f64
    };
    (1..=points).map(risk).collect()
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
