//! `glimpse evaluate --studies`: networks trained otherwise than those that ship, to stand beside them; `weights/studies.json` says what they reach.

use std::{
    fmt::{self, Write as _},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use glimpse::{
    dataset::Omniglot,
    drawing::Pose,
    engine::Engine,
    episode::{Archive, Protocol},
    learn::Recipe,
    model::{System, Weights},
    recogniser::Recogniser,
    replay::decide_together,
};
use serde::{Deserialize, Serialize};

use crate::{
    card::Card,
    commit::commit,
    figure::{Figure, complete, heading, merged, read, read_if_any, thousands, write},
    gallery::Gallery,
    report::Row,
    scores::Scores,
    shipped::shipped_folder,
    split::Split,
    tasks::{EPISODES, Kind, episodes, sampled, strokes},
};

/// The columns of the table.
const PROTOCOLS: [Protocol; 4] = [
    Protocol::Official,
    Protocol::WithinAlphabet,
    Protocol::Random { way: 20, shots: 1 },
    Protocol::Random { way: 20, shots: 5 },
];

/// Ways to hold a drawing, each of which is a character of its own where papers say that they turn what they test on (Sung et al. 2018).
const TURNS: usize = 4;

/// A network trained otherwise: weights and card in `weights/studies`.
struct Study {
    name: String,
    card: Card,
}

impl Study {
    /// All of them, by name.
    fn all(weights: &Path) -> anyhow::Result<Vec<Self>> {
        let folder = weights.join("studies");
        let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        let paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<PathBuf>>>()?;
        let mut cards: Vec<PathBuf> =
            paths.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
        cards.sort();
        let study = |path: &PathBuf| {
            let name = path.file_stem().context("a card has a name")?.to_string_lossy().into_owned();
            Ok(Self { name, card: Card::read(path)? })
        };
        cards.iter().map(study).collect()
    }

    /// Those of [`PROTOCOLS`] whose characters it has not learnt from, in each way that it is tested.
    fn tests(&self) -> impl Iterator<Item = (Protocol, Way)> {
        let of_random = self.card.split == Split::Random;
        let is_of = move |protocol: &Protocol| !of_random || matches!(protocol, Protocol::Random { .. });
        let ways = if of_random { &Way::ALL[..] } else { &Way::ALL[..1] };
        ways.iter()
            .flat_map(move |&way| PROTOCOLS.into_iter().filter(is_of).map(move |protocol| (protocol, way)))
    }

    fn subjects(&self) -> impl Iterator<Item = String> {
        self.tests().map(|test| Measured::subject_of(&self.name, test))
    }

    fn open(&self) -> anyhow::Result<Recogniser> {
        let path = shipped_folder().join("studies").join(&self.name).with_extension("safetensors");
        let weights = Weights::from_bytes(&fs::read(&path)?)?;
        pollster::block_on(Recogniser::open(self.card.system, Engine::Flex, &weights))
            .with_context(|| format!("opening {}", path.display()))
    }

    /// What it learnt first, before or instead of its own objective.
    fn begins(&self) -> &'static str {
        match &self.card.recipe {
            Recipe { pretraining: Some(_), .. } => "contrast, then its own objective",
            Recipe { encoder: Some(_), .. } => "Triplet's encoder, then its own objective",
            _ => "its own objective alone, from nothing",
        }
    }
}

/// How a protocol is followed.
#[derive(Clone, Copy, PartialEq)]
struct Way {
    /// Whether each character is four, in quarter turns.
    turned: bool,
    /// Whether the queries of a task are decided together: see [`decide_together()`].
    transductive: bool,
}

impl Way {
    /// As every other figure is measured, and then as papers do that report on a random split.
    const ALL: [Self; 4] = [
        Self { turned: false, transductive: false },
        Self { turned: true, transductive: false },
        Self { turned: false, transductive: true },
        Self { turned: true, transductive: true },
    ];
}

/// The end of a row's name.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.turned { ", in four quarter turns each" } else { "" })?;
        f.write_str(if self.transductive { ", transductive" } else { "" })
    }
}

/// What a study reached under a protocol.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Measured {
    study: String,
    /// SHA-256 of its weights.
    weights: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    turned: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    transductive: bool,
    row: Row,
}

impl Measured {
    fn subject_of(study: &str, (protocol, way): (Protocol, Way)) -> String {
        format!("{study} under {protocol}{way}")
    }
}

impl Figure for Measured {
    fn subject(&self) -> String {
        let Self { turned, transductive, .. } = *self;
        Self::subject_of(&self.study, (self.row.protocol, Way { turned, transductive }))
    }
}

/// `weights/studies.json`.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Studies {
    /// The commit at which rows were last measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    rows: Vec<Measured>,
}

