//! Where networks are computed on numbers alone, without burn: convolutions, forward and backward, and what is made of them. Recognition,
//! training and fine-tuning on a CPU use the same; tests hold it to burn's modules.
//!
//! - `maps`: how maps and their channels lie
//! - `product`: products of matrices, in SIMD
//! - `ink` and `posed`: the two convolutions, of a picture and of maps
//! - `block`: a block while it learns, there and back; `unit`: features of length one
//! - [`Encoder`] and [`Head`]: what recognises
//! - `gpu`: the encoder in compute kernels for WebGPU, on the device that burn opened

#[cfg(feature = "burn")]
mod block;
mod encoder;
mod folded;
mod fourier;
#[cfg(feature = "webgpu")]
pub mod gpu;
mod head;
mod ink;
mod maps;
mod posed;
mod product;
mod relation;
mod unit;

#[cfg(feature = "burn")]
pub(crate) use block::{Block, Passed};
pub use encoder::Encoder;
pub use head::{Head, Index};
#[cfg(feature = "burn")]
pub(crate) use maps::Layout;
pub(crate) use maps::Maps;
#[cfg(feature = "burn")]
pub(crate) use unit::Units;

use crate::model::BlockShape;

/// Taps of a 3×3 kernel, row by row.
const TAPS: usize = 9;

/// A 3×3 convolution within a border of zeros, whose weights are tied over eight poses; then bias, 2×2 max pooling and ReLU, as its shape says.
trait Convolution: std::fmt::Debug + Send + Sync {
    /// What it makes of maps with a border of one pixel, to as many.
    fn forward(&self, input: &Maps, scratch: &mut Scratch, output: &mut Maps);

    /// The gradient of the free part of its kernel, `[filters, input, TAPS]`, its mean over poses, given what it convolved and the gradient of
    /// what it made of it, both with a border. It must neither pool nor rectify.
    #[cfg(feature = "burn")]
    fn kernel_gradient(&self, input: &Maps, gradient: &Maps, scratch: &mut Scratch) -> Vec<f32>;
}

/// The value below which nothing leaves a block.
fn least(shape: &BlockShape) -> f32 {
    if shape.relu { 0.0 } else { f32::NEG_INFINITY }
}

/// What convolutions compute on the way, kept from call to call.
#[derive(Debug, Default)]
pub struct Scratch([Vec<f32>; 2]);

impl Scratch {
    /// So many numbers each, of any values.
    fn take(&mut self, sizes: [usize; 2]) -> [&mut [f32]; 2] {
        let Self([first, second]) = self;
        first.resize(first.len().max(sizes[0]), 0.0);
        second.resize(second.len().max(sizes[1]), 0.0);
        [&mut first[..sizes[0]], &mut second[..sizes[1]]]
    }
}
