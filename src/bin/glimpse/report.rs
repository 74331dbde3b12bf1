//! What measurements are told as: a table for people, JSON for programs.

use std::fmt;

use glimpse::{
    episode::Protocol,
    replay::{Tally, Trial, area_under_curve},
};
use serde::Serialize;

use crate::published::{PUBLISHED, Published};

/// One method under one protocol.
#[derive(Serialize)]
pub struct Row {
    /// A network's system, or a baseline.
    pub system: String,
    pub protocol: Protocol,
    /// Looks at each drawing that were averaged.
    pub looks: usize,
    pub episodes: usize,
    #[serde(flatten)]
    tally: Tally,
    accuracy: f64,
    interval: [f64; 2],
    /// Area under the receiver operating characteristic, of verification.
    auc: Option<f64>,
    /// Of the official runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_run: Option<Vec<usize>>,
}

impl Row {
    pub fn new(system: &str, protocol: Protocol, looks: usize, episodes: &[Vec<Trial>]) -> Self {
        let tally: Tally = episodes.iter().flatten().map(Trial::correct).collect();
        let right = |trials: &Vec<Trial>| trials.iter().filter(|trial| trial.correct()).count();
        let auc = (protocol == Protocol::Verification).then(|| area_under_curve(episodes.iter().flatten()));
        Self {
            system: system.into(),
            protocol,
            looks,
            episodes: episodes.len(),
            tally,
            accuracy: tally.accuracy(),
            interval: tally.interval(),
            auc: auc.flatten(),
            per_run: (protocol == Protocol::Official).then(|| episodes.iter().map(right).collect()),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { trials, correct } = self.tally;
        let [low, high] = self.interval.map(|v| v * 100.0);
        let accuracy = self.accuracy * 100.0;
        write!(f, "{}, {}: {correct} of {trials} right, ", self.system, self.protocol)?;
        write!(f, "accuracy {accuracy:.2} %, 95 % interval {low:.2} to {high:.2} %")?;
        self.auc.map_or(Ok(()), |auc| write!(f, ", AUC {auc:.4}"))
    }
}

/// Methods side by side, with the published figures.
#[derive(Serialize)]
pub struct Table {
    pub rows: Vec<Row>,
    published: &'static [Published],
}

impl Table {
    pub fn new(rows: Vec<Row>) -> Self {
        Self { rows, published: PUBLISHED }
    }
}

/// Markdown: a line for each protocol and number of looks, a column for each method.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut systems: Vec<&str> = Vec::new();
        let mut lines: Vec<(Protocol, usize)> = Vec::new();
        for row in &self.rows {
            if !systems.contains(&row.system.as_str()) {
                systems.push(&row.system);
            }
            if !lines.contains(&(row.protocol, row.looks)) {
                lines.push((row.protocol, row.looks));
            }
        }
        writeln!(f, "| protocol | trials | {} | published |", systems.join(" | "))?;
        writeln!(f, "|---|---|{}---|", "---|".repeat(systems.len()))?;
        for (protocol, looks) in lines {
            let of = |system: &str| {
                self.rows
                    .iter()
                    .find(|r| (r.protocol, r.looks, r.system.as_str()) == (protocol, looks, system))
            };
            let trials = systems.iter().find_map(|system| of(system)).map_or(0, |row| row.tally.trials);
            let looked = if looks > 1 { format!(", {looks} looks") } else { String::new() };
            write!(f, "| {protocol}{looked} | {trials} |")?;
            for system in &systems {
                match of(system) {
                    Some(row) => write!(f, " {} |", cell(row))?,
                    None => write!(f, " |")?,
                }
            }
            let published: Vec<String> = PUBLISHED
                .iter()
                .filter(|p| p.protocol == protocol && looks == 1)
                .map(|p| format!("{:.1} {}", p.accuracy * 100.0, p.who))
                .collect();
            writeln!(f, " {} |", published.join("; "))?;
        }
        Ok(())
    }
}

fn cell(row: &Row) -> String {
    // Half of a tenth counts as one, as on the page.
    let percent = |share: f64| format!("{:.1}", (share * 100.0 * 10.0).round() / 10.0);
    let [low, high] = row.interval.map(percent);
    let auc = row.auc.map_or(String::new(), |auc| format!(", AUC {auc:.4}"));
    format!("{} ({low} to {high}){auc}", percent(row.accuracy))
}
