//! The shape of the encoder that all systems share.

use crate::drawing::SIDE;

/// What a block makes of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockShape {
    /// Pixels a side of the pictures that come in.
    pub side: usize,
    /// Their channels.
    pub input: usize,
    /// Channels of those that come out.
    pub out: usize,
    /// Whether 2 × 2 max pooling halves their sides.
    pub pooled: bool,
    /// Whether negative values become 0.
    pub relu: bool,
}

impl BlockShape {
    const fn new(side: usize, input: usize, out: usize) -> Self {
        Self { side, input, out, pooled: false, relu: true }
    }

    const fn pooled(self) -> Self {
        Self { pooled: true, ..self }
    }
}

/// Side of the encoder's last feature map.
pub const MAP_SIDE: usize = SIDE / 8;
/// Channels of the encoder's last feature map.
pub const MAP_CHANNELS: usize = LAST_BLOCK.out;
/// Length of a feature vector: the last feature map, channel by channel.
pub const FEATURES: usize = MAP_CHANNELS * MAP_SIDE * MAP_SIDE;

/// The blocks, first to last.
pub const BLOCKS: [BlockShape; 8] = [
    BlockShape::new(SIDE, 1, 32).pooled(),
    BlockShape::new(SIDE / 2, 32, 32),
    BlockShape::new(SIDE / 2, 32, 64).pooled(),
    BlockShape::new(SIDE / 4, 64, 64),
    BlockShape::new(SIDE / 4, 64, 64),
    BlockShape::new(SIDE / 4, 64, 64),
    BlockShape::new(SIDE / 4, 64, 64),
    LAST_BLOCK,
];
/// The one that fine-tuning moves.
pub const LAST_BLOCK: BlockShape = BlockShape { relu: false, ..BlockShape::new(SIDE / 4, 64, 128).pooled() };
