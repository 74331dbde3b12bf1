//! `glimpse train`

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::Args;
use glimpse::{
    dataset::{Alphabet, Omniglot, Part},
    engine::Engine,
    episode::Episode,
    learn::{CharacterSet, Progress, Recipe, Trainer},
    model::Weights,
    recogniser::Recogniser,
    replay::{Trial, replay},
};
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use crate::{
    data,
    evaluate::{System, official, report},
    report::Report,
};

#[derive(Args)]
pub struct Train {
    /// Which network
    #[arg(long, default_value = "siamese")]
    system: System,
    /// Recipe to follow, a JSON file; the default recipe where none is given
    #[arg(long)]
    recipe: Option<PathBuf>,
    /// Seed, instead of the recipe's
    #[arg(long)]
    seed: Option<u64>,
    /// Background alphabet to leave out of training and measure on; may be given more than once
    #[arg(long)]
    hold_out: Vec<String>,
    /// Folder for checkpoints; training goes on from the one found there
    #[arg(long)]
    checkpoint: PathBuf,
    /// Minutes between two checkpoints
    #[arg(long, default_value_t = 3)]
    every: u64,
    /// Weights file to write instead of this repository's; its card lies beside it as `.json`
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What goes with weights: how they were made and what they reach.
#[derive(Serialize)]
struct Card<'a> {
    system: &'a str,
    source: &'a str,
    /// SHA-256 of the background alphabets' pixels.
    data: &'a str,
    held_out: &'a [String],
    recipe: &'a Recipe,
    steps: usize,
    hours: f64,
    parameters: usize,
    bytes: usize,
    scores: Scores,
}

#[derive(Serialize)]
struct Scores {
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<Report>,
    official: Report,
}

impl Train {
    pub fn run(&self) -> anyhow::Result<()> {
        let mut recipe = match &self.recipe {
            None => Recipe::default(),
            Some(path) => {
                let text = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
                serde_json::from_slice(&text).with_context(|| format!("{} is no recipe", path.display()))?
            }
        };
        recipe.seed = self.seed.unwrap_or(recipe.seed);

        let background = data().omniglot(Part::Background)?;
        let (held_out, learnt) = self.split(&background)?;
        let device = pollster::block_on(Engine::Flex.open())?;
        let mut trainer = Trainer::new(recipe.clone(), learnt, &device)?;
        if trainer.resume(&self.checkpoint)? {
            eprintln!("going on from step {} of {}", trainer.step(), trainer.steps());
        }
        self.advance(&mut trainer, &held_out)?;

        let out = self.out.clone().unwrap_or_else(|| self.system.weights());
        let (weights, recogniser) = sealed(&trainer)?;
        let bytes = weights.to_bytes();
        let card = Card {
            system: self.system.name(),
            source: "Koch, Zemel & Salakhutdinov 2015, Siamese neural networks for one-shot image recognition",
            data: Part::Background.digest(),
            held_out: &self.hold_out,
            recipe: &recipe,
            steps: trainer.steps(),
            hours: (trainer.seconds() / 36.0).round() / 100.0,
            parameters: burn::module::Module::num_params(&trainer.network()),
            bytes: bytes.len(),
            scores: Scores {
                held_out: (!held_out.alphabets.is_empty())
                    .then(|| measure(&recogniser, &held_out))
                    .transpose()?,
                official: report(self.system, &official(&recogniser)?),
            },
        };
        fs::write(&out, bytes).with_context(|| format!("writing {}", out.display()))?;
        let card_path = out.with_extension("json");
        fs::write(&card_path, serde_json::to_string_pretty(&card)? + "\n")
            .with_context(|| format!("writing {}", card_path.display()))?;
        card.scores.official.print(false)
    }

