//! `glimpse evaluate --data`: any set of drawings, in one-shot tasks across those who drew them, and `weights/sets.json`, what is reported of them.

use std::{fmt, fs, path::Path, slice::Iter};

use anyhow::{Context, bail, ensure};
use clap::Args;
use glimpse::{
    baseline::Ink,
    dataset::{Drawn, DrawnClass, DrawnSet, Omniglot, Part},
    drawing::{Distortion, Drawing, Picture, Pose, SIDE, Strokes},
    episode::{Episode, Place, across_writers, with_untaught},
    recogniser::{Classification, Order},
    replay::{Bin, Trial, calibration_error, mean_interval, reliability, risk_by_coverage},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    baseline::Method,
    commit::commit,
    data,
    figure::{Digests, Figure, digests, merged, percent, read, read_if_any, write},
    gallery::Gallery,
    held_out::HELD_OUT,
    shipped::{Network, shipped_folder},
};

#[derive(Args)]
pub struct OnSets {
    /// Measure on these sets of strokes instead of a protocol's data, N-way K-shot, support and queries by different writers. A set is JSON:
    /// { name, kind: "strokes", classes: { label: [{ writer, strokes: [[x0, y0, x1, y1, …], …] }, …] } }. Or parts of Omniglot: omniglot:evaluation,
    /// omniglot:protonets, the 423 characters that Snell et al. 2017 test on, omniglot:protonets-rotated, the same in four quarter turns each, omniglot:held-out
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub data: Vec<String>,
    /// Classes of a task on --data; all where there are fewer
    #[arg(long, default_value_t = 20, requires = "data")]
    pub way: usize,
    /// Drawings shown of each
    #[arg(long, default_value_t = 1)]
    pub shots: usize,
    /// Measure how robust the systems are: distort every query so, and leave the support as it was drawn. Strokes of pictures, as Omniglot's, are taken to
    /// be written in the order of their nearest ends or from the upper left, as chance has it
    #[arg(long, value_enum, requires = "data", conflicts_with_all = ["methods", "write", "sets", "fine_tune"])]
    distort: Option<Distortion>,
    /// Methods without a network to measure beside the systems
    #[arg(
        long = "method",
        value_enum,
        value_delimiter = ',',
        requires = "data",
        conflicts_with = "fine_tune"
    )]
    methods: Vec<Method>,
}

/// What a method reached on a set.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    set: String,
    method: String,
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
    /// How far scores are from how often they are right, where scores are chances: see [`calibration_error`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calibration_error: Option<f64>,
    /// The bins that this is the mean of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reliability: Vec<Bin>,
    /// Where only the trials with the best scores count, what share of them is wrong: of a twentieth of all, of two twentieths, and so on to all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    risk: Vec<f64>,
    /// Of queries of signs that were not taught, as many classes taught as [`with_untaught`] has, the share that counts as not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<f64>,
    /// Of those of signs that were, the share that counts as not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost: Option<f64>,
}

/// Points of a risk–coverage curve.
const COVERAGES: usize = 20;

/// What samples a task: [`across_writers`] or [`with_untaught`].
type Sample = fn(&[Vec<Option<&str>>], usize, usize, u64, u64) -> Option<Episode<Place>>;

