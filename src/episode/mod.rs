//! One-shot tasks: some characters shown once, then queries that must be told apart. Seeded: the same generator state
//! gives the same episode on every platform. Knows drawings and data sets; knows no model.

use rand::{RngCore, seq::index};

use crate::{
    dataset::{Bitmap, OfficialRun},
    drawing::{Drawing, DrawingError, Strokes},
};

/// An N-way one-shot task. Each query is one trial: which of the support drawings shows its character?
#[derive(Debug, Clone)]
pub struct Episode {
    /// One drawing a character.
    pub support: Vec<Drawing>,
    pub queries: Vec<Drawing>,
    /// For each query, the index in `support` of the drawing of the same character.
    pub truth: Vec<usize>,
}

impl Episode {
    /// One of Lake's official runs: 20 characters of one alphabet by one drawer, 20 queries by another
    /// (Lake, Salakhutdinov & Tenenbaum 2015).
    ///
    /// # Errors
    /// [`DrawingError::Empty`] if a picture is blank.
    pub fn official(run: &OfficialRun) -> Result<Self, DrawingError> {
        let draw = |bitmaps: &[Bitmap]| {
            bitmaps.iter().map(|b| Drawing::from_picture(&b.picture())).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { support: draw(&run.support)?, queries: draw(&run.queries)?, truth: run.truth.clone() })
    }

    /// A task made as the official runs are: `way` characters of one alphabet, given as strokes by character and drawer;
    /// one drawer's are the support, another's the queries.
    ///
    /// # Errors
    /// [`DrawingError::Empty`] if a drawing is blank.
    ///
    /// # Panics
    /// If the alphabet has fewer than `way` characters, or a character fewer than two drawers.
    pub fn within_alphabet(
        alphabet: &[Vec<Strokes>],
        way: usize,
        rng: &mut impl RngCore,
    ) -> Result<Self, DrawingError> {
        let characters = index::sample(rng, alphabet.len(), way);
        let drawers = alphabet.iter().map(Vec::len).min().unwrap_or(0);
        let pair = index::sample(rng, drawers, 2);
        let by = |drawer: usize| {
            characters
                .iter()
                .map(|c| Drawing::from_strokes(&alphabet[c][drawer]))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { support: by(pair.index(0))?, queries: by(pair.index(1))?, truth: (0..way).collect() })
    }
}
