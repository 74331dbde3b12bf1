//! The data that episodes are made of.

use super::{Episode, Place, Protocol};
use crate::{
    dataset::{Mnist, OfficialRuns, Omniglot},
    drawing::Picture,
};

/// One of the published data sets, with every drawing at a [`Place`].
#[derive(Debug)]
pub enum Archive {
    /// Lake's official runs. An alphabet is a run, its first character the support, its second the queries.
    Official(OfficialRuns),
    /// Alphabets of Omniglot.
    Omniglot(Omniglot),
    /// Digits, as one alphabet of ten characters.
    Mnist {
        /// The pictures and their labels.
        set: Mnist,
        /// Indices of each digit's pictures.
        by_digit: Vec<Vec<usize>>,
    },
}

impl Archive {
    /// Digits by what they show.
    pub fn mnist(set: Mnist) -> Self {
        let mut by_digit = vec![Vec::new(); 10];
        for (index, &digit) in set.labels().iter().enumerate() {
            if let Some(pictures) = by_digit.get_mut(usize::from(digit)) {
                pictures.push(index);
            }
        }
        Self::Mnist { set, by_digit }
    }

    /// The protocols whose episodes are made of this data.
    pub fn protocols(&self) -> impl Iterator<Item = Protocol> + '_ {
        Protocol::ALL.into_iter().filter(|protocol| match self {
            Self::Official(_) => *protocol == Protocol::Official,
            Self::Omniglot(_) => !matches!(protocol, Protocol::Official | Protocol::Mnist),
            Self::Mnist { .. } => *protocol == Protocol::Mnist,
        })
    }

    /// Episode `number` of a protocol, counted from 0, among those that `seed` gives; `None` if there is none, or if the official
    /// run of this number is none: [`Episode::check`].
    pub fn episode(&self, protocol: Protocol, seed: u64, number: u64) -> Option<Episode<Place>> {
        if !self.protocols().any(|own| own == protocol) {
            return None;
        }
        let Self::Official(official) = self else {
            return protocol.sample(&self.drawings(), seed, number);
        };
        let alphabet = usize::try_from(number).ok()?;
        let run = official.runs.get(alphabet)?;
        let of =
            |character, count| (0..count).map(|drawing| Place { alphabet, character, drawing }).collect();
        let episode = Episode {
            shots: 1,
            support: of(0, run.support.len()),
            queries: of(1, run.queries.len()),
            truth: run.truth.iter().copied().map(Some).collect(),
        };
        episode.check().is_ok().then_some(episode)
    }

    /// Drawings of each character of each alphabet.
    pub fn drawings(&self) -> Vec<Vec<usize>> {
        match self {
            Self::Official(official) => {
                official.runs.iter().map(|run| vec![run.support.len(), run.queries.len()]).collect()
            }
            Self::Omniglot(omniglot) => {
                let counts = omniglot.alphabets.iter().map(|alphabet| alphabet.characters.iter());
                counts.map(|characters| characters.map(|c| c.drawings.len()).collect()).collect()
            }
            Self::Mnist { by_digit, .. } => vec![by_digit.iter().map(Vec::len).collect()],
        }
    }

    /// The picture at a place.
    ///
    /// # Panics
    /// If there is none.
    pub fn picture(&self, place: &Place) -> Picture {
        let Place { alphabet, character, drawing } = *place;
        match self {
            Self::Official(official) => {
                let run = &official.runs[alphabet];
                if character == 0 { run.support[drawing].picture() } else { run.queries[drawing].picture() }
            }
            Self::Omniglot(omniglot) => {
                omniglot.alphabets[alphabet].characters[character].drawings[drawing].picture()
            }
            Self::Mnist { set, by_digit } => set.picture(by_digit[character][drawing]),
        }
    }
}
