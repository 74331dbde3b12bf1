//! `glimpse calibrate`: what makes chances of similarities is fitted to tasks of signs that training did not see, some of them asked for without having been taught.

use std::{collections::BTreeSet, fs};

use anyhow::Context;
use clap::Args;
use glimpse::{
    dataset::{Omniglot, Part},
    drawing::{Pose, Strokes},
    engine::Engine,
    episode::{Archive, Episode, Place, with_untaught},
    model::{Calibration, System, Taught, Weights, familiarity},
    recogniser::{Order, Recogniser},
};
use rayon::prelude::*;

use crate::{
    data,
    drawn::{order_of, read_set},
    figure::write,
    gallery::Gallery,
    held_out::{HELD_OUT, HeldOut},
    shipped::{shipped, shipped_folder},
};

#[derive(Args)]
pub struct Calibrate {
    /// Which network
    #[arg(long, default_value = "siamese")]
    system: System,
    /// Sets of strokes to fit to as well, a little: see `glimpse evaluate --data`
    #[arg(long, value_name = "FILE", num_args = 1..)]
    data: Vec<String>,
}

impl Calibrate {
    pub fn run(&self) -> anyhow::Result<()> {
        let path = shipped(self.system);
        let weights = Weights::from_bytes(&fs::read(&path)?).with_context(|| path.display().to_string())?;
        let background = data().omniglot(Part::Background)?;
        let held_out = |alphabet: &glimpse::dataset::Alphabet| HELD_OUT.contains(&&*alphabet.name);
        let alphabets = background.alphabets.into_iter().filter(held_out).collect();
        let mut sources = Source::of(&HeldOut::new(Archive::Omniglot(Omniglot { alphabets }))?);
        for name in &self.data {
            sources.push(Source::people_at_large(name)?);
        }
        let calibration = fit(self.system, &weights, &sources)?;
        let path = shipped_folder().join("calibration.safetensors");
        let mut all = Weights::from_bytes(&fs::read(&path)?)?;
        calibration.put(self.system.name(), &mut all);
        write(&path, &all.to_exact_bytes())?;
        println!("{}: {calibration:?}", self.system);
        Ok(())
    }
}

/// Drawings to make tasks of.
pub struct Source {
    /// Drawings of each sign, with who drew them.
    signs: Vec<Vec<(Option<String>, Strokes)>>,
    /// What the order of their strokes is.
    order: Order,
    /// Signs taught and drawings of each, task by task.
    tasks: Vec<(usize, usize)>,
    /// Whether the public drew them.
    public: bool,
}

impl Source {
    /// Queries of the tasks of a kind, half of them of signs that are not taught where there are enough.
    const QUERIES: usize = 500;

    /// Characters that training did not see, and, to have hundreds of labels, turned by quarters, which makes others of them.
    pub fn of(held_out: &HeldOut) -> Vec<Self> {
        let drawn = |pose: Pose, drawings: &Vec<Strokes>| {
            let drawings = drawings.iter().enumerate();
            drawings.map(|(drawer, strokes)| (Some(drawer.to_string()), pose.of(strokes))).collect()
        };
        let characters = held_out.characters();
        let upright: Vec<_> = characters.iter().map(|drawings| drawn(Pose::ALL[0], drawings)).collect();
        let turns = || Pose::ALL.into_iter().take(4);
        let turned: Vec<_> =
            turns().flat_map(|pose| characters.iter().map(move |c| drawn(pose, c))).collect();
        let tasks =
            [(2, 1), (5, 1), (20, 1), (60, 1), (2, 5), (5, 5), (20, 5), (60, 5), (5, 15), (20, 15), (60, 15)];
        vec![
            Self { signs: upright, order: Order::Traced, tasks: tasks.into(), public: false },
            Self {
                signs: turned,
                order: Order::Traced,
                tasks: vec![(200, 1), (500, 1), (200, 5)],
                public: false,
            },
        ]
    }

