//! The Fourier transform over the eight poses, which makes a convolution with tied weights a product of small matrices.
//!
//! The poses are a group, the dihedral group D₄, with five irreducible representations: four are numbers, one is 2 × 2 matrices
//! (Serre 1977, "Linear representations of finite groups", 5.3 and 6.2). Of a kernel what a filter is upright is free: in the pose `g` the
//! filter makes `y[g] = Σ w[k] · a[g∘k]`, over the filters that it sees and each of their taps, where `a[g]` is what the channel in the pose
//! `g` holds at the tap that `g` takes the tap to. So the spectrum of `y` is the product of those of `a` and `w`: of 64 products of numbers four
//! remain, and one of 2 × 2 matrices, which are eight.

use std::{
    array,
    ops::{Add, Sub},
};

use crate::model::{POSES, square};

/// Numbers of a spectrum: the sums with each representation, of the matrices row by row.
pub const SPECTRUM: usize = POSES;
/// Representations that are numbers; they come first.
pub const NUMBERS: usize = 4;

/// The spectrum of values, one for each pose.
#[inline(always)]
pub fn spectrum<T: Copy + Add<Output = T> + Sub<Output = T>>(
    [a, b, c, d, e, f, g, h]: [T; POSES],
) -> [T; SPECTRUM] {
    let (even, odd, across, along) = (a + c, b + d, a - c, b - d);
    let (even_m, odd_m, across_m, along_m) = (e + g, f + h, e - g, f - h);
    let (all, all_m, turn, turn_m) = (even + odd, even_m + odd_m, even - odd, even_m - odd_m);
    [
        all + all_m,
        all - all_m,
        turn + turn_m,
        turn - turn_m,
        across + across_m,
        along_m - along,
        along + along_m,
        across - across_m,
    ]
}

/// The transpose of [`spectrum`]; its inverse, if a spectrum's numbers are divided by eight and its matrix by four.
#[inline(always)]
pub fn poses<T: Copy + Add<Output = T> + Sub<Output = T>>(
    [p, q, r, s, t, u, v, w]: [T; SPECTRUM],
) -> [T; POSES] {
    let (all, all_m, turn, turn_m) = (p + q, p - q, r + s, r - s);
    let (across, along, across_m, along_m) = (t + w, v - u, t - w, u + v);
    let (even, odd, even_m, odd_m) = (all + turn, all - turn, all_m + turn_m, all_m - turn_m);
    [
        even + across,
        odd + along,
        even - across,
        odd - along,
        even_m + across_m,
        odd_m + along_m,
        even_m - across_m,
        odd_m - along_m,
    ]
}

/// What the spectra of what is seen at a tap are multiplied by, the matrix from the right, to make the spectra of what a kernel makes of
/// it, ready for [`poses`]. `weight` is the kernel's, upright, by the pose and the tap that it looks at.
pub fn kernel_spectrum(tap: usize, weight: impl Fn(usize, usize) -> f32) -> [f32; SPECTRUM] {
    weighed(spectrum(array::from_fn(|pose| weight(pose, square(pose, tap, 3)))))
}

/// The gradient of a kernel's weights, upright, at the pose and the tap that each looks at, in order of poses. `gradient` holds the sums of products
/// of spectra: of what is seen at a tap, and of the gradient of what the kernel makes of it.
#[cfg(feature = "burn")]
pub fn kernel_gradient(tap: usize, gradient: [f32; SPECTRUM]) -> [(usize, f32); POSES] {
    let gradient = poses(weighed(gradient));
    array::from_fn(|pose| (square(pose, tap, 3), gradient[pose]))
}

/// Weighed as the inverse of [`spectrum`] needs it, and the matrix transposed, since a kernel's poses are undone.
fn weighed([p, q, r, s, a, b, c, d]: [f32; SPECTRUM]) -> [f32; SPECTRUM] {
    [p / 8.0, q / 8.0, r / 8.0, s / 8.0, a / 4.0, c / 4.0, b / 4.0, d / 4.0]
}