/// Measures every study and writes the file anew; rows of the weights of now stay as they are.
pub fn measure(path: &Path) -> anyhow::Result<()> {
    let studies = Study::all(&shipped_folder())?;
    let mut before = read_if_any::<Studies>(path)?.unwrap_or_default().rows;
    let of_now = |row: &Measured| {
        studies.iter().any(|study| (&row.study, &row.weights) == (&study.name, &study.card.weights))
    };
    before.retain(of_now);
    let of_alphabets = |study: &Study| study.card.split != Split::Random;
    let of_random = |study: &Study| !of_alphabets(study);
    let upright = Split::random_test()?;
    let mut rows = Vec::new();
    for (archive, turned, is_of) in [
        (Kind::Official.read()?, false, &of_alphabets as &dyn Fn(&Study) -> bool),
        (Kind::Evaluation.read()?, false, &of_alphabets),
        (Archive::Omniglot(upright.clone()), false, &of_random),
        (
            Archive::Omniglot(Omniglot { alphabets: vec![upright.alphabets.clone(); TURNS].concat() }),
            true,
            &of_random,
        ),
    ] {
        for protocol in archive.protocols().filter(|protocol| PROTOCOLS.contains(protocol)) {
            let is_new = |study: &Study, (own, way): &(Protocol, Way)| {
                let subject = Measured::subject_of(&study.name, (*own, *way));
                *own == protocol && way.turned == turned && !before.iter().any(|row| row.subject() == subject)
            };
            let new: Vec<(&Study, Vec<Way>)> = studies
                .iter()
                .filter(|study| is_of(study))
                .map(|study| {
                    (study, study.tests().filter(|test| is_new(study, test)).map(|(_, way)| way).collect())
                })
                .filter(|(_, ways): &(_, Vec<Way>)| !ways.is_empty())
                .collect();
            if new.is_empty() {
                continue;
            }
            let tasks = sampled(&archive, protocol, EPISODES, 0)?;
            let mut drawings = strokes(&archive, tasks.iter());
            if turned {
                for (place, drawing) in &mut drawings {
                    *drawing = Pose::ALL[place.alphabet / upright.alphabets.len()].of(drawing);
                }
            }
            for (study, ways) in new {
                let recogniser = study.open()?;
                let gallery = Gallery::new(&recogniser, &drawings, 1)?;
                let trials = gallery.replay_all(&recogniser, protocol, &tasks)?;
                for way @ Way { turned, transductive } in ways {
                    let mut trials = trials.clone();
                    if transductive {
                        trials.iter_mut().for_each(|task| decide_together(task));
                    }
                    let row = Row::new(recogniser.system().name(), protocol, 1, &trials);
                    println!("{}{way}: {row}", study.name);
                    let (study, weights) = (study.name.clone(), study.card.weights.clone());
                    rows.push(Measured { study, weights, turned, transductive, row });
                }
            }
        }
    }
    let subjects: Vec<String> = studies.iter().flat_map(Study::subjects).collect();
    let all = Studies { commit: commit(&shipped_folder()), rows: merged(rows, before, &subjects) };
    write(path, (serde_json::to_string_pretty(&all)? + "\n").as_bytes())
}

/// Markdown: a line for each system as it ships, and one for each study.
///
/// # Errors
/// If the file is not whole, or of other weights than lie there.
pub fn table(weights: &Path, scores: &Scores) -> anyhow::Result<String> {
    let studies = Study::all(weights)?;
    let path = weights.join("studies.json");
    let Studies { rows, .. } = read(&path)?;
    let subjects: Vec<String> = studies.iter().flat_map(Study::subjects).collect();
    complete(&rows, &subjects).with_context(|| path.display().to_string())?;
    let mut table = String::from("| | learnt by | from | steps |");
    PROTOCOLS.iter().try_for_each(|protocol| write!(table, " {protocol} |"))?;
    table += &format!("\n|---|---|---|---|{}\n", "---|".repeat(PROTOCOLS.len()));
    let mut line = |study: &Study, name: &str, row: &dyn Fn(Protocol) -> Option<String>| {
        let Card { system, split, steps, .. } = study.card;
        let shares = PROTOCOLS.map(|protocol| row(protocol).unwrap_or_default());
        let (system, steps) = (heading(system.name()), thousands(steps));
        writeln!(
            table,
            "| {system}{name} | {} | {split} | {steps} | {} |",
            study.begins(),
            shares.join(" | ")
        )
    };
    for system in System::ALL {
        let shipped =
            Study { name: system.name().into(), card: Card::read(&weights.join(format!("{system}.json")))? };
        line(&shipped, ", as it ships", &|protocol| scores.share(system, protocol))?;
    }
    for study in &studies {
        for measured in rows.iter().filter(|row| row.study == study.name) {
            let Measured { weights, row, .. } = measured;
            ensure!(*weights == study.card.weights, "{} is of other weights", measured.subject());
            row.check(episodes(row.protocol, EPISODES)).with_context(|| measured.subject())?;
            ensure!(row.system == study.card.system.name(), "{} is of another system", measured.subject());
        }
        for way in Way::ALL {
            if study.tests().any(|test| test.1 == way) {
                line(study, &way.to_string(), &|protocol| {
                    let subject = Measured::subject_of(&study.name, (protocol, way));
                    rows.iter().find(|row| row.subject() == subject).map(|measured| measured.row.share())
                })?;
            }
        }
    }
    Ok(table)
}
