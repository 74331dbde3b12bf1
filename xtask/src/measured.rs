//! Files of figures that documents quote. Each names the weights measured, by SHA-256, and the commit.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{commit::commit, workspace::root};

const SYSTEMS: [&str; 3] = ["siamese", "triplet", "relation"];

/// SHA-256 of each system's weights.
///
/// # Errors
/// If weights cannot be read.
pub fn weights() -> Result<Map<String, Value>> {
    let digest = |system: &str| {
        let path = root().join(format!("weights/{system}.safetensors"));
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((system.into(), hex.into()))
    };
    SYSTEMS.into_iter().map(digest).collect()
}

/// Reads a file of figures.
///
/// # Errors
/// If it is not there or no JSON.
pub fn read(path: &str) -> Result<Value> {
    let text = fs::read_to_string(root().join(path)).with_context(|| format!("reading {path}"))?;
    serde_json::from_str(&text).with_context(|| path.to_owned())
}

/// Writes figures into a file.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &str, figures: Value) -> Result<()> {
    let Value::Object(mut file) = figures else { unreachable!("figures are an object") };
    file.insert("weights".into(), weights()?.into());
    file.extend(commit(root()).map(|commit| ("commit".into(), commit.into())));
    fs::write(root().join(path), serde_json::to_string_pretty(&file)? + "\n")
        .with_context(|| format!("writing {path}"))
}
