//! Distances of feature vectors in whole numbers of 8 bits: a quarter of the memory of 32-bit floats to read and, where SIMD is
//! relaxed, a sixth of the instructions, to look through thousands of drawings while the pen moves.

use crate::model::FEATURES;

/// Features are told apart in ±`REACH`, which those of a vector of length one hardly ever leave.
const REACH: f32 = 0.15;
/// The largest whole number: two products of such fit 16 bits.
const LARGEST: f32 = i8::MAX as f32;

/// Numbers of a register.
const WIDE: usize = 16;
/// Sums that run side by side in one.
const SUMS: usize = WIDE / 4;
/// Drawings that a query is compared with at once.
const AT_ONCE: usize = 4;

/// What makes two drawings differ: `own(a) + own(b) − 2 · shared(a, b)`, whose first two parts are computed once a drawing.
#[derive(Debug, Clone)]
pub enum Distance {
    /// Σⱼ weightⱼ · |aⱼ − bⱼ|: shared are the smaller of each two numbers, −127 to 127. The weights are those of `more` less those
    /// of `less`, neither negative; `unit` is what 1 among them is worth.
    WeightedL1 { more: Vec<i8>, less: Option<Vec<i8>>, unit: f32 },
    /// ‖a − b‖₂²: shared is the scalar product of numbers, 0 to 127.
    SquaredL2,
}

/// Drawings in whole numbers.
#[derive(Debug, Clone, Default)]
pub struct Quantised {
    /// `[drawings * FEATURES]`
    numbers: Vec<i8>,
    own: Vec<i32>,
}

impl Quantised {
    /// Those of some of the drawings, by index, in this order.
    pub fn select(&self, drawings: &[usize]) -> Self {
        let (numbers, _) = self.numbers.as_chunks::<FEATURES>();
        let (numbers, own) =
            drawings.iter().map(|&row| (numbers[row], self.own[row])).unzip::<_, _, Vec<_>, _>();
        Self { numbers: numbers.into_flattened(), own }
    }

    /// Appends drawings of the same distance.
    pub fn extend(&mut self, more: Self) {
        self.numbers.extend(more.numbers);
        self.own.extend(more.own);
    }
}

impl Distance {
    /// A weighted L1 distance, with a weight for each feature.
    pub fn weighted_l1(weights: &[f32]) -> Self {
        let largest = weights.iter().map(|weight| weight.abs()).fold(f32::MIN_POSITIVE, f32::max);
        let part = |sign: f32| -> Vec<i8> {
            weights.iter().map(|weight| (sign * weight / largest * LARGEST).max(0.0).round() as i8).collect()
        };
        let less = weights.iter().any(|&weight| weight < 0.0).then(|| part(-1.0));
        let more = part(1.0);
        // Weights that are much alike are all rounded the same way: in sum they stay as large as they are.
        let rounded: f32 = more.iter().chain(less.iter().flatten()).copied().map(f32::from).sum();
        let unit = weights.iter().map(|weight| weight.abs()).sum::<f32>() / rounded.max(1.0);
        Self::WeightedL1 { more, less, unit }
    }

    /// Features, `[drawings * FEATURES]`, as they are compared.
    pub fn quantised(&self, features: &[f32]) -> Quantised {
        let (least, one) = (self.least(), self.one());
        let steps = |feature: f32| ((feature.clamp(-REACH, REACH) + REACH) * one + 0.5) as i16;
        let numbers: Vec<i8> = features.iter().map(|&feature| (least + steps(feature)) as i8).collect();
        let own = numbers.chunks_exact(FEATURES).map(|drawing| self.own(drawing)).collect();
        Quantised { numbers, own }
    }

    /// What stands for −[`REACH`].
    fn least(&self) -> i16 {
        match self {
            Self::WeightedL1 { .. } => -i16::from(i8::MAX),
            Self::SquaredL2 => 0,
        }
    }

    /// What a feature of 1.0 is more than one of 0.0.
    fn one(&self) -> f32 {
        (LARGEST - f32::from(self.least())) / (2.0 * REACH)
    }

    /// From a drawing's features to every one of the support.
    pub fn to_all(&self, features: &[f32], support: &Quantised) -> Vec<f32> {
        let query = self.quantised(features);
        let mut shared = Vec::with_capacity(support.own.len());
        let (fours, rest) = support.numbers.as_chunks::<{ AT_ONCE * FEATURES }>();
        for four in fours {
            shared.extend(self.shared::<AT_ONCE>(&query.numbers, four));
        }
        for one in rest.chunks_exact(FEATURES) {
            shared.extend(self.shared::<1>(&query.numbers, one));
        }
        let unit = match self {
            Self::WeightedL1 { unit, .. } => unit / self.one(),
            Self::SquaredL2 => self.one().powi(-2),
        };
        let distance = |(own, shared): (&i32, i32)| (query.own[0] + own - 2 * shared) as f32 * unit;
        support.own.iter().zip(shared).map(distance).collect()
    }

