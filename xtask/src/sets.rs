//! The sets of signs in sets/, made of fonts: those and KaTeX's table of commands are fetched from npm, each in one version.

use anyhow::{Context, Result};

use crate::{
    command::{cargo, command, heading, run},
    workspace::root,
};

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
    run(cargo().args(["run", "--release", "--features", "cli", "--", "set", "shipped"]))
}
