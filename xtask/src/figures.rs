//! Every figure that is quoted: measured, and put into the documents.

use std::{collections::BTreeSet, fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::{
    bench,
    command::{cargo, command, heading, run},
    measured, setup, site, size,
    wasm::{self, Module, Packing},
    work,
    workspace::{archive, target},
};

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Every system and baseline under every protocol: weights/scores.json
    Accuracy,
    /// A published split, and drawings by the public where the data folder has them: weights/sets.json
    Sets,
    /// Tasks before and after fine-tuning, of the data and of drawings by the public: weights/fine-tuning.json
    FineTuning,
    /// Networks trained otherwise than those that ship: weights/studies.json
    Studies,
    /// What a visitor downloads: weights/sizes.json
    Sizes,
    /// Instructions of a classification: weights/work.json
    Work,
    /// Speed and memory beside other runtimes: benches/results.json
    Bench,
    /// The pictures in README.md: www/preview.png and www/preview-find.png
    Preview,
}

/// A piece of the measuring, done at one go.
enum Step {
    /// `cargo glimpse` with these arguments.
    Native(String),
    Sizes,
    Work,
    Bench,
    Preview,
}

const PROTOCOLS: [&str; 9] = [
    "official",
    "random-5-way-1-shot",
    "random-5-way-5-shot",
    "random-20-way-1-shot",
    "random-20-way-5-shot",
    "within-alphabet",
    "verification",
    "verification-within-alphabet",
    "mnist",
];

/// Sets of drawings by the public.
const PUBLIC: [&str; 3] = ["pendigits", "quickdraw-symbols", "detexify-one-stroke"];

/// Those of them that the data folder has.
fn public() -> impl Iterator<Item = PathBuf> {
    PUBLIC.into_iter().filter_map(|set| archive(&format!("wild/{set}.json")))
}

impl Part {
    fn steps(self) -> Vec<Step> {
        let native = |arguments: String| Step::Native(format!("evaluate {arguments}"));
        match self {
            Self::Accuracy => PROTOCOLS
                .into_iter()
                .map(|protocol| format!("--system all --protocol {protocol}"))
                .chain(["--system all --protocol official --views 8".into()])
                .map(|arguments| native(format!("{arguments} --write weights/scores.json")))
                .collect(),
            Self::Sets => ["omniglot:evaluation", "omniglot:protonets", "omniglot:protonets-rotated"]
                .map(String::from)
                .into_iter()
                .chain(public().map(|file| file.display().to_string()))
                .map(|set| format!("--system all --data {set} --way 20 --shots 1 --write weights/sets.json"))
                .map(native)
                .collect(),
            Self::FineTuning => {
                let public: Vec<String> = public().map(|file| file.display().to_string()).collect();
                let data =
                    (!public.is_empty()).then(|| format!(" --data {} --way 20 --shots 5", public.join(" ")));
                ["siamese", "triplet", "relation"]
                    .into_iter()
                    .flat_map(|system| [(system, Some(String::new())), (system, data.clone())])
                    .filter_map(|(system, data)| {
                        let data = data?;
                        Some(format!(
                            "--system {system} --fine-tune --tasks 100{data} --write weights/fine-tuning.json"
                        ))
                    })
                    .map(native)
                    .collect()
            }
            Self::Studies => vec![native("--studies --write weights/studies.json".into())],
            Self::Sizes => vec![Step::Sizes],
            Self::Work => vec![Step::Work],
            Self::Bench => vec![Step::Bench],
            Self::Preview => vec![Step::Preview],
        }
    }
}

impl Step {
    /// Its name, for people and for the list of those that are done.
    fn name(&self) -> String {
        match self {
            Self::Native(arguments) => format!("cargo glimpse {arguments}"),
            Self::Sizes => "sizes".into(),
            Self::Work => "work".into(),
            Self::Bench => "bench".into(),
            Self::Preview => "preview".into(),
        }
    }

