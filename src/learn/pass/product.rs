//! The matrix products of a convolution over pictures in a [`Lattice`]: on the processor's matrix unit where it has one, else in
//! f32.

use multiversion::multiversion;
use rayon::prelude::*;

use super::{
    lattice::Lattice,
    tiles::{self, Woven, rounded},
};

/// Taps of a 3×3 kernel.
pub const TAPS: usize = 9;

/// What computes the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// AMX: factors rounded to bf16, sums in f32.
    Tiles,
    /// Everything in f32.
    Plain,
}

impl Unit {
    /// The faster one that this machine has.
    pub fn fastest() -> Self {
        if tiles::available() { Self::Tiles } else { Self::Plain }
    }
}

/// A kernel `[TAPS, from, to]`, ready to be multiplied by.
pub struct Kernel {
    rows: Vec<f32>,
    from: usize,
    to: usize,
    woven: Option<Woven>,
}

impl Kernel {
    /// From the module's order, `[to, from, TAPS]`.
    pub fn new(weights: &[f32], from: usize, to: usize, unit: Unit) -> Self {
        let value = |tap: usize, i: usize, o: usize| weights[(o * from + i) * TAPS + tap];
        Self::of(value, from, to, unit)
    }

    /// The kernel that hands gradients back: mirrored, and from `to` to `from`.
    pub fn mirrored(&self, unit: Unit) -> Self {
        let value =
            |tap: usize, o: usize, i: usize| self.rows[((TAPS - 1 - tap) * self.from + i) * self.to + o];
        Self::of(value, self.to, self.from, unit)
    }

    fn of(value: impl Fn(usize, usize, usize) -> f32 + Sync, from: usize, to: usize, unit: Unit) -> Self {
        let mut rows = vec![0.0; TAPS * from * to];
        rows.par_chunks_exact_mut(to).enumerate().for_each(|(row, values)| {
            for (o, v) in values.iter_mut().enumerate() {
                *v = value(row / from, row % from, o);
            }
        });
        let woven = (unit == Unit::Tiles && from > 1).then(|| Woven::new(&rows, to));
        Self { rows, from, to, woven }
    }

    /// Convolves `pictures`, `[bordered, from]`, to `to`, `[places, to]`.
    pub fn convolve(&self, lattice: Lattice, pictures: &[f32], to: &mut [f32]) {
        match &self.woven {
            _ if self.from == 1 => convolve_ink(&self.rows, lattice, pictures, to),
            Some(woven) => {
                let pictures = all_rounded(pictures);
                let steps: Vec<usize> = (0..TAPS)
                    .flat_map(|tap| {
                        let start = lattice.tap(tap) * self.from;
                        (start..start + self.from).step_by(tiles::BLOCK)
                    })
                    .collect();
                tiles::multiply(&pictures, &steps, self.from, woven, to);
            }
            None => {
                for (tap, kernel) in self.rows.chunks_exact(self.from * self.to).enumerate() {
                    let pictures = Rows(&pictures[lattice.tap(tap) * self.from..], self.from);
                    let kernel = Rows(kernel, self.to);
                    multiply(pictures, kernel, to, [lattice.places(), self.from, self.to], tap > 0);
                }
            }
        }
    }
}

/// Channels that the first block makes of ink.
const INK: usize = crate::model::BLOCKS[0].out;

#[inline(always)]
fn row(rows: &[f32], index: usize) -> &[f32; INK] {
    rows[index * INK..].first_chunk().expect("a whole row")
}

/// Of one channel there is little to multiply.
#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn convolve_ink(kernel: &[f32], lattice: Lattice, pictures: &[f32], to: &mut [f32]) {
    let kernel: [&[f32; INK]; TAPS] = std::array::from_fn(|tap| row(kernel, tap));
    for (place, to) in to.chunks_exact_mut(INK).enumerate() {
        let mut sums = [0.0; INK];
        for (tap, kernel) in kernel.iter().enumerate() {
            let ink = pictures[place + lattice.tap(tap)];
            for channel in 0..INK {
                sums[channel] += ink * kernel[channel];
            }
        }
        to.copy_from_slice(&sums);
    }
}

