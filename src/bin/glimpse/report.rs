//! What a method reached under a protocol.

use std::{fmt, str::FromStr};

use anyhow::ensure;
use glimpse::{
    episode::Protocol,
    replay::{Tally, Trial, area_under_curve, mean_interval},
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::figure::{Figure, close, percent};

/// One method under one protocol.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// A network's system, or a baseline.
    pub system: String,
    #[serde(deserialize_with = "protocol")]
    pub protocol: Protocol,
    /// Views of each drawing that were averaged.
    pub views: usize,
    pub episodes: usize,
    pub trials: usize,
    correct: usize,
    accuracy: f64,
    interval: [f64; 2],
    /// Area under the receiver operating characteristic, of verification.
    pub auc: Option<f64>,
    /// Of the official runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_run: Option<Vec<usize>>,
}

impl Row {
    pub fn new(system: &str, protocol: Protocol, views: usize, episodes: &[Vec<Trial>]) -> Self {
        let tally: Tally = episodes.iter().flatten().map(Trial::correct).collect();
        let right = |trials: &Vec<Trial>| trials.iter().filter(|trial| trial.correct()).count();
        let shares: Vec<f64> = episodes.iter().map(|e| right(e) as f64 / e.len() as f64).collect();
        let auc = (protocol == Protocol::Verification).then(|| area_under_curve(episodes.iter().flatten()));
        Self {
            system: system.into(),
            protocol,
            views,
            episodes: episodes.len(),
            trials: tally.trials,
            correct: tally.correct,
            accuracy: tally.accuracy(),
            interval: interval(&tally, &shares),
            auc: auc.flatten(),
            per_run: (protocol == Protocol::Official).then(|| episodes.iter().map(right).collect()),
        }
    }

    pub fn subject_of(system: &str, protocol: Protocol, views: usize) -> String {
        let suffix = if views > 1 { format!(" in {views} views") } else { String::new() };
        format!("{system} under {protocol}{suffix}")
    }

    /// Fails where counts, shares and the interval do not fit one another, or the row is not of so many episodes.
    pub fn check(&self, episodes: usize) -> anyhow::Result<()> {
        let Self { trials, correct, protocol, .. } = *self;
        let queries = match protocol {
            Protocol::Official | Protocol::WithinAlphabet => Protocol::WITHIN,
            Protocol::Random { way, .. } => way,
            Protocol::Verification => 1,
            Protocol::Mnist => 10,
        };
        ensure!(self.episodes == episodes, "it is of {} episodes, not of {episodes}", self.episodes);
        ensure!(trials == episodes * queries, "{trials} trials are not those of {episodes} episodes");
        ensure!(correct <= trials, "more is right than was asked");
        let tally = Tally { trials, correct };
        let ([low, high], accuracy) = (self.interval, tally.accuracy());
        let around = 0.0 <= low && low <= accuracy && accuracy <= high && high <= 1.0 && low < high;
        ensure!(
            close(self.accuracy, accuracy) && around,
            "accuracy and interval do not follow from {correct} of {trials}"
        );
        if let Some(runs) = &self.per_run {
            let shares: Vec<f64> = runs.iter().map(|&right| right as f64 / queries as f64).collect();
            let [by_runs_low, by_runs_high] = interval(&tally, &shares);
            ensure!(
                close(low, by_runs_low) && close(high, by_runs_high),
                "the interval does not follow from `per_run`"
            );
        }
        let has_auc = self.auc.is_some_and(|auc| (0.0..=1.0).contains(&auc));
        ensure!(
            has_auc == (protocol == Protocol::Verification),
            "an area under the curve is of verification"
        );
        let runs = self.per_run.as_ref().map(|runs| (runs.len(), runs.iter().sum()));
        let official = (protocol == Protocol::Official).then_some((episodes, correct));
        ensure!(runs == official, "`per_run` does not sum up to {correct}");
        Ok(())
    }

    /// Accuracy with its interval, in per cent.
    pub fn share(&self) -> String {
        let [low, high] = self.interval.map(percent);
        format!("{} ({low} to {high})", percent(self.accuracy))
    }
}

/// The 95 % interval by episodes: queries of one are of the same drawers and characters, and so no independent trials. Where every episode went alike, that of as many
/// independent queries.
fn interval(tally: &Tally, shares: &[f64]) -> [f64; 2] {
    let (_, by_episodes) = mean_interval(shares);
    if by_episodes[0] < by_episodes[1] { by_episodes } else { tally.interval() }
}

impl Figure for Row {
    fn subject(&self) -> String {
        Self::subject_of(&self.system, self.protocol, self.views)
    }
}

/// Reads one of [`Protocol::ALL`] by its name.
pub fn protocol<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Protocol, D::Error> {
    let name = String::deserialize(deserializer)?;
    Protocol::from_str(&name).map_err(serde::de::Error::custom)
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trials, correct, .. } = self;
        let [low, high] = self.interval.map(|v| v * 100.0);
        let accuracy = self.accuracy * 100.0;
        write!(f, "{}, {}: {correct} of {trials} right, ", self.system, self.protocol)?;
        write!(f, "accuracy {accuracy:.2} %, 95 % interval {low:.2} to {high:.2} %")?;
        self.auc.map_or(Ok(()), |auc| write!(f, ", AUC {auc:.4}"))
    }
}