    fn own(&self, drawing: &[i8]) -> i32 {
        self.shared::<1>(drawing, drawing)[0]
    }

    /// Of a query and each of `N` drawings. No sum overflows: 2,048 products of 127 and 127 fit 32 bits eight times.
    fn shared<const N: usize>(&self, query: &[i8], drawings: &[i8]) -> [i32; N] {
        let smaller = |weights: &[i8]| {
            sums_of(query, weights, drawings, |sum, a, b, weights| sum.plus_products(a.min(b), weights))
        };
        match self {
            Self::WeightedL1 { more, less: None, .. } => smaller(more),
            Self::WeightedL1 { more, less: Some(less), .. } => {
                let (more, less): ([i32; N], [i32; N]) = (smaller(more), smaller(less));
                std::array::from_fn(|drawing| more[drawing] - less[drawing])
            }
            Self::SquaredL2 => sums_of(query, query, drawings, |sum, a, b, _| sum.plus_products(a, b)),
        }
    }
}

/// The sum of what sixteen numbers each add, for each of `N` drawings.
#[inline(always)]
fn sums_of<const N: usize>(
    query: &[i8],
    weights: &[i8],
    drawings: &[i8],
    add: impl Fn(Quad, Sixteen, Sixteen, Sixteen) -> Quad,
) -> [i32; N] {
    assert!(query.len() == FEATURES && weights.len() == FEATURES && drawings.len() == N * FEATURES);
    let (query, weights, drawings) =
        (query.as_chunks().0, weights.as_chunks().0, drawings.as_chunks::<WIDE>().0);
    let mut sums = [Quad::default(); N];
    for (at, (query, weights)) in query.iter().zip(weights).enumerate() {
        let (query, weights) = (Sixteen::load(query), Sixteen::load(weights));
        for (drawing, sum) in sums.iter_mut().enumerate() {
            let shown = Sixteen::load(&drawings[drawing * (FEATURES / WIDE) + at]);
            *sum = add(*sum, query, shown, weights);
        }
    }
    sums.map(Quad::total)
}

#[cfg(target_arch = "wasm32")]
mod lanes {
    use super::{SUMS, WIDE};
    use std::arch::wasm32::*;

    #[cfg(target_feature = "relaxed-simd")]
    #[derive(Clone, Copy)]
    pub struct Sixteen(v128);

    #[cfg(target_feature = "relaxed-simd")]
    impl Sixteen {
        #[inline(always)]
        pub fn load(from: &[i8; WIDE]) -> Self {
            // SAFETY: sixteen numbers are the 16 bytes that are read, and no alignment is asked for.
            Self(unsafe { v128_load(from.as_ptr().cast()) })
        }

        #[inline(always)]
        pub fn min(self, other: Self) -> Self {
            Self(i8x16_min(self.0, other.0))
        }

        /// The same on every processor, as `other` is not negative and two products fit 16 bits.
        #[inline(always)]
        fn products(self, other: Self, sums: v128) -> v128 {
            i32x4_relaxed_dot_i8x16_i7x16_add(self.0, other.0, sums)
        }
    }

    /// Eight and eight, of 16 bits each.
    #[cfg(not(target_feature = "relaxed-simd"))]
    #[derive(Clone, Copy)]
    pub struct Sixteen(v128, v128);

    #[cfg(not(target_feature = "relaxed-simd"))]
    impl Sixteen {
        #[inline(always)]
        pub fn load(from: &[i8; WIDE]) -> Self {
            // SAFETY: twice eight numbers are the 16 bytes that are read, and no alignment is asked for.
            unsafe {
                Self(i16x8_load_extend_i8x8(from.as_ptr()), i16x8_load_extend_i8x8(from.as_ptr().add(8)))
            }
        }

        #[inline(always)]
        pub fn min(self, other: Self) -> Self {
            Self(i16x8_min(self.0, other.0), i16x8_min(self.1, other.1))
        }

        #[inline(always)]
        fn products(self, other: Self, sums: v128) -> v128 {
            i32x4_add(i32x4_add(sums, i32x4_dot_i16x8(self.0, other.0)), i32x4_dot_i16x8(self.1, other.1))
        }
    }

    #[derive(Clone, Copy)]
    pub struct Quad(v128);

    impl Default for Quad {
        #[inline(always)]
        fn default() -> Self {
            Self(i32x4_splat(0))
        }
    }