    fn run(&self) -> Result<()> {
        match self {
            Self::Native(arguments) => run(native().args(arguments.split(' '))),
            Self::Sizes => {
                build()?;
                site::build_single_file()?;
                size::write()
            }
            Self::Work => work::write(),
            Self::Bench => {
                build()?;
                bench::bench(false, &[])
            }
            Self::Preview => {
                build()?;
                run(command("node").arg("benches/preview.js").env("CHROMIUM", setup::chromium()?))
            }
        }
    }
}

/// Measures all parts, or only those named, and puts the figures into the documents. What was done before it was interrupted, with
/// the same weights, is not done again.
///
/// # Errors
/// If something cannot be measured, or what is quoted is still of other weights.
pub fn measure(only: &[Part]) -> Result<()> {
    let parts = if only.is_empty() { Part::value_variants() } else { only };
    let steps: Vec<Step> = parts.iter().flat_map(|part| part.steps()).collect();
    let mut done = Done::read()?;
    for (i, step) in steps.iter().enumerate() {
        let name = step.name();
        heading(format!("{} of {}: {name}", i + 1, steps.len()));
        if done.has(&name) {
            eprintln!("done before");
            continue;
        }
        step.run().with_context(|| format!("{name}: start again to go on from here"))?;
        done.add(name)?;
    }
    done.forget(steps.iter().map(Step::name))?;
    heading("The documents");
    run(native().arg("figures"))?;
    setup::npm_packages()?;
    run(command("node").arg("benches/figures.js"))
}

/// Compares what is quoted with the files of figures, and these with the weights.
///
/// # Errors
/// If something is stale.
pub fn check() -> Result<()> {
    setup::npm_packages()?;
    run(command("node").args(["benches/figures.js", "--check"]))
}

fn native() -> std::process::Command {
    let mut glimpse = cargo();
    glimpse.arg("glimpse");
    glimpse
}

fn build() -> Result<()> {
    setup::npm_packages()?;
    wasm::build(&Module::ALL, Packing::Small)?;
    site::build()
}

/// The steps that are done, kept between runs while the weights stay.
struct Done {
    path: PathBuf,
    names: BTreeSet<String>,
}

impl Done {
    fn read() -> Result<Self> {
        let weights: Vec<String> =
            measured::weights()?.values().map(|digest| digest.to_string()[1..9].into()).collect();
        let path = target().join(format!("figures-{}", weights.join("-")));
        let text = fs::read_to_string(&path).unwrap_or_default();
        Ok(Self { path, names: text.lines().map(Into::into).collect() })
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn add(&mut self, name: String) -> Result<()> {
        self.names.insert(name);
        self.write()
    }

    /// Once all is done, the next run measures again.
    fn forget(&mut self, names: impl Iterator<Item = String>) -> Result<()> {
        for name in names {
            self.names.remove(&name);
        }
        self.write()
    }

    fn write(&self) -> Result<()> {
        let lines: Vec<_> = self.names.iter().map(String::as_str).collect();
        fs::write(&self.path, lines.join("\n")).with_context(|| format!("writing {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_figures_has_a_step_that_writes_it() {
        let names: Vec<String> =
            Part::value_variants().iter().flat_map(|part| part.steps()).map(|step| step.name()).collect();
        for file in ["scores", "sets", "fine-tuning", "studies"] {
            assert!(
                names.iter().any(|name| name.ends_with(&format!("--write weights/{file}.json"))),
                "{file}"
            );
        }
        let apart: BTreeSet<&String> = names.iter().collect();
        assert_eq!(apart.len(), names.len(), "a step would be taken for another that is done");
    }

    #[test]
    fn what_is_done_is_not_done_again_until_all_is() {
        let path = target().join("figures-of-a-test");
        let _ = fs::remove_file(&path);
        let open = || {
            let names = fs::read_to_string(&path).unwrap_or_default().lines().map(Into::into).collect();
            Done { path: path.clone(), names }
        };
        open().add("first".into()).unwrap();
        assert!(open().has("first") && !open().has("second"));
        open().add("second".into()).unwrap();
        open().forget(["first", "second"].map(String::from).into_iter()).unwrap();
        assert!(!open().has("first"));
    }
}
