//! A system's card, which lies beside its weights: how they were made, and what they reach on what was held out.

use std::{fs, path::Path};

use anyhow::{Context, ensure};
use glimpse::{dataset::sha256, learn::Recipe, model::System};
use serde::{Deserialize, Serialize};

use crate::{
    figure::{complete, heading, read, thousands},
    held_out::HeldOut,
    report::Row,
    split::Split,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub system: System,
    pub source: String,
    /// SHA-256 of the weights.
    pub weights: String,
    #[serde(default)]
    pub split: Split,
    /// SHA-256 of the alphabets' pixels.
    pub data: String,
    pub held_out: Vec<String>,
    pub recipe: Recipe,
    pub steps: usize,
    pub hours: f64,
    pub parameters: usize,
    pub bytes: usize,
    pub scores: Scores,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// On the held-out alphabets, by [`HeldOut::PROTOCOLS`].
    pub held_out: Vec<Row>,
}

impl Card {
    /// Reads the card that lies beside its weights.
    ///
    /// # Errors
    /// If it is not of these weights, or contradicts itself.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let card: Self = read(path)?;
        let weights = path.with_extension("safetensors");
        let weights = fs::read(&weights).with_context(|| format!("reading {}", weights.display()))?;
        card.check(&weights).with_context(|| path.display().to_string())?;
        Ok(card)
    }

    fn check(&self, weights: &[u8]) -> anyhow::Result<()> {
        let system = self.system;
        ensure!(self.source == system.source(), "it is not of {system}");
        ensure!((&self.weights, self.bytes) == (&sha256([weights]), weights.len()), "it is of other weights");
        ensure!(self.data == self.split.digest(), "it is of other data");
        let Recipe { pretraining, metric, annealing, .. } = &self.recipe;
        let steps = pretraining.as_ref().map_or(0, |p| p.steps) + metric.steps + annealing.steps;
        ensure!(self.steps == steps, "{} steps are not those of its recipe", self.steps);
        let subjects = HeldOut::PROTOCOLS.map(|(protocol, _)| Row::subject_of(system.name(), protocol, 1));
        complete(&self.scores.held_out, &subjects)?;
        for (row, (_, tasks)) in self.scores.held_out.iter().zip(HeldOut::PROTOCOLS) {
            row.check(tasks as usize)?;
        }
        Ok(())
    }
}

/// Markdown: a line for each system, of its accuracy on the held-out alphabets.
///
/// # Errors
/// If a card is not of the weights beside it, or contradicts itself.
pub fn table(folder: &Path) -> anyhow::Result<String> {
    let [within, random] = HeldOut::PROTOCOLS.map(|(protocol, _)| protocol);
    let mut table = format!("| held out | steps | bytes | {within} | {random} |\n|---|---|---|---|---|\n");
    for system in System::ALL {
        let path = folder.join(format!("{system}.json"));
        let Card { steps, bytes, scores, system: of, .. } = Card::read(&path)?;
        ensure!(of == system, "{} is not of {system}", path.display());
        let shares: Vec<String> = scores.held_out.iter().map(Row::share).collect();
        let name = heading(system.name());
        table +=
            &format!("| {name} | {} | {} | {} |\n", thousands(steps), thousands(bytes), shares.join(" | "));
    }
    Ok(table)
}
