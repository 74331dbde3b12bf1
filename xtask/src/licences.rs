//! The terms of the crates that the browser modules are compiled from, and of what the sets of signs are made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{
    command::{cargo, read},
    setup::WASM,
    wasm::Module,
    workspace::root,
};

/// A line between the terms of one and of another.
const RULE: &str = "------------------------------------------------------------------------";

/// What every module holds beside crates.
const STANDARD_LIBRARY: &str =
    "Rust's standard library\n\nMIT OR Apache-2.0. Its text: https://github.com/rust-lang/rust\n";

/// The licences' texts, each once, below the crates of these modules that come with it. Of several to choose from,
/// MIT is taken.
///
/// # Errors
/// If cargo cannot tell which crates there are.
pub fn of_modules(modules: impl Iterator<Item = Module>) -> Result<String> {
    let mut crates = BTreeSet::new();
    for module in modules {
        let mut tree = cargo();
        tree.args([
            "tree",
            "--package",
            "glimpse-signs",
            "--target",
            WASM,
            "--edges",
            "normal,no-proc-macro",
        ]);
        tree.args(["--no-default-features", "--features", &module.features()]);
        tree.args(["--prefix", "none", "--format", "{p}\t{l}\t{r}"]);
        crates.extend(read(&mut tree)?.lines().filter_map(Crate::parse));
    }
    let texts = [vec![STANDARD_LIBRARY.to_owned()], texts(&crates)?].concat();
    Ok(texts.join(&format!("\n{RULE}\n\n")))
}

/// The same of packages of npm in a folder, and of crates that the native program is compiled from, by name.
///
/// # Errors
/// If a package comes without a licence, or cargo cannot tell which crates there are.
pub fn of_sets(packages: &[PathBuf], crates: &[&str]) -> Result<String> {
    // Fonts say whose they are in the first lines of their licence.
    let mut by_terms = BTreeMap::<String, Vec<String>>::new();
    for package in packages {
        let text = fs::read_to_string(package.join("LICENSE"))
            .with_context(|| format!("{} comes without a licence", package.display()))?;
        let text = text.replace("\r\n", "\n");
        let (owner, terms) = text.trim().split_once("\n\n").unwrap_or(("", text.trim()));
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        by_terms.entry(terms.into()).or_default().push(format!("{name}: {owner}"));
    }
    let mut tree = cargo();
    tree.args([
        "tree",
        "--package",
        "glimpse-signs",
        "--features",
        "sets",
        "--edges",
        "normal",
        "--depth",
        "1",
    ]);
    tree.args(["--prefix", "none", "--format", "{p}\t{l}\t{r}"]);
    let tree = read(&mut tree)?;
    let named = tree.lines().filter_map(Crate::parse).filter(|one| crates.contains(&&*one.name));
    let fonts = by_terms.into_iter().map(|(terms, names)| format!("{}\n\n{terms}\n", names.join("\n")));
    let texts = [fonts.collect(), texts(&named.collect())?].concat();
    Ok(texts.join(&format!("\n{RULE}\n\n")))
}

/// The licences' texts, each once, below the crates that come with it.
fn texts(crates: &BTreeSet<Crate>) -> Result<Vec<String>> {
    let sources = Sources::find()?;
    let mut by_terms = BTreeMap::<_, Vec<_>>::new();
    for one in crates {
        by_terms.entry(sources.terms(one)?).or_default().push(format!("{} {}", one.name, one.version));
    }
    Ok(by_terms.iter().map(|(terms, names)| format!("{}\n\n{terms}\n", names.join(", "))).collect())
}