    impl Quad {
        /// Adds the products of each two numbers, `b` not negative, to the four sums.
        #[inline(always)]
        pub fn plus_products(self, a: Sixteen, b: Sixteen) -> Self {
            Self(a.products(b, self.0))
        }

        #[inline(always)]
        pub fn total(self) -> i32 {
            let mut sums = [0; SUMS];
            // SAFETY: four numbers are the 16 bytes that are written, and no alignment is asked for.
            unsafe { v128_store(sums.as_mut_ptr().cast(), self.0) };
            sums.into_iter().sum()
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod lanes {
    use super::{SUMS, WIDE};

    #[derive(Clone, Copy)]
    pub struct Sixteen([i8; WIDE]);

    impl Sixteen {
        #[inline(always)]
        pub fn load(from: &[i8; WIDE]) -> Self {
            Self(*from)
        }

        #[inline(always)]
        pub fn min(self, other: Self) -> Self {
            Self(std::array::from_fn(|at| self.0[at].min(other.0[at])))
        }
    }

    #[derive(Clone, Copy, Default)]
    pub struct Quad([i32; SUMS]);

    impl Quad {
        /// Adds the products of each two numbers, `b` not negative, to the four sums.
        #[inline(always)]
        pub fn plus_products(self, a: Sixteen, b: Sixteen) -> Self {
            let product = |at: usize| i32::from(a.0[at]) * i32::from(b.0[at]);
            Self(std::array::from_fn(|sum| self.0[sum] + (4 * sum..4 * sum + 4).map(product).sum::<i32>()))
        }

        #[inline(always)]
        pub fn total(self) -> i32 {
            self.0.into_iter().sum()
        }
    }
}

use lanes::{Quad, Sixteen};

#[cfg(test)]
mod tests {
    use super::*;

    fn to(distance: &Distance, a: &[f32], b: &[f32]) -> f32 {
        // Five, so that some are compared four at once and one alone.
        let all = distance.to_all(a, &distance.quantised(&b.repeat(AT_ONCE + 1)));
        assert_eq!(all, [all[0]; AT_ONCE + 1]);
        all[0]
    }

    #[test]
    fn no_sum_overflows() {
        let (a, b) = (vec![REACH; FEATURES], vec![-REACH; FEATURES]);
        for weight in [1e-3, 1.0, 40.0] {
            let exact = weight * 2.0 * REACH * FEATURES as f32;
            let distance = to(&Distance::weighted_l1(&vec![weight; FEATURES]), &a, &b);
            assert!((distance / exact - 1.0).abs() < 1e-3, "{distance} instead of {exact}");
        }
        assert!(
            (to(&Distance::SquaredL2, &a, &b) / ((2.0 * REACH).powi(2) * FEATURES as f32) - 1.0).abs() < 1e-3
        );
    }

    #[test]
    fn weights_may_be_negative() {
        let a: Vec<f32> = (0..FEATURES).map(|at| (at % 31) as f32 / 150.0 - 0.1).collect();
        let b: Vec<f32> = (0..FEATURES).map(|at| (at % 23) as f32 / 100.0 - 0.1).collect();
        let weights: Vec<f32> = (0..FEATURES).map(|at| (at % 7) as f32 / 3.0 - 0.5).collect();
        let exact: f32 = a.iter().zip(&b).zip(&weights).map(|((a, b), weight)| weight * (a - b).abs()).sum();
        let distance = to(&Distance::weighted_l1(&weights), &a, &b);
        assert!((distance / exact - 1.0).abs() < 1e-2, "{distance} instead of {exact}");
    }

    #[test]
    fn weights_much_alike_keep_their_sum() {
        let (a, b) = (vec![REACH; FEATURES], vec![-REACH; FEATURES]);
        // All but one would be rounded down to 126 of 127.
        let weights: Vec<f32> = (0..FEATURES).map(|at| if at == 0 { 1.0 } else { 0.996 }).collect();
        let exact = 2.0 * REACH * weights.iter().sum::<f32>();
        let distance = to(&Distance::weighted_l1(&weights), &a, &b);
        assert!((distance / exact - 1.0).abs() < 1e-4, "{distance} instead of {exact}");
    }

    #[test]
    fn a_vector_is_at_no_distance_from_itself() {
        let a: Vec<f32> = (0..FEATURES).map(|at| (at % 39) as f32 / 200.0 - 0.1).collect();
        assert_eq!(to(&Distance::SquaredL2, &a, &a), 0.0);
        assert_eq!(to(&Distance::weighted_l1(&[1.0; FEATURES]), &a, &a), 0.0);
    }

    #[test]
    fn what_leaves_the_range_counts_as_its_end() {
        let (a, b) = (vec![0.5; FEATURES], vec![REACH; FEATURES]);
        assert_eq!(to(&Distance::SquaredL2, &a, &b), 0.0);
    }
}
