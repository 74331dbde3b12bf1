//! The encoder's blocks: 3×3 convolution with the batch norm folded into it, 2×2 max pooling and ReLU, in one pass.
//!
//! Maps are stored pixel by pixel, the channels of a pixel side by side, within a border of zeros one pixel wide.

use super::{
    folded::Folded,
    lanes::{LANES, Lanes, quads, quads_mut},
    layout::by_pose,
    product::Matrix,
};
use crate::model::{BlockShape, Weights, WeightsError};

/// The first block: a picture of one channel, most of it paper.
#[derive(Debug, Clone)]
pub struct First {
    shape: BlockShape,
    /// `[9, out]`
    taps: Vec<f32>,
    bias: Vec<f32>,
}

impl First {
    pub fn new(weights: &Weights, shape: BlockShape) -> Result<Self, WeightsError> {
        let folded = Folded::of_block(weights, 0, &shape)?;
        let (mut taps, mut bias) = (vec![0.0; 9 * shape.out], vec![0.0; shape.out]);
        for out in 0..shape.out {
            let to = by_pose(out, shape.out);
            bias[to] = folded.bias[out];
            for (tap, weight) in folded.taps(0, out).iter().enumerate() {
                taps[tap * shape.out + to] = *weight;
            }
        }
        Ok(Self { shape, taps, bias })
    }

    /// A picture with its border to the next block's input with its own.
    pub fn forward(&self, picture: &[f32], into: &mut [f32]) {
        let BlockShape { side, out, .. } = self.shape;
        let (wide, half) = (side + 2, side / 2);
        for y in 0..half {
            for x in 0..half {
                let row = |dy: usize| &picture[(2 * y + dy) * wide + 2 * x..][..4];
                let patch: [&[f32]; 4] = std::array::from_fn(row);
                let at = ((y + 1) * (half + 2) + x + 1) * out;
                self.pool(patch, &mut into[at..at + out]);
            }
        }
    }

    /// The largest of the four pixels that 4×4 of the picture decide.
    #[inline(always)]
    fn pool(&self, patch: [&[f32]; 4], into: &mut [f32]) {
        let is_paper = patch.iter().all(|row| row.iter().all(|&ink| ink == 0.0));
        let taps = quads(&self.taps);
        let per_tap = self.shape.out / LANES;
        for (channel, (into, bias)) in quads_mut(into).iter_mut().zip(quads(&self.bias)).enumerate() {
            let bias = Lanes::load(bias);
            let mut sums = [Lanes::splat(0.0); 4];
            if !is_paper {
                for (tap, taps) in taps.iter().skip(channel).step_by(per_tap).enumerate() {
                    let tap_values = Lanes::load(taps);
                    for (pixel, sum) in sums.iter_mut().enumerate() {
                        let ink = patch[tap / 3 + pixel / 2][tap % 3 + pixel % 2];
                        *sum = sum.plus_product(Lanes::splat(ink), tap_values);
                    }
                }
            }
            let [a, b, c, d] = sums;
            a.max(b).max(c.max(d)).plus(bias).max(Lanes::splat(0.0)).store(into);
        }
    }
}

/// `[out, input, 9]` to `[9, input, out]`.
#[cfg(feature = "burn")]
pub fn taps_first(kernel: &[f32], shape: &BlockShape) -> Vec<f32> {
    let mut first = vec![0.0; kernel.len()];
    each_tap(shape, |in_last, in_first| first[in_first] = kernel[in_last]);
    first
}

/// `[9, input, out]` to `[out, input, 9]`.
#[cfg(feature = "burn")]
pub fn taps_last(kernel: &[f32], shape: &BlockShape) -> Vec<f32> {
    let mut last = vec![0.0; kernel.len()];
    each_tap(shape, |in_last, in_first| last[in_last] = kernel[in_first]);
    last
}

/// Visits every tap by its places in a kernel with taps last and in one with taps first.
#[cfg(feature = "burn")]
fn each_tap(shape: &BlockShape, mut visit: impl FnMut(usize, usize)) {
    let BlockShape { input, out, .. } = *shape;
    for to in 0..out {
        for from in 0..input {
            for tap in 0..9 {
                visit((to * input + from) * 9 + tap, (tap * input + from) * out + to);
            }
        }
    }
}

/// Output pixels a side of a tile.
pub const TILE: usize = 4;
/// Input pixels a side of one, and products a side.
pub const SPAN: usize = TILE + 2;

/// A block by Winograd's minimal filtering F(4×4, 3×3): 36 products where the definition has 144 (Lavin & Gray 2016,
/// "Fast algorithms for convolutional neural networks").
#[derive(Debug, Clone)]
pub struct Winograd {
    shape: BlockShape,
    /// For each of the 36 products, `[input, out]`.
    kernels: Vec<Matrix>,
    bias: Vec<f32>,
}

