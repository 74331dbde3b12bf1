//! An encoder on an open engine: `nn`'s on `simd` and `webgpu`, burn's module on the others.

use std::sync::Arc;

#[cfg(feature = "burn")]
use burn::tensor::Device;

use super::RecogniseError;
#[cfg(feature = "webgpu")]
use crate::engine::webgpu;
use crate::{
    drawing::Drawing,
    engine::{Engine, EngineError},
    model::{System, Weights, WeightsError},
    nn,
};
#[cfg(feature = "burn")]
use crate::{
    engine::read,
    model::{Network, batch},
};

/// What turns drawings into features. A clone shares the network.
#[derive(Debug, Clone)]
pub enum Embedder {
    Simd(Arc<nn::Encoder>),
    #[cfg(feature = "webgpu")]
    Webgpu {
        encoder: Arc<nn::gpu::Encoder>,
        device: Device,
    },
    #[cfg(feature = "burn")]
    Burn {
        network: Box<Network>,
        device: Device,
    },
}

impl Embedder {
    /// Opens `engine` with these weights.
    #[cfg_attr(
        not(feature = "burn"),
        expect(clippy::unused_async, unused_variables, reason = "burn's engines wait")
    )]
    pub async fn open(system: System, engine: Engine, weights: &Weights) -> Result<Self, RecogniseError> {
        match engine {
            Engine::Simd => Ok(Self::Simd(Arc::new(nn::Encoder::new(weights)?))),
            #[cfg(feature = "webgpu")]
            Engine::Webgpu => {
                let (device, setup) = webgpu().await?;
                Ok(Self::Webgpu { encoder: Arc::new(nn::gpu::Encoder::new(&setup, weights)?), device })
            }
            #[cfg(feature = "burn")]
            _ => {
                let device = engine.open().await?;
                let network = weights.into_module(Network::new(system, &device))?;
                Ok(Self::Burn { network: Box::new(network), device })
            }
            #[cfg(not(feature = "burn"))]
            _ => Err(EngineError::NotBuilt(engine).into()),
        }
    }

    /// The same engine with other weights.
    pub fn with(&self, weights: &Weights) -> Result<Self, WeightsError> {
        Ok(match self {
            Self::Simd(_) => Self::Simd(Arc::new(nn::Encoder::new(weights)?)),
            #[cfg(feature = "webgpu")]
            Self::Webgpu { encoder, device } => {
                Self::Webgpu { encoder: Arc::new(encoder.with(weights)?), device: device.clone() }
            }
            #[cfg(feature = "burn")]
            Self::Burn { network, device } => Self::Burn {
                network: Box::new(weights.into_module((**network).clone())?),
                device: device.clone(),
            },
        })
    }

    /// The network of these weights as burn's module, and its device; none where the engine only recognises.
    #[cfg(feature = "burn")]
    pub fn module(
        &self,
        system: System,
        weights: &Weights,
    ) -> Result<Option<(Network, Device)>, WeightsError> {
        let device = match self {
            Self::Simd(_) => return Ok(None),
            #[cfg(feature = "webgpu")]
            Self::Webgpu { device, .. } => device,
            Self::Burn { device, .. } => device,
        };
        Ok(Some((weights.into_module(Network::new(system, device))?, device.clone())))
    }

    /// Features of drawings, one at least, `[drawings * FEATURES]`, one drawing after another.
    #[cfg_attr(not(feature = "burn"), expect(clippy::unused_async, reason = "burn's engines wait"))]
    pub async fn embed(&self, drawings: &[Drawing]) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Simd(encoder) => Ok(encoder.encode(drawings)),
            #[cfg(feature = "webgpu")]
            Self::Webgpu { encoder, .. } => encoder.encode(drawings).await,
            #[cfg(feature = "burn")]
            Self::Burn { network, device } => read(network.encoder.forward(batch(drawings, device))).await,
        }
    }
}
