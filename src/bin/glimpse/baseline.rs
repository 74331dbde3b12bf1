//! `glimpse baseline`

use anyhow::Context;
use clap::{Args, ValueEnum};
use glimpse::{
    baseline::{Ink, modified_hausdorff, pixel_distance},
    episode::{Archive, Episode, Place, Protocol},
    replay::Trial,
};
use rayon::prelude::*;

use crate::{data, report::Row};

#[derive(Args)]
pub struct Baseline {
    /// How two pictures are compared
    #[arg(long, default_value = "hausdorff")]
    method: Method,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Method {
    /// Modified Hausdorff Distance of the ink's places (Lake et al.: 38.8 % error)
    Hausdorff,
    /// Euclidean distance of the pictures' pixels
    Pixels,
}

impl Method {
    pub const ALL: [Self; 2] = [Self::Hausdorff, Self::Pixels];

    /// Whether the method is measured under a protocol: the nearest of several drawings, one of each character.
    pub fn follows(self, protocol: Protocol) -> bool {
        !matches!(protocol, Protocol::Verification | Protocol::Random { shots: 5, .. })
    }

    /// Episodes measured at most: comparing pixel by pixel is slow.
    pub const EPISODES: usize = 100;

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hausdorff => "hausdorff",
            Self::Pixels => "pixels",
        }
    }

    pub fn measure(self, archive: &Archive, protocol: Protocol, episodes: &[Episode<Place>]) -> Row {
        let episodes = &episodes[..episodes.len().min(Self::EPISODES)];
        let trials: Vec<Vec<Trial>> =
            episodes.par_iter().map(|episode| self.decide(archive, episode)).collect();
        Row::new(self.name(), protocol, 1, &trials)
    }

    /// Names each query by the nearest support picture.
    fn decide(self, archive: &Archive, episode: &Episode<Place>) -> Vec<Trial> {
        let episode = episode.map(|place| Ink::of(&archive.picture(place)));
        let decide = |(query, &truth): (&Ink, &Option<usize>)| {
            let distances: Vec<f32> = episode
                .support
                .iter()
                .map(|shown| match self {
                    Self::Hausdorff => modified_hausdorff(query, shown) as f32,
                    Self::Pixels => {
                        pixel_distance(query, shown).expect("an archive's pictures are of one size") as f32
                    }
                })
                .collect();
            let nearest =
                (0..distances.len()).fold(0, |best, i| if distances[i] < distances[best] { i } else { best });
            Trial { truth, chosen: Some(nearest), scores: distances.iter().map(|d| -d).collect() }
        };
        episode.queries.iter().zip(&episode.truth).map(decide).collect()
    }
}

impl Baseline {
    pub fn run(&self) -> anyhow::Result<()> {
        let archive = Archive::Official(data().official_runs().context("reading the official runs")?);
        let runs = archive.drawings().len() as u64;
        let episodes: Vec<_> =
            (0..runs).filter_map(|run| archive.episode(Protocol::Official, 0, run)).collect();
        let row = self.method.measure(&archive, Protocol::Official, &episodes);
        if self.json {
            println!("{}", serde_json::to_string(&row)?);
        } else {
            println!("{row}");
        }
        Ok(())
    }
}
