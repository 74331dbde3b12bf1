//! `glimpse evaluate`

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use glimpse::{
    dataset::sha256,
    engine::Engine,
    episode::{Episode, Place, Protocol},
    model::{System, Weights},
    recogniser::Recogniser,
    replay::Trial,
};
use serde::Serialize;

use crate::{
    baseline::Method,
    drawn::{OnSets, Sets},
    figure::{digests, read_if_any, write},
    find::Find,
    fine_tune::FineTuning,
    gallery::Gallery,
    report::Row,
    scores::Scores,
    shipped::{Network, shipped, shipped_folder},
    studies,
    tasks::{EPISODES, Kind, sampled, strokes},
};

#[derive(Args)]
pub struct Evaluate {
    /// Which network: siamese, triplet, relation, or all of them and the baselines
    #[arg(long, default_value = "siamese")]
    system: String,
    /// Which protocol: official, random-5-way-1-shot, random-5-way-5-shot, random-20-way-1-shot, random-20-way-5-shot,
    /// within-alphabet, verification, verification-within-alphabet, mnist, or all of them
    #[arg(long, default_value = "official")]
    protocol: String,
    /// Episodes of a protocol that samples them; of verification ten times as many pairs, of baselines a hundred at most
    #[arg(long, default_value_t = EPISODES)]
    episodes: usize,
    /// Seed of the episodes
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Views of each drawing, all but the first slightly warped, over which similarity is averaged (test-time augmentation)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    views: u32,
    /// What computes
    #[arg(long, default_value = "flex")]
    engine: Engine,
    /// Weights to measure instead of those of this repository; of one system
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Print JSON: a row, or for `all` every row and the published figures
    #[arg(long)]
    json: bool,
    /// Also write every trial's decision to this file, as JSON; of one system and one protocol
    #[arg(long)]
    trials_file: Option<PathBuf>,
    /// Also write what is measured to this file of figures, weights/scores.json or, of --fine-tune, weights/fine-tuning.json, or, of --data, weights/sets.json; what
    /// stands there of other systems and protocols stays if it is of the weights of now
    #[arg(long, value_name = "FILE", conflicts_with_all = ["weights", "seed", "engine", "trials_file"])]
    write: Option<PathBuf>,
    /// Measure tasks before and after fine-tuning on their support: 20-way 1-shot and 5-shot over the evaluation characters,
    /// MNIST 10-way 1-shot and 5-shot; or, with --data, across the writers of these sets
    #[arg(long, conflicts_with_all = ["protocol", "episodes", "views", "trials_file"])]
    fine_tune: bool,
    /// Measure the networks of weights/studies, which were trained otherwise than those that ship, into weights/studies.json
    #[arg(long, conflicts_with_all = ["protocol", "episodes", "seed", "views", "weights", "json", "trials_file", "fine_tune"], requires = "write")]
    studies: bool,
    #[command(flatten)]
    fine_tuning: FineTuning,
    #[command(flatten)]
    on_sets: OnSets,
    #[command(flatten)]
    find: Find,
}

#[derive(Serialize)]
struct Decision<'a> {
    episode: usize,
    trial: usize,
    #[serde(flatten)]
    outcome: &'a Trial,
}

