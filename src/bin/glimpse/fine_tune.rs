//! `glimpse evaluate --fine-tune`: the same tasks before and after fine-tuning on their support.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::Args;
use glimpse::{
    dataset::{DrawnClass, DrawnSet, Omniglot, Part},
    drawing::Strokes,
    episode::{Archive, Episode, Place, Protocol, across_writers},
    learn::FineTuneRecipe,
    model::System,
    recogniser::{Order, Recogniser},
    replay::Tally,
};
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    commit::commit,
    data,
    drawn::{OnSets, order_of, read_set},
    figure::{
        Digests, Figure, close, complete, digests, heading, merged, missing, percent, read, read_if_any,
        thousands, write,
    },
    held_out::HELD_OUT,
    shipped::{Network, shipped_folder},
    tasks::Kind,
};

#[derive(Args)]
pub struct FineTuning {
    /// Tasks of each protocol that is measured before and after fine-tuning, two at least; four times as many of MNIST, whose tasks are small
    #[arg(long, default_value_t = 200, requires = "fine_tune", value_parser = clap::value_parser!(u64).range(2..))]
    tasks: u64,
    /// Fine-tune on tasks of the background alphabets that are held out of training, to choose a recipe by
    #[arg(long, requires = "fine_tune", conflicts_with_all = ["write", "data"])]
    held_out: bool,
    /// Recipe of the fine-tuning, a JSON file, instead of the one that the page follows
    #[arg(long, requires = "fine_tune", conflicts_with = "write")]
    recipe: Option<PathBuf>,
}

/// What is reported: data, as rows and tables call them, and their tasks.
const REPORTED: [(&str, &str, Kind, [Protocol; 2]); 2] = [
    ("evaluation alphabets", "evaluation alphabets", Kind::Evaluation, [few_shot(20, 1), few_shot(20, 5)]),
    ("mnist", "MNIST", Kind::Mnist, [few_shot(10, 1), few_shot(10, 5)]),
];

const fn few_shot(way: usize, shots: usize) -> Protocol {
    Protocol::Random { way, shots }
}

/// One system's tasks of one protocol, before and after.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    system: System,
    data: String,
    protocol: String,
    tasks: usize,
    trials: usize,
    before: f64,
    after: f64,
    /// Mean over the tasks of accuracy after less accuracy before.
    gain: f64,
    /// Its 95 % interval: 1.96 standard errors of the tasks' paired differences either way.
    interval: [f64; 2],
    /// How many tasks have so many more queries right after than before.
    changes: BTreeMap<i64, usize>,
}

impl Row {
    /// `outcomes` holds each task's queries, before and after.
    fn new(system: System, data: &str, protocol: Protocol, outcomes: &[[Tally; 2]]) -> Self {
        let tasks = outcomes.len();
        let trials = outcomes.iter().map(|[before, _]| before.trials).sum();
        let share = |when: usize| {
            let correct: usize = outcomes.iter().map(|task| task[when].correct).sum();
            correct as f64 / trials as f64
        };
        let mut changes = BTreeMap::new();
        for [before, after] in outcomes {
            *changes.entry(after.correct as i64 - before.correct as i64).or_default() += 1;
        }
        let (gain, interval) = gain(&changes, tasks, trials);
        let (before, after) = (share(0), share(1));
        let (data, protocol) = (data.into(), protocol.to_string());
        Self { system, data, protocol, tasks, trials, before, after, gain, interval, changes }
    }

    fn subject_of(system: System, data: &str, protocol: &str) -> String {
        format!("{system} on {data}, {protocol}")
    }

    /// Characters of a task, and drawings of each.
    fn way_and_shots(&self) -> anyhow::Result<[usize; 2]> {
        let numbers: Vec<usize> = self.protocol.split('-').filter_map(|word| word.parse().ok()).collect();
        <[usize; 2]>::try_from(numbers)
            .ok()
            .with_context(|| format!("there is no protocol {}", self.protocol))
    }

    /// Fails where counts, shares and the interval do not fit one another.
    fn check(&self) -> anyhow::Result<()> {
        let Self { tasks, trials, ref changes, .. } = *self;
        let [way, _] = self.way_and_shots()?;
        ensure!(tasks > 1 && trials == tasks * way, "{trials} trials are not those of {tasks} tasks");
        ensure!(changes.values().sum::<usize>() == tasks, "`changes` are not those of {tasks} tasks");
        for share in [self.before, self.after] {
            let correct = share * trials as f64;
            let whole = (0.0..=1.0).contains(&share) && close(correct, correct.round());
            ensure!(whole, "{share} is not a share of {trials} trials");
        }
        let (gain, [low, high]) = gain(changes, tasks, trials);
        let fits = close(self.gain, gain)
            && close(self.after - self.before, gain)
            && close(self.interval[0], low)
            && close(self.interval[1], high);
        ensure!(fits, "gain and interval do not follow from `changes`");
        Ok(())
    }
}

