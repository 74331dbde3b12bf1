//! Which of Omniglot's characters a network learns from, and which it is tested on.

use std::fmt;

use clap::ValueEnum;
use glimpse::dataset::{Alphabet, Omniglot, Part, sha256};
use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::data;

/// Characters to learn from, and others to test on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// The 30 background alphabets; tested on the 20 evaluation alphabets (Lake et al. 2015)
    #[default]
    Background,
    /// Five of the background alphabets, `images_background_small1` of Lake et al. 2015; tested on the 20 evaluation alphabets
    #[value(name = "minimal-1")]
    #[serde(rename = "minimal-1")]
    Minimal1,
    /// Five others, `images_background_small2`
    #[value(name = "minimal-2")]
    #[serde(rename = "minimal-2")]
    Minimal2,
    /// 1,200 characters of all 50 alphabets, chosen by chance; tested on the other 423, which share their alphabets. Many papers report on such a split,
    /// each on one of its own
    Random,
}

impl Split {
    /// Characters of [`Self::Random`] to learn from.
    const LEARNT: usize = 1200;

    /// All alphabets to learn from; those that training holds out among them.
    pub fn learnt(self) -> anyhow::Result<Vec<Alphabet>> {
        if self == Self::Random {
            return Ok(random()?.0);
        }
        let mut alphabets = data().omniglot(Part::Background)?.alphabets;
        if let Some(only) = self.only() {
            alphabets.retain(|alphabet| only.contains(&&*alphabet.name));
        }
        Ok(alphabets)
    }

    /// The characters that [`Self::Random`] is tested on.
    pub fn random_test() -> anyhow::Result<Omniglot> {
        Ok(Omniglot { alphabets: random()?.1 })
    }

    /// SHA-256 of the pixels of the data that is learnt from, as a card has it: of the background alphabets, or of all alphabets.
    pub fn digest(self) -> String {
        match self {
            Self::Random => sha256([Part::Background, Part::Evaluation].map(|part| part.digest().as_bytes())),
            _ => Part::Background.digest().into(),
        }
    }

    /// The alphabets of a minimal split.
    fn only(self) -> Option<[&'static str; 5]> {
        match self {
            Self::Minimal1 => Some(["Balinese", "Early_Aramaic", "Greek", "Korean", "Latin"]),
            Self::Minimal2 => Some(["Greek", "Japanese_(katakana)", "Latin", "Sanskrit", "Tagalog"]),
            Self::Background | Self::Random => None,
        }
    }
}

/// What is learnt from, in words.
impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Background => "27 alphabets",
            Self::Minimal1 => "5 alphabets, minimal split 1",
            Self::Minimal2 => "5 alphabets, minimal split 2",
            Self::Random => "random split of characters",
        })
    }
}

/// All alphabets: what is learnt of each, and what is not.
fn random() -> anyhow::Result<(Vec<Alphabet>, Vec<Alphabet>)> {
    let mut alphabets = data().omniglot(Part::Background)?.alphabets;
    alphabets.append(&mut data().omniglot(Part::Evaluation)?.alphabets);
    let all = alphabets.iter().map(|alphabet| alphabet.characters.len()).sum();
    let mut is_learnt = vec![false; all];
    for chosen in index::sample(&mut ChaCha8Rng::seed_from_u64(0), all, Split::LEARNT) {
        is_learnt[chosen] = true;
    }
    let mut is_learnt = is_learnt.into_iter();
    let parted = alphabets.into_iter().map(|Alphabet { name, characters }| {
        let (learnt, tested) = characters.into_iter().partition(|_| is_learnt.next() == Some(true));
        (Alphabet { name: name.clone(), characters: learnt }, Alphabet { name, characters: tested })
    });
    Ok(parted.unzip())
}