impl Evaluate {
    pub fn run(&self) -> anyhow::Result<()> {
        if let (true, Some(path)) = (self.studies, &self.write) {
            return studies::measure(path);
        }
        let systems = match &*self.system {
            "all" => System::ALL.to_vec(),
            name => vec![named(name)?],
        };
        if systems.len() > 1 && self.weights.is_some() {
            bail!("--weights are of one system: name it with --system");
        }
        let open = || systems.iter().map(|&system| self.open(system)).collect::<anyhow::Result<Vec<_>>>();
        if self.fine_tune {
            return self.fine_tuning.measure(
                &open()?,
                &self.on_sets,
                self.seed,
                self.json,
                self.write.as_deref(),
            );
        }
        if !self.find.sets.is_empty() {
            let networks = open()?;
            let rows = self.find.measure(&networks, &self.on_sets)?;
            return Sets::new(&networks, rows).tell(self.json, self.write.as_deref());
        }
        if !self.on_sets.data.is_empty() {
            return self.on_sets.measure(
                &open()?,
                self.episodes,
                self.seed,
                self.json,
                self.write.as_deref(),
            );
        }
        let protocols = match &*self.protocol {
            "all" => Protocol::ALL.to_vec(),
            name => vec![name.parse().map_err(anyhow::Error::msg)?],
        };
        let single = systems.len() == 1 && protocols.len() == 1;
        let views = self.views as usize;
        ensure!(
            self.write.is_none() || self.episodes == EPISODES,
            "a file of figures holds what {EPISODES} episodes gave: leave out --episodes"
        );
        if self.write.is_some()
            && !protocols.iter().all(|&protocol| Scores::hold(systems[0], protocol, views))
        {
            bail!(
                "a file of figures holds the official runs in 8 views, and every protocol in one: choose one of these"
            );
        }
        if !single && self.trials_file.is_some() {
            bail!("--trials-file is of one system and one protocol: name them with --system and --protocol");
        }

        self.write.as_deref().map_or(Ok(None), read_if_any::<Scores>)?;
        let networks = open()?;
        let mut rows = Vec::new();
        for kind in Kind::ALL {
            let own: Vec<Protocol> = protocols.iter().copied().filter(|p| Kind::of(*p) == kind).collect();
            if own.is_empty() {
                continue;
            }
            let archive = kind.read()?;
            let episodes: Vec<(Protocol, Vec<Episode<Place>>)> = own
                .iter()
                .map(|&p| Ok((p, sampled(&archive, p, self.episodes, self.seed)?)))
                .collect::<anyhow::Result<_>>()?;
            let drawings = strokes(&archive, episodes.iter().flat_map(|(_, episodes)| episodes));
            for Network { recogniser, .. } in &networks {
                let gallery = Gallery::new(recogniser, &drawings, views)?;
                for (protocol, episodes) in &episodes {
                    let trials = gallery.replay_all(recogniser, *protocol, episodes)?;
                    if let Some(path) = &self.trials_file {
                        write_decisions(path, &trials)?;
                    }
                    rows.push(Row::new(recogniser.system().name(), *protocol, views, &trials));
                }
            }
            if systems.len() > 1 && views == 1 {
                for method in Method::ALL {
                    let followed = episodes.iter().filter(|(protocol, _)| method.follows(*protocol));
                    rows.extend(followed.map(|(p, episodes)| method.measure(&archive, *p, episodes)));
                }
            }
        }
        let weights =
            networks.into_iter().map(|Network { recogniser, digest }| (recogniser.system(), digest));
        let scores = Scores::new(weights.collect(), rows);
        match (&scores.rows[..], self.json) {
            ([row], true) if single => println!("{}", serde_json::to_string(row)?),
            ([row], false) if single => println!("{row}"),
            (_, true) => println!("{}", serde_json::to_string_pretty(&scores)?),
            (_, false) => print!("{scores}"),
        }
        self.write.as_ref().map_or(Ok(()), |path| scores.write(path, digests(&shipped_folder())?))
    }

    fn open(&self, system: System) -> anyhow::Result<Network> {
        let path = self.weights.clone().unwrap_or_else(|| shipped(system));
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let opened = pollster::block_on(Recogniser::open(system, self.engine, &Weights::from_bytes(&bytes)?));
        let recogniser = opened.with_context(|| format!("opening {}", path.display()))?;
        Ok(Network { recogniser, digest: sha256([&bytes[..]]) })
    }
}

fn named(name: &str) -> anyhow::Result<System> {
    let known = || System::ALL.map(System::name).join(", ");
    let found = System::ALL.into_iter().find(|system| system.name() == name);
    found.with_context(|| format!("there is no system {name}: choose among {}, all", known()))
}

fn write_decisions(path: &Path, episodes: &[Vec<Trial>]) -> anyhow::Result<()> {
    let decisions: Vec<Decision> = episodes
        .iter()
        .enumerate()
        .flat_map(|(episode, trials)| {
            trials.iter().enumerate().map(move |(trial, outcome)| Decision { episode, trial, outcome })
        })
        .collect();
    write(path, &serde_json::to_vec(&decisions)?)
}