    /// A set of strokes.
    pub fn people_at_large(name: &str) -> anyhow::Result<Self> {
        let drawn = |class: glimpse::dataset::DrawnClass| {
            class.drawings.into_iter().map(|drawn| (drawn.writer, drawn.strokes)).collect()
        };
        let signs = read_set(name)?.classes.into_iter().map(drawn).collect();
        Ok(Self {
            signs,
            order: order_of(name),
            tasks: vec![(5, 1), (20, 1), (5, 5), (20, 5), (200, 5)],
            public: true,
        })
    }

    /// What each query's similarities are to every support drawing.
    fn queries(&self, recogniser: &Recogniser, only: impl Fn(usize) -> bool) -> anyhow::Result<Vec<Query>> {
        let writers: Vec<Vec<Option<&str>>> = self
            .signs
            .iter()
            .map(|drawings| drawings.iter().map(|(writer, _)| writer.as_deref()).collect())
            .collect();
        let mut tasks: Vec<(Episode<Place>, f64)> = Vec::new();
        for &(labels, shots) in self.tasks.iter().filter(|(_, shots)| only(*shots)) {
            let count = Self::QUERIES.div_ceil(2 * labels) as u64;
            for number in 0..count {
                let task = with_untaught(&writers, labels, shots, (1000 * labels + shots) as u64, number);
                let task = task.with_context(|| format!("no task of {shots} drawings a sign"))?;
                tasks.push((task, 1.0 / (count as f64 * self.tasks.len() as f64)));
            }
        }
        let places: BTreeSet<Place> =
            tasks.iter().flat_map(|(task, _)| task.support.iter().chain(&task.queries)).copied().collect();
        let drawing = |place: Place| (place, self.signs[place.character][place.drawing].1.clone());
        let drawings: Vec<_> = places.into_iter().map(drawing).collect();
        let gallery = Gallery::of_strokes(recogniser, &drawings, self.order)?;
        let queries = tasks.par_iter().flat_map_iter(|(task, weight)| {
            let known = task.truth.iter().filter(|truth| truth.is_some()).count().max(1) as f64;
            let unknown = (task.queries.len() as f64 - known).max(1.0);
            let rows = gallery.similarity(recogniser, task).into_iter().zip(&task.truth);
            rows.map(move |(similarity, &truth)| Query {
                similarity,
                truth,
                shots: task.shots,
                weight: weight / if truth.is_some() { known } else { unknown },
                public: self.public,
            })
        });
        Ok(queries.collect())
    }
}

/// How alike a query is to every support drawing, label by label, and afterwards to every label.
struct Query {
    similarity: Vec<f32>,
    /// The label that is right, if its sign was taught.
    truth: Option<usize>,
    shots: usize,
    /// How much it counts among those of its source.
    weight: f64,
    /// Whether the public drew it.
    public: bool,
}

impl Query {
    fn taught(&self) -> Taught {
        Taught { labels: self.similarity.len() as f32, drawings: self.shots as f32 }
    }

    fn log_odds(&self, calibration: &Calibration) -> f32 {
        let best = self.similarity.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        calibration.log_odds(best, self.taught())
    }

    /// By label instead of by drawing.
    fn by_label(self, calibration: &Calibration) -> Self {
        Self {
            similarity: self.similarity.chunks(self.shots).map(|own| calibration.of_label(own)).collect(),
            ..self
        }
    }
}

/// The temperature over a label's drawings, times the sharpness of 20 labels of one drawing each: of what was tried, from the mean to the nearest, what lost nowhere, on
/// held-out background alphabets and on drawings of people at large.
const TEMPERATURE: f32 = 1.5;

/// What a source of the public's drawings counts beside one of held-out characters, where scores are fitted: chosen, with how much flatter scores are where a query is
/// like nothing that was taught, for the calibration error on both. (By likelihood such scores would be sharper, as they may be for the characters held out.)
fn public_and_caution(system: System) -> (f64, f32) {
    match system {
        System::Siamese | System::Triplet => (0.1, 2.0),
        System::Relation => (0.18, 1.0),
    }
}

