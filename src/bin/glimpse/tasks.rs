//! What protocols are measured on: which data, how many episodes, which drawings.

use std::collections::BTreeSet;

use anyhow::Context;
use glimpse::{
    dataset::Part,
    drawing::Strokes,
    episode::{Archive, Episode, Place, Protocol},
};
use rayon::prelude::*;

use crate::data;

/// Episodes of a protocol that samples them, for figures that are reported.
pub const EPISODES: usize = 1000;

/// How many episodes of a protocol are measured, where `sampled` are asked for.
pub fn episodes(protocol: Protocol, sampled: usize) -> usize {
    match protocol {
        Protocol::Official => 20,
        _ if protocol.is_verification() => sampled * 10,
        _ => sampled,
    }
}

/// The episodes of a protocol that a seed gives, as many as [`episodes`] says.
pub fn sampled(
    archive: &Archive,
    protocol: Protocol,
    count: usize,
    seed: u64,
) -> anyhow::Result<Vec<Episode<Place>>> {
    let episode = |number| archive.episode(protocol, seed, number);
    (0..episodes(protocol, count) as u64)
        .map(episode)
        .collect::<Option<_>>()
        .context("the data holds too few drawings")
}

/// Which data a protocol is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Official,
    Evaluation,
    Mnist,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Official, Self::Evaluation, Self::Mnist];

    pub fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Official => Self::Official,
            Protocol::Mnist => Self::Mnist,
            _ => Self::Evaluation,
        }
    }

    pub fn read(self) -> anyhow::Result<Archive> {
        Ok(match self {
            Self::Official => Archive::Official(data().official_runs().context("reading the official runs")?),
            Self::Evaluation => Archive::Omniglot(data().omniglot(Part::Evaluation)?),
            Self::Mnist => Archive::mnist(data().mnist_test()?),
        })
    }
}

/// The drawings that episodes are made of, as strokes.
pub fn strokes<'a>(
    archive: &Archive,
    episodes: impl Iterator<Item = &'a Episode<Place>>,
) -> Vec<(Place, Strokes)> {
    let places: BTreeSet<Place> =
        episodes.flat_map(|e| e.support.iter().chain(&e.queries)).copied().collect();
    places.par_iter().map(|place| (*place, archive.picture(place).strokes())).collect()
}
