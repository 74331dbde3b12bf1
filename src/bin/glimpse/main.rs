//! The native program: trains networks, and replays the published protocols.

mod baseline;
mod calibrate;
mod card;
mod commit;
mod drawn;
mod evaluate;
mod figure;
mod figures;
mod find;
mod fine_tune;
mod gallery;
mod held_out;
mod published;
mod report;
mod scores;
mod set;
mod shipped;
mod split;
mod studies;
mod tasks;
mod train;

use clap::{Parser, Subcommand};
use glimpse::dataset::Source;

/// One-shot character recognition: train networks and replay the published protocols.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a system on Omniglot's background alphabets and write its weights and card
    Train(train::Train),
    /// Fit what makes chances of a trained system's similarities, and write it into its weights
    Calibrate(calibrate::Calibrate),
    /// Measure a trained system under a published protocol
    Evaluate(evaluate::Evaluate),
    /// Measure a method that has no network under the official protocol
    Baseline(baseline::Baseline),
    /// Make a set of signs, from fonts, pictures, strokes or a collection
    Set(set::Set),
    /// Check the measured figures beside the weights, and make the tables of the documents
    Figures(figures::Figures),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Train(train) => train.run(),
        Command::Calibrate(calibrate) => calibrate.run(),
        Command::Evaluate(evaluate) => evaluate.run(),
        Command::Baseline(baseline) => baseline.run(),
        Command::Set(set) => set.run(),
        Command::Figures(figures) => figures.run(),
    }
}

/// The data, wherever it is; what must be downloaded is announced.
fn data() -> Source {
    Source::new().downloading_with(|file| {
        eprintln!("downloading {}", file.url());
        file.download()
    })
}
