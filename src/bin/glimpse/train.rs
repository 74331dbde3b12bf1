//! `glimpse train`

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use glimpse::{
    dataset::{Alphabet, Character, Omniglot, Part, sha256},
    drawing::Strokes,
    engine::Engine,
    episode::Archive,
    learn::{CharacterSet, Progress, Recipe, Trainer},
    model::{Calibration, System, Weights},
};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use crate::{
    calibrate::{self, Source},
    card::{Card, Scores},
    data,
    figure::write,
    held_out::{HELD_OUT, HeldOut},
    shipped::shipped,
    split::Split,
};

#[derive(Args)]
pub struct Train {
    /// Which network
    #[arg(long, default_value = "siamese")]
    system: System,
    /// Recipe to follow, a JSON file; that of the shipped weights where none is given
    #[arg(long)]
    recipe: Option<PathBuf>,
    /// Seed, instead of the recipe's
    #[arg(long)]
    seed: Option<u64>,
    /// Background alphabets to leave out of training, to measure on and to set the verification threshold on
    #[arg(long, num_args = 1.., default_values_t = HELD_OUT.map(String::from))]
    hold_out: Vec<String>,
    /// Which characters to learn from
    #[arg(long, value_enum, default_value = "background")]
    split: Split,
    /// Checkpoint file, written every few minutes; training goes on from it if it is there
    #[arg(long)]
    checkpoint: PathBuf,
    /// Weights with whose encoder to begin, instead of those that the recipe names, which are this repository's of Triplet
    #[arg(long)]
    encoder: Option<PathBuf>,
    /// Minutes between two checkpoints
    #[arg(long, default_value_t = 3)]
    every: u64,
    /// Weights file to write instead of this repository's; its card lies beside it as `.json`
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Train {
    pub fn run(&self) -> anyhow::Result<()> {
        let read = |path: &PathBuf| fs::read(path).with_context(|| format!("reading {}", path.display()));
        let mut recipe = match &self.recipe {
            None => Recipe::of(self.system),
            Some(path) => {
                let text = read(path)?;
                serde_json::from_slice(&text).with_context(|| format!("{} is no recipe", path.display()))?
            }
        };
        recipe.seed = self.seed.unwrap_or(recipe.seed);

        let encoder = match (&recipe.pretraining, &self.encoder, &recipe.encoder) {
            (Some(_), Some(_), _) => bail!("the recipe pre-trains its own encoder: leave out --encoder"),
            (None, Some(path), _) => Some(read(path)?),
            (None, None, Some(named)) => {
                let triplet = read(&shipped(System::Triplet))?;
                let is_named = sha256([&triplet[..]]) == *named;
                ensure!(
                    is_named,
                    "the recipe begins with weights of SHA-256 {named}: name them with --encoder"
                );
                Some(triplet)
            }
            (_, None, _) => None,
        };
        recipe.encoder = encoder.as_deref().map(|weights| sha256([weights]));

        let (learnt, held_out) = self.alphabets()?;
        let device = pollster::block_on(Engine::Flex.open())?;
        let mut trainer = Trainer::new(self.system, recipe.clone(), learnt, &device)?;
        if let Some(weights) = &encoder {
            trainer.begin_with(&Weights::from_bytes(weights)?)?;
        }
        if trainer.resume(&self.checkpoint)? {
            eprintln!("going on from step {} of {}", trainer.step(), trainer.steps());
        }
        self.advance(&mut trainer, &held_out)?;

        let out = self.out.clone().unwrap_or_else(|| shipped(self.system));
        let (mut weights, recogniser) = held_out.sealed(self.system, &trainer)?;
        let calibration = calibrate::fit(self.system, &weights, &Source::of(&held_out))?;
        calibration.put(Calibration::NAME, &mut weights);
        let bytes = weights.to_bytes();
        let card = Card {
            system: self.system,
            source: self.system.source().into(),
            weights: sha256([&bytes[..]]),
            split: self.split,
            data: self.split.digest(),
            held_out: self.hold_out.clone(),
            recipe,
            steps: trainer.steps(),
            hours: (trainer.seconds() / 36.0).round() / 100.0,
            parameters: burn::module::Module::num_params(&trainer.network()),
            bytes: bytes.len(),
            scores: Scores { held_out: held_out.measure(&recogniser)? },
        };
        write(&out, &bytes)?;
        write(&out.with_extension("json"), (serde_json::to_string_pretty(&card)? + "\n").as_bytes())?;
        for row in &card.scores.held_out {
            println!("held out: {row}");
        }
        Ok(())
    }

    /// The alphabets to learn from, and those to measure on.
    fn alphabets(&self) -> anyhow::Result<(CharacterSet, HeldOut)> {
        let background = data().omniglot(Part::Background)?.alphabets;
        let known: Vec<&str> = background.iter().map(|a| a.name.as_str()).collect();
        if let Some(unknown) = self.hold_out.iter().find(|name| !known.contains(&name.as_str())) {
            bail!("there is no background alphabet {unknown}: choose among {}", known.join(", "));
        }
        let is_held_out = |alphabet: &Alphabet| self.hold_out.contains(&alphabet.name);
        let mut learnt = self.split.learnt()?;
        learnt.retain(|alphabet| !is_held_out(alphabet));
        let alphabets = background.into_iter().filter(is_held_out).collect();
        let held_out = HeldOut::new(Archive::Omniglot(Omniglot { alphabets }))?;
        Ok((CharacterSet { alphabets: learnt.par_iter().map(thinned).collect() }, held_out))
    }

    fn advance(&self, trainer: &mut Trainer, held_out: &HeldOut) -> anyhow::Result<()> {
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
                let pace = trainer.seconds() / now.step as f64;
                eprintln!("step {} of {}, {line}, {pace:.2} s/step", now.step, trainer.steps());
            }
            bar.set_message(line);
            if saved.elapsed() > Duration::from_secs(60 * self.every) || now.step == trainer.steps() {
                trainer.save(&self.checkpoint)?;
                for row in held_out.measure(&held_out.sealed(self.system, trainer)?.1)? {
                    bar.suspend(|| eprintln!("step {}, held out: {row}", now.step));
                }
                saved = Instant::now();
            }
        }
        bar.finish();
        Ok(())
    }
}

fn thinned(alphabet: &Alphabet) -> Vec<Vec<Strokes>> {
    let drawn = |c: &Character| c.drawings.iter().map(|d| d.picture().strokes()).collect();
    alphabet.characters.iter().map(drawn).collect()
}
