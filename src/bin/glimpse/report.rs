//! What a measurement is told as: a line for people, JSON for programs.

use glimpse::replay::Tally;
use serde::Serialize;

/// Outcomes of a protocol made of runs.
#[derive(Serialize)]
pub struct Report {
    pub system: String,
    pub protocol: String,
    #[serde(flatten)]
    tally: Tally,
    accuracy: f64,
    interval: [f64; 2],
    per_run: Vec<usize>,
}

impl Report {
    /// A report of every run's outcomes, each `true` where the trial was decided rightly.
    pub fn new(system: &str, protocol: &str, runs: &[Vec<bool>]) -> Self {
        let tally: Tally = runs.iter().flatten().copied().collect();
        Self {
            system: system.into(),
            protocol: protocol.into(),
            tally,
            accuracy: tally.accuracy(),
            interval: tally.interval(),
            per_run: runs.iter().map(|run| run.iter().filter(|right| **right).count()).collect(),
        }
    }

    pub fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        let Tally { trials, correct } = self.tally;
        let [low, high] = self.interval.map(|v| v * 100.0);
        println!("{}, {}: {correct} of {trials} right", self.system, self.protocol);
        println!("accuracy {:.2} %, 95 % interval {low:.2} to {high:.2} %", self.accuracy * 100.0);
        println!("right in each run: {:?}", self.per_run);
        Ok(())
    }
}
