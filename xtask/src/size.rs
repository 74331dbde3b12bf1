//! What a visitor downloads, compressed as servers do, beside what it may be.

use std::{fmt, fs, io::Write, path::Path};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, write::GzEncoder};

use crate::{wasm::Module, workspace::root};

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

/// Prints the sizes of what is built.
///
/// # Errors
/// If something is over its budget or not built.
pub fn check() -> Result<()> {
    let package = root().join("pkg/dist");
    let modules = package.join("wasm");
    let cpu = files(&modules.join("simd-relaxed"))?;
    let webgpu = files(&modules.join(Module::Webgpu.name()))?;
    let weights = SYSTEMS.map(|system| package.join("weights").join(format!("{system}.safetensors")));
    let weights = weights.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    // The site holds copies of modules and weights, under names of its bundler's choice.
    let counted_apart = [files(&modules)?, weights.clone()].concat();
    let page: Vec<_> =
        files(&root().join("www/dist"))?.into_iter().filter(|file| !counted_apart.contains(file)).collect();
    let first: Vec<_> = cpu.iter().chain(&page).chain(weights.first()).cloned().collect();

    let mut rows =
        vec![("CPU module (simd-relaxed)".into(), sum(&cpu)?, None), ("page".into(), sum(&page)?, None)];
    for (system, file) in SYSTEMS.iter().zip(weights) {
        rows.push((format!("weights, {system}"), sum(&[file])?, Some(WEIGHTS)));
    }
    rows.push(("CPU module, page, first weights".into(), sum(&first)?, Some(FIRST_VISIT)));
    rows.push(("WebGPU module".into(), sum(&webgpu)?, Some(WEBGPU)));

    println!("{:<36}{:>12}{:>12}{:>16}", "", "bytes", "gzip", "budget");
    for (name, size, budget) in &rows {
        let budget = budget.map(|budget| budget.to_string()).unwrap_or_default();
        println!("{name:<36}{:>12}{:>12}{budget:>16}", size.raw, size.gzip);
    }
    for (name, size, budget) in rows {
        let excess = budget.map_or(0, |budget| budget.excess(size));
        ensure!(excess == 0, "{name}: {excess} bytes over budget");
    }
    Ok(())
}

/// The contents of the files in a folder and the folders in it, less what no visitor downloads by coming to the page.
fn files(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let mut contents = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} is not built", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !["data", "api"].contains(&&*name) {
                contents.extend(files(&path)?);
            }
        } else if ![".d.ts", ".json", ".map", ".txt"].iter().any(|ending| name.ends_with(ending))
            && !["element", "embed", "find", "set-"].iter().any(|start| name.starts_with(start))
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
