//! `glimpse evaluate --data`: any set of strokes, in one-shot tasks across those who drew them.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::Args;
use glimpse::{
    baseline::Ink,
    dataset::DrawnSet,
    drawing::{Drawing, Picture, SIDE, Strokes},
    episode::{Episode, Place, across_writers},
    replay::{Trial, mean_interval},
};
use rayon::prelude::*;
use serde::Serialize;

use crate::{baseline::Method, figure::percent, gallery::Gallery, shipped::Network};

#[derive(Args)]
pub struct OnSets {
    /// Measure on these sets of strokes instead of a protocol's data, N-way K-shot, support and queries by different writers. A set is JSON:
    /// { name, kind: "strokes", classes: { label: [{ writer, strokes: [[x0, y0, x1, y1, …], …] }, …] } }
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// Classes of a task on --data; all where there are fewer
    #[arg(long, default_value_t = 20, requires = "data")]
    way: usize,
    /// Drawings shown of each
    #[arg(long, default_value_t = 1, requires = "data")]
    shots: usize,
    /// Methods without a network to measure beside the systems
    #[arg(long = "method", value_enum, value_delimiter = ',', requires = "data")]
    methods: Vec<Method>,
}

/// What a method reached on a set.
#[derive(Serialize)]
struct Row<'a> {
    set: &'a str,
    method: &'static str,
    way: usize,
    shots: usize,
    episodes: usize,
    trials: usize,
    /// Share of trials whose class was ranked first, and its 95 % interval by episodes.
    top_1: f64,
    top_1_interval: [f64; 2],
    /// Among the first five.
    top_5: f64,
    top_5_interval: [f64; 2],
}

impl OnSets {
    pub fn measure(
        &self,
        networks: &[Network],
        episodes: usize,
        seed: u64,
        json: bool,
    ) -> anyhow::Result<()> {
        let sets = self.data.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
        let mut rows = Vec::new();
        for (set, path) in sets.iter().zip(&self.data) {
            let tasks = self.tasks(set, episodes, seed).with_context(|| path.display().to_string())?;
            let drawings: Vec<(Place, Strokes)> = (set.classes.iter().enumerate())
                .flat_map(|(character, class)| {
                    let place = move |drawing| Place { alphabet: 0, character, drawing };
                    let drawings = class.drawings.iter().enumerate();
                    drawings.map(move |(at, drawn)| (place(at), drawn.strokes.clone()))
                })
                .collect();
            for Network { recogniser, .. } in networks {
                let gallery = Gallery::new(recogniser, &drawings, 1)?;
                let trials = tasks.par_iter().map(|task| gallery.replay(recogniser, task)).collect();
                rows.push(self.row(&set.name, recogniser.system().name(), trials));
            }
            let strokes = |place: &Place| &set.classes[place.character].drawings[place.drawing].strokes;
            for &method in &self.methods {
                let decide = |task: &Episode<Place>| {
                    method.decide(&task.map(|place| strokes(place)), ink, |strokes| (*strokes).clone())
                };
                let trials = tasks.par_iter().map(decide).collect();
                rows.push(self.row(&set.name, method.name(), trials));
            }
        }
        if json {
            println!("{}", serde_json::to_string_pretty(&rows)?);
        } else {
            println!("| | method | trials | top 1 | top 5 |\n|---|---|---|---|---|");
            rows.iter().for_each(|row| println!("{row}"));
        }
        Ok(())
    }

    fn tasks(&self, set: &DrawnSet, episodes: usize, seed: u64) -> anyhow::Result<Vec<Episode<Place>>> {
        ensure!(
            episodes > 0 && self.way > 1 && self.shots > 0,
            "a task has two classes or more and a drawing shown of each: see --episodes, --way and --shots"
        );
        let classes: Vec<Vec<Option<&str>>> = (set.classes.iter())
            .map(|class| class.drawings.iter().map(|drawn| drawn.writer.as_deref()).collect())
            .collect();
        let task = |number| across_writers(&classes, self.way, self.shots, seed, number);
        (0..episodes as u64).map(task).collect::<Option<_>>().with_context(|| {
            format!("it needs two classes or more with a drawing and {} others by other writers", self.shots)
        })
    }

    fn row<'a>(&self, set: &'a str, method: &'static str, episodes: Vec<Vec<Trial>>) -> Row<'a> {
        let share = |of_best: usize| -> Vec<f64> {
            let among = |trial: &&Trial| {
                let own = trial.truth.map_or(f32::INFINITY, |truth| trial.scores[truth]);
                trial.scores.iter().filter(|score| **score > own).count() < of_best
            };
            let of = |trials: &Vec<Trial>| trials.iter().filter(among).count() as f64 / trials.len() as f64;
            episodes.iter().map(of).collect()
        };
        let ((top_1, top_1_interval), (top_5, top_5_interval)) =
            (mean_interval(&share(1)), mean_interval(&share(5)));
        Row {
            set,
            method,
            way: episodes[0].len(),
            shots: self.shots,
            episodes: episodes.len(),
            trials: episodes.iter().map(Vec::len).sum(),
            top_1,
            top_1_interval,
            top_5,
            top_5_interval,
        }
    }
}

fn read(path: &Path) -> anyhow::Result<DrawnSet> {
    let json = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    DrawnSet::from_json(&json).with_context(|| path.display().to_string())
}

/// The ink of a drawing as the encoder sees it.
fn ink(strokes: &&Strokes) -> Ink {
    let drawing = Drawing::from_strokes(strokes).expect("a set's drawings can be drawn");
    Ink::of(&Picture::new(SIDE, SIDE, drawing.pixels().to_vec()).expect("a drawing is a picture"))
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |share, [low, high]: [f64; 2]| {
            format!("{} ({} to {})", percent(share), percent(low), percent(high))
        };
        let Self { set, method, way, shots, trials, .. } = self;
        let (top_1, top_5) = (share(self.top_1, self.top_1_interval), share(self.top_5, self.top_5_interval));
        write!(f, "| {set}, {way}-way {shots}-shot | {method} | {trials} | {top_1} | {top_5} |")
    }
}
