//! The encoder in the form that only recognises: what [`crate::model::Encoder`] computes, several times as fast on a CPU. Between blocks
//! channels lie pose by pose.

use std::cell::RefCell;

use super::{
    convolution::{First, Winograd},
    folded::Folded,
    layout::by_pose,
    posed::Posed,
};
use crate::{
    drawing::{Drawing, SIDE},
    model::{BLOCKS, BlockShape, FEATURES, LAST_BLOCK, MAP_CHANNELS, Weights, WeightsError},
};

/// The blocks and the L2 normalisation, on one thread of a CPU; in native programs on all of them.
#[derive(Debug, Clone)]
pub struct Encoder {
    first: First,
    rest: Vec<Block>,
}

/// A block but the first.
#[derive(Debug, Clone)]
enum Block {
    /// Where weights are tied, as training leaves them, and filters enough.
    Posed(Posed),
    /// Everywhere else: fine-tuning sets weights free.
    Winograd(Winograd),
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
        let rest = rest.into_iter().enumerate().map(|(index, shape)| Block::new(weights, index + 1, shape));
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
            unit(map, by_pose, features);
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
        for pixel in maps.chunks_exact_mut(input) {
            let posed = pixel.to_vec();
            for (channel, value) in pixel.iter_mut().enumerate() {
                *value = posed[by_pose(channel, input)];
            }
        }
        maps
    }

    /// The first block and then these, of as many drawings as go together; what the last makes has no border.
    fn through(&self, rest: &[Block], drawings: &[Drawing], into: &mut [f32]) {
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { picture, maps, before, after } = scratch.get_or_insert_with(Scratch::new);
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
                // A network that was fine-tuned needs more than others.
                before.resize(before.len().max(rows), 0.0);
                after.resize(after.len().max(products), 0.0);
                let scratch = [&mut before[..rows], &mut after[..products]];
                block.forward(count, &from[..count * each(from)], scratch, border, to);
            }
        });
    }
}

impl Scratch {
    fn new() -> Self {
        let inputs = BLOCKS[1..].iter().map(|shape| (shape.side + 2).pow(2) * shape.input);
        let maps = inputs.map(|each| vec![0.0; each * AT_ONCE]).collect();
        Self { picture: vec![0.0; (SIDE + 2).pow(2)], maps, before: Vec::new(), after: Vec::new() }
    }
}

impl Block {
    fn new(weights: &Weights, index: usize, shape: BlockShape) -> Result<Self, WeightsError> {
        let folded = Folded::of_block(weights, index, &shape)?;
        let posed = Posed::new(&folded, shape).map(Self::Posed);
        Ok(posed.unwrap_or_else(|| Self::Winograd(Winograd::new(&folded, shape))))
    }

    /// Numbers computed on the way, of `count` maps: before the products and after.
    fn scratch(&self, count: usize) -> [usize; 2] {
        match self {
            Self::Posed(block) => block.scratch(),
            Self::Winograd(block) => block.scratch(count),
        }
    }

    fn forward(&self, count: usize, maps: &[f32], scratch: [&mut [f32]; 2], border: usize, into: &mut [f32]) {
        match self {
            Self::Posed(block) => block.forward(count, maps, scratch, border, into),
            Self::Winograd(block) => block.forward(count, maps, scratch, border, into),
        }
    }
}

/// A map, pixel by pixel, as a vector of length one, channel by channel. `place` tells where, of so many, a channel lies.
pub fn unit(map: &[f32], place: impl Fn(usize, usize) -> usize, features: &mut [f32]) {
    let length = map.iter().map(|value| value * value).sum::<f32>().sqrt() + TINY;
    let pixels = FEATURES / MAP_CHANNELS;
    for (channel, features) in features.chunks_exact_mut(pixels).enumerate() {
        let place = place(channel, MAP_CHANNELS);
        for (feature, pixel) in features.iter_mut().zip(map.chunks_exact(MAP_CHANNELS)) {
            *feature = pixel[place] / length;
        }
    }
}
