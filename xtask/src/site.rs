//! The npm package (pkg/dist) and the site (www/dist).

use std::fs;

use anyhow::{Context, Result};

use crate::{
    command::{command, heading, run},
    workspace::{archive, root},
};

/// Builds the package and the site around whatever modules there are.
///
/// # Errors
/// If the weights are missing or npm's build fails.
pub fn build() -> Result<()> {
    heading("Building the npm package and the site");
    run(command("npm").args(["run", "build"])).context("the site does not build")?;

    let runs = root().join("www/dist/data/all_runs.zip");
    match archive("omniglot/all_runs.zip") {
        Some(archive) => {
            fs::create_dir_all(runs.parent().expect("in a folder"))?;
            // Its bytes only: data folders are often read-only.
            fs::write(runs, fs::read(archive)?)?;
        }
        None => eprintln!("The official runs are not at hand (GLIMPSE_DATA): the page will ask for them."),
    }
    Ok(())
}