impl OnSets {
    pub fn measure(
        &self,
        networks: &[Network],
        episodes: usize,
        seed: u64,
        json: bool,
        file: Option<&Path>,
    ) -> anyhow::Result<()> {
        let sets = self.data.iter().map(|name| read_set(name)).collect::<anyhow::Result<Vec<_>>>()?;
        let mut rows = Vec::new();
        for (set, name) in sets.iter().zip(&self.data) {
            let context = || name.clone();
            let sampled = |sample: Sample| self.tasks(set, sample, episodes, seed).with_context(context);
            let (mut tasks, mut open_tasks) = (sampled(across_writers)?, sampled(with_untaught)?);
            let mut drawings: Vec<(Place, Strokes)> = (set.classes.iter().enumerate())
                .flat_map(|(character, class)| {
                    let place = move |drawing| Place { alphabet: 0, character, drawing };
                    let drawings = class.drawings.iter().enumerate();
                    drawings.map(move |(at, drawn)| (place(at), drawn.strokes.clone()))
                })
                .collect();
            let mut title = set.name.clone();
            if let Some(distortion) = self.distort {
                drawings.extend(distorted(distortion, &drawings, order_of(name)));
                for task in tasks.iter_mut().chain(&mut open_tasks) {
                    task.queries.iter_mut().for_each(|query| *query = in_distorted(query));
                }
                title = format!("{title}, queries {}", distortion.name());
            }
            for Network { recogniser, .. } in networks {
                let gallery = Gallery::of_strokes(recogniser, &drawings, order_of(name))?;
                let replayed = |tasks: &[Episode<Place>]| -> Vec<Vec<Trial>> {
                    tasks.par_iter().map(|task| gallery.replay(recogniser, task)).collect()
                };
                let closed = replayed(&tasks);
                let mut row = self.row(&title, recogniser.system().name(), &closed);
                row.reliability = reliability(closed.iter().flatten());
                row.calibration_error = Some(calibration_error(&row.reliability));
                row.risk = risk_by_coverage(closed.iter().flatten(), COVERAGES);
                let open = replayed(&open_tasks);
                row.refused = not_known(&open, |trial| trial.truth.is_none());
                row.lost = not_known(&open, |trial| trial.truth.is_some());
                rows.push(row);
            }
            let strokes = |place: &Place| &set.classes[place.character].drawings[place.drawing].strokes;
            for &method in &self.methods {
                let decide = |task: &Episode<Place>| {
                    method.decide(&task.map(|place| strokes(place)), ink, |strokes| (*strokes).clone())
                };
                let trials: Vec<Vec<Trial>> = tasks.par_iter().map(decide).collect();
                rows.push(self.row(&title, method.name(), &trials));
            }
        }
        Sets::new(networks, rows).tell(json, file)
    }

    fn tasks(
        &self,
        set: &DrawnSet,
        sample: Sample,
        episodes: usize,
        seed: u64,
    ) -> anyhow::Result<Vec<Episode<Place>>> {
        ensure!(
            episodes > 0 && self.way > 1 && self.shots > 0,
            "a task has two classes or more and a drawing shown of each: see --episodes, --way and --shots"
        );
        let classes: Vec<Vec<Option<&str>>> = (set.classes.iter())
            .map(|class| class.drawings.iter().map(|drawn| drawn.writer.as_deref()).collect())
            .collect();
        let task = |number| sample(&classes, self.way, self.shots, seed, number);
        (0..episodes as u64).map(task).collect::<Option<_>>().with_context(|| {
            format!("it needs two classes or more with a drawing and {} others by other writers", self.shots)
        })
    }

    fn row(&self, set: &str, method: &str, episodes: &[Vec<Trial>]) -> Row {
        let better = |trial: &Trial| {
            let own = trial.truth.map_or(f32::INFINITY, |truth| trial.scores[truth]);
            trial.scores.iter().filter(|score| **score > own).count()
        };
        let better: Vec<Vec<usize>> =
            episodes.iter().map(|trials| trials.iter().map(better).collect()).collect();
        Row::new(set, method, episodes[0].len(), self.shots, &better)
    }
}

impl Row {
    /// Of episodes that say of each trial how many classes came before the right one.
    pub fn new(set: &str, method: &str, way: usize, shots: usize, episodes: &[Vec<usize>]) -> Self {
        let share = |of_best: usize| -> Vec<f64> {
            let among = |better: &&usize| **better < of_best;
            let of = |trials: &Vec<usize>| trials.iter().filter(among).count() as f64 / trials.len() as f64;
            episodes.iter().map(of).collect()
        };
        let ((top_1, top_1_interval), (top_5, top_5_interval)) =
            (mean_interval(&share(1)), mean_interval(&share(5)));
        Self {
            set: set.into(),
            method: method.into(),
            way,
            shots,
            episodes: episodes.len(),
            trials: episodes.iter().map(Vec::len).sum(),
            top_1,
            top_1_interval,
            top_5,
            top_5_interval,
            calibration_error: None,
            reliability: vec![],
            risk: vec![],
            refused: None,
            lost: None,
        }
    }
}

/// Of some of the trials, the share whose sign counts as not known.
fn not_known(episodes: &[Vec<Trial>], some: impl Fn(&&Trial) -> bool) -> Option<f64> {
    let of: Vec<f32> = episodes.iter().flatten().filter(some).filter_map(|trial| trial.familiarity).collect();
    let unknown = of.iter().filter(|familiarity| **familiarity < Classification::LINE).count();
    (!of.is_empty()).then(|| unknown as f64 / of.len() as f64)
}

