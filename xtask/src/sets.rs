//! The sets of signs in sets/, made of fonts: those and KaTeX's table of commands are fetched from npm, each in one version.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::{
    command::{cargo, command, heading, run},
    licences,
    workspace::root,
};

/// Crates whose tables say what signs are called.
const NAMES: [&str; 3] = ["codex", "entities", "unicode_names2"];

/// Fetches the fonts, and makes every set anew.
///
/// # Errors
/// If npm or a set fails.
pub fn make() -> Result<()> {
    let folder = root().join("sets");
    heading("Fetching the fonts");
    run(command("npm").args(["ci", "--ignore-scripts"]).current_dir(&folder)).context("fonts are missing")?;
    run(command("node").arg("latex.js").current_dir(&folder))?;
    heading("Making the sets");
    run(cargo().args(["run", "--release", "--features", "cli", "--", "set", "shipped"]))?;
    let mut packages: Vec<PathBuf> = fs::read_dir(folder.join("node_modules/@fontsource"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    packages.sort();
    packages.push(folder.join("node_modules/katex"));
    fs::write(folder.join("licences.txt"), licences::of_sets(&packages, &NAMES)?)?;
    Ok(())
}
