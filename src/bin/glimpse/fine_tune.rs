//! `glimpse evaluate --fine-tune`: the same tasks before and after fine-tuning on their support.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::Args;
use glimpse::{
    dataset::{Omniglot, Part},
    drawing::{Drawing, Strokes},
    episode::{Archive, Episode, Protocol},
    learn::FineTuneRecipe,
    model::System,
    recogniser::Recogniser,
    replay::Tally,
};
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;
use rayon::prelude::*;
use serde::Serialize;

use crate::{data, evaluate::Kind, train::HELD_OUT};

#[derive(Args)]
pub struct FineTuning {
    /// Tasks of each protocol that is measured before and after fine-tuning
    #[arg(long, default_value_t = 200, requires = "fine_tune")]
    tasks: u64,
    /// Fine-tune on tasks of the background alphabets that are held out of training, to choose a recipe by
    #[arg(long, requires = "fine_tune")]
    held_out: bool,
    /// Recipe of the fine-tuning, a JSON file, instead of the one that the page follows
    #[arg(long, requires = "fine_tune")]
    recipe: Option<PathBuf>,
}

/// One system's tasks of one protocol, before and after.
#[derive(Serialize)]
struct Row {
    system: System,
    data: &'static str,
    protocol: Protocol,
    tasks: u64,
    trials: usize,
    before: f64,
    after: f64,
    /// Mean over the tasks of accuracy after less accuracy before.
    gain: f64,
    /// Its 95 % interval: 1.96 standard errors of the tasks' paired differences either way.
    interval: [f64; 2],
}

#[derive(Serialize)]
struct Table {
    recipes: Vec<(System, FineTuneRecipe)>,
    rows: Vec<Row>,
}

impl FineTuning {
    /// Prints a row for each system and protocol.
    pub fn measure(&self, recognisers: &[Recogniser], seed: u64, json: bool) -> anyhow::Result<()> {
        let archives = if self.held_out { held_out()? } else { reported()? };
        let mut table = Table { recipes: Vec::new(), rows: Vec::new() };
        for recogniser in recognisers {
            let recipe = self.recipe(recogniser.system())?;
            for (name, archive, protocols) in &archives {
                for &protocol in protocols {
                    let tasks = Tasks { archive, protocol, seed, count: self.tasks };
                    let row = tasks.measure(recogniser, name, &recipe)?;
                    if !json {
                        println!("{row}");
                    }
                    table.rows.push(row);
                }
            }
            table.recipes.push((recogniser.system(), recipe));
        }
        if json {
            println!("{}", serde_json::to_string_pretty(&table)?);
        }
        Ok(())
    }

    fn recipe(&self, system: System) -> anyhow::Result<FineTuneRecipe> {
        let Some(path) = &self.recipe else { return Ok(FineTuneRecipe::of(system)) };
        let text = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no recipe", path.display()))
    }
}

type Measured = (&'static str, Archive, Vec<Protocol>);

const fn few_shot(way: usize, shots: usize) -> Protocol {
    Protocol::Random { way, shots }
}

fn reported() -> anyhow::Result<Vec<Measured>> {
    Ok(vec![
        ("evaluation alphabets", Kind::Evaluation.read()?, vec![few_shot(20, 1), few_shot(20, 5)]),
        ("mnist", Kind::Mnist.read()?, vec![few_shot(10, 1), few_shot(10, 5)]),
    ])
}

/// Each held-out alphabet by itself: its characters are harder to tell apart than those of several.
fn held_out() -> anyhow::Result<Vec<Measured>> {
    let all = data().omniglot(Part::Background)?.alphabets;
    let measured = HELD_OUT.map(|name| {
        let alphabets = all.iter().filter(|alphabet| alphabet.name == name).cloned().collect();
        (name, Archive::Omniglot(Omniglot { alphabets }), vec![few_shot(20, 1), few_shot(20, 5)])
    });
    Ok(measured.into())
}

struct Tasks<'a> {
    archive: &'a Archive,
    protocol: Protocol,
    seed: u64,
    count: u64,
}

