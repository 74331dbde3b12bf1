//! The encoder in the form that only recognises: what [`crate::model::Encoder`] computes, several times as fast on a CPU.

use std::cell::RefCell;

use super::convolution::{First, Winograd};
use crate::{
    drawing::{Drawing, SIDE},
    model::{BLOCKS, BlockShape, FEATURES, LAST_BLOCK, MAP_CHANNELS, Weights, WeightsError},
};

/// The blocks and the L2 normalisation, on one thread of a CPU; in native programs on all of them.
#[derive(Debug, Clone)]
pub struct Encoder {
    first: First,
    rest: Vec<Winograd>,
}

/// Drawings that go through a block together: as many as stay in the cache beside its kernels.
const AT_ONCE: usize = 4;

/// Added to a length before it divides, as in the module.
const TINY: f32 = 1e-6;

/// What is computed on the way, kept from call to call. The borders of maps stay 0.
struct Scratch {
    picture: Vec<f32>,
    /// What comes into each block but the first.
    maps: Vec<Vec<f32>>,
    before: Vec<f32>,
    after: Vec<f32>,
}

thread_local!(static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) });

impl Encoder {
    /// The encoder of a network with these weights.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if a parameter is missing or of another size.
    pub fn new(weights: &Weights) -> Result<Self, WeightsError> {
        let [first, rest @ ..] = BLOCKS;
        let rest =
            rest.into_iter().enumerate().map(|(index, shape)| Winograd::new(weights, index + 1, shape));
        Ok(Self { first: First::new(weights, first)?, rest: rest.collect::<Result<_, _>>()? })
    }

    /// Features of drawings, `[drawings * FEATURES]`, one drawing after another, each of L2 norm 1.
    pub fn encode(&self, drawings: &[Drawing]) -> Vec<f32> {
        let mut features = vec![0.0; drawings.len() * FEATURES];
        let chunks = drawings.chunks(AT_ONCE);
        #[cfg(feature = "cli")]
        {
            use rayon::prelude::*;
            let parts = chunks.zip(features.chunks_mut(AT_ONCE * FEATURES)).collect::<Vec<_>>();
            parts.into_par_iter().for_each(|(drawings, features)| self.encode_few(drawings, features));
        }
        #[cfg(not(feature = "cli"))]
        for (drawings, features) in chunks.zip(features.chunks_mut(AT_ONCE * FEATURES)) {
            self.encode_few(drawings, features);
        }
        features
    }

    fn encode_few(&self, drawings: &[Drawing], features: &mut [f32]) {
        let mut maps = vec![0.0; features.len()];
        self.through(&self.rest, drawings, &mut maps);
        for (map, features) in maps.chunks_exact(FEATURES).zip(features.chunks_exact_mut(FEATURES)) {
            unit(map, features);
        }
    }

    /// What all blocks but the last make of drawings, `[drawings, side, side, channels]`.
    pub fn begin(&self, drawings: &[Drawing]) -> Vec<f32> {
        let BlockShape { side, input, .. } = LAST_BLOCK;
        let each = side * side * input;
        let mut maps = vec![0.0; drawings.len() * each];
        for (drawings, maps) in drawings.chunks(AT_ONCE).zip(maps.chunks_mut(AT_ONCE * each)) {
            self.through(&self.rest[..BLOCKS.len() - 2], drawings, maps);
        }
        maps
    }

    /// The first block and then these, of as many drawings as go together; what the last makes has no border.
    fn through(&self, rest: &[Winograd], drawings: &[Drawing], into: &mut [f32]) {
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { picture, maps, before, after } = scratch.get_or_insert_with(|| self.scratch());
            let count = drawings.len();
            let each = |maps: &[f32]| maps.len() / AT_ONCE;
            let size = each(&maps[0]);
            for (drawing, map) in drawings.iter().zip(maps[0].chunks_exact_mut(size)) {
                for (row, pixels) in drawing.pixels().chunks_exact(SIDE).enumerate() {
                    picture[(row + 1) * (SIDE + 2) + 1..][..SIDE].copy_from_slice(pixels);
                }
                self.first.forward(picture, map);
            }
            for (index, block) in rest.iter().enumerate() {
                let (from, later) = maps.split_at_mut(index + 1);
                let from = &from[index];
                let (border, to) = if index + 1 == rest.len() {
                    (0, &mut *into)
                } else {
                    let size = count * each(&later[0]);
                    (1, &mut later[0][..size])
                };
                let [rows, products] = block.scratch(count);
                let scratch = [&mut before[..rows], &mut after[..products]];
                block.forward(count, &from[..count * each(from)], scratch, border, to);
            }
        });
    }

    fn scratch(&self) -> Scratch {
        let inputs = BLOCKS[1..].iter().map(|shape| (shape.side + 2).pow(2) * shape.input);
        let maps = inputs.map(|each| vec![0.0; each * AT_ONCE]).collect();
        let most = |which: usize| self.rest.iter().map(|block| block.scratch(AT_ONCE)[which]).max();
        let numbers = |which| vec![0.0; most(which).expect("an encoder has blocks")];
        Scratch { picture: vec![0.0; (SIDE + 2).pow(2)], maps, before: numbers(0), after: numbers(1) }
    }
}

/// A map, pixel by pixel, as a vector of length one, channel by channel.
pub fn unit(map: &[f32], features: &mut [f32]) {
    let length = map.iter().map(|value| value * value).sum::<f32>().sqrt() + TINY;
    let pixels = FEATURES / MAP_CHANNELS;
    for (channel, features) in features.chunks_exact_mut(pixels).enumerate() {
        for (feature, pixel) in features.iter_mut().zip(map.chunks_exact(MAP_CHANNELS)) {
            *feature = pixel[channel] / length;
        }
    }
}