/// The distorted drawings of all, seeded by their place among them, as those of a second alphabet.
fn distorted(distortion: Distortion, drawings: &[(Place, Strokes)], order: Order) -> Vec<(Place, Strokes)> {
    let distort = |(index, (place, strokes)): (usize, &(Place, Strokes))| {
        let mut rng = ChaCha8Rng::seed_from_u64(index as u64);
        let strokes = if order == Order::Traced { &strokes.as_written(&mut rng) } else { strokes };
        (in_distorted(place), distortion.of(strokes, &mut rng))
    };
    drawings.par_iter().enumerate().map(distort).collect()
}

/// Where [`distorted`] puts the drawing of a place.
fn in_distorted(place: &Place) -> Place {
    Place { alphabet: 1, ..*place }
}

/// What the names of Omniglot's parts begin with.
const OMNIGLOT: &str = "omniglot:";

/// What the order of a set's strokes is: Omniglot is one of pictures.
pub fn order_of(name: &str) -> Order {
    if name.starts_with(OMNIGLOT) { Order::Traced } else { Order::Written }
}

/// A set by the name of its file, or a part of Omniglot.
pub fn read_set(name: &str) -> anyhow::Result<DrawnSet> {
    let Some(part) = name.strip_prefix(OMNIGLOT) else {
        let json = fs::read(name).with_context(|| format!("reading {name}"))?;
        return DrawnSet::from_json(&json).with_context(|| name.to_owned());
    };
    let upright = || Pose::ALL[..1].iter();
    let set = |title: &str, poses: Iter<Pose>, part: Part, takes: &dyn Fn(&str, usize, usize) -> bool| {
        Ok(of_omniglot(title, poses, &data().omniglot(part)?, takes))
    };
    let of_protonets = |alphabet: &str, at: usize, of: usize| {
        PROTONETS.contains(&alphabet) || alphabet == "Gurmukhi" && at + 4 >= of
    };
    match part {
        "evaluation" => set("Omniglot, evaluation", upright(), Part::Evaluation, &|_, _, _| true),
        "protonets" => set("Omniglot, test of ProtoNets", upright(), Part::Evaluation, &of_protonets),
        "protonets-rotated" => {
            let turned = Pose::ALL[..4].iter();
            set("Omniglot, test of ProtoNets, rotated", turned, Part::Evaluation, &of_protonets)
        }
        "held-out" => {
            let held_out = |alphabet: &str, _, _| HELD_OUT.contains(&alphabet);
            set("Omniglot, held out", upright(), Part::Background, &held_out)
        }
        _ => {
            bail!("there is no omniglot:{part}: choose evaluation, protonets, protonets-rotated or held-out")
        }
    }
}

/// Whole alphabets of the split that Snell et al. 2017, "Prototypical networks for few-shot learning", test on, and since then most; the last four characters of Gurmukhi are the others.
const PROTONETS: [&str; 12] = [
    "Kannada",
    "Keble",
    "Malayalam",
    "Manipuri",
    "Mongolian",
    "Old_Church_Slavonic_(Cyrillic)",
    "Oriya",
    "Sylheti",
    "Syriac_(Serto)",
    "Tengwar",
    "Tibetan",
    "ULOG",
];

/// Characters of Omniglot in some poses, each a class of its own, by alphabet, place in it, and how many there are.
fn of_omniglot(
    name: &str,
    poses: Iter<Pose>,
    omniglot: &Omniglot,
    takes: &dyn Fn(&str, usize, usize) -> bool,
) -> DrawnSet {
    let mut classes = Vec::new();
    for alphabet in &omniglot.alphabets {
        let all = alphabet.characters.len();
        let taken = alphabet.characters.iter().enumerate().filter(|&(at, _)| takes(&alphabet.name, at, all));
        for (_, character) in taken {
            let drawings: Vec<Strokes> =
                character.drawings.par_iter().map(|drawing| drawing.picture().strokes()).collect();
            classes.extend(poses.clone().enumerate().map(|(turns, pose)| {
                let drawn = |(drawer, strokes): (usize, &Strokes)| Drawn {
                    writer: Some(drawer.to_string()),
                    strokes: pose.of(strokes),
                };
                DrawnClass {
                    label: format!("{}/{}/{turns}", alphabet.name, character.name),
                    drawings: drawings.iter().enumerate().map(drawn).collect(),
                }
            }));
        }
    }
    DrawnSet { name: name.into(), classes }
}

