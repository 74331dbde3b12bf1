//! What a visitor downloads, compressed as servers do, beside what it may be.

use std::{fmt, fs, io::Write, path::Path};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};

use crate::{
    measured,
    wasm::Module,
    workspace::{archive, root},
};

/// Where the sizes are kept that documents quote.
const FILE: &str = "weights/sizes.json";

/// A size is stale where it changed by more than one part in so many.
const STALE: usize = 50;

/// How a script names those that it imports.
const IMPORTS: [&str; 4] = ["from\"./", "from \"./", "import\"./", "import \"./"];

/// The system that is loaded unless another is asked for comes first.
const SYSTEMS: [&str; 3] = ["siamese", "triplet", "relation"];

/// A first visit on the CPU, from nothing to the first answer.
const FIRST_VISIT: Budget = Budget::Gzip(430_000);
/// The WebGPU module: 0.4 of ONNX Runtime Web's 6.6 MB.
const WEBGPU: Budget = Budget::Gzip(2_640_000);
/// The weights of one system.
const WEIGHTS: Budget = Budget::Raw(150_000);

/// Bytes that something may have.
#[derive(Clone, Copy)]
enum Budget {
    Raw(usize),
    Gzip(usize),
}

impl Budget {
    /// Bytes over it.
    fn excess(self, size: Size) -> usize {
        match self {
            Self::Raw(budget) => size.raw.saturating_sub(budget),
            Self::Gzip(budget) => size.gzip.saturating_sub(budget),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Raw(budget) => f.pad(&format!("{budget} raw")),
            Self::Gzip(budget) => f.pad(&format!("{budget} gzip")),
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Size {
    raw: usize,
    gzip: usize,
}

/// Something that is downloaded.
struct Row {
    /// Its name in the file of figures.
    id: String,
    name: String,
    size: Size,
    budget: Option<Budget>,
}

/// Prints the sizes of what is built.
///
/// # Errors
/// If something is over its budget or not built, or the file of figures says other sizes.
pub fn check() -> Result<()> {
    let rows = measure()?;
    println!("{:<36}{:>12}{:>12}{:>16}", "", "bytes", "gzip", "budget");
    for Row { name, size, budget, .. } in &rows {
        let budget = budget.map(|budget| budget.to_string()).unwrap_or_default();
        println!("{name:<36}{:>12}{:>12}{budget:>16}", size.raw, size.gzip);
    }
    for Row { name, size, budget, .. } in &rows {
        let excess = budget.map_or(0, |budget| budget.excess(*size));
        ensure!(excess == 0, "{name}: {excess} bytes over budget");
    }
    let told = measured::read(FILE)?;
    for Row { id, name, size, .. } in &rows {
        let gzip = told["sizes"][id]["gzip"].as_u64().unwrap_or(0) as usize;
        ensure!(
            gzip.abs_diff(size.gzip) <= gzip / STALE,
            "{name}: {FILE} says {gzip} bytes, gzip: run `cargo xtask figures --only sizes`"
        );
    }
    Ok(())
}

/// Writes the sizes of what is built into the file of figures.
///
/// # Errors
/// If something is not built, the single file included.
pub fn write() -> Result<()> {
    let mut rows = measure()?;
    let (id, name) = ("single-file".into(), "the site as one file".into());
    let size = sum(&[read(&root().join("www/dist-single/glimpse.html"))?])?;
    rows.push(Row { id, name, size, budget: None });
    let sizes: Map<String, Value> = rows
        .into_iter()
        .map(|Row { id, size, .. }| (id, json!({ "bytes": size.raw, "gzip": size.gzip })))
        .collect();
    measured::write(FILE, json!({ "sizes": sizes }))
}

fn measure() -> Result<Vec<Row>> {
    let package = root().join("pkg/dist");
    let site = root().join("www/dist");
    let modules = package.join("wasm");
    let module = |name: &str| files(&modules.join(name));
    let cpu = module("simd-relaxed")?;
    let weights = SYSTEMS.map(|system| package.join("weights").join(format!("{system}.safetensors")));
    let weights = weights.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    // The site holds copies of modules and weights, under names of its bundler's choice.
    let counted_apart = [files(&modules)?, weights.clone()].concat();
    let page: Vec<_> = files(&site)?.into_iter().filter(|file| !counted_apart.contains(file)).collect();
    let network: Vec<_> = cpu.iter().chain(weights.first()).cloned().collect();
    let first = [page.clone(), network.clone()].concat();

    let row = |id: &str, name: &str, files: &[Vec<u8>], budget: Option<Budget>| -> Result<Row> {
        Ok(Row { id: id.into(), name: name.into(), size: sum(files)?, budget })
    };
    let mut rows =
        vec![row("cpu", "CPU module (simd-relaxed)", &cpu, None)?, row("page", "page", &page, None)?];
    for (system, file) in SYSTEMS.iter().zip(weights) {
        rows.push(row(&format!("weights-{system}"), &format!("weights, {system}"), &[file], Some(WEIGHTS))?);
    }
    rows.push(row("first-visit", "CPU module, page, first weights", &first, Some(FIRST_VISIT))?);
    rows.push(row("webgpu", "WebGPU module", &module(Module::Webgpu.name())?, Some(WEBGPU))?);
    rows.push(row("flex", "module that fine-tunes (flex)", &module(Module::Flex.name())?, None)?);
    rows.push(row("archives", "module that reads archives", &module(Module::Archives.name())?, None)?);
    rows.push(row("element", "element before it is touched", &imported(&package.join("element.js"))?, None)?);
    rows.push(row("network", "CPU module and first weights", &network, None)?);
    if let Some(runs) = archive("omniglot/all_runs.zip") {
        rows.push(row("official-runs", "official runs", &[read(&runs)?], None)?);
    }
    Ok(rows)
}

/// A script and the scripts that it imports before it runs.
fn imported(script: &Path) -> Result<Vec<Vec<u8>>> {
    let mut paths = vec![script.to_path_buf()];
    let mut contents = Vec::new();
    while let Some(path) = paths.get(contents.len()) {
        let bytes = read(path)?;
        let text = String::from_utf8_lossy(&bytes);
        let found: Vec<_> = IMPORTS
            .iter()
            .flat_map(|start| text.split(start).skip(1))
            .filter_map(|rest| rest.split('"').next())
            .map(|name| path.with_file_name(name))
            .filter(|path| !paths.contains(path))
            .collect();
        contents.push(bytes);
        paths.extend(found);
    }
    Ok(contents)
}

/// The contents of the files in a folder and the folders in it, less what no visitor downloads by coming to the page.
fn files(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let mut contents = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} is not built", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !["data", "api", "docs"].contains(&&*name) {
                contents.extend(files(&path)?);
            }
        } else if ![".d.ts", ".json", ".map", ".txt"].iter().any(|ending| name.ends_with(ending))
            && !["element", "embed", "find", "results", "set-"].iter().any(|start| name.starts_with(start))
        {
            contents.push(read(&path)?);
        }
    }
    Ok(contents)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{} is not built", file.display()))
}

fn sum(files: &[Vec<u8>]) -> Result<Size> {
    let mut size = Size::default();
    for file in files {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(file)?;
        size.raw += file.len();
        size.gzip += encoder.finish()?.len();
    }
    Ok(size)
}