/// Makes sure that every crate may be used under one of the licences that deny.toml allows.
///
/// # Errors
/// If one may not.
pub fn check() -> Result<()> {
    let text = fs::read_to_string(root().join("deny.toml")).context("reading deny.toml")?;
    let (_, rest) = text.split_once("allow = [").context("deny.toml allows no licences")?;
    let allowed: Vec<&str> =
        rest.split(']').next().unwrap_or_default().split('"').skip(1).step_by(2).collect();
    let mut tree = cargo();
    tree.args(["tree", "--workspace", "--edges", "normal,build", "--prefix", "none"]);
    tree.args(["--features", "cli,session,archives,webgpu,ndarray", "--format", "{p}\t{l}\t{r}"]);
    let crates: BTreeSet<_> = read(&mut tree)?.lines().filter_map(Crate::parse).collect();
    ensure!(!crates.is_empty(), "cargo tells of no crate");
    let barred: Vec<_> = crates
        .iter()
        .filter(|one| !allows(&allowed, &one.licence))
        .map(|one| format!("{} {}: {}", one.name, one.version, one.licence))
        .collect();
    ensure!(barred.is_empty(), "deny.toml allows none of these licences: {}", barred.join("; "));
    println!("{} crates under licences that deny.toml allows", crates.len());
    Ok(())
}

/// Whether a licence's expression can be met: one of its alternatives is allowed, all of that.
fn allows(allowed: &[&str], expression: &str) -> bool {
    let expression = expression.replace(['(', ')'], "").replace('/', " OR ");
    expression
        .split(" OR ")
        .any(|choice| choice.split(" AND ").all(|licence| allowed.contains(&licence.trim())))
}

/// A crate from the registry.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    licence: String,
    repository: String,
}

impl Crate {
    /// Reads a line of cargo's; none if it is of this repository.
    fn parse(line: &str) -> Option<Self> {
        let line = line.strip_suffix(" (*)").unwrap_or(line);
        let mut columns = line.split('\t');
        let (name, version) = columns.next()?.split_once(" v")?;
        if version.contains(' ') {
            return None;
        }
        let mut column = || columns.next().unwrap_or_default().to_owned();
        Some(Self { name: name.into(), version: version.into(), licence: column(), repository: column() })
    }
}

/// The folders that cargo unpacks crates in, one a registry.
struct Sources(Vec<PathBuf>);

impl Sources {
    fn find() -> Result<Self> {
        let home =
            env::var_os("CARGO_HOME").map(PathBuf::from).or(env::home_dir().map(|home| home.join(".cargo")));
        let folder = home.context("no home folder: set CARGO_HOME")?.join("registry/src");
        let registries =
            fs::read_dir(&folder).with_context(|| format!("no crates in {}", folder.display()))?;
        Ok(Self(registries.map(|registry| Ok(registry?.path())).collect::<Result<_>>()?))
    }

    /// The licences that a crate comes with, or else what it says of them.
    fn terms(&self, one: &Crate) -> Result<String> {
        let name = format!("{}-{}", one.name, one.version);
        let files = match self.0.iter().map(|registry| registry.join(&name)).find(|folder| folder.is_dir()) {
            Some(folder) => licence_files(&folder)?,
            None => Vec::new(),
        };
        if files.is_empty() {
            return Ok(format!("{}. Its text: {}", one.licence, one.repository));
        }
        let texts =
            files.iter().map(|file| Ok(fs::read_to_string(file)?.replace("\r\n", "\n").trim().to_owned()));
        Ok(texts.collect::<Result<Vec<_>>>()?.join("\n\n"))
    }
}

/// A folder's MIT licence, or all there are.
fn licence_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        let is_one =
            ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"].iter().any(|start| name.starts_with(start));
        if is_one && path.is_file() {
            if name.contains("MIT") {
                return Ok(vec![path]);
            }
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_allowed_where_one_of_its_alternatives_is() {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"];
        for met in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
            assert!(allows(&allowed, met), "{met}");
        }
        for unmet in ["", "GPL-3.0", "MIT AND GPL-3.0", "MIT-0", "Apache-2.0 WITH LLVM-exception"] {
            assert!(!allows(&allowed, unmet), "{unmet}");
        }
    }
}
