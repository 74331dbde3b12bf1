//! What training shows the network: drawings of the data's characters, and of others made of them.

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::new_characters::{Compound, Mark};
use crate::drawing::{Augment, Drawing, DrawingError, Point, Strokes};

/// How far a character is warped, times how its drawings are varied, to become another.
const RESHAPE: f32 = 2.5;

/// How a character is held: turned by quarter turns, which makes it another character (as in Santoro et al. 2016), and in a
/// mirror or not.
#[derive(Debug, Clone, Copy)]
pub struct Pose(usize);

impl Pose {
    const TURNS: usize = 4;

    pub fn any(rng: &mut impl RngCore) -> Self {
        Self(rng.random_range(0..2 * Self::TURNS))
    }

    fn of(self, strokes: &Strokes) -> Strokes {
        let Self(pose) = self;
        strokes.map(|p| {
            let seen = if pose < Self::TURNS { p } else { Point { x: -p.x, y: p.y } };
            (0..pose % Self::TURNS).fold(seen, |p, _| Point { x: -p.y, y: p.x })
        })
    }
}

/// A drawing to show: a character by one hand, held somehow, perhaps made another character, varied by its own seed.
pub struct Shown<'a> {
    pub strokes: &'a Strokes,
    pub pose: Pose,
    pub mark: Option<Mark>,
    /// Another character by the same hand, and how they make one.
    pub compound: Option<(&'a Strokes, Compound)>,
    /// Seed of the warp that makes it another character.
    pub reshaped: Option<u64>,
    pub seed: u64,
}

impl<'a> Shown<'a> {
    pub fn new(strokes: &'a Strokes, pose: Pose, rng: &mut impl RngCore) -> Self {
        Self { strokes, pose, mark: None, compound: None, reshaped: None, seed: rng.random() }
    }

    pub fn draw(&self, augment: &Augment) -> Result<Drawing, DrawingError> {
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
        augment.draw(&strokes, &mut rng)
    }
}
