//! Matrix products on AMX, the matrix unit of recent x86 processors: factors of bf16, sums of f32. Linux only, where a process has
//! to ask for the unit's registers.
//!
//! A tile is 16 rows of 64 bytes. Of the left factor it holds 16 rows of 32 values; of the right factor 32 rows of 16 columns, two
//! rows woven together ([`Woven`]); of the product 16 rows of 16 sums. Four sums are worked on at a time.

use multiversion::multiversion;

/// Rows and columns of the product that are made at once: the lengths of factors and product are multiples of it.
pub const BLOCK: usize = 32;

/// Whether this processor has the unit, and this process may use it.
pub fn available() -> bool {
    unit::available()
}

/// The nearest bf16, ties to even.
#[inline(always)]
pub fn rounded(value: f32) -> u16 {
    let bits = value.to_bits();
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// A right factor, as tiles.
pub struct Woven {
    tiles: Vec<u16>,
    columns: usize,
}

impl Woven {
    /// From rows of `columns` values.
    pub fn new(rows: &[f32], columns: usize) -> Self {
        assert!(columns.is_multiple_of(BLOCK) && rows.len().is_multiple_of(BLOCK * columns));
        let mut tiles = vec![0; rows.len()];
        weave(rows, columns, &mut tiles);
        Self { tiles, columns }
    }
}

#[multiversion(targets("x86_64+fma+avx512f+avx512bw+avx512dq+avx512vl"))]
fn weave(rows: &[f32], columns: usize, tiles: &mut [u16]) {
    let strips = rows.chunks_exact(BLOCK * columns).zip(tiles.chunks_exact_mut(BLOCK * columns));
    for (strip, tiles) in strips {
        for (tile, to) in tiles.chunks_exact_mut(BLOCK * 16).enumerate() {
            for (pair, to) in to.chunks_exact_mut(32).enumerate() {
                let upper = &strip[2 * pair * columns + tile * 16..][..16];
                let lower = &strip[(2 * pair + 1) * columns + tile * 16..][..16];
                for ((to, &upper), &lower) in to.as_chunks_mut().0.iter_mut().zip(upper).zip(lower) {
                    *to = [rounded(upper), rounded(lower)];
                }
            }
        }
    }
}

/// Rows of the product of a left factor and `right`, to the rows of `to`. The left factor is made of values of `left`: its row `r`
/// holds, for each of `steps`, the 32 values from `step + r × stride` on.
///
/// # Panics
/// If the unit is not available, or a length is no multiple of [`BLOCK`] or does not fit the others.
pub fn multiply(left: &[u16], steps: &[usize], stride: usize, right: &Woven, to: &mut [f32]) {
    let columns = right.columns;
    let rows = to.len() / columns;
    assert!(available() && rows.is_multiple_of(BLOCK) && to.len() == rows * columns);
    assert_eq!(right.tiles.len(), steps.len() * BLOCK * columns);
    assert!(steps.iter().all(|step| step + (rows - 1) * stride + BLOCK <= left.len()));
    // SAFETY: the unit is available; every tile read or written lies within the slices, as was just checked.
    unsafe { unit::multiply(left, steps, stride, &right.tiles, columns, to) }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod unit {
    use std::{
        arch::{asm, x86_64::__cpuid_count},
        sync::OnceLock,
    };

    use super::BLOCK;

    pub fn available() -> bool {
        static AVAILABLE: OnceLock<bool> = OnceLock::new();
        *AVAILABLE.get_or_init(|| {
            const AMX_BF16_AND_TILE: u32 = 1 << 22 | 1 << 24;
            let features = __cpuid_count(7, 0).edx;
            features & AMX_BF16_AND_TILE == AMX_BF16_AND_TILE && asked()
        })
    }

    /// Asks the kernel for the tiles' registers.
    fn asked() -> bool {
        const ARCH_PRCTL: u64 = 158;
        const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
        const TILE_DATA: u64 = 18;
        let answer: i64;
        // SAFETY: the call changes nothing but which registers the kernel keeps for this process.
        unsafe {
            asm!(
                "syscall",
                inlateout("rax") ARCH_PRCTL as i64 => answer,
                in("rdi") ARCH_REQ_XCOMP_PERM,
                in("rsi") TILE_DATA,
                lateout("rcx") _,
                lateout("r11") _,
                options(nostack),
            );
        }
        answer == 0
    }

    #[repr(C, align(64))]
    struct Shape {
        palette: u8,
        start: u8,
        reserved: [u8; 14],
        row_bytes: [u16; 16],
        rows: [u8; 16],
    }

    const SHAPE: Shape = Shape {
        palette: 1,
        start: 0,
        reserved: [0; 14],
        row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
        rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
    };

    /// See [`super::multiply`].
    ///
    /// # Safety
    /// The unit is available, and the lengths fit.
    pub unsafe fn multiply(
        left: &[u16],
        steps: &[usize],
        stride: usize,
        right: &[u16],
        columns: usize,
        to: &mut [f32],
    ) {
        let rows = to.len() / columns;
        let steps: Vec<usize> = steps.iter().map(|step| step * size_of::<u16>()).collect();
        // SAFETY: the caller's.
        unsafe {
            asm!("ldtilecfg [{}]", in(reg) &SHAPE, options(nostack, readonly));
            for column in (0..columns).step_by(BLOCK) {
                for row in (0..rows).step_by(BLOCK) {
                    asm!(
                        "tilezero tmm0",
                        "tilezero tmm1",
                        "tilezero tmm2",
                        "tilezero tmm3",
                        "2:",
                        "mov {at}, [{steps}]",
                        "add {at}, {left}",
                        "tileloadd tmm4, [{at} + {stride}]",
                        "tileloadd tmm6, [{right} + {line}]",
                        "tileloadd tmm7, [{right} + {line} + 1024]",
                        "tdpbf16ps tmm0, tmm4, tmm6",
                        "add {at}, {down}",
                        "tileloadd tmm5, [{at} + {stride}]",
                        "tdpbf16ps tmm1, tmm4, tmm7",
                        "tdpbf16ps tmm2, tmm5, tmm6",
                        "tdpbf16ps tmm3, tmm5, tmm7",
                        "add {steps}, 8",
                        "add {right}, {strip}",
                        "dec {count}",
                        "jnz 2b",
                        "tilestored [{to} + {across}], tmm0",
                        "tilestored [{to} + {across} + 64], tmm1",
                        "tilestored [{below} + {across}], tmm2",
                        "tilestored [{below} + {across} + 64], tmm3",
                        at = out(reg) _,
                        steps = inout(reg) steps.as_ptr() => _,
                        count = inout(reg) steps.len() => _,
                        left = in(reg) left.as_ptr().add(row * stride),
                        stride = in(reg) stride * size_of::<u16>(),
                        down = in(reg) 16 * stride * size_of::<u16>(),
                        right = inout(reg) right.as_ptr().add(column * BLOCK) => _,
                        line = in(reg) 64usize,
                        strip = in(reg) columns * BLOCK * size_of::<u16>(),
                        to = in(reg) to.as_mut_ptr().add(row * columns + column),
                        below = in(reg) to.as_mut_ptr().add((row + 16) * columns + column),
                        across = in(reg) columns * size_of::<f32>(),
                        out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                        out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                        options(nostack),
                    );
                }
            }
            asm!("tilerelease", options(nostack, nomem));
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod unit {
    pub fn available() -> bool {
        false
    }

    /// # Safety
    /// Never called, since the unit is not available.
    pub unsafe fn multiply(_: &[u16], _: &[usize], _: usize, _: &[u16], _: usize, _: &mut [f32]) {
        unreachable!("there is no matrix unit")
    }
}