/// What is reported on sets of drawings.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sets {
    /// SHA-256 of the weights measured.
    weights: Digests,
    /// The commit at which rows were last measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    rows: Vec<Row>,
}

impl Sets {
    /// Reads the file.
    ///
    /// # Errors
    /// If a row is of other weights, or says what cannot be.
    pub fn read(path: &Path, weights: &Digests) -> anyhow::Result<Self> {
        let sets: Self = read(path)?;
        ensure!(sets.weights == *weights, "{} is of other weights: measure its rows anew", path.display());
        for row in &sets.rows {
            let shares = [Some(row.top_1), Some(row.top_5), row.refused, row.lost, row.calibration_error];
            let sound = shares.iter().flatten().all(|share| (0.0..=1.0).contains(share))
                && row.top_1_interval[0] <= row.top_1
                && row.top_1 <= row.top_1_interval[1]
                && row.top_1 <= row.top_5;
            ensure!(sound, "{}: {} says what cannot be", path.display(), row.subject());
        }
        Ok(sets)
    }

    /// What was measured of networks.
    pub fn new(networks: &[Network], rows: Vec<Row>) -> Self {
        let measured = networks.iter().map(|network| (network.recogniser.system(), network.digest.clone()));
        Self { weights: measured.collect(), commit: None, rows }
    }

    /// Prints the rows, and writes them into a file if there is one to write.
    pub fn tell(self, json: bool, file: Option<&Path>) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string_pretty(&self.rows)?);
        } else {
            print!("{self}");
        }
        file.map_or(Ok(()), |file| self.write(file))
    }

    /// Writes the file anew; rows of before that were not measured now stay if they are of the weights of now.
    fn write(mut self, path: &Path) -> anyhow::Result<()> {
        let weights = digests(&shipped_folder())?;
        if let Some(before) = read_if_any::<Self>(path)?.filter(|before| before.weights == weights) {
            let mut subjects: Vec<String> = before.rows.iter().map(Row::subject).collect();
            subjects.extend(self.rows.iter().map(Row::subject));
            self.rows = merged(self.rows, before.rows, &subjects);
        }
        self.weights = weights;
        self.commit = commit(&shipped_folder());
        write(path, (serde_json::to_string_pretty(&self)? + "\n").as_bytes())
    }
}

impl Figure for Row {
    fn subject(&self) -> String {
        let Self { set, method, way, shots, .. } = self;
        format!("{method} on {set}, {way}-way {shots}-shot")
    }
}

impl Sets {
    /// The accuracy alone, as Markdown: a line a row.
    pub fn accuracy(&self) -> String {
        let head = "| | method | trials | top 1 | top 5 |\n|---|---|---|---|---|\n".to_owned();
        self.rows.iter().fold(head, |table, row| table + &row.accuracy() + "\n")
    }

    /// Of Omniglot's parts, and of the other sets, what is to be said of each.
    pub fn apart(self) -> [Self; 2] {
        let (omniglot, others) = self.rows.into_iter().partition(|row| row.set.starts_with("Omniglot"));
        [omniglot, others].map(|rows| Self { weights: self.weights.clone(), commit: None, rows })
    }
}

/// Markdown: a line a row.
impl fmt::Display for Sets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| | method | trials | top 1 | top 5 | calibration error | untaught refused | taught refused |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

/// The ink of a drawing as the encoder sees it.
fn ink(strokes: &&Strokes) -> Ink {
    let drawing = Drawing::from_strokes(strokes).expect("a set's drawings can be drawn");
    Ink::of(&Picture::new(SIDE, SIDE, drawing.pixels().to_vec()).expect("a drawing is a picture"))
}

impl Row {
    fn accuracy(&self) -> String {
        let share = |share, [low, high]: [f64; 2]| {
            format!("{} ({} to {})", percent(share), percent(low), percent(high))
        };
        let Self { set, method, way, shots, trials, .. } = self;
        let (top_1, top_5) = (share(self.top_1, self.top_1_interval), share(self.top_5, self.top_5_interval));
        format!("| {set}, {way}-way {shots}-shot | {method} | {trials} | {top_1} | {top_5} |")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |share: Option<f64>| share.map_or_else(|| "—".into(), percent);
        let (refused, lost) = (share(self.refused), share(self.lost));
        let error = self.calibration_error.map_or_else(|| "—".into(), |error| format!("{error:.3}"));
        write!(f, "{} {error} | {refused} | {lost} |", self.accuracy())
    }
}
