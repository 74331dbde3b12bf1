//! Winograd's minimal filtering F(4×4, 3×3), by which blocks are computed on the GPU: 36 products where the definition has 144 (Lavin & Gray
//! 2016, "Fast algorithms for convolutional neural networks").

use std::array;

/// Output pixels a side of a tile.
pub const TILE: usize = 4;
/// Input pixels a side of one, and products a side.
pub const SPAN: usize = TILE + 2;

/// What a tile's products are multiplied by, of a kernel's taps: G · taps · Gᵀ.
pub fn spectrum(taps: &[f32; 9]) -> [f32; SPAN * SPAN] {
    let rows: [_; 3] = array::from_fn(|y| widen([taps[3 * y], taps[3 * y + 1], taps[3 * y + 2]]));
    let columns: [_; SPAN] = array::from_fn(|x| widen(rows.map(|row| row[x])));
    array::from_fn(|at| columns[at % SPAN][at / SPAN])
}

/// G of F(4, 3) times a column.
fn widen([a, b, c]: [f32; 3]) -> [f32; SPAN] {
    let (outer, middle) = ((a + c) / -6.0, b / -6.0);
    let (far, near) = ((a + c * 4.0) / 24.0, b / 12.0);
    [a / 4.0, outer + middle, outer - middle, far + near, far - near, c]
}