impl Figure for Row {
    fn subject(&self) -> String {
        Self::subject_of(self.system, &self.data, &self.protocol)
    }
}

/// The mean over the tasks of accuracy after less accuracy before, and its 95 % interval.
fn gain(changes: &BTreeMap<i64, usize>, tasks: usize, trials: usize) -> (f64, [f64; 2]) {
    let (n, queries) = (tasks as f64, trials as f64 / tasks as f64);
    let sum = |value: &dyn Fn(f64) -> f64| -> f64 {
        changes.iter().map(|(&change, &count)| count as f64 * value(change as f64 / queries)).sum()
    };
    // Of whole numbers, so that no digit of it hangs on the order of a sum.
    let more: i64 = changes.iter().map(|(&change, &count)| change * count as i64).sum();
    let gain = more as f64 / trials as f64;
    let variance = sum(&|change| (change - gain).powi(2)) / (n - 1.0);
    let margin = 1.96 * (variance / n).sqrt();
    (gain, [gain - margin, gain + margin])
}

/// `weights/fine-tuning.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// SHA-256 of the weights measured.
    weights: Digests,
    /// The commit at which rows were last measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    recipes: BTreeMap<System, FineTuneRecipe>,
    rows: Vec<Row>,
}

impl Table {
    /// What the file holds a row of, beside those of sets of drawings, which not everybody has.
    fn subjects() -> Vec<String> {
        let of = |system| {
            let each = REPORTED.into_iter().flat_map(|(data, _, _, protocols)| protocols.map(|p| (data, p)));
            each.map(move |(data, protocol)| Row::subject_of(system, data, &protocol.to_string()))
        };
        System::ALL.into_iter().flat_map(of).collect()
    }

    /// The same, and the rows that there are of sets.
    fn subjects_with_sets<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<String> {
        let mut subjects = Self::subjects();
        for row in rows {
            let is_reported = REPORTED.iter().any(|(data, ..)| *data == row.data);
            if !is_reported && !subjects.contains(&row.subject()) {
                subjects.push(row.subject());
            }
        }
        subjects
    }

    /// Reads the file.
    ///
    /// # Errors
    /// If it is not complete, not of these weights and the recipes of now, or contradicts itself.
    pub fn read(path: &Path, weights: &Digests) -> anyhow::Result<Self> {
        let table: Self = read(path)?;
        table.check(weights).with_context(|| path.display().to_string())?;
        Ok(table)
    }

    fn check(&self, weights: &Digests) -> anyhow::Result<()> {
        for system in System::ALL {
            ensure!(
                self.is_of_now(system, weights),
                "the rows of {system} are of other weights or another recipe: measure with `glimpse evaluate --fine-tune \
                 --system {system} --write`"
            );
        }
        complete(&self.rows, &Self::subjects_with_sets(&self.rows))?;
        self.rows.iter().try_for_each(|row| row.check().with_context(|| row.subject()))
    }

    /// Whether a system's rows are of its weights and recipe of now.
    fn is_of_now(&self, system: System, weights: &Digests) -> bool {
        self.weights.get(&system) == weights.get(&system)
            && self.recipes.get(&system) == Some(&FineTuneRecipe::of(system))
    }

    /// Writes the file anew. Systems that were not measured now stay as they stand there if their weights and recipes are those
    /// of now; says what is missing then.
    ///
    /// # Errors
    /// If the file there cannot be read, or not written.
    fn write(mut self, path: &Path, mut weights: Digests) -> anyhow::Result<()> {
        weights.append(&mut self.weights);
        let mut subjects = Self::subjects_with_sets(&self.rows);
        if let Some(before) = read_if_any::<Self>(path)? {
            let kept: Vec<System> =
                System::ALL.into_iter().filter(|&system| before.is_of_now(system, &weights)).collect();
            let rows: Vec<Row> = before.rows.into_iter().filter(|row| kept.contains(&row.system)).collect();
            subjects = Self::subjects_with_sets(rows.iter().chain(&self.rows));
            self.rows = merged(self.rows, rows, &subjects);
        }
        self.weights = weights;
        self.commit = commit(&shipped_folder());
        self.recipes = System::ALL.map(|system| (system, FineTuneRecipe::of(system))).into();
        let missing = missing(&self.rows, &subjects);
        if !missing.is_empty() {
            eprintln!("{} still lacks {}", path.display(), missing.join("; "));
        }
        write(path, (serde_json::to_string_pretty(&self)? + "\n").as_bytes())
    }
}

