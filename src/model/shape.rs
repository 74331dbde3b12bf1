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

/// Side of the encoder's last feature map.
pub const MAP_SIDE: usize = SIDE / 8;
/// Channels of the encoder's last feature map.
pub const MAP_CHANNELS: usize = BLOCKS[4].out;
/// Length of a feature vector: the last feature map, channel by channel.
pub const FEATURES: usize = MAP_CHANNELS * MAP_SIDE * MAP_SIDE;

/// The blocks, first to last.
pub const BLOCKS: [BlockShape; 5] = [
    BlockShape { side: SIDE, input: 1, out: 32, pooled: true, relu: true },
    BlockShape { side: SIDE / 2, input: 32, out: 64, pooled: true, relu: true },
    BlockShape { side: SIDE / 4, input: 64, out: 96, pooled: false, relu: true },
    BlockShape { side: SIDE / 4, input: 96, out: 96, pooled: false, relu: true },
    BlockShape { side: SIDE / 4, input: 96, out: 128, pooled: true, relu: false },
];
