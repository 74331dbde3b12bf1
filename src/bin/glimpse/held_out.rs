//! Alphabets that training leaves out: what is chosen is chosen by them, and the threshold is set on them.

use anyhow::Context;
use glimpse::{
    drawing::Strokes,
    engine::Engine,
    episode::{Archive, Episode, Place, Protocol},
    learn::Trainer,
    model::{System, Weights},
    recogniser::Recogniser,
    replay::Trial,
};

use rayon::prelude::*;

use crate::{gallery::Gallery, report::Row, tasks::strokes};

/// Some 9 % of the characters, many of them near twins.
pub const HELD_OUT: [&str; 3] = ["Futurama", "Hebrew", "Malay_(Jawi_-_Arabic)"];

/// Characters that training does not see: the same tasks and pairs of them every time.
pub struct HeldOut {
    archive: Archive,
    /// Of each of [`Self::PROTOCOLS`].
    tasks: Vec<Vec<Episode<Place>>>,
    pairs: Vec<Episode<Place>>,
    drawings: Vec<(Place, Strokes)>,
}

impl HeldOut {
    /// What is measured, and by how many tasks: of characters of one alphabet, as the official runs are, and of any.
    pub const PROTOCOLS: [(Protocol, u64); 2] =
        [(Protocol::WithinAlphabet, 400), (Protocol::Random { way: 20, shots: 1 }, 1000)];
    /// Pairs to set the threshold on.
    const PAIRS: u64 = 4000;

    pub fn new(archive: Archive) -> anyhow::Result<Self> {
        let sampled = |protocol, count| {
            (0..count)
                .map(|number| archive.episode(protocol, 0, number))
                .collect::<Option<Vec<_>>>()
                .context("the held-out alphabets are too small: hold out one with 20 characters or more")
        };
        let tasks = Self::PROTOCOLS.map(|(protocol, count)| sampled(protocol, count));
        let tasks = tasks.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let pairs = sampled(Protocol::Verification, Self::PAIRS)?;
        let drawings = strokes(&archive, tasks.iter().flatten().chain(&pairs));
        Ok(Self { archive, tasks, pairs, drawings })
    }

    /// The network as it will be shipped but for its [calibration](crate::calibrate): rounded to f16, with its threshold and its self-test.
    pub fn sealed(&self, system: System, trainer: &Trainer) -> anyhow::Result<(Weights, Recogniser)> {
        let exact = pollster::block_on(Weights::of_module(&trainer.network()))?;
        let mut weights = Weights::from_bytes(&exact.to_bytes())?;
        let seal = |threshold, weights: &mut Weights| {
            pollster::block_on(Recogniser::seal(system, Engine::Flex, threshold, weights))?;
            pollster::block_on(Recogniser::open(system, Engine::Flex, weights))
        };
        let threshold = self.threshold(&seal(0.0, &mut weights)?)?;
        let recogniser = seal(threshold, &mut weights)?;
        Ok((weights, recogniser))
    }

    /// The similarity that tells pairs of one character from pairs of two with the fewest errors.
    fn threshold(&self, recogniser: &Recogniser) -> anyhow::Result<f32> {
        let gallery = Gallery::new(recogniser, &self.drawings, 1)?;
        let similarity = |pair| (gallery.similarity(recogniser, pair)[0][0], pair.truth[0].is_some());
        let mut pairs: Vec<(f32, bool)> = self.pairs.iter().map(similarity).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        // From below everything is "same"; each step up takes one pair over to "different".
        let mut right = pairs.iter().filter(|(_, same)| *same).count();
        let (mut best, mut threshold) = (right, pairs[0].0);
        for pair in pairs.windows(2) {
            right = if pair[0].1 { right - 1 } else { right + 1 };
            if right > best {
                (best, threshold) = (right, (pair[0].0 + pair[1].0) / 2.0);
            }
        }
        Ok(threshold)
    }

    /// Every drawing of each character, in the order of their drawers.
    pub fn characters(&self) -> Vec<Vec<Strokes>> {
        let of = |alphabet, character, drawings: usize| {
            let drawing = |drawing| self.archive.picture(&Place { alphabet, character, drawing }).strokes();
            (0..drawings).into_par_iter().map(drawing).collect()
        };
        let counts = self.archive.drawings().into_iter().enumerate();
        counts
            .flat_map(|(alphabet, counts)| {
                let counts = counts.into_iter().enumerate();
                counts.map(move |(character, drawings)| of(alphabet, character, drawings))
            })
            .collect()
    }

    pub fn measure(&self, recogniser: &Recogniser) -> anyhow::Result<Vec<Row>> {
        let gallery = Gallery::new(recogniser, &self.drawings, 1)?;
        let row = |((protocol, _), tasks): (_, &Vec<_>)| {
            let trials: Vec<Vec<Trial>> = tasks.iter().map(|task| gallery.replay(recogniser, task)).collect();
            Row::new(recogniser.system().name(), protocol, 1, &trials)
        };
        Ok(Self::PROTOCOLS.into_iter().zip(&self.tasks).map(row).collect())
    }
}
