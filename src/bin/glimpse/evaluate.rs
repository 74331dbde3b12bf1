//! `glimpse evaluate`

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use glimpse::{
    engine::Engine,
    episode::Episode,
    model::Weights,
    recogniser::Recogniser,
    replay::{Trial, replay},
};
use serde::Serialize;

use crate::{data, report::Report};

#[derive(Args)]
pub struct Evaluate {
    /// Which network
    #[arg(long, default_value = "siamese")]
    system: System,
    /// Which task
    #[arg(long, default_value = "official")]
    protocol: Protocol,
    /// What computes
    #[arg(long, default_value = "flex")]
    engine: Engine,
    /// Weights to measure instead of those of this repository
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Also write every trial's decision to this file, as JSON
    #[arg(long)]
    trials_file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum System {
    /// Koch et al. 2015
    Siamese,
}

impl System {
    pub fn name(self) -> &'static str {
        match self {
            Self::Siamese => "siamese",
        }
    }

    /// Where this repository keeps the system's weights; the card lies beside it as `.json`.
    pub fn weights(self) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("weights").join(format!("{}.safetensors", self.name()))
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Protocol {
    /// Lake's official 20 runs of 20 trials, 20-way within one alphabet
    Official,
}

#[derive(Serialize)]
struct Decision<'a> {
    run: usize,
    trial: usize,
    #[serde(flatten)]
    outcome: &'a Trial,
}

impl Evaluate {
    pub fn run(&self) -> anyhow::Result<()> {
        let Protocol::Official = self.protocol;
        let path = self.weights.clone().unwrap_or_else(|| self.system.weights());
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let weights = Weights::from_bytes(&bytes)?;
        let recogniser = pollster::block_on(Recogniser::open(self.engine, &weights))?;
        let runs = official(&recogniser)?;
        if let Some(path) = &self.trials_file {
            let decisions: Vec<Decision> = runs
                .iter()
                .enumerate()
                .flat_map(|(run, trials)| {
                    trials.iter().enumerate().map(move |(trial, outcome)| Decision { run, trial, outcome })
                })
                .collect();
            fs::write(path, serde_json::to_vec(&decisions)?)
                .with_context(|| format!("writing {}", path.display()))?;
        }
        report(self.system, &runs).print(self.json)
    }
}

/// Every trial of the official runs.
pub fn official(recogniser: &Recogniser) -> anyhow::Result<Vec<Vec<Trial>>> {
    let runs = data().official_runs().context("reading the official runs")?;
    runs.runs
        .iter()
        .map(|run| Ok(pollster::block_on(replay(recogniser, &Episode::official(run)?))?))
        .collect()
}

pub fn report(system: System, runs: &[Vec<Trial>]) -> Report {
    let outcomes: Vec<Vec<bool>> = runs.iter().map(|run| run.iter().map(Trial::correct).collect()).collect();
    Report::new(system.name(), "official", &outcomes)
}