impl Tasks<'_> {
    fn measure(
        &self,
        recogniser: &Recogniser,
        data: &'static str,
        recipe: &FineTuneRecipe,
    ) -> anyhow::Result<Row> {
        let (system, protocol, tasks) = (recogniser.system(), self.protocol, self.count);
        let bar = ProgressBar::new(tasks);
        bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} tasks, {eta} left")?);
        bar.set_message(format!("{system}, {data}, {protocol}"));
        let measured = (0..tasks).into_par_iter().map(|number| {
            let task = self.task(number).context("the data holds too few drawings")?;
            let outcome = before_and_after(recogniser.clone(), &task, recipe);
            bar.inc(1);
            outcome
        });
        let measured = measured.collect::<anyhow::Result<Vec<_>>>()?;
        bar.finish_and_clear();

        let sum = |which: fn(&(Tally, Tally)) -> Tally| -> (usize, usize) {
            let tallies = measured.iter().map(which);
            tallies.fold((0, 0), |(trials, correct), t| (trials + t.trials, correct + t.correct))
        };
        let ((trials, before), (_, after)) = (sum(|task| task.0), sum(|task| task.1));
        let gains: Vec<f64> = measured.iter().map(|(b, a)| a.accuracy() - b.accuracy()).collect();
        let n = gains.len() as f64;
        let gain = gains.iter().sum::<f64>() / n;
        let variance = gains.iter().map(|g| (g - gain).powi(2)).sum::<f64>() / (n - 1.0);
        let margin = 1.96 * (variance / n).sqrt();
        let share = |correct: usize| correct as f64 / trials as f64;
        let (before, after, interval) = (share(before), share(after), [gain - margin, gain + margin]);
        Ok(Row { system, data, protocol, tasks, trials, before, after, gain, interval })
    }

    fn task(&self, number: u64) -> Option<Episode<Strokes>> {
        let places = self.protocol.sample(&self.archive.drawings(), self.seed, number)?;
        Some(places.map(|place| self.archive.picture(place).strokes()))
    }
}

/// How a task's queries are decided by the network as it is, and by the one fine-tuned on the task's support.
fn before_and_after(
    mut recogniser: Recogniser,
    task: &Episode<Strokes>,
    recipe: &FineTuneRecipe,
) -> anyhow::Result<(Tally, Tally)> {
    for (index, strokes) in task.support.iter().enumerate() {
        block_on(recogniser.learn(&(index / task.shots).to_string(), strokes))?;
    }
    let before = tally(&recogniser, task)?;
    let mut tuner = recogniser.fine_tuner(recipe.clone())?;
    while block_on(tuner.advance())?.is_some() {}
    block_on(recogniser.adopt(tuner.best().context("fine-tuning measured nothing")?, &mut |_, _| {}))?;
    Ok((before, tally(&recogniser, task)?))
}

fn tally(recogniser: &Recogniser, task: &Episode<Strokes>) -> anyhow::Result<Tally> {
    let right = task.queries.iter().zip(&task.truth).map(|(query, truth)| {
        let ranking = block_on(recogniser.rank(&Drawing::from_strokes(query)?))?;
        Ok(Some(ranking[0].label) == truth.map(|character| character.to_string()).as_deref())
    });
    right.collect()
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { system, data, protocol, tasks, trials, .. } = self;
        let [before, after, gain] = [self.before, self.after, self.gain].map(|v| v * 100.0);
        let [low, high] = self.interval.map(|v| v * 100.0);
        write!(f, "{system}, {data}, {protocol}, {tasks} tasks, {trials} trials: ")?;
        write!(f, "{before:.2} → {after:.2} %, gain {gain:+.2} points, 95 % interval {low:+.2} to {high:+.2}")
    }
}
