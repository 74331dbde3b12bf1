//! Every drawing of a data set, embedded once, to make episodes of.

use std::collections::HashMap;

use glimpse::{
    drawing::{Augment, Drawing, Strokes},
    episode::{Episode, Place},
    recogniser::{Features, Recogniser},
    replay::Trial,
};
use pollster::block_on;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// How far each view of a drawing but the first is warped.
const LOOK: Augment =
    Augment { rotate: 6.0, shear: 0.06, stretch: 0.1, elastic: 0.6, zoom: 0.04, shift: 0.6, pen: 0.15 };

/// Drawings that are embedded at once.
const AT_ONCE: usize = 64;

pub struct Gallery {
    rows: HashMap<Place, usize>,
    /// The drawings' features, view by view.
    views: Vec<Features>,
}

impl Gallery {
    /// Embeds drawings, each in so many views: the first as it is, the others slightly warped.
    pub fn new(recogniser: &Recogniser, drawings: &[(Place, Strokes)], views: usize) -> anyhow::Result<Self> {
        let view = |view: usize| {
            let drawn: Result<Vec<Drawing>, _> = drawings
                .par_iter()
                .enumerate()
                .map(|(index, (_, strokes))| match view {
                    0 => Drawing::from_strokes(strokes),
                    _ => {
                        let mut rng = ChaCha8Rng::seed_from_u64(view as u64);
                        rng.set_stream(index as u64);
                        LOOK.draw(strokes, &mut rng)
                    }
                })
                .collect();
            let drawn = drawn?;
            let parts = drawn.chunks(AT_ONCE).map(|chunk| block_on(recogniser.encode(chunk)));
            Ok(Features::joined(parts.collect::<Result<_, _>>()?))
        };
        let rows = drawings.iter().enumerate().map(|(row, (place, _))| (*place, row)).collect();
        Ok(Self { rows, views: (0..views).map(view).collect::<anyhow::Result<_>>()? })
    }

    /// Every trial of an episode, by the mean similarity over the views.
    pub fn replay(&self, recogniser: &Recogniser, episode: &Episode<Place>) -> Vec<Trial> {
        let rows = self.similarity(recogniser, episode);
        let trials = rows.iter().zip(&episode.truth);
        trials.map(|(row, &truth)| Trial::decide(recogniser, row, episode.shots, truth)).collect()
    }

    /// How alike each query is to each support drawing, in the mean over the views.
    pub fn similarity(&self, recogniser: &Recogniser, episode: &Episode<Place>) -> Vec<Vec<f32>> {
        let rows = |places: &[Place]| places.iter().map(|place| self.rows[place]).collect::<Vec<_>>();
        let (queries, support) = (rows(&episode.queries), rows(&episode.support));
        let mut mean = vec![vec![0.0; support.len()]; queries.len()];
        for view in &self.views {
            let select = |rows: &[usize]| view.select(rows).expect("rows of this gallery");
            let similarity = recogniser.compare(&select(&queries), &select(&support));
            for (mean, row) in mean.iter_mut().flatten().zip(similarity.iter().flatten()) {
                *mean += row / self.views.len() as f32;
            }
        }
        mean
    }
}