/// The gradient of a kernel, `[TAPS, from, to]`, given the `pictures` that it convolved, `[bordered, from]`, and the `gradient` of
/// what it made of them, `[bordered, to]`.
pub fn correlate(lattice: Lattice, pictures: &[f32], gradient: &[f32], unit: Unit) -> Vec<f32> {
    let (bordered, places) = (lattice.bordered(), lattice.places());
    let (from, to) = (pictures.len() / bordered, gradient.len() / bordered);
    let gradient = &gradient[lattice.margin() * to..][..places * to];
    let mut kernel = vec![0.0; TAPS * from * to];
    if from == 1 {
        correlate_ink(lattice, pictures, gradient, &mut kernel);
        return kernel;
    }
    let taps = kernel.chunks_exact_mut(from * to).enumerate();
    match unit {
        Unit::Tiles => {
            let channels = by_channel(pictures, from);
            let gradient = Woven::new(gradient, to);
            for (tap, kernel) in taps {
                let start = lattice.tap(tap);
                let steps: Vec<usize> = (start..start + places).step_by(tiles::BLOCK).collect();
                tiles::multiply(&channels, &steps, bordered, &gradient, kernel);
            }
        }
        Unit::Plain => {
            for (tap, kernel) in taps {
                let pictures = Columns(&pictures[lattice.tap(tap) * from..][..places * from], from);
                multiply(pictures, Rows(gradient, to), kernel, [from, places, to], false);
            }
        }
    }
    kernel
}

#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn correlate_ink(lattice: Lattice, pictures: &[f32], gradient: &[f32], kernel: &mut [f32]) {
    let mut sums = [[0.0; INK]; TAPS];
    for place in 0..lattice.places() {
        let gradient = row(gradient, place);
        for (tap, sums) in sums.iter_mut().enumerate() {
            let ink = pictures[place + lattice.tap(tap)];
            for channel in 0..INK {
                sums[channel] += ink * gradient[channel];
            }
        }
    }
    kernel.copy_from_slice(sums.as_flattened());
}

#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn all_rounded(values: &[f32]) -> Vec<u16> {
    values.iter().map(|&value| rounded(value)).collect()
}

/// `[places, channels]` to `[channels, places]`, rounded.
#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn by_channel(pictures: &[f32], channels: usize) -> Vec<u16> {
    let places = pictures.len() / channels;
    let mut to = vec![0; pictures.len()];
    const STRIP: usize = 16;
    for first in (0..places).step_by(STRIP) {
        let strip = &pictures[first * channels..places.min(first + STRIP) * channels];
        for channel in 0..channels {
            let to = &mut to[channel * places + first..];
            for (to, pixel) in to.iter_mut().zip(strip.chunks_exact(channels)) {
                *to = rounded(pixel[channel]);
            }
        }
    }
    to
}

/// A matrix whose rows, of this length, follow one another.
struct Rows<'a>(&'a [f32], usize);
/// The transpose of one.
struct Columns<'a>(&'a [f32], usize);

trait Matrix {
    /// First value, distance to the next column, distance to the next row.
    fn layout(&self) -> (*const f32, isize, isize);
    fn len(&self) -> usize;
}

impl Matrix for Rows<'_> {
    fn layout(&self) -> (*const f32, isize, isize) {
        (self.0.as_ptr(), 1, self.1 as isize)
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Matrix for Columns<'_> {
    fn layout(&self) -> (*const f32, isize, isize) {
        (self.0.as_ptr(), self.1 as isize, 1)
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// `[m, k] × [k, n]` to the rows of `to`, `[m, n]`, or added to them.
fn multiply(a: impl Matrix, b: impl Matrix, to: &mut [f32], [m, k, n]: [usize; 3], added: bool) {
    assert!(a.len() >= m * k && b.len() >= k * n && to.len() >= m * n);
    let ((a, a_column, a_row), (b, b_column, b_row)) = (a.layout(), b.layout());
    // SAFETY: the strides reach no further than the lengths just checked, and `to` is borrowed alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            to.as_mut_ptr(),
            1,
            n as isize,
            added,
            a,
            a_column,
            a_row,
            b,
            b_column,
            b_row,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
