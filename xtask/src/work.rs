//! What one classification computes, in instructions: a figure that is the same on a busy machine.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::{
    command::{cargo, command, read, run, which},
    measured,
    workspace::target,
};

/// Instructions of one classification against 20 characters, from strokes to ranking, on a processor with AVX2, which valgrind is.
const CLASSIFICATION: u64 = 4_400_000;

/// Whether valgrind counts on such a machine what the budget was measured in.
pub const COUNTED_HERE: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));

/// Drawings by which the two runs differ.
const DRAWINGS: u64 = 10;

/// Counts the instructions of a classification. Where valgrind does not run, or counts otherwise, it says so.
///
/// # Errors
/// If there are more than the budget, or they cannot be counted.
pub fn check() -> Result<()> {
    if !COUNTED_HERE {
        println!("Instructions are counted on Linux on x86-64 only.");
        return Ok(());
    }
    let each = count()?;
    println!("{each} instructions a classification, budget {CLASSIFICATION}");
    ensure!(
        each <= CLASSIFICATION,
        "a classification computes {} instructions more than its budget: make it cheaper, or say in xtask/src/work.rs why it may cost more",
        each - CLASSIFICATION
    );
    Ok(())
}

/// Writes the instructions of a classification into the file of figures.
///
/// # Errors
/// If they cannot be counted.
pub fn write() -> Result<()> {
    ensure!(COUNTED_HERE, "instructions are counted on Linux on x86-64 only");
    measured::write("weights/work.json", json!({ "instructions": count()? }))
}

/// Instructions of a classification.
fn count() -> Result<u64> {
    ensure!(which("valgrind").is_some(), "counting instructions needs valgrind: install it");
    run(cargo().args(["build", "--release", "--example", "classification"]))?;
    let (few, many) = (instructions(0)?, instructions(DRAWINGS)?);
    Ok((many - few) / DRAWINGS)
}

/// Instructions of a whole run that recognises so many drawings.
fn instructions(drawings: u64) -> Result<u64> {
    let counts = target().join("callgrind.out");
    let mut valgrind = command("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]).arg(format!("--callgrind-out-file={}", counts.display()));
    read(valgrind.arg(target().join("release/examples/classification")).arg(drawings.to_string()))?;
    let report = fs::read_to_string(&counts)?;
    let totals = report.lines().find_map(|line| line.strip_prefix("totals: "));
    totals.and_then(|total| total.trim().parse().ok()).context("valgrind printed no total")
}
