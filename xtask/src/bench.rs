//! Glimpse beside other runtimes: benches/ in Chromium, with what it needs built and installed.

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::{
    command::{command, run},
    setup,
};

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Features of drawings, in batches
    Embedding,
    /// A drawing against those taught, few and many
    Classification,
    /// A step of fine-tuning
    Tuning,
    /// Time and bytes until the first answer
    Visit,
    /// Peak memory
    Memory,
    /// The official trials, by one worker and by two
    Replay,
    /// How time and memory of replay grow with the episodes
    Replaying,
    /// Training without a browser, beside PyTorch where Python has it
    Native,
}

/// Measures all parts, or only those named, beside what was measured before of the others with the same weights on the same machine. BENCHMARKS.md and the
/// figures of other documents are made anew where every part was measured, not in a hurry; else the report is in target/bench.
///
/// # Errors
/// If there is no Chromium, or what is compared does not compute the same.
pub fn bench(quick: bool, only: &[Part]) -> Result<()> {
    let mut node = command("node");
    node.arg("benches/bench.js").env("CHROMIUM", setup::chromium()?);
    if quick {
        node.arg("--quick");
    }
    for part in only {
        let name = part.to_possible_value().expect("every part has a name");
        node.args(["--only", name.get_name()]);
    }
    run(&mut node).context("measuring failed")
}