impl Winograd {
    /// A block with its batch norm folded in, whose channels lie pose by pose.
    pub fn new(folded: &Folded, shape: BlockShape) -> Self {
        let BlockShape { input, out, .. } = shape;
        let (mut kernel, mut bias) = (vec![0.0; 9 * input * out], vec![0.0; out]);
        for o in 0..out {
            let to = by_pose(o, out);
            bias[to] = folded.bias[o];
            for i in 0..input {
                for (tap, weight) in folded.taps(i, o).iter().enumerate() {
                    kernel[(tap * input + by_pose(i, input)) * out + to] = *weight;
                }
            }
        }
        let mut block = Self::without_kernel(shape, bias);
        block.set_kernel(&kernel);
        block
    }

    /// A block's convolution alone, whose kernel is still to be [set](Self::set_kernel).
    #[cfg(feature = "burn")]
    pub fn convolution(shape: BlockShape) -> Self {
        Self::without_kernel(BlockShape { pooled: false, relu: false, ..shape }, vec![0.0; shape.out])
    }

    fn without_kernel(shape: BlockShape, bias: Vec<f32>) -> Self {
        let kernel = Matrix::new(shape.input, shape.out, |_, _| 0.0);
        Self { shape, kernels: vec![kernel; SPAN * SPAN], bias }
    }

    /// Takes another kernel, `[9, input, out]`.
    pub fn set_kernel(&mut self, kernel: &[f32]) {
        let BlockShape { input, out, .. } = self.shape;
        for to in (0..out).step_by(LANES) {
            for from in 0..input {
                let tap = |tap: usize| Lanes::load(quad(kernel, (tap * input + from) * out + to));
                spectra(std::array::from_fn(tap), |at, four| {
                    four.store(self.kernels[at].quad_mut(from, to));
                });
            }
        }
    }

    /// Tiles of a map.
    fn tiles(&self) -> usize {
        (self.shape.side / TILE).pow(2)
    }

    /// Numbers that `count` maps come to, transformed: before the products and after.
    pub fn scratch(&self, count: usize) -> [usize; 2] {
        let tiles = SPAN * SPAN * count * self.tiles();
        [tiles * self.shape.input, tiles * self.shape.out]
    }

    /// `count` maps with their borders to as many with borders, or without where `border` is 0.
    pub fn forward(
        &self,
        count: usize,
        maps: &[f32],
        [before, after]: [&mut [f32]; 2],
        border: usize,
        into: &mut [f32],
    ) {
        let BlockShape { side, input, out, pooled, .. } = self.shape;
        let tiles = self.tiles();
        let per_row = side / TILE;
        let each = maps.len() / count;
        for (index, map) in maps.chunks_exact(each).enumerate() {
            for tile in 0..tiles {
                let corner = (tile / per_row * (side + 2) + tile % per_row) * TILE;
                let into = &mut before[(index * tiles + tile) * input..];
                enter(&map[corner * input..], (side + 2) * input, input, into, count * tiles * input);
            }
        }
        let (rows, columns) = (count * tiles * input, count * tiles * out);
        let products = before.chunks_exact(rows).zip(after.chunks_exact_mut(columns));
        for (kernel, (rows, out)) in self.kernels.iter().zip(products) {
            kernel.product(rows, out);
        }
        let per_tile = if pooled { TILE / 2 } else { TILE };
        let wide = per_row * per_tile + 2 * border;
        let each = into.len() / count;
        for (index, map) in into.chunks_exact_mut(each).enumerate() {
            for tile in 0..tiles {
                let (y, x) = (tile / per_row * per_tile + border, tile % per_row * per_tile + border);
                let from = &after[(index * tiles + tile) * out..];
                self.leave(from, columns, &mut map[(y * wide + x) * out..], wide * out);
            }
        }
    }

