//! Networks in the form that only recognises: plain numbers on a CPU, kernels laid out once when weights are loaded,
//! batch norms folded into the convolutions. Holds no burn; a test holds it to burn's modules on every engine. And the
//! encoder once more, in compute kernels for WebGPU, on the device that burn opened.

mod convolution;
mod encoder;
mod folded;
#[cfg(feature = "webgpu")]
pub mod gpu;
mod head;
mod lanes;
mod layout;
mod posed;
mod product;
mod quantised;

#[cfg(feature = "burn")]
pub(crate) use convolution::{Winograd, taps_first, taps_last};
pub use encoder::Encoder;
#[cfg(feature = "burn")]
pub(crate) use folded::EPSILON;
pub use head::{Head, Shown};
#[cfg(feature = "burn")]
pub(crate) use lanes::{LANES, Lanes, quads};
