//! The published protocols: what their episodes are made of.

use std::{fmt, str::FromStr};

use rand::{
    Rng, SeedableRng,
    seq::{IndexedRandom, index},
};
use rand_chacha::ChaCha8Rng;
use serde::{Serialize, Serializer};

use super::{Episode, Place};

/// What is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// Lake's 20 runs: 20-way one-shot within one alphabet, one drawer shows and another asks (Lake et al. 2015).
    Official,
    /// Characters of any alphabets, one query for each (Vinyals et al. 2016).
    Random {
        /// Characters shown.
        way: usize,
        /// Drawings shown of each.
        shots: usize,
    },
    /// Tasks made as the official runs are, of characters chosen anew: 20-way one-shot.
    WithinAlphabet,
    /// Do two drawings show the same character? Half of them do (Koch et al. 2015).
    Verification,
    /// The same, where two characters are of one alphabet.
    VerificationWithinAlphabet,
    /// Digits, 10-way one-shot, without any training on digits (Koch et al. 2015).
    Mnist,
}

impl Protocol {
    /// Every protocol that is reported.
    pub const ALL: [Self; 9] = [
        Self::Official,
        Self::Random { way: 5, shots: 1 },
        Self::Random { way: 5, shots: 5 },
        Self::Random { way: 20, shots: 1 },
        Self::Random { way: 20, shots: 5 },
        Self::WithinAlphabet,
        Self::Verification,
        Self::VerificationWithinAlphabet,
        Self::Mnist,
    ];

    /// Whether it asks of two drawings if they show the same character.
    pub fn is_verification(self) -> bool {
        matches!(self, Self::Verification | Self::VerificationWithinAlphabet)
    }

    /// Characters of a task within an alphabet.
    pub const WITHIN: usize = 20;

    /// Episode `number` of those that `seed` gives, sampled from so many drawings of each character of each alphabet; `None`
    /// for the official runs, which are given and not sampled, where there is too little to sample from, and of no characters or shots.
    pub fn sample(self, drawings: &[Vec<usize>], seed: u64, number: u64) -> Option<Episode<Place>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        match self {
            Self::Official => None,
            Self::Random { way, shots } => of_any_alphabet(drawings, way, shots, &mut rng),
            Self::WithinAlphabet => within_alphabet(drawings, &mut rng),
            Self::Verification => {
                let all = characters(drawings, 2);
                pair(drawings, &all, number.is_multiple_of(2), &mut rng)
            }
            Self::VerificationWithinAlphabet => {
                let all = characters(drawings, 2);
                let all = all.chunk_by(|a, b| a.0 == b.0).filter(|own| own.len() > 1).flatten();
                let all: Vec<_> = all.copied().collect();
                // Every character is as likely as another, as across alphabets.
                let &(alphabet, _) = all.choose(&mut rng)?;
                let own: Vec<_> = all.into_iter().filter(|&(of, _)| of == alphabet).collect();
                pair(drawings, &own, number.is_multiple_of(2), &mut rng)
            }
            Self::Mnist => of_any_alphabet(drawings, 10, 1, &mut rng),
        }
    }
}

fn of_any_alphabet(
    drawings: &[Vec<usize>],
    way: usize,
    shots: usize,
    rng: &mut ChaCha8Rng,
) -> Option<Episode<Place>> {
    let all = characters(drawings, shots.checked_add(1)?);
    if way == 0 || shots == 0 || all.len() < way {
        return None;
    }
    let mut episode = Episode { shots, support: Vec::new(), queries: Vec::new(), truth: Vec::new() };
    for (class, chosen) in index::sample(rng, all.len(), way).into_iter().enumerate() {
        let (alphabet, character) = all[chosen];
        let mut drawers = index::sample(rng, drawings[alphabet][character], shots + 1)
            .into_iter()
            .map(|drawing| Place { alphabet, character, drawing });
        episode.queries.extend(drawers.next());
        episode.support.extend(drawers);
        episode.truth.push(Some(class));
    }
    Some(episode)
}

