//! `glimpse baseline`

use anyhow::Context;
use clap::{Args, ValueEnum};
use glimpse::{
    baseline::{Ink, PointCloud, modified_hausdorff, pixel_distance},
    drawing::{Picture, Strokes},
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
    /// $P+, of point clouds (Vatavu 2017)
    PPlus,
    /// $Q, of point clouds (Vatavu, Anthony & Wobbrock 2018)
    Q,
}

impl Method {
    /// Those that stand beside the networks in the table of the protocols.
    pub const ALL: [Self; 2] = [Self::Hausdorff, Self::Pixels];

    /// Whether the method is measured under a protocol: the nearest of several drawings, one of each character.
    pub fn follows(self, protocol: Protocol) -> bool {
        !(protocol.is_verification() || matches!(protocol, Protocol::Random { shots: 5, .. }))
    }

    /// Episodes measured at most: comparing pixel by pixel is slow.
    pub const EPISODES: usize = 100;

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hausdorff => "hausdorff",
            Self::Pixels => "pixels",
            Self::PPlus => "p-plus",
            Self::Q => "q",
        }
    }

    pub fn measure(self, archive: &Archive, protocol: Protocol, episodes: &[Episode<Place>]) -> Row {
        let episodes = &episodes[..episodes.len().min(Self::EPISODES)];
        let decide = |episode: &Episode<Place>| {
            self.decide(&episode.map(|place| archive.picture(place)), Ink::of, Picture::strokes)
        };
        let trials: Vec<Vec<Trial>> = episodes.par_iter().map(decide).collect();
        Row::new(self.name(), protocol, 1, &trials)
    }

    /// Ranks the classes shown by the nearest of their drawings, of which it takes the ink or the strokes.
    pub fn decide<T>(
        self,
        episode: &Episode<T>,
        ink: impl Fn(&T) -> Ink,
        strokes: impl Fn(&T) -> Strokes,
    ) -> Vec<Trial> {
        let cloud = |drawing: &T| PointCloud::of(&strokes(drawing)).expect("what was drawn has points");
        match self {
            Self::Hausdorff => by_nearest(&episode.map(ink), |a, b, _| modified_hausdorff(a, b) as f32),
            Self::Pixels => {
                let distance =
                    |a: &Ink, b: &Ink| pixel_distance(a, b).expect("pictures are of one size") as f32;
                by_nearest(&episode.map(ink), |a, b, _| distance(a, b))
            }
            Self::PPlus => by_nearest(&episode.map(cloud), |a, b, _| a.p_plus(b)),
            Self::Q => by_nearest(&episode.map(cloud), PointCloud::q),
        }
    }
}

/// `distance` hears the least yet of the class.
fn by_nearest<T>(episode: &Episode<T>, distance: impl Fn(&T, &T, f32) -> f32) -> Vec<Trial> {
    let decide = |(query, &truth): (&T, &Option<usize>)| {
        let nearest = |shown: &[T]| {
            shown.iter().fold(f32::INFINITY, |least, one| least.min(distance(query, one, least)))
        };
        let scores: Vec<f32> = episode.support.chunks(episode.shots).map(|shown| -nearest(shown)).collect();
        let best = (0..scores.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
        Trial { truth, chosen: Some(best), familiarity: None, scores }
    };
    episode.queries.iter().zip(&episode.truth).map(decide).collect()
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
