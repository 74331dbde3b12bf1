//! Opens what computes. Each browser module is built with one engine; native programs have both CPU engines.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Engine {
    /// burn-wgpu on WebGPU.
    Webgpu,
    /// burn-flex on the CPU, the faster of the two there.
    Flex,
    /// burn-ndarray on the CPU.
    Ndarray,
}

/// Why an engine cannot compute.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// This build holds other engines only.
    #[error("this build does not hold the engine {0}")]
    NotBuilt(Engine),
    /// No adapter opened.
    #[error("WebGPU did not open: {0}")]
    NoAdapter(String),
    /// It computed something wrong.
    #[error("the engine {engine} failed its self-test: its embedding is off by {error:.4}")]
    SelfTest { engine: Engine, error: f32 },
    /// It stopped while computing.
    #[error("the engine stopped: {0}")]
    Stopped(String),
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Webgpu => "webgpu",
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
        })
    }
}

impl Engine {
    /// The engines of this build, best first.
    pub const BUILT: &[Self] = &[
        #[cfg(feature = "webgpu")]
        Self::Webgpu,
        #[cfg(feature = "flex")]
        Self::Flex,
        #[cfg(feature = "ndarray")]
        Self::Ndarray,
    ];

    /// Opens the engine.
    ///
    /// # Errors
    /// [`EngineError::NotBuilt`] or [`EngineError::NoAdapter`].
    pub async fn open(self) -> Result<Device, EngineError> {
        match self {
            #[cfg(feature = "webgpu")]
            Self::Webgpu => webgpu().await,
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            #[expect(deprecated, reason = "burn-ndarray stays an engine as long as burn ships it")]
            Self::Ndarray => Ok(Device::ndarray()),
            #[allow(unreachable_patterns, reason = "a build may hold every engine")]
            absent => Err(EngineError::NotBuilt(absent)),
        }
    }
}

/// The WebGPU device of this thread, opened when it is first asked for: burn registers it once and for all.
#[cfg(feature = "webgpu")]
async fn webgpu() -> Result<Device, EngineError> {
    thread_local!(static OPENED: std::cell::OnceCell<Device> = const { std::cell::OnceCell::new() });
    if let Some(device) = OPENED.with(|opened| opened.get().cloned()) {
        return Ok(device);
    }
    let opened = Device::wgpu_options().init_async().await;
    let device = opened.map_err(|error| EngineError::NoAdapter(error.to_string()))?;
    Ok(OPENED.with(|opened| opened.get_or_init(|| device).clone()))
}