/// Episode `number` of those that `seed` gives, N-way K-shot, where nobody who drew a query drew the support of its class: of the drawings of each class by
/// writer, `None` being somebody else each time. Of all classes where there are fewer than `way`; none where fewer than two have enough drawings.
pub fn across_writers(
    classes: &[Vec<Option<&str>>],
    way: usize,
    shots: usize,
    seed: u64,
    number: u64,
) -> Option<Episode<Place>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    // What others drew than who drew the query.
    let others = |writers: &[Option<&str>], query: usize| -> Vec<usize> {
        let is_own = |drawing: usize| {
            drawing == query || writers[drawing].is_some() && writers[drawing] == writers[query]
        };
        (0..writers.len()).filter(|&drawing| !is_own(drawing)).collect()
    };
    let can_ask = |writers: &[Option<&str>]| -> Vec<usize> {
        (0..writers.len()).filter(|&query| others(writers, query).len() >= shots).collect()
    };
    let able: Vec<usize> = (0..classes.len()).filter(|&class| !can_ask(&classes[class]).is_empty()).collect();
    if able.len() < 2 || way < 2 || shots == 0 {
        return None;
    }
    let mut episode = Episode { shots, support: Vec::new(), queries: Vec::new(), truth: Vec::new() };
    for (truth, chosen) in index::sample(&mut rng, able.len(), way.min(able.len())).into_iter().enumerate() {
        let character = able[chosen];
        let writers = &classes[character];
        let asking = can_ask(writers);
        let query = asking[rng.random_range(0..asking.len())];
        let showing = others(writers, query);
        let place = |drawing| Place { alphabet: 0, character, drawing };
        episode.queries.push(place(query));
        let shown = index::sample(&mut rng, showing.len(), shots);
        episode.support.extend(shown.into_iter().map(|at| place(showing[at])));
        episode.truth.push(Some(truth));
    }
    Some(episode)
}

/// The same with as many queries again of classes that are not shown, or fewer where there are no more: a tenth of all at least.
pub fn with_untaught(
    classes: &[Vec<Option<&str>>],
    way: usize,
    shots: usize,
    seed: u64,
    number: u64,
) -> Option<Episode<Place>> {
    let mut episode = across_writers(classes, way.saturating_mul(2), shots, seed, number)?;
    let all = episode.queries.len();
    let way = way.min(all - all.div_ceil(10));
    episode.support.truncate(way * shots);
    episode.truth[way..].fill(None);
    Some(episode)
}

fn within_alphabet(drawings: &[Vec<usize>], rng: &mut ChaCha8Rng) -> Option<Episode<Place>> {
    let large: Vec<usize> = (0..drawings.len())
        .filter(|&a| drawings[a].len() >= Protocol::WITHIN && drawings[a].iter().all(|&count| count >= 2))
        .collect();
    if large.is_empty() {
        return None;
    }
    let alphabet = large[rng.random_range(0..large.len())];
    let chosen = index::sample(rng, drawings[alphabet].len(), Protocol::WITHIN).into_vec();
    let drawers = drawings[alphabet].iter().copied().min().unwrap_or(0);
    let pair = index::sample(rng, drawers, 2);
    let by = |drawing| chosen.iter().map(|&character| Place { alphabet, character, drawing }).collect();
    Some(Episode {
        shots: 1,
        support: by(pair.index(0)),
        queries: by(pair.index(1)),
        truth: (0..Protocol::WITHIN).map(Some).collect(),
    })
}

/// Two drawings of one of these characters, or of two.
fn pair(
    drawings: &[Vec<usize>],
    all: &[(usize, usize)],
    same: bool,
    rng: &mut ChaCha8Rng,
) -> Option<Episode<Place>> {
    if all.len() < 2 {
        return None;
    }
    let chosen = index::sample(rng, all.len(), 2);
    let (own, other) = (all[chosen.index(0)], all[chosen.index(1)]);
    let pair = index::sample(rng, drawings[own.0][own.1], 2);
    let place = |(alphabet, character): (usize, usize), drawing| Place { alphabet, character, drawing };
    let query = if same {
        place(own, pair.index(1))
    } else {
        place(other, rng.random_range(0..drawings[other.0][other.1]))
    };
    Some(Episode {
        shots: 1,
        support: vec![place(own, pair.index(0))],
        queries: vec![query],
        truth: vec![same.then_some(0)],
    })
}

/// Every character with so many drawings at least.
fn characters(drawings: &[Vec<usize>], least: usize) -> Vec<(usize, usize)> {
    let of = |(alphabet, counts): (usize, &Vec<usize>)| {
        let enough = counts.iter().enumerate().filter(move |(_, count)| **count >= least);
        enough.map(move |(character, _)| (alphabet, character)).collect::<Vec<_>>()
    };
    drawings.iter().enumerate().flat_map(of).collect()
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Official => f.write_str("official"),
            Self::Random { way, shots } => write!(f, "random-{way}-way-{shots}-shot"),
            Self::WithinAlphabet => f.write_str("within-alphabet"),
            Self::Verification => f.write_str("verification"),
            Self::VerificationWithinAlphabet => f.write_str("verification-within-alphabet"),
            Self::Mnist => f.write_str("mnist"),
        }
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(|p| p.to_string()).join(", ");
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.to_string() == name)
            .ok_or_else(|| format!("there is no protocol {name}: choose among {}", names()))
    }
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