    /// The alphabets to measure on, and those to learn from.
    fn split(&self, background: &Omniglot) -> anyhow::Result<(CharacterSet, CharacterSet)> {
        if let Some(unknown) =
            self.hold_out.iter().find(|n| background.alphabets.iter().all(|a| a.name != **n))
        {
            let known: Vec<&str> = background.alphabets.iter().map(|a| a.name.as_str()).collect();
            bail!("there is no background alphabet {unknown}: choose among {}", known.join(", "));
        }
        let (held_out, learnt): (Vec<&Alphabet>, Vec<&Alphabet>) =
            background.alphabets.iter().partition(|alphabet| self.hold_out.contains(&alphabet.name));
        Ok((strokes(&held_out), strokes(&learnt)))
    }

    fn advance(&self, trainer: &mut Trainer, held_out: &CharacterSet) -> anyhow::Result<()> {
        let bar = ProgressBar::new(trainer.steps() as u64).with_position(trainer.step() as u64);
        bar.set_style(ProgressStyle::with_template(
            "{msg}\n{wide_bar} {pos}/{len} steps, {per_sec}, {eta} left",
        )?);
        let mut saved = Instant::now();
        let mut running: Option<Progress> = None;
        while let Some(now) = trainer.advance()? {
            let smooth = |old: f32, new: f32| 0.98 * old + 0.02 * new;
            let shown = match running {
                Some(old) if old.phase == now.phase => {
                    Progress { loss: smooth(old.loss, now.loss), right: smooth(old.right, now.right), ..now }
                }
                _ => now,
            };
            running = Some(shown);
            bar.inc(1);
            let line =
                format!("{:?}: loss {:.4}, {:.1} % right", shown.phase, shown.loss, shown.right * 100.0);
            if now.step % 100 == 0 && bar.is_hidden() {
                eprintln!(
                    "step {} of {}, {line}, {:.2} s/step",
                    now.step,
                    trainer.steps(),
                    1.0 / bar.per_sec()
                );
            }
            bar.set_message(line);
            if saved.elapsed() > Duration::from_secs(60 * self.every) || now.step == trainer.steps() {
                trainer.save(&self.checkpoint)?;
                if !held_out.alphabets.is_empty() {
                    let report = measure(&sealed(trainer)?.1, held_out)?;
                    bar.suspend(|| {
                        eprint!("step {}: ", now.step);
                        report.print(false)
                    })?;
                }
                saved = Instant::now();
            }
        }
        bar.finish();
        Ok(())
    }
}

/// The network as it will be shipped: rounded to f16, with its self-test.
fn sealed(trainer: &Trainer) -> anyhow::Result<(Weights, Recogniser)> {
    let exact = pollster::block_on(Weights::of_module(&trainer.network()))?;
    let mut weights = Weights::from_bytes(&exact.to_bytes())?;
    pollster::block_on(Recogniser::seal(Engine::Flex, &mut weights))?;
    let recogniser = pollster::block_on(Recogniser::open(Engine::Flex, &weights))?;
    Ok((weights, recogniser))
}

fn strokes(alphabets: &[&Alphabet]) -> CharacterSet {
    let thinned = |alphabet: &&Alphabet| {
        let characters = alphabet.characters.par_iter();
        characters
            .map(|character| character.drawings.iter().map(|d| d.picture().strokes()).collect())
            .collect()
    };
    CharacterSet { alphabets: alphabets.iter().map(thinned).collect() }
}

/// Episodes made of each held-out alphabet, as the official runs are made of evaluation alphabets.
const EPISODES: usize = 20;

/// 20-way one-shot tasks within each alphabet; the same tasks every time.
fn measure(recogniser: &Recogniser, set: &CharacterSet) -> anyhow::Result<Report> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut outcomes = Vec::new();
    for alphabet in &set.alphabets {
        for _ in 0..EPISODES {
            let episode = Episode::within_alphabet(alphabet, alphabet.len().min(20), &mut rng)?;
            let trials = pollster::block_on(replay(recogniser, &episode))?;
            outcomes.push(trials.iter().map(Trial::correct).collect());
        }
    }
    Ok(Report::new("siamese", "20-way one-shot within held-out background alphabets", &outcomes))
}
