//! One-shot recognition of drawn characters: one drawing teaches a character, and from then on it is recognised. A small
//! convolutional network compares what is drawn with what was taught, in a fraction of a millisecond on a CPU.
//!
//! ```
//! use glimpse::{blocking::Recogniser, drawing::Strokes, model::System};
//!
//! let mut recogniser = Recogniser::open(System::Siamese, &System::Siamese.weights())?;
//! recogniser.learn("cross", &Strokes::new(&[&[(10.0, 50.0), (90.0, 50.0)], &[(50.0, 10.0), (50.0, 90.0)]]))?;
//! recogniser.learn("hook", &Strokes::new(&[&[(20.0, 10.0), (20.0, 80.0), (70.0, 80.0)]]))?;
//!
//! let query = Strokes::new(&[&[(0.0, 4.2), (7.9, 3.8)], &[(4.1, 0.0), (3.6, 8.0)]]);
//! let ranking = recogniser.rank(&query)?;
//! assert_eq!(ranking[0].label, "cross");
//! assert!(ranking[0].score > ranking[1].score);
//! # Ok::<(), glimpse::recogniser::RecogniseError>(())
//! ```
//!
//! A picture becomes strokes, the centre lines of its ink, so pictures and strokes may be mixed:
//!
//! ```
//! # use glimpse::{blocking::Recogniser, drawing::Strokes, model::System};
//! use glimpse::{drawing::Picture, recogniser::Order};
//!
//! # let mut recogniser = Recogniser::open(System::Siamese, &System::Siamese.weights())?;
//! # recogniser.learn("hook", &Strokes::new(&[&[(20.0, 10.0), (20.0, 80.0), (70.0, 80.0)]]))?;
//! // 40 × 40 pixels, row by row: ink is 1.0, paper 0.0.
//! let ink = |pixel| if pixel / 40 == 20 || pixel % 40 == 20 { 1.0 } else { 0.0 };
//! let picture = Picture::new(40, 40, (0..40 * 40).map(ink).collect())?;
//! recogniser.learn_in(Order::Traced, "cross", &picture.strokes())?;
//! # let query = Strokes::new(&[&[(0.0, 4.2), (7.9, 3.8)], &[(4.1, 0.0), (3.6, 8.0)]]);
//! assert_eq!(recogniser.rank(&query)?[0].label, "cross");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `weights` (default) | the three trained networks, 70 kB each, built in: [`model::System::weights`] |
//! | `flex`, `ndarray`, `webgpu` | an engine of [burn](https://burn.dev), which learns too: `learn` |
//! | `burn` | burn's modules without an engine; each engine includes it |
//! | `cli` | the native program `glimpse`, with `flex`; training, and every core of the processor |
//! | `sets` | makes sets of signs, from fonts, SVG and pictures |
//! | `session` | for wasm32, the face that JavaScript sees of a network |
//! | `archives` | for wasm32, the face that JavaScript sees of the published data |
//!
//! # Modules
//!
//! From what is drawn to what is recognised, each module knowing only those before it:
//!
//! - [`drawing`]: strokes and pictures, in one form
//! - [`dataset`]: Omniglot, MNIST and invented alphabets
//! - [`set`]: sets of signs, to find a sign in by drawing it
//! - [`episode`]: one-shot tasks sampled from them
//! - [`engine`]: what computes: `simd`, `webgpu`, `flex` or `ndarray`
//! - [`model`]: the encoder, the heads, and their weights in and out
//! - [`nn`]: the encoder and the heads on numbers alone, in SIMD and WGSL
//! - `learn`, with an engine of burn: the objectives, the training loop and fine-tuning
//! - [`map`]: features in two dimensions
//! - [`recogniser`]: a network and what it was taught, on any engine; its calls are async, since WebGPU's are
//! - [`blocking`]: the same on the CPU, by plain function calls
//! - [`replay`]: episodes in, outcomes out; [`baseline`]: classification without a network
//! - `file`, with the feature `cli`: files that are written whole or not at all
//! - `web`, with the features `session` and `archives`: the faces that JavaScript sees

#![warn(missing_docs)]

pub mod baseline;
pub mod blocking;
pub mod dataset;
pub mod drawing;
pub mod engine;
pub mod episode;
#[cfg(feature = "cli")]
pub mod file;
#[cfg(feature = "burn")]
pub mod learn;
pub mod map;
pub mod model;
pub mod nn;
pub mod recogniser;
pub mod replay;
mod search;
pub mod set;
#[cfg(feature = "web")]
pub mod web;
