//! `glimpse train`

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::Args;
use glimpse::{
    dataset::{Alphabet, Character, Omniglot, Part, sha256},
    drawing::Strokes,
    engine::Engine,
    episode::{Archive, Episode, Place, Protocol},
    learn::{CharacterSet, Progress, Recipe, Trainer},
    model::{System, Weights},
    recogniser::Recogniser,
    replay::Trial,
};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use crate::{
    card::{Card, Scores},
    data,
    evaluate::{shipped, strokes},
    figures::write,
    gallery::Gallery,
    report::Row,
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
    /// Checkpoint file, written every few minutes; training goes on from it if it is there
    #[arg(long)]
    checkpoint: PathBuf,
    /// Weights with whose encoder to begin where the recipe has no pre-training; this repository's of Triplet if none are given
    #[arg(long)]
    encoder: Option<PathBuf>,
    /// Minutes between two checkpoints
    #[arg(long, default_value_t = 3)]
    every: u64,
    /// Weights file to write instead of this repository's; its card lies beside it as `.json`
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Some 9 % of the characters, many of them near twins.
pub const HELD_OUT: [&str; 3] = ["Futurama", "Hebrew", "Malay_(Jawi_-_Arabic)"];

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

        let encoder = match (&recipe.pretraining, &self.encoder) {
            (Some(_), Some(_)) => bail!("the recipe pre-trains its own encoder: leave out --encoder"),
            (Some(_), None) => None,
            (None, path) => Some(read(path.as_ref().unwrap_or(&shipped(System::Triplet)))?),
        };
        recipe.encoder = encoder.as_deref().map(|weights| sha256([weights]));

        let background = data().omniglot(Part::Background)?;
        let (learnt, held_out) = self.split(background)?;
        let device = pollster::block_on(Engine::Flex.open())?;
        let mut trainer = Trainer::new(self.system, recipe.clone(), learnt, &device)?;
        if trainer.resume(&self.checkpoint)? {
            eprintln!("going on from step {} of {}", trainer.step(), trainer.steps());
        } else if let Some(weights) = &encoder {
            trainer.begin_with(&Weights::from_bytes(weights)?)?;
        }
        self.advance(&mut trainer, &held_out)?;

        let out = self.out.clone().unwrap_or_else(|| shipped(self.system));
        let (weights, recogniser) = held_out.sealed(self.system, &trainer)?;
        let bytes = weights.to_bytes();
        let card = Card {
            system: self.system,
            source: self.system.source().into(),
            weights: sha256([&bytes[..]]),
            data: Part::Background.digest().into(),
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
    fn split(&self, background: Omniglot) -> anyhow::Result<(CharacterSet, HeldOut)> {
        let known: Vec<&str> = background.alphabets.iter().map(|a| a.name.as_str()).collect();
        if let Some(unknown) = self.hold_out.iter().find(|name| !known.contains(&name.as_str())) {
            bail!("there is no background alphabet {unknown}: choose among {}", known.join(", "));
        }
        let (held_out, learnt): (Vec<Alphabet>, Vec<Alphabet>) =
            background.alphabets.into_iter().partition(|alphabet| self.hold_out.contains(&alphabet.name));
        let held_out = HeldOut::new(Archive::Omniglot(Omniglot { alphabets: held_out }))?;
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

/// Characters that training does not see: the same tasks and pairs of them every time.
pub struct HeldOut {
    /// Of each of [`Self::PROTOCOLS`].
    tasks: Vec<Vec<Episode<Place>>>,
    pairs: Vec<Episode<Place>>,
    drawings: Vec<(Place, Strokes)>,
}

impl HeldOut {
    /// What is measured, and by how many tasks: of characters of one alphabet, as the official runs are, and of any.
    pub const PROTOCOLS: [(Protocol, u64); 2] =
        [(Protocol::WithinAlphabet, 400), (Protocol::Random { way: 20, shots: 1 }, 1000)];
    /// Pairs to set the threshold on.
    const PAIRS: u64 = 4000;

    fn new(archive: Archive) -> anyhow::Result<Self> {
        let sampled = |protocol, count| {
            (0..count)
                .map(|number| archive.episode(protocol, 0, number))
                .collect::<Option<Vec<_>>>()
                .context("the held-out alphabets are too small: hold out one with 20 characters or more")
        };
        let tasks = Self::PROTOCOLS.map(|(protocol, count)| sampled(protocol, count));
        let tasks = tasks.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let pairs = sampled(Protocol::Verification, Self::PAIRS)?;
        let drawings = strokes(&archive, tasks.iter().flatten().chain(&pairs));
        Ok(Self { tasks, pairs, drawings })
    }

    /// The network as it will be shipped: rounded to f16, with its threshold and its self-test.
    fn sealed(&self, system: System, trainer: &Trainer) -> anyhow::Result<(Weights, Recogniser)> {
        let exact = pollster::block_on(Weights::of_module(&trainer.network()))?;
        let mut weights = Weights::from_bytes(&exact.to_bytes())?;
        let seal = |threshold, weights: &mut Weights| {
            pollster::block_on(Recogniser::seal(system, Engine::Flex, threshold, weights))?;
            pollster::block_on(Recogniser::open(system, Engine::Flex, weights))
        };
        let threshold = self.threshold(&seal(0.0, &mut weights)?)?;
        let recogniser = seal(threshold, &mut weights)?;
        Ok((weights, recogniser))
    }

    /// The similarity that tells pairs of one character from pairs of two with the fewest errors.
    fn threshold(&self, recogniser: &Recogniser) -> anyhow::Result<f32> {
        let gallery = Gallery::new(recogniser, &self.drawings, 1)?;
        let similarity = |pair| (gallery.similarity(recogniser, pair)[0][0], pair.truth[0].is_some());
        let mut pairs: Vec<(f32, bool)> = self.pairs.iter().map(similarity).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        // From below everything is "same"; each step up takes one pair over to "different".
        let mut right = pairs.iter().filter(|(_, same)| *same).count();
        let (mut best, mut threshold) = (right, pairs[0].0);
        for pair in pairs.windows(2) {
            right = if pair[0].1 { right - 1 } else { right + 1 };
            if right > best {
                (best, threshold) = (right, (pair[0].0 + pair[1].0) / 2.0);
            }
        }
        Ok(threshold)
    }

    fn measure(&self, recogniser: &Recogniser) -> anyhow::Result<Vec<Row>> {
        let gallery = Gallery::new(recogniser, &self.drawings, 1)?;
        let row = |((protocol, _), tasks): (_, &Vec<_>)| {
            let trials: Vec<Vec<Trial>> = tasks.iter().map(|task| gallery.replay(recogniser, task)).collect();
            Row::new(recogniser.system().name(), protocol, 1, &trials)
        };
        Ok(Self::PROTOCOLS.into_iter().zip(&self.tasks).map(row).collect())
    }
}

fn thinned(alphabet: &Alphabet) -> Vec<Vec<Strokes>> {
    let drawn = |c: &Character| c.drawings.iter().map(|d| d.picture().strokes()).collect();
    alphabet.characters.iter().map(drawn).collect()
}
