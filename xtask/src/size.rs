//! What a visitor downloads, compressed as servers do, beside what it may be.

use std::{fs, io::Write, path::Path};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, write::GzEncoder};

use crate::{wasm::Engine, workspace::root};

/// Bytes, compressed: a first visit on the CPU, from nothing to the first answer.
const FIRST_VISIT: usize = 1_500_000;
/// Bytes, compressed: the WebGPU module.
const WEBGPU: usize = 4_000_000;

#[derive(Clone, Copy, Default)]
struct Size {
    raw: usize,
    gzip: usize,
}

/// Prints the sizes of what is built.
///
/// # Errors
/// If something is over its budget or not built.
pub fn check() -> Result<()> {
    let package = root().join("pkg/dist");
    let modules = package.join("wasm");
    let cpu = sum(&files(&modules.join(Engine::Flex.name()))?)?;
    let webgpu = sum(&files(&modules.join(Engine::Webgpu.name()))?)?;
    let weights = files(&package.join("weights"))?;
    // The site holds copies of modules and weights, under names of its bundler's choice.
    let counted_above = [files(&modules)?, weights.clone()].concat();
    let page: Vec<_> =
        files(&root().join("www/dist"))?.into_iter().filter(|file| !counted_above.contains(file)).collect();
    let (weights, page) = (sum(&weights)?, sum(&page)?);
    let first = Size { raw: cpu.raw + weights.raw + page.raw, gzip: cpu.gzip + weights.gzip + page.gzip };

    println!("{:<32}{:>12}{:>12}{:>12}", "", "bytes", "gzip", "budget");
    let rows = [
        ("CPU module (flex)", cpu, None),
        ("weights", weights, None),
        ("page", page, None),
        ("CPU module, weights and page", first, Some(FIRST_VISIT)),
        ("WebGPU module", webgpu, Some(WEBGPU)),
    ];
    for (name, size, budget) in rows {
        let budget = budget.map(|budget| budget.to_string()).unwrap_or_default();
        println!("{name:<32}{:>12}{:>12}{budget:>12}", size.raw, size.gzip);
    }
    for (name, size, budget) in rows {
        let over = size.gzip.saturating_sub(budget.unwrap_or(usize::MAX));
        ensure!(over == 0, "{name}: {over} bytes over budget");
    }
    Ok(())
}

/// The contents of the files in a folder and the folders in it, less what no visitor downloads by coming.
fn files(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let mut contents = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} is not built", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "data" {
                contents.extend(files(&path)?);
            }
        } else if ![".d.ts", ".json", ".map", ".txt"].iter().any(|ending| name.ends_with(ending)) {
            contents.push(fs::read(&path)?);
        }
    }
    Ok(contents)
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
