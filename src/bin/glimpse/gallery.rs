//! Every drawing of a data set, embedded once, to make episodes of.

use std::collections::HashMap;

use glimpse::{
    drawing::{Augment, Drawing, Strokes},
    episode::{Episode, Place, Protocol},
    recogniser::{Features, Order, Recogniser},
    replay::Trial,
};
use indicatif::{ProgressBar, ProgressStyle};
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
    /// Those as they are known once they are taught, where these are others.
    taught: Option<Features>,
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
        Ok(Self { rows, views: (0..views).map(view).collect::<anyhow::Result<_>>()?, taught: None })
    }

    /// The same of strokes in some order, in one view.
    pub fn of_strokes(
        recogniser: &Recogniser,
        drawings: &[(Place, Strokes)],
        order: Order,
    ) -> anyhow::Result<Self> {
        let mut gallery = Self::new(recogniser, drawings, 1)?;
        if order == Order::Written {
            let parts = drawings.par_chunks(AT_ONCE).map(|chunk| {
                let chunk: Vec<_> = chunk.iter().map(|(_, strokes)| (strokes, order)).collect();
                block_on(recogniser.encode_support(&chunk))
            });
            gallery.taught = Some(Features::joined(parts.collect::<Result<_, _>>()?));
        }
        Ok(gallery)
    }

    /// Every trial of an episode, by the mean similarity over the views.
    pub fn replay(&self, recogniser: &Recogniser, episode: &Episode<Place>) -> Vec<Trial> {
        let rows = self.similarity(recogniser, episode);
        let trials = rows.iter().zip(&episode.truth);
        trials.map(|(row, &truth)| Trial::decide(recogniser, row, episode.shots, truth)).collect()
    }

    /// Replays episodes, with progress.
    pub fn replay_all(
        &self,
        recogniser: &Recogniser,
        protocol: Protocol,
        episodes: &[Episode<Place>],
    ) -> anyhow::Result<Vec<Vec<Trial>>> {
        let bar = ProgressBar::new(episodes.len() as u64);
        bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} episodes, {eta} left")?);
        bar.set_message(format!("{}, {protocol}", recogniser.system()));
        let replayed = |episode: &Episode<Place>| {
            bar.inc(1);
            self.replay(recogniser, episode)
        };
        let trials = episodes.par_iter().map(replayed).collect();
        bar.finish_and_clear();
        Ok(trials)
    }

    /// How alike each query is to each support drawing, in the mean over the views.
    pub fn similarity(&self, recogniser: &Recogniser, episode: &Episode<Place>) -> Vec<Vec<f32>> {
        let rows = |places: &[Place]| places.iter().map(|place| self.rows[place]).collect::<Vec<_>>();
        let (queries, support) = (rows(&episode.queries), rows(&episode.support));
        let mut mean = vec![vec![0.0; support.len()]; queries.len()];
        for view in &self.views {
            let asked = view.select(&queries).expect("rows of this gallery");
            let taught = self.taught.as_ref().unwrap_or(view);
            let taught = taught.select(&support).expect("rows of this gallery");
            let similarity = recogniser.compare(&asked, &taught);
            for (mean, row) in mean.iter_mut().flatten().zip(similarity.iter().flatten()) {
                *mean += row / self.views.len() as f32;
            }
        }
        mean
    }
}