/// Markdown: a line for each kind of task, a column for each system; below it, which gains are no chance.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = |share: f64| format!("{:+.2}", share * 100.0).replace('-', "−");
        let heads = System::ALL.map(|system| heading(system.name()));
        writeln!(f, "| before → after, **gain** (interval) | {} |", heads.join(" | "))?;
        writeln!(f, "|---|{}", "---|".repeat(heads.len()))?;
        let mut proven = Vec::new();
        let mut kinds: Vec<(&str, &str)> = Vec::new();
        for row in &self.rows {
            if !kinds.contains(&(&row.data, &row.protocol)) {
                kinds.push((&row.data, &row.protocol));
            }
        }
        for (data, protocol) in kinds {
            let of_kind = || self.rows.iter().filter(|row| (&*row.data, &*row.protocol) == (data, protocol));
            if let Some(Ok([way, shots])) = of_kind().next().map(Row::way_and_shots) {
                let name = REPORTED.iter().find(|(of, ..)| *of == data).map_or(data, |(_, name, ..)| name);
                let title =
                    format!("{name}{} {way}-way {shots}-shot", if data == "mnist" { "" } else { "," });
                write!(f, "| {title} |")?;
                let mut systems = Vec::new();
                for system in System::ALL {
                    let Some(row) = of_kind().find(|row| row.system == system) else {
                        write!(f, " |")?;
                        continue;
                    };
                    let [before, after] = [row.before, row.after].map(percent);
                    let [low, high] = row.interval.map(points);
                    let (gain, tasks) = (points(row.gain), thousands(row.tasks));
                    write!(f, " {before} → {after}, **{gain}** ({low} to {high}), {tasks} tasks |")?;
                    if row.interval[0] > 0.0 || row.interval[1] < 0.0 {
                        systems.push(heading(system.name()));
                    }
                }
                writeln!(f)?;
                if !systems.is_empty() {
                    proven.push(format!("{title} ({})", systems.join(", ")));
                }
            }
        }
        let proven = if proven.is_empty() { "none".into() } else { proven.join("; ") };
        writeln!(f, "\nSignificant (the interval excludes 0): {proven}.")
    }
}

impl FineTuning {
    /// Measures networks; prints a row for each kind of task, and writes them to a file of figures if one is named.
    pub fn measure(
        &self,
        networks: &[Network],
        on_sets: &OnSets,
        seed: u64,
        json: bool,
        file: Option<&Path>,
    ) -> anyhow::Result<()> {
        file.map_or(Ok(None), read_if_any::<Table>)?;
        let sets = on_sets.data.iter().map(|name| read_set(name)).collect::<anyhow::Result<Vec<_>>>()?;
        let archives = if self.held_out {
            held_out()?
        } else if sets.is_empty() {
            reported()?
        } else {
            Vec::new()
        };
        let of_archives = archives.iter().flat_map(|(name, archive, protocols)| {
            protocols.iter().map(move |&protocol| Tasks::of_archive(name, archive, protocol, seed))
        });
        let of_sets = sets
            .iter()
            .zip(&on_sets.data)
            .map(|(set, name)| Tasks::of_set(set, order_of(name), on_sets.way, on_sets.shots, seed));
        let kinds: Vec<Tasks> = of_archives.chain(of_sets).collect();
        let mut table =
            Table { weights: Digests::new(), commit: None, recipes: BTreeMap::new(), rows: Vec::new() };
        for Network { recogniser, digest } in networks {
            let system = recogniser.system();
            let recipe = match &self.recipe {
                Some(path) => read(path)?,
                None => FineTuneRecipe::of(system),
            };
            for tasks in &kinds {
                let count = if tasks.data == "mnist" { 4 * self.tasks } else { self.tasks };
                let row = tasks.measure(recogniser, count, &recipe)?;
                if !json {
                    println!("{row}");
                }
                table.rows.push(row);
            }
            table.weights.insert(system, digest.clone());
            table.recipes.insert(system, recipe);
        }
        if json {
            println!("{}", serde_json::to_string_pretty(&table)?);
        }
        file.map_or(Ok(()), |path| table.write(path, digests(&shipped_folder())?))
    }
}

