//! Products of matrices with one whose values were brought into order before: all that convolutions and dense layers
//! come down to.

use super::lanes::{LANES, Lanes, quads};

/// Columns that are computed side by side.
const WIDE: usize = 2 * LANES;
/// Rows that are computed together, so that every value of the matrix that is loaded is used as often.
pub const ROWS: usize = 4;

/// A matrix `[deep, columns]`, in strips of eight columns.
#[derive(Debug, Clone)]
pub struct Matrix {
    deep: usize,
    columns: usize,
    strips: Vec<f32>,
}

impl Matrix {
    /// A matrix of these values.
    ///
    /// # Panics
    /// If the number of columns is no multiple of eight.
    pub fn new(deep: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        assert!(columns.is_multiple_of(WIDE), "columns come in strips of {WIDE}");
        let mut strips = Vec::with_capacity(deep * columns);
        for strip in 0..columns / WIDE {
            for row in 0..deep {
                strips.extend((0..WIDE).map(|column| value(row, strip * WIDE + column)));
            }
        }
        Self { deep, columns, strips }
    }

    /// Four values of a row, from a column that is a multiple of four on.
    pub fn quad_mut(&mut self, row: usize, column: usize) -> &mut [f32; LANES] {
        let at = (column / WIDE * self.deep + row) * WIDE + column % WIDE;
        self.strips[at..].first_chunk_mut().expect("columns come in fours")
    }

    /// `rows × self`: `[rows, deep]` to `[rows, columns]`.
    ///
    /// # Panics
    /// If the number of rows is no multiple of [`ROWS`].
    pub fn product(&self, rows: &[f32], out: &mut [f32]) {
        let Self { deep, columns, .. } = *self;
        assert!(rows.len().is_multiple_of(deep * ROWS) && rows.len() / deep * columns == out.len());
        for (index, strip) in self.strips.chunks_exact(deep * WIDE).enumerate() {
            let strip: &[[f32; WIDE]] = strip.as_chunks().0;
            for (four, out) in rows.chunks_exact(ROWS * deep).zip(out.chunks_exact_mut(ROWS * columns)) {
                let sums = block(strip, four, deep);
                for (row, sums) in out.chunks_exact_mut(columns).zip(sums) {
                    let (to, _) = row[index * WIDE..].as_chunks_mut::<LANES>();
                    sums[0].store(&mut to[0]);
                    sums[1].store(&mut to[1]);
                }
            }
        }
    }
}

/// Four rows by eight columns, every sum in a register.
#[inline(always)]
fn block(strip: &[[f32; WIDE]], rows: &[f32], deep: usize) -> [[Lanes; 2]; ROWS] {
    let (first, rest) = rows.split_at(deep);
    let (second, rest) = rest.split_at(deep);
    let (third, fourth) = rest.split_at(deep);
    let mut sums = [[Lanes::splat(0.0); 2]; ROWS];
    for ((((values, a), b), c), d) in strip.iter().zip(first).zip(second).zip(third).zip(fourth) {
        let values = quads(values);
        let (left, right) = (Lanes::load(&values[0]), Lanes::load(&values[1]));
        for (sums, number) in sums.iter_mut().zip([a, b, c, d]) {
            let number = Lanes::splat(*number);
            sums[0] = sums[0].plus_product(number, left);
            sums[1] = sums[1].plus_product(number, right);
        }
    }
    sums
}
