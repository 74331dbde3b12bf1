//! Products of matrices, which all convolutions and dense layers come down to.

use std::array;

use fearless_simd::{f32x4, f32x8, prelude::*};
use fearless_simd_macros::simd;

use super::maps::{Floats, LANES};

/// Columns of a strip: those that are computed side by side.
const WIDE: usize = 2 * LANES;
/// Rows come in multiples of so many: those whose sums are in registers together where registers are wide.
pub const ROWS: usize = 8;

/// A matrix `[deep, columns]` that rows are multiplied by, in strips of eight columns; the last has four where columns are no multiple of eight.
#[derive(Debug)]
pub struct Matrix {
    deep: usize,
    columns: usize,
    strips: Vec<f32>,
}

impl Matrix {
    /// A matrix of these values, by row and column.
    ///
    /// # Panics
    /// If the number of columns is no multiple of four.
    pub fn new(deep: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        assert!(columns.is_multiple_of(LANES), "columns come in strips of {WIDE}, and one of {LANES}");
        let mut strips = Vec::with_capacity(deep * columns);
        for first in (0..columns).step_by(WIDE) {
            for row in 0..deep {
                strips.extend((first..columns.min(first + WIDE)).map(|column| value(row, column)));
            }
        }
        Self { deep, columns, strips }
    }

    /// `rows × self`: `[rows, deep]` to `[rows, columns]`, in `rows · deep · columns` products.
    ///
    /// # Panics
    /// If the number of rows is no multiple of [`ROWS`].
    #[simd]
    pub fn product<S: Simd>(&self, simd: S, rows: &[f32], out: &mut [f32]) {
        let Self { deep, columns, .. } = *self;
        assert!(rows.len().is_multiple_of(deep * ROWS) && rows.len() / deep * columns == out.len());
        for (index, strip) in self.strips.chunks(deep * WIDE).enumerate() {
            // As many sums as registers hold: sixteen of 128 bits, of which two make a wide one, or as many of 256.
            let strip = Strip { numbers: strip, first: index * WIDE, columns };
            match (S::f32s::LEN > LANES, columns - strip.first >= WIDE) {
                (true, true) => strip.product::<S, f32x8<S>, WIDE, ROWS>(simd, rows, out),
                (true, false) => strip.product::<S, f32x4<S>, LANES, ROWS>(simd, rows, out),
                (false, true) => strip.product::<S, f32x8<S>, WIDE, 4>(simd, rows, out),
                (false, false) => strip.product::<S, f32x4<S>, LANES, 4>(simd, rows, out),
            }
        }
    }
}

/// Neighbouring columns, from the first of so many on.
struct Strip<'a> {
    numbers: &'a [f32],
    first: usize,
    columns: usize,
}

impl Strip<'_> {
    /// `M` rows at a time by this strip of `N` columns.
    #[inline(always)]
    fn product<S: Simd, V: Floats<S, N>, const N: usize, const M: usize>(
        &self,
        simd: S,
        rows: &[f32],
        out: &mut [f32],
    ) {
        let (numbers, _) = self.numbers.as_chunks::<N>();
        let deep = numbers.len();
        for (rows, out) in rows.chunks_exact(M * deep).zip(out.chunks_exact_mut(M * self.columns)) {
            let rows: [&[f32]; M] = array::from_fn(|row| &rows[row * deep..][..deep]);
            let mut sums = [V::splat(simd, 0.0); M];
            let mut add = |numbers: &[f32; N], of_rows: &[f32]| {
                let numbers = V::load_array_ref(simd, numbers);
                for (sum, number) in sums.iter_mut().zip(of_rows) {
                    *sum = numbers.mul_add(*number, *sum);
                }
            };
            if let &[a, b, c, d] = &rows[..] {
                // Side by side, so that nothing is checked on the way.
                for ((((numbers, a), b), c), d) in numbers.iter().zip(a).zip(b).zip(c).zip(d) {
                    add(numbers, &[*a, *b, *c, *d]);
                }
            } else {
                for (at, numbers) in numbers.iter().enumerate() {
                    add(numbers, &rows.map(|row| row[at]));
                }
            }
            for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(self.columns)) {
                sum.store_array(out[self.first..].first_chunk_mut().expect("columns of a strip"));
            }
        }
    }
}

/// Adds `aᵀ × b` to `sums`: `[rows, deep]` and `[rows, columns]` to `[deep, columns]`, in `rows · deep · columns` products.
///
/// # Panics
/// If `deep` or `columns` is no multiple of four.
#[cfg(feature = "burn")]
#[simd]
pub fn add_transposed<S: Simd>(simd: S, a: &[f32], b: &[f32], columns: usize, sums: &mut [f32]) {
    assert!((sums.len() / columns).is_multiple_of(LANES) && columns.is_multiple_of(LANES));
    if columns.is_multiple_of(WIDE) {
        add_tiles::<S, f32x8<S>, WIDE>(simd, a, b, columns, sums);
    } else {
        add_tiles::<S, f32x4<S>, LANES>(simd, a, b, columns, sums);
    }
}

#[cfg(feature = "burn")]
#[inline(always)]
fn add_tiles<S: Simd, V: Floats<S, N>, const N: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
    columns: usize,
    sums: &mut [f32],
) {
    let deep = sums.len() / columns;
    for first in (0..deep).step_by(LANES) {
        for column in (0..columns).step_by(N) {
            let mut tile = [V::splat(simd, 0.0); LANES];
            for (a, b) in a.chunks_exact(deep).zip(b.chunks_exact(columns)) {
                let numbers: &[f32; LANES] = a[first..].first_chunk().expect("rows of the tile");
                let values = V::load_array_ref(simd, b[column..].first_chunk().expect("its columns"));
                for (sum, number) in tile.iter_mut().zip(numbers) {
                    *sum = values.mul_add(*number, *sum);
                }
            }
            for (row, sum) in tile.into_iter().enumerate() {
                let sums = sums[(first + row) * columns + column..].first_chunk_mut().expect("its sums");
                (V::load_array_ref(simd, sums) + sum).store_array(sums);
            }
        }
    }
}
