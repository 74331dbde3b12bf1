//! Maps, which convolutions read and write, and the one order that their channels have here.

use fearless_simd::prelude::*;

use crate::model::POSES;

/// How the numbers of a map lie: `[side + 2·border, side + 2·border, channels]`, the channels of a pixel side by side,
/// [pose by pose](by_pose).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Pixels a side, the border not counted.
    pub side: usize,
    pub channels: usize,
    /// Pixels around it, which hold zeros.
    pub border: usize,
}

impl Layout {
    /// Numbers of a map.
    pub fn size(&self) -> usize {
        self.wide().pow(2) * self.channels
    }

    /// Pixels a row.
    pub fn wide(&self) -> usize {
        self.side + 2 * self.border
    }

    /// Where the channels of a pixel begin.
    #[inline(always)]
    pub fn at(&self, y: usize, x: usize) -> usize {
        ((y + self.border) * self.wide() + x + self.border) * self.channels
    }

    /// Where those of the pixel begin that the first tap of a 3×3 kernel sees from a pixel. There must be a border.
    #[inline(always)]
    pub fn corner(&self, y: usize, x: usize) -> usize {
        (y * self.wide() + x) * self.channels
    }
}

/// Maps of a batch, one after another.
#[derive(Debug, Clone)]
pub struct Maps {
    pub layout: Layout,
    values: Vec<f32>,
}

impl Maps {
    /// `count` maps of zeros.
    pub fn new(count: usize, layout: Layout) -> Self {
        Self { layout, values: vec![0.0; count * layout.size()] }
    }

    /// Drops the last maps, or appends maps of zeros.
    pub fn resize(&mut self, count: usize) {
        self.values.resize(count * self.layout.size(), 0.0);
    }

    #[cfg(feature = "burn")]
    pub fn count(&self) -> usize {
        self.values.len() / self.layout.size()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.layout.size())
    }

    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [f32]> {
        self.values.chunks_exact_mut(self.layout.size())
    }

    /// Writes maps without borders, each `[side, side, channels]`, from the first on.
    pub fn put<'a>(&mut self, maps: impl IntoIterator<Item = &'a [f32]>) {
        let layout = self.layout;
        let row = layout.side * layout.channels;
        for (own, map) in self.iter_mut().zip(maps) {
            for (y, from) in map.chunks_exact(row).enumerate() {
                own[layout.at(y, 0)..][..row].copy_from_slice(from);
            }
        }
    }

    /// Each map as [`Self::put`] takes it.
    #[cfg(feature = "burn")]
    pub fn without_borders(&self) -> impl Iterator<Item = Box<[f32]>> {
        let layout = self.layout;
        let row = layout.side * layout.channels;
        self.iter()
            .map(move |map| (0..layout.side).flat_map(|y| &map[layout.at(y, 0)..][..row]).copied().collect())
    }
}

/// Where, of so many channels that lie pose by pose, a module's channel lies. Modules have them filter by filter, each in its eight poses.
pub fn by_pose(channel: usize, channels: usize) -> usize {
    channel % POSES * (channels / POSES) + channel / POSES
}

/// Numbers of the narrowest register that there is: channels and features come in fours.
pub const LANES: usize = 4;

/// A register of `N` numbers.
pub trait Floats<S: Simd, const N: usize>: SimdFloat<S, Element = f32, Array = [f32; N]> {}

impl<S: Simd, const N: usize, V: SimdFloat<S, Element = f32, Array = [f32; N]>> Floats<S, N> for V {}

/// Numbers four by four; their count must be a multiple of four.
#[inline(always)]
pub fn quads(numbers: &[f32]) -> &[[f32; LANES]] {
    numbers.as_chunks().0
}

/// As [`quads`], to be written.
#[inline(always)]
pub fn quads_mut(numbers: &mut [f32]) -> &mut [[f32; LANES]] {
    numbers.as_chunks_mut().0
}
