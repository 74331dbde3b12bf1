//! What similarities mean: how alike a query is to a label of several drawings, how probably the best label is the right one, and whether the sign is known
//! at all. `glimpse calibrate` fits the numbers, on characters that training did not see and on drawings of people at large.

use super::{System, Weights, WeightsError};

/// How many numbers it has.
const SIZE: usize = 9;

/// Those of this repository's networks, by system.
const OF_REPOSITORY: &[u8] = include_bytes!("../../weights/calibration.safetensors");

/// No exponent goes further, whatever the weights say.
const FURTHEST: f32 = 80.0;

/// The log-odds of being known, negative, at which scores are as flat as they get.
const UNLIKE: f32 = 4.0;

/// How many labels were taught, and how many drawings of each in the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taught {
    /// Labels, one at least.
    pub labels: f32,
    /// Drawings of a label, one at least.
    pub drawings: f32,
}

/// The numbers that make chances of similarities. Each depends a little on how many were [taught](Taught).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// See [`Self::of_label`], in units of similarity, above 0.
    pub temperature: f32,
    /// See [`Self::alpha`]: ln α = s₀ + s₁ ln(drawings) + s₂ ln(labels).
    pub sharpness: [f32; 3],
    /// See [`Self::log_odds`]: the line l₀ + l₁ (1 − 1/drawings) + l₂ ln(labels).
    pub line: [f32; 3],
    /// How fast familiarity rises at the line, by unit of similarity.
    pub slope: f32,
    /// How much flatter scores are where a query is like nothing that was taught: see [`Self::scores`].
    pub caution: f32,
}

impl Calibration {
    /// Its name among the weights that it is of.
    pub const NAME: &str = "calibration";

    /// The calibration of a system's network: its weights' own, or that of the network of this repository.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if the weights' own has not nine numbers, or a temperature or slope that is not above 0.
    pub fn of(system: System, weights: &Weights) -> Result<Self, WeightsError> {
        let own = weights.get(Self::NAME).map_or(Ok(None), |_| weights.sized(Self::NAME, SIZE).map(Some))?;
        let of_repository;
        let values = match own {
            Some(own) => own,
            None => {
                of_repository = Weights::from_bytes(OF_REPOSITORY)?;
                of_repository.sized(system.name(), SIZE)?
            }
        };
        let &[temperature, s0, s1, s2, l0, l1, l2, slope, caution] =
            values.first_chunk::<SIZE>().expect("so many numbers");
        if !(temperature > 0.0 && slope > 0.0) {
            return Err(WeightsError::Mismatch(format!(
                "the {} has a temperature or slope that is not above 0",
                Self::NAME
            )));
        }
        Ok(Self { temperature, sharpness: [s0, s1, s2], line: [l0, l1, l2], slope, caution })
    }

    /// Its numbers as an array among weights, under this name.
    pub fn put(&self, name: &str, weights: &mut Weights) {
        let Self { temperature, sharpness: [s0, s1, s2], line: [l0, l1, l2], slope, caution } = *self;
        weights.insert(name, vec![temperature, s0, s1, s2, l0, l1, l2, slope, caution]);
    }

    /// How alike a query is to a label, by how alike it is to each of its drawings: t · ln(1/k · Σᵢ exp(sᵢ / t)), t being the temperature. It lies between
    /// the mean (t → ∞), which is right where drawings of a label vary about one shape, and the nearest (t → 0), which is right where a sign is drawn in several ways.
    pub fn of_label(&self, similarity: &[f32]) -> f32 {
        let best = similarity.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = similarity.iter().map(|s| self.share(*s, best)).sum();
        self.with_share(best, sum / similarity.len() as f32)
    }

    /// The same of labels of any number of drawings each: `label_of` each drawing.
    pub fn of_labels(&self, similarity: &[f32], label_of: &[usize], labels: usize) -> Vec<f32> {
        let mut best = vec![f32::NEG_INFINITY; labels];
        for (&label, &similarity) in label_of.iter().zip(similarity) {
            best[label] = best[label].max(similarity);
        }
        let mut shares = vec![(0.0, 0.0); labels];
        for (&label, &similarity) in label_of.iter().zip(similarity) {
            let (sum, drawings) = &mut shares[label];
            *sum += self.share(similarity, best[label]);
            *drawings += 1.0;
        }
        best.into_iter()
            .zip(shares)
            .map(|(best, (sum, drawings))| self.with_share(best, sum / drawings))
            .collect()
    }

    fn share(&self, similarity: f32, best: f32) -> f32 {
        if similarity == best { 1.0 } else { ((similarity - best) / self.temperature).exp() }
    }

    fn with_share(&self, best: f32, share: f32) -> f32 {
        if share == 1.0 { best } else { best + self.temperature * share.ln() }
    }

    /// The chance of each label to be the right one, the sign being one of those taught, by how alike the query is to each: the softmax of α · similarity (temperature
    /// scaling: Guo et al. 2017, "On calibration of modern neural networks"). Of a query with low [log-odds](Self::log_odds) of being known it is flatter: such are drawn
    /// otherwise than those that this was fitted to, and more often ranked wrong.
    pub fn scores(&self, of_labels: &[f32], log_odds: f32, taught: Taught) -> Vec<f32> {
        let unlike = (-log_odds).clamp(0.0, UNLIKE) / UNLIKE;
        let alpha = self.alpha(taught) * (-self.caution * unlike).exp();
        let best = of_labels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut scores: Vec<f32> = of_labels.iter().map(|s| (alpha * (s - best)).exp()).collect();
        let sum: f32 = scores.iter().sum();
        scores.iter_mut().for_each(|score| *score /= sum);
        scores
    }

    /// The sharpness α, by unit of similarity: how fast chances part as similarities do.
    pub fn alpha(&self, Taught { labels, drawings }: Taught) -> f32 {
        let [constant, of_drawings, of_labels] = self.sharpness;
        (constant + of_drawings * drawings.ln() + of_labels * labels.ln()).min(FURTHEST).exp()
    }

    /// The log-odds of a sign to be known, by how alike its best label is. They are under 0 for one in twenty of the signs that were taught, and for most of those that
    /// were not.
    pub fn log_odds(&self, best: f32, Taught { labels, drawings }: Taught) -> f32 {
        let [constant, of_drawings, of_labels] = self.line;
        let line = constant + of_drawings * (1.0 - 1.0 / drawings) + of_labels * labels.ln();
        self.slope * (best - line)
    }
}

/// How well a sign is known, 0…1, by its [log-odds](Calibration::log_odds).
pub fn familiarity(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds.clamp(-FURTHEST, FURTHEST)).exp())
}