/// What it counts where the line is drawn, since many of the public's signs are like none of their name.
const PUBLIC_AT_LINE: f64 = 0.015;

/// Share of the signs taught that fall under the line.
const LOST: f64 = 0.05;

/// Fits everything, in turn.
pub fn fit(system: System, weights: &Weights, sources: &[Source]) -> anyhow::Result<Calibration> {
    let recogniser = pollster::block_on(Recogniser::open(system, Engine::Flex, weights))?;
    let queries = |only: fn(usize) -> bool| -> anyhow::Result<Vec<Query>> {
        let parts = sources.iter().map(|source| source.queries(&recogniser, only));
        Ok(parts.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
    };
    let mut fitted =
        Calibration { temperature: 1.0, sharpness: [0.0; 3], line: [0.0; 3], slope: 1.0, caution: 0.0 };
    let (public, caution) = public_and_caution(system);
    let lone = queries(|shots| shots == 1)?;
    fitted.sharpness = sharpness(&lone, public, fitted);
    fitted.temperature = TEMPERATURE / fitted.alpha(Taught { labels: 20.0, drawings: 1.0 });

    let several = queries(|shots| shots > 1)?.into_iter().map(|query| query.by_label(&fitted));
    let queries: Vec<Query> = lone.into_iter().chain(several).collect();
    fitted.line = minimum([0.0; 3], |line| {
        let tried = Calibration { line: line.map(|v| v as f32), slope: 1.0, ..fitted };
        mean(&queries, PUBLIC_AT_LINE, |query| {
            // The pinball loss, least at a quantile (Koenker & Bassett 1978, "Regression quantiles").
            let above = f64::from(query.log_odds(&tried));
            query.truth.map_or(0.0, |_| (LOST * above).max((LOST - 1.0) * above))
        })
    })
    .map(|v| v as f32);
    let [slope] = minimum([0.0], |[slope]| {
        let tried = Calibration { slope: slope.exp() as f32, ..fitted };
        mean(&queries, public, |query| {
            let familiarity = f64::from(familiarity(query.log_odds(&tried)));
            -query.truth.map_or(1.0 - familiarity, |_| familiarity).max(1e-9).ln()
        })
    });
    fitted.slope = slope.exp() as f32;
    fitted.caution = caution;
    fitted.sharpness = sharpness(&queries, public, fitted);
    Ok(fitted)
}

/// The sharpness by which the right labels are likeliest.
fn sharpness(queries: &[Query], public: f64, fitted: Calibration) -> [f32; 3] {
    let fitted = minimum(fitted.sharpness.map(f64::from), |sharpness| {
        let tried = Calibration { sharpness: sharpness.map(|v| v as f32), ..fitted };
        mean(queries, public, |query| {
            let chance =
                |truth: usize| tried.scores(&query.similarity, query.log_odds(&tried), query.taught())[truth];
            query.truth.map_or(0.0, |truth| -f64::from(chance(truth).max(1e-9)).ln())
        })
    });
    fitted.map(|v| v as f32)
}

/// The mean loss, the public's sources counting this much.
fn mean(queries: &[Query], public: f64, loss: impl Fn(&Query) -> f64 + Sync) -> f64 {
    let counts = |query: &Query| query.weight * if query.public { public } else { 1.0 };
    queries.par_iter().map(|query| counts(query) * loss(query)).sum()
}

/// Where a function of a few numbers is least: compass search (Kolda, Lewis & Torczon 2003, "Optimization by direct search").
fn minimum<const N: usize>(start: [f64; N], of: impl Fn([f64; N]) -> f64) -> [f64; N] {
    let (mut at, mut step) = (start, 4.0);
    let mut least = of(at);
    while step > 1e-3 {
        let before = least;
        for axis in 0..N {
            for sign in [-1.0, 1.0] {
                let mut tried = at;
                tried[axis] += sign * step;
                let value = of(tried);
                if value < least {
                    (at, least) = (tried, value);
                }
            }
        }
        if least == before {
            step /= 2.0;
        }
    }
    at
}
