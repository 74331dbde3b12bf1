//! Opens what computes, and reads what it computed. Each browser module is built for one engine; native programs have all
//! of the CPU.

use std::fmt;

#[cfg(feature = "webgpu")]
use burn::tensor::wgpu::WgpuSetup;
#[cfg(feature = "burn")]
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Engine {
    /// Our own kernels on the CPU: see [`crate::nn`]. The fastest there, and the smallest; it recognises, and does not
    /// learn.
    Simd,
    /// WebGPU: kernels of our own recognise, burn-wgpu learns.
    Webgpu,
    /// burn-flex on the CPU, the faster of the two of burn there.
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
    SelfTest {
        /// The engine.
        engine: Engine,
        /// Largest difference from the stored embedding.
        error: f32,
    },
    /// It computed what is no number at all.
    #[error("the engine {0} computed something that is not a finite number")]
    NotFinite(Engine),
    /// It does not learn.
    #[error("the engine {0} recognises only: fine-tune on another one")]
    RecognisesOnly(Engine),
    /// It stopped while computing.
    #[error("the engine stopped: {0}")]
    Stopped(String),
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Simd => "simd",
            Self::Webgpu => "webgpu",
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
        })
    }
}

impl Engine {
    /// The engines of this build, the one that it is built for first.
    pub const BUILT: &[Self] = &[
        #[cfg(feature = "webgpu")]
        Self::Webgpu,
        #[cfg(feature = "flex")]
        Self::Flex,
        #[cfg(feature = "ndarray")]
        Self::Ndarray,
        Self::Simd,
    ];

    /// Opens the engine for burn's tensors.
    ///
    /// # Errors
    /// [`EngineError::NotBuilt`] or [`EngineError::NoAdapter`].
    #[cfg(feature = "burn")]
    pub async fn open(self) -> Result<Device, EngineError> {
        match self {
            #[cfg(feature = "webgpu")]
            Self::Webgpu => Ok(webgpu().await?.0),
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            #[expect(deprecated, reason = "burn-ndarray stays an engine as long as burn ships it")]
            Self::Ndarray => Ok(Device::ndarray()),
            absent => Err(EngineError::NotBuilt(absent)),
        }
    }
}

/// The WebGPU device of this thread, as burn has it and as wgpu does, opened when it is first asked for: burn registers it once
/// and for all.
#[cfg(feature = "webgpu")]
pub(crate) async fn webgpu() -> Result<(Device, WgpuSetup), EngineError> {
    thread_local!(static OPENED: std::cell::OnceCell<(Device, WgpuSetup)> = const { std::cell::OnceCell::new() });
    if let Some(opened) = OPENED.with(|opened| opened.get().cloned()) {
        return Ok(opened);
    }
    let opened = Device::wgpu_options().init_with_setup_async().await;
    let fresh = opened.map_err(|error| EngineError::NoAdapter(error.to_string()))?;
    Ok(OPENED.with(|opened| {
        let opened = opened.get_or_init(|| fresh);
        #[cfg(target_family = "wasm")]
        loss::watch(&opened.1.device);
        opened.clone()
    }))
}

#[cfg(all(feature = "webgpu", target_family = "wasm"))]
pub(crate) use loss::lost;
#[cfg(all(feature = "webgpu", target_family = "wasm"))]
pub use loss::on_device_lost;

/// The end of the WebGPU device of this thread. In browsers only: natively wgpu calls one function alone, and burn's runtime has set it.
#[cfg(all(feature = "webgpu", target_family = "wasm"))]
mod loss {
    use std::cell::{OnceCell, RefCell};

    use burn::tensor::wgpu::wgpu::Device;

    type Listener = Box<dyn FnOnce(&str)>;

    thread_local! {
        static REASON: OnceCell<String> = const { OnceCell::new() };
        static LISTENERS: RefCell<Vec<Listener>> = const { RefCell::new(Vec::new()) };
    }

    /// Has `listener` called with the reason when the device that [`super::webgpu`] opened is lost; at once if it is. It is opened once
    /// and never let go, so whatever ends it is a loss; devices that others opened play no part.
    pub fn on_device_lost(listener: impl FnOnce(&str) + 'static) {
        match lost() {
            Some(reason) => listener(&reason),
            None => LISTENERS.with_borrow_mut(|listeners| listeners.push(Box::new(listener))),
        }
    }

    /// Why the device is lost, if it is.
    pub fn lost() -> Option<String> {
        REASON.with(|reason| reason.get().cloned())
    }

    pub fn watch(device: &Device) {
        device.set_device_lost_callback(|kind, message| {
            let reason = if message.is_empty() { format!("{kind:?}") } else { message };
            // Of a device that is watched twice both calls come.
            if REASON.with(|told| told.set(reason.clone())).is_ok() {
                LISTENERS.take().into_iter().for_each(|listener| listener(&reason));
            }
        });
    }
}

/// A tensor's values, once the engine has computed them.
///
/// # Errors
/// [`EngineError::Stopped`] if the engine stops.
#[cfg(feature = "burn")]
pub(crate) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, EngineError> {
    let stopped = |error: String| EngineError::Stopped(error);
    let data = tensor.into_data_async().await.map_err(|error| stopped(format!("{error:?}")))?;
    data.try_to_vec().map_err(|error| stopped(format!("{error:?}")))
}
