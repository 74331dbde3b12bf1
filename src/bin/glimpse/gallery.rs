//! Every drawing of a data set, embedded once, to make episodes of.

use std::collections::HashMap;

use glimpse::{
    drawing::{Drawing, Pose, Strokes},
    episode::{Episode, Place},
    recogniser::{Features, Recogniser},
    replay::Trial,
};
use pollster::block_on;
use rayon::prelude::*;

/// Drawings that are embedded at once.
const AT_ONCE: usize = 64;

pub struct Gallery {
    rows: HashMap<Place, usize>,
    /// The drawings' features, look by look.
    looks: Vec<Features>,
}

impl Gallery {
    /// Embeds drawings, each in so many looks: the first upright, the others turned or in a mirror.
    ///
    /// # Panics
    /// If there are more looks than poses.
    pub fn new(recogniser: &Recogniser, drawings: &[(Place, Strokes)], looks: usize) -> anyhow::Result<Self> {
        let look = |pose: &Pose| {
            let drawn = drawings.par_iter().map(|(_, strokes)| Drawing::from_strokes(&pose.of(strokes)));
            let drawn: Vec<Drawing> = drawn.collect::<Result<_, _>>()?;
            let parts = drawn.chunks(AT_ONCE).map(|chunk| block_on(recogniser.encode(chunk)));
            Ok(Features::joined(parts.collect::<Result<_, _>>()?))
        };
        let rows = drawings.iter().enumerate().map(|(row, (place, _))| (*place, row)).collect();
        Ok(Self { rows, looks: Pose::ALL[..looks].iter().map(look).collect::<anyhow::Result<_>>()? })
    }

    /// Every trial of an episode, by the mean likeness over the looks.
    pub fn replay(&self, recogniser: &Recogniser, episode: &Episode<Place>) -> Vec<Trial> {
        let rows = self.likeness(recogniser, episode);
        let trials = rows.iter().zip(&episode.truth);
        trials.map(|(row, &truth)| Trial::decide(recogniser, row, episode.shots, truth)).collect()
    }

    /// How alike each query is to each support drawing, in the mean over the looks.
    pub fn likeness(&self, recogniser: &Recogniser, episode: &Episode<Place>) -> Vec<Vec<f32>> {
        let rows = |places: &[Place]| places.iter().map(|place| self.rows[place]).collect::<Vec<_>>();
        let (queries, support) = (rows(&episode.queries), rows(&episode.support));
        let mut mean = vec![vec![0.0; support.len()]; queries.len()];
        for look in &self.looks {
            let likeness = recogniser.compare(&look.select(&queries), &look.select(&support));
            for (mean, row) in mean.iter_mut().flatten().zip(likeness.iter().flatten()) {
                *mean += row / self.looks.len() as f32;
            }
        }
        mean
    }
}
