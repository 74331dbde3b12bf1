//! One-shot character recognition: one drawing teaches a character, and from then on it is known.
//!
//! From what is drawn to what is recognised, each module knowing only those before it:
//!
//! - [`drawing`]: strokes and pictures, brought to one form
//! - [`dataset`]: Omniglot, MNIST and invented alphabets
//! - [`episode`]: one-shot tasks made of them
//! - [`engine`]: what computes: `simd`, `webgpu`, `flex` or `ndarray`
//! - [`model`]: the encoder, the heads, and their weights in and out
//! - [`inference`]: the same in the form that only recognises, without burn
//! - [`learn`]: the objectives, the training loop and fine-tuning
//! - [`map`]: features in two dimensions
//! - [`recogniser`]: a network and what it was taught
//! - [`replay`]: episodes in, outcomes out; [`baseline`]: what no network decides
//! - `file`, with the feature `cli`: files that are written whole
//! - `web`, with the feature of that name: the face that JavaScript sees

pub mod baseline;
pub mod dataset;
pub mod drawing;
pub mod engine;
pub mod episode;
#[cfg(feature = "cli")]
pub mod file;
pub mod inference;
#[cfg(feature = "burn")]
pub mod learn;
pub mod map;
pub mod model;
pub mod recogniser;
pub mod replay;
#[cfg(feature = "web")]
pub mod web;