    /// A tile's products to its pixels, biased, pooled and rectified; `stride` numbers from one product to the next.
    #[inline(always)]
    fn leave(&self, products: &[f32], stride: usize, into: &mut [f32], row: usize) {
        let BlockShape { out, pooled, relu, .. } = self.shape;
        let least = Lanes::splat(if relu { 0.0 } else { f32::NEG_INFINITY });
        for channel in (0..out).step_by(LANES) {
            let bias = Lanes::load(quad(&self.bias, channel));
            let load = |at: usize| Lanes::load(quad(products, at * stride + channel));
            let mut half = [[Lanes::splat(0.0); SPAN]; TILE];
            for column in 0..SPAN {
                let down = gather(std::array::from_fn(|row| load(row * SPAN + column)));
                for (half, value) in half.iter_mut().zip(down) {
                    half[column] = value;
                }
            }
            let pixels = half.map(gather);
            if pooled {
                for (y, two) in pixels.as_chunks::<2>().0.iter().enumerate() {
                    for x in 0..TILE / 2 {
                        let most =
                            two[0][2 * x].max(two[0][2 * x + 1]).max(two[1][2 * x].max(two[1][2 * x + 1]));
                        most.plus(bias).max(least).store(quad_mut(into, y * row + x * out + channel));
                    }
                }
            } else {
                for (y, pixels) in pixels.iter().enumerate() {
                    for (x, pixel) in pixels.iter().enumerate() {
                        pixel.plus(bias).max(least).store(quad_mut(into, y * row + x * out + channel));
                    }
                }
            }
        }
    }
}

/// A tile of a map, `row` numbers from one row to the next, to what is multiplied, `stride` numbers from one to the next.
#[inline(always)]
fn enter(map: &[f32], row: usize, channels: usize, into: &mut [f32], stride: usize) {
    for channel in (0..channels).step_by(LANES) {
        let mut half = [[Lanes::splat(0.0); SPAN]; SPAN];
        for column in 0..SPAN {
            let load = |y: usize| Lanes::load(quad(map, y * row + column * channels + channel));
            for (half, value) in half.iter_mut().zip(spread(std::array::from_fn(load))) {
                half[column] = value;
            }
        }
        for (y, half) in half.into_iter().enumerate() {
            for (x, value) in spread(half).into_iter().enumerate() {
                value.store(quad_mut(into, (y * SPAN + x) * stride + channel));
            }
        }
    }
}

/// Bᵀ of F(4, 3) times a column.
#[inline(always)]
fn spread([a, b, c, d, e, f]: [Lanes; SPAN]) -> [Lanes; SPAN] {
    let (even, odd) = (e.minus(c.scaled(4.0)), d.minus(b.scaled(4.0)));
    let (near, far) = (e.minus(c), d.minus(b).scaled(2.0));
    [
        a.scaled(4.0).minus(c.scaled(5.0)).plus(e),
        even.plus(odd),
        even.minus(odd),
        near.plus(far),
        near.minus(far),
        b.scaled(4.0).minus(d.scaled(5.0)).plus(f),
    ]
}

/// Aᵀ of F(4, 3) times a column.
#[inline(always)]
fn gather([a, b, c, d, e, f]: [Lanes; SPAN]) -> [Lanes; TILE] {
    let (near, far) = (b.plus(c), d.plus(e));
    let (step, leap) = (b.minus(c), d.minus(e));
    [
        a.plus(near).plus(far),
        step.plus(leap.scaled(2.0)),
        near.plus(far.scaled(4.0)),
        step.plus(leap.scaled(8.0)).plus(f),
    ]
}

/// G · taps · Gᵀ of F(4, 3).
#[cfg(feature = "webgpu")]
pub fn spectrum(taps: &[f32; 9]) -> [f32; SPAN * SPAN] {
    let mut spectrum = [0.0; SPAN * SPAN];
    spectra(taps.map(Lanes::splat), |at, four| spectrum[at] = four.numbers()[0]);
    spectrum
}

/// G · taps · Gᵀ of F(4, 3), of four kernels, number by number with its place.
#[inline(always)]
fn spectra(taps: [Lanes; 9], mut put: impl FnMut(usize, Lanes)) {
    let rows: [_; 3] = std::array::from_fn(|y| widen([taps[3 * y], taps[3 * y + 1], taps[3 * y + 2]]));
    for x in 0..SPAN {
        for (y, four) in widen(rows.map(|row| row[x])).into_iter().enumerate() {
            put(y * SPAN + x, four);
        }
    }
}

/// G of F(4, 3) times a column.
#[inline(always)]
fn widen([a, b, c]: [Lanes; 3]) -> [Lanes; SPAN] {
    let (outer, middle) = (a.plus(c).scaled(-1.0 / 6.0), b.scaled(-1.0 / 6.0));
    let (far, near) = (a.plus(c.scaled(4.0)).scaled(1.0 / 24.0), b.scaled(1.0 / 12.0));
    [a.scaled(1.0 / 4.0), outer.plus(middle), outer.minus(middle), far.plus(near), far.minus(near), c]
}

#[inline(always)]
fn quad(numbers: &[f32], at: usize) -> &[f32; LANES] {
    numbers[at..].first_chunk().expect("channels come in fours")
}

#[inline(always)]
fn quad_mut(numbers: &mut [f32], at: usize) -> &mut [f32; LANES] {
    numbers[at..].first_chunk_mut().expect("channels come in fours")
}
