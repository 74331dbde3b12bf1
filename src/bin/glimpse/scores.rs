//! `weights/scores.json`: every system and every baseline under every protocol, beside what others published.

use std::{fmt, path::Path};

use anyhow::{Context, ensure};
use glimpse::{episode::Protocol, model::System};
use serde::{Deserialize, Serialize};

use crate::{
    baseline::Method,
    commit::commit,
    figure::{
        Digests, Figure, complete, heading, merged, missing, percent, read, read_if_any, thousands, write,
    },
    published::{PUBLISHED, Published},
    report::Row,
    shipped::shipped_folder,
    tasks::{EPISODES, episodes},
};

/// Methods side by side, with the published figures.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// SHA-256 of the weights measured.
    weights: Digests,
    /// The commit at which rows were last measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    pub rows: Vec<Row>,
    published: Vec<Published>,
}

impl Scores {
    pub fn new(weights: Digests, mut rows: Vec<Row>) -> Self {
        rows.sort_by_key(|row| row.protocol);
        Self { weights, commit: None, rows, published: PUBLISHED.to_vec() }
    }

    /// What the file holds a row of.
    fn subjects() -> Vec<String> {
        let mut subjects = Vec::new();
        for protocol in Protocol::ALL {
            let systems = |views| System::ALL.map(|system| Row::subject_of(system.name(), protocol, views));
            subjects.extend(systems(1));
            let baselines = Method::ALL.into_iter().filter(|method| method.follows(protocol));
            subjects.extend(baselines.map(|method| Row::subject_of(method.name(), protocol, 1)));
            if protocol == Protocol::Official {
                subjects.extend(systems(8));
            }
        }
        subjects
    }

    /// Whether the file holds such a row.
    pub fn hold(system: System, protocol: Protocol, views: usize) -> bool {
        Self::subjects().contains(&Row::subject_of(system.name(), protocol, views))
    }

    /// What a system reached in one view, with its interval.
    pub fn share(&self, system: System, protocol: Protocol) -> Option<String> {
        let subject = Row::subject_of(system.name(), protocol, 1);
        self.rows.iter().find(|row| row.subject() == subject).map(Row::share)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// If it is not complete, not of these weights, or contradicts itself.
    pub fn read(path: &Path, weights: &Digests) -> anyhow::Result<Self> {
        let scores: Self = read(path)?;
        scores.check(weights).with_context(|| path.display().to_string())?;
        Ok(scores)
    }

    fn check(&self, weights: &Digests) -> anyhow::Result<()> {
        for (system, digest) in weights {
            let measured = self.weights.get(system);
            ensure!(
                measured == Some(digest),
                "the rows of {system} are of other weights: measure with `glimpse evaluate --system {system} --protocol all --write`"
            );
        }
        complete(&self.rows, &Self::subjects())?;
        for row in &self.rows {
            let episodes = if Method::ALL.iter().any(|method| method.name() == row.system) {
                Method::EPISODES.min(episodes(row.protocol, EPISODES))
            } else {
                episodes(row.protocol, EPISODES)
            };
            row.check(episodes).with_context(|| row.subject())?;
            ensure!(row.has_outcomes(), "{}: it does not say how each episode went", row.subject());
        }
        ensure!(self.published == PUBLISHED, "the published figures are not those of the program");
        Ok(())
    }

    /// Writes the file anew. Rows of before that were not measured now stay, but for those of systems whose weights are others
    /// now; says what is missing then.
    ///
    /// # Errors
    /// If the file there cannot be read, or not written.
    pub fn write(mut self, path: &Path, mut weights: Digests) -> anyhow::Result<()> {
        weights.append(&mut self.weights);
        let subjects = Self::subjects();
        if let Some(before) = read_if_any::<Self>(path)? {
            let of_now = |row: &Row| {
                let system = System::ALL.into_iter().find(|system| system.name() == row.system);
                system.is_none_or(|system| before.weights.get(&system) == weights.get(&system))
            };
            let kept = before.rows.into_iter().filter(of_now).collect();
            self.rows = merged(self.rows, kept, &subjects);
        }
        self.weights = weights;
        self.commit = commit(&shipped_folder());
        let missing = missing(&self.rows, &subjects);
        if !missing.is_empty() {
            eprintln!("{} still lacks {}", path.display(), missing.join("; "));
        }
        write(path, (serde_json::to_string_pretty(&self)? + "\n").as_bytes())
    }
}

/// Markdown: a line for each protocol and number of views, a column for each method.
impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut methods: Vec<&str> = Vec::new();
        let mut lines: Vec<(Protocol, usize)> = Vec::new();
        for row in &self.rows {
            if !methods.contains(&row.system.as_str()) {
                methods.push(&row.system);
            }
            if !lines.contains(&(row.protocol, row.views)) {
                lines.push((row.protocol, row.views));
            }
        }
        let heads: Vec<String> = methods.iter().map(|method| heading(method)).collect();
        writeln!(f, "| | trials | {} | published |", heads.join(" | "))?;
        writeln!(f, "|---|---|{}---|", "---|".repeat(methods.len()))?;
        for (protocol, views) in lines {
            let of = |method: &str| {
                self.rows
                    .iter()
                    .find(|row| (row.protocol, row.views, row.system.as_str()) == (protocol, views, method))
            };
            let trials = methods.iter().find_map(|method| of(method)).map_or(0, |row| row.trials);
            let suffix = if views > 1 { format!(", {views} views") } else { String::new() };
            write!(f, "| {}{suffix} | {} |", title(protocol), thousands(trials))?;
            for method in &methods {
                match of(method) {
                    Some(row) => write!(f, " {} |", cell(row))?,
                    None => write!(f, " |")?,
                }
            }
            let published: Vec<String> = PUBLISHED
                .iter()
                .filter(|p| p.protocol == protocol && views == 1)
                .map(|p| format!("{} {}", percent(p.accuracy), p.who))
                .collect();
            writeln!(f, " {} |", published.join("; "))?;
        }
        Ok(())
    }
}

fn title(protocol: Protocol) -> String {
    match protocol {
        Protocol::Official => "official 20 runs".into(),
        Protocol::Random { way, shots } => format!("random {way}-way {shots}-shot"),
        Protocol::WithinAlphabet => "within an alphabet, 20-way 1-shot".into(),
        Protocol::Verification => "verification".into(),
        Protocol::VerificationWithinAlphabet => "verification within an alphabet".into(),
        Protocol::Mnist => "MNIST 10-way 1-shot".into(),
    }
}

fn cell(row: &Row) -> String {
    let auc = row.auc.map_or(String::new(), |auc| format!(", AUC {auc:.4}"));
    format!("{}{auc}", row.share())
}
