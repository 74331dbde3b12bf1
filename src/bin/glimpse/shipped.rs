//! The networks of this repository.

use std::path::PathBuf;

use glimpse::{model::System, recogniser::Recogniser};

/// Where this repository keeps weights, their cards and the measured figures.
pub fn shipped_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("weights")
}

/// Where this repository keeps a system's weights; the card lies beside them as `.json`.
pub fn shipped(system: System) -> PathBuf {
    shipped_folder().join(format!("{system}.safetensors"))
}

/// A network to measure.
pub struct Network {
    pub recogniser: Recogniser,
    /// SHA-256 of its weights file.
    pub digest: String,
}
