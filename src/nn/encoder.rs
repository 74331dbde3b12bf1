//! The encoder that recognises: what [`crate::model::Encoder`] computes, several times as fast on a CPU. Batch norms are folded into convolutions, and
//! each block is one pass over its maps.

use std::cell::RefCell;

use super::{
    Convolution, Scratch,
    folded::Folded,
    ink::Ink,
    maps::{Layout, Maps},
    posed::Posed,
    unit::{place, unit},
};
use crate::{
    drawing::{Drawing, SIDE},
    model::{BLOCKS, FEATURES, MAP_CHANNELS, Weights, WeightsError},
};

/// The blocks and the L2 normalisation, on one thread of a CPU; in native programs on all of them.
#[derive(Debug)]
pub struct Encoder {
    blocks: Vec<Box<dyn Convolution>>,
}

/// Drawings that go through a block together: as many as stay in the cache beside its kernels.
const AT_ONCE: usize = 4;

/// What is computed on the way, kept from call to call.
struct Kept {
    /// What comes into each block, and what leaves the last.
    maps: Vec<Maps>,
    scratch: Scratch,
}

thread_local!(static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) });

impl Encoder {
    /// The encoder of a network with these weights.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if a parameter is missing, of another size, or not tied.
    pub fn new(weights: &Weights) -> Result<Self, WeightsError> {
        let block = |(index, shape)| -> Result<Box<dyn Convolution>, WeightsError> {
            let folded = Folded::of_block(weights, index, &shape)?;
            let bias = folded.upright_bias(&shape)?;
            Ok(match shape.input {
                1 => Box::new(Ink::new(shape, folded.kernel(), &bias)),
                _ => Box::new(Posed::new(shape, |input, filter| folded.upright(input, filter), bias)),
            })
        };
        Ok(Self { blocks: BLOCKS.into_iter().enumerate().map(block).collect::<Result<_, _>>()? })
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
        self.run(BLOCKS.len(), drawings, |maps| {
            for (map, features) in maps.iter().zip(features.chunks_exact_mut(FEATURES)) {
                unit(map, place, features);
            }
        });
    }

    /// What all blocks but the last make of drawings, each without its border.
    #[cfg(feature = "burn")]
    pub fn begin(&self, drawings: &[Drawing]) -> Vec<Box<[f32]>> {
        let mut begun = Vec::with_capacity(drawings.len());
        for drawings in drawings.chunks(AT_ONCE) {
            self.run(BLOCKS.len() - 1, drawings, |maps| begun.extend(maps.without_borders()));
        }
        begun
    }

    /// Hands on what the first blocks make of as many drawings as go together.
    fn run(&self, blocks: usize, drawings: &[Drawing], read: impl FnOnce(&Maps)) {
        KEPT.with_borrow_mut(|kept| {
            let Kept { maps, scratch } = kept.get_or_insert_with(Kept::new);
            maps.iter_mut().for_each(|maps| maps.resize(drawings.len()));
            maps[0].put(drawings.iter().map(Drawing::pixels));
            for (index, block) in self.blocks[..blocks].iter().enumerate() {
                let (from, to) = maps.split_at_mut(index + 1);
                block.forward(&from[index], scratch, &mut to[0]);
            }
            read(&maps[blocks]);
        });
    }
}

impl Kept {
    fn new() -> Self {
        let inputs = BLOCKS.iter().map(|shape| Layout { side: shape.side, channels: shape.input, border: 1 });
        let last = Layout { side: SIDE / 8, channels: MAP_CHANNELS, border: 0 };
        Self {
            maps: inputs.chain([last]).map(|layout| Maps::new(0, layout)).collect(),
            scratch: Scratch::default(),
        }
    }
}