type Measured = (&'static str, Archive, [Protocol; 2]);

fn reported() -> anyhow::Result<Vec<Measured>> {
    let read = |(data, _, kind, protocols): (_, _, Kind, _)| Ok((data, kind.read()?, protocols));
    REPORTED.into_iter().map(read).collect()
}

/// Each held-out alphabet by itself: its characters are harder to distinguish than those of several.
fn held_out() -> anyhow::Result<Vec<Measured>> {
    let all = data().omniglot(Part::Background)?.alphabets;
    let measured = HELD_OUT.map(|name| {
        let alphabets = all.iter().filter(|alphabet| alphabet.name == name).cloned().collect();
        (name, Archive::Omniglot(Omniglot { alphabets }), [few_shot(20, 1), few_shot(20, 5)])
    });
    Ok(measured.into())
}

/// Tasks of a kind, by number; none where the data holds too few drawings.
struct Tasks<'a> {
    data: &'a str,
    protocol: Protocol,
    order: Order,
    task: Box<dyn Fn(u64) -> Option<Episode<Strokes>> + Sync + 'a>,
}

impl<'a> Tasks<'a> {
    fn of_archive(data: &'a str, archive: &'a Archive, protocol: Protocol, seed: u64) -> Self {
        let task = move |number| {
            let places = protocol.sample(&archive.drawings(), seed, number)?;
            Some(places.map(|place| archive.picture(place).strokes()))
        };
        Self { data, protocol, order: Order::Traced, task: Box::new(task) }
    }

    /// Support and queries by different writers.
    fn of_set(set: &'a DrawnSet, order: Order, way: usize, shots: usize, seed: u64) -> Self {
        let writers = |class: &'a DrawnClass| -> Vec<Option<&'a str>> {
            class.drawings.iter().map(|drawn| drawn.writer.as_deref()).collect()
        };
        let classes: Vec<_> = set.classes.iter().map(writers).collect();
        let task = move |number| {
            let places = across_writers(&classes, way, shots, seed, number)?;
            let strokes =
                |place: &Place| set.classes[place.character].drawings[place.drawing].strokes.clone();
            Some(places.map(strokes))
        };
        let protocol = few_shot(way.min(set.classes.len()), shots);
        Self { data: &set.name, protocol, order, task: Box::new(task) }
    }

    fn measure(&self, recogniser: &Recogniser, count: u64, recipe: &FineTuneRecipe) -> anyhow::Result<Row> {
        let system = recogniser.system();
        let Self { data, protocol, order, task } = self;
        let bar = ProgressBar::new(count);
        bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} tasks, {eta} left")?);
        bar.set_message(format!("{system}, {data}, {protocol}"));
        let measured = (0..count).into_par_iter().map(|number| {
            let task =
                task(number).with_context(|| format!("{data} holds too few drawings for {protocol}"))?;
            let outcome = before_and_after(recogniser.clone(), &task, *order, recipe);
            bar.inc(1);
            outcome
        });
        let measured = measured.collect::<anyhow::Result<Vec<_>>>()?;
        bar.finish_and_clear();
        Ok(Row::new(system, data, *protocol, &measured))
    }
}

/// How a task's queries are decided by the network as it is, and by the one fine-tuned on the task's support.
fn before_and_after(
    mut recogniser: Recogniser,
    task: &Episode<Strokes>,
    order: Order,
    recipe: &FineTuneRecipe,
) -> anyhow::Result<[Tally; 2]> {
    for (index, strokes) in task.support.iter().enumerate() {
        block_on(recogniser.learn_in(order, &(index / task.shots).to_string(), strokes))?;
    }
    let before = tally(&recogniser, task)?;
    let mut tuner = recogniser.fine_tuner(recipe.clone())?;
    while block_on(tuner.advance())?.is_some() {}
    block_on(recogniser.adopt(tuner.best().context("fine-tuning measured nothing")?, &mut |_, _| {}))?;
    Ok([before, tally(&recogniser, task)?])
}

fn tally(recogniser: &Recogniser, task: &Episode<Strokes>) -> anyhow::Result<Tally> {
    let right = task.queries.iter().zip(&task.truth).map(|(query, truth)| {
        let ranking = block_on(recogniser.rank(query))?;
        Ok(Some(ranking[0].label) == truth.map(|character| character.to_string()).as_deref())
    });
    right.collect()
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, data, protocol, tasks, trials, .. } = self;
        let [before, after, gain] = [self.before, self.after, self.gain].map(|v| v * 100.0);
        let [low, high] = self.interval.map(|v| v * 100.0);
        write!(f, "{system}, {data}, {protocol}, {tasks} tasks, {trials} trials: ")?;
        write!(f, "{before:.2} → {after:.2} %, gain {gain:+.2} points, 95 % interval {low:+.2} to {high:+.2}")
    }
}
