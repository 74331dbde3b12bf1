//! The npm package (pkg/dist) and the site (www/dist).

use std::fs;

use anyhow::{Context, Result};

use crate::{
    command::{command, heading, run},
    licences,
    wasm::Module,
    workspace::{archive, root},
};

/// What replay reads, by its place in the data folder.
const DATA: [&str; 4] = [
    "omniglot/all_runs.zip",
    "omniglot/images_evaluation.zip",
    "mnist/t10k-images-idx3-ubyte.gz",
    "mnist/t10k-labels-idx1-ubyte.gz",
];

/// Builds the package and the site around whatever modules there are.
///
/// # Errors
/// If the weights are missing or npm's build fails.
pub fn build() -> Result<()> {
    heading("Building the npm package and the site");
    let modules = root().join("pkg/dist/wasm");
    fs::create_dir_all(&modules)?;
    let built = Module::ALL.into_iter().filter(|module| modules.join(module.name()).is_dir());
    fs::write(modules.join("licences.txt"), licences::of_modules(built)?)?;
    run(command("npm").args(["run", "build"])).context("the site does not build")?;

    let data = root().join("www/dist/data");
    fs::create_dir_all(&data)?;
    for name in DATA {
        match archive(name) {
            // Its bytes only: data folders are often read-only.
            Some(archive) => fs::write(data.join(archive.file_name().expect("a file")), fs::read(&archive)?)?,
            None => eprintln!("{name} is not at hand (GLIMPSE_DATA): the page will ask for it."),
        }
    }
    run(command("node").arg("pkg/scripts/embed-lines.js"))
}

/// Writes the site that was built as one file, and says how large it is.
///
/// # Errors
/// If npm's build fails.
pub fn build_single_file() -> Result<()> {
    heading("Writing the site as one file");
    run(command("npm").args(["run", "build:single-file"])).context("the single file is not built")?;
    let file = root().join("www/dist-single/glimpse.html");
    let megabytes = fs::metadata(&file)?.len() as f64 / 1e6;
    eprintln!("{}: {megabytes:.2} MB", file.display());
    Ok(())
}
