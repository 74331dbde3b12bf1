//! The encoder while it is fine-tuned: the blocks before the last stay and see each drawing once, the last one learns. By our own
//! kernels on a CPU, whatever engine compares there; by burn's autodiff on WebGPU.

#[cfg(any(feature = "webgpu", test))]
mod by_burn;
mod by_hand;

use std::ops::Range;

use burn::tensor::{Device, Gradients, Tensor};

#[cfg(any(feature = "webgpu", test))]
pub use by_burn::ByBurn;
use by_hand::ByHand;

use crate::{
    drawing::Drawing,
    engine::Engine,
    model::{Encoder, Weights, WeightsError},
};

/// An encoder whose last block learns.
pub trait Tunable {
    /// Keeps what the blocks before the last make of drawings; under which numbers.
    fn keep(&mut self, drawings: &[Drawing]) -> Range<usize>;

    /// Keeps only the drawings of the first `count` numbers, of which there are so many at least.
    fn truncate(&mut self, count: usize);

    /// Features of drawings that are kept, `[kept, FEATURES]`.
    fn features(&mut self, kept: &[usize]) -> Tensor<2>;

    /// The same to learn from.
    fn learning(&mut self, kept: &[usize]) -> Tensor<2>;

    /// One step of Adam against the gradients of a loss of the features that [`Self::learning`] gave last.
    fn step(&mut self, rate: f64, features: &Tensor<2>, gradients: &mut Gradients);

    /// The encoder as it stands.
    fn encoder(&self) -> Encoder;
}

/// An encoder on `engine`'s `device`, of a network of these weights.
///
/// # Errors
/// [`WeightsError::Mismatch`] if they are not a network's.
pub fn tunable(
    encoder: &Encoder,
    device: &Device,
    engine: Engine,
    weights: &Weights,
) -> Result<Box<dyn Tunable>, WeightsError> {
    Ok(match engine {
        #[cfg(feature = "webgpu")]
        Engine::Webgpu => Box::new(ByBurn::new(encoder, device)),
        _ => Box::new(ByHand::new(encoder, device, weights)?),
    })
}
