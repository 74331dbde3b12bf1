//! What the network trains on: drawings of the data's characters, and of others made of them.

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::new_characters::{Compound, Mark};
use crate::drawing::{Augment, Distortion, Drawing, DrawingError, Pose, Strokes};

/// How far a character is warped, times how its drawings are varied, to become another.
const RESHAPE: f32 = 2.5;

/// A drawing to train on: a character by one drawer, in a pose, perhaps made another character, varied by its own seed.
pub struct Sample<'a> {
    pub strokes: &'a Strokes,
    /// Turned or in a mirror it is another character (as in Santoro et al. 2016).
    pub pose: Pose,
    pub mark: Option<Mark>,
    /// Another character by the same drawer, and how they make one.
    pub compound: Option<(&'a Strokes, Compound)>,
    /// Seed of the warp that makes it another character.
    pub reshaped: Option<u64>,
    pub seed: u64,
}

impl<'a> Sample<'a> {
    pub fn new(strokes: &'a Strokes, pose: Pose, rng: &mut impl RngCore) -> Self {
        Self { strokes, pose, mark: None, compound: None, reshaped: None, seed: rng.random() }
    }

    pub fn draw(&self, augment: &Augment, distorted: &Distorted) -> Result<Drawing, DrawingError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut strokes = self.pose.of(self.strokes);
        if let Some((other, compound)) = self.compound {
            strokes = compound.of(&strokes, &self.pose.of(other), &mut rng);
        }
        if let Some(mark) = self.mark {
            strokes = mark.on(&strokes, &mut rng);
        }
        if let Some(seed) = self.reshaped {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            strokes = augment.times(RESHAPE).warp(&strokes, &mut rng)?;
        }
        augment.draw(&distorted.some(strokes, self.seed), &mut rng)
    }
}

/// Shares of drawings with each [`Distortion`]; one drawing may have several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Distorted {
    /// The pen stays down between strokes.
    pub joined: f64,
    /// Strokes have gaps.
    pub broken: f64,
    /// A part is drawn twice.
    pub retraced: f64,
    /// There is a dot more.
    pub tapped: f64,
}

impl Distorted {
    /// The strokes, or what chance distorts them to: what else this seed decides stays as it is.
    fn some(&self, strokes: Strokes, seed: u64) -> Strokes {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        let due: Vec<Distortion> = (Distortion::ALL.into_iter())
            .filter(|&distortion| rng.random_bool(self.share(distortion)))
            .collect();
        if due.is_empty() {
            return strokes;
        }
        let written = strokes.as_written(&mut rng);
        due.into_iter().fold(written, |strokes, distortion| distortion.of(&strokes, &mut rng))
    }

    fn share(&self, distortion: Distortion) -> f64 {
        match distortion {
            Distortion::Joined => self.joined,
            Distortion::Broken => self.broken,
            Distortion::Retraced => self.retraced,
            Distortion::Tapped => self.tapped,
        }
    }
}
