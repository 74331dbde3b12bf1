//! What a method reached under a protocol.

use std::{collections::BTreeMap, fmt, iter, str::FromStr};

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
    /// How many episodes have so many queries right, which the interval follows from. Cards have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    outcomes: BTreeMap<usize, usize>,
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
        let mut outcomes = BTreeMap::new();
        episodes.iter().for_each(|episode| *outcomes.entry(right(episode)).or_default() += 1);
        let auc = protocol.is_verification().then(|| area_under_curve(episodes.iter().flatten()));
        Self {
            system: system.into(),
            protocol,
            views,
            episodes: episodes.len(),
            trials: tally.trials,
            correct: tally.correct,
            accuracy: tally.accuracy(),
            interval: interval(&tally, &outcomes),
            outcomes,
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
            Protocol::Verification | Protocol::VerificationWithinAlphabet => 1,
            Protocol::Mnist => 10,
        };
        ensure!(self.episodes == episodes, "it is of {} episodes, not of {episodes}", self.episodes);
        ensure!(trials == episodes * queries, "{trials} trials are not those of {episodes} episodes");
        ensure!(correct <= trials, "more is right than was asked");
        let tally = Tally { trials, correct };
        let ([low, high], accuracy) = (self.interval, tally.accuracy());
        let mut fits = close(self.accuracy, accuracy) && low <= accuracy && accuracy <= high;
        if !self.outcomes.is_empty() {
            let sum = |of: fn((&usize, &usize)) -> usize| self.outcomes.iter().map(of).sum::<usize>();
            let [by_episodes_low, by_episodes_high] = interval(&tally, &self.outcomes);
            fits &= (sum(|(_, count)| *count), sum(|(right, count)| right * count)) == (episodes, correct)
                && close(low, by_episodes_low)
                && close(high, by_episodes_high);
        }
        ensure!(fits, "accuracy and interval do not follow from {correct} of {trials}");
        let has_auc = self.auc.is_some_and(|auc| (0.0..=1.0).contains(&auc));
        ensure!(has_auc == protocol.is_verification(), "an area under the curve is of verification");
        let runs = self.per_run.as_ref().map(|runs| (runs.len(), runs.iter().sum()));
        let official = (protocol == Protocol::Official).then_some((episodes, correct));
        ensure!(runs == official, "`per_run` does not sum up to {correct}");
        Ok(())
    }

    /// Whether it says how each episode went.
    pub fn has_outcomes(&self) -> bool {
        !self.outcomes.is_empty()
    }

    /// Accuracy with its interval, in per cent.
    pub fn share(&self) -> String {
        let [low, high] = self.interval.map(percent);
        format!("{} ({low} to {high})", percent(self.accuracy))
    }
}

/// The 95 % interval by episodes: queries of one are of the same drawers and characters, and so no independent trials. Where every episode went alike, that of as many
/// independent queries.
fn interval(tally: &Tally, outcomes: &BTreeMap<usize, usize>) -> [f64; 2] {
    let episodes: usize = outcomes.values().sum();
    let queries = (tally.trials / episodes.max(1)) as f64;
    let share = |(&right, &count): (&usize, &usize)| iter::repeat_n(right as f64 / queries, count);
    let (_, by_episodes) = mean_interval(&outcomes.iter().flat_map(share).collect::<Vec<_>>());
    if outcomes.len() > 1 { by_episodes } else { tally.interval() }
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
