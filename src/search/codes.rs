//! Features in whole numbers of few bits: what is kept of a drawing, 4.5 kB. All are kept in 16 bits, and a quarter of them in 8 once more, to tell of thousands
//! of drawings which are worth comparing, while the pen moves: memory is what such a search waits for.

#[cfg(target_feature = "relaxed-simd")]
use std::arch::wasm32::*;
use std::array;

use fearless_simd::{Level, dispatch, i8x16, i32x4, prelude::*};
#[cfg(target_feature = "relaxed-simd")]
use fearless_simd::{WasmSimd128, kernel};

use super::rows::Rows;
use crate::model::{FEATURES, MAP_SIDE};

/// Features lie in ±`REACH`: those of a vector of length one do (of 5 million that were measured the largest was 0.134). What does not counts as the end.
const REACH: f32 = 0.15;
/// The largest number of 16 bits, which stands for `REACH`.
const LARGEST: f32 = i16::MAX as f32;
/// That of 8 bits. The products of two and two numbers fit 16 bits.
const LARGEST_BYTE: f32 = i8::MAX as f32;

/// Features of which there are bytes.
const QUARTER: usize = FEATURES / MAP_SIDE;
type Quarter = [i8; QUARTER];

/// Numbers of a register.
const WIDE: usize = 16;
/// Drawings that a query is compared with at once.
const AT_ONCE: usize = 4;

/// A quarter of the features: one of every row of a map, in another column from row to row and from map to map, since neighbours are alike.
fn quarter<T: Copy>(features: &[T; FEATURES]) -> [T; QUARTER] {
    array::from_fn(|row| features[row * MAP_SIDE + (row + row / MAP_SIDE) % MAP_SIDE])
}

/// Features of drawings.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    whole: Rows<i16, FEATURES>,
    bytes: Rows<i8, QUARTER>,
}

impl Codes {
    /// How many drawings.
    pub fn len(&self) -> usize {
        self.whole.len()
    }

    /// Appends a drawing.
    pub fn push(&mut self, features: &[f32; FEATURES]) {
        self.whole
            .push(features.map(|feature| (feature.clamp(-REACH, REACH) / REACH * LARGEST).round() as i16));
        self.bytes.push(bytes(features));
    }

    /// A drawing's features, to 2.3 · 10⁻⁶.
    ///
    /// # Panics
    /// If there is no drawing of this index.
    pub fn features(&self, drawing: usize) -> [f32; FEATURES] {
        let mut features = [0.0; FEATURES];
        self.read(drawing, &mut features);
        features
    }

    /// The same, into a place that is there already.
    ///
    /// # Panics
    /// If there is no drawing of this index.
    #[inline(always)]
    pub fn read(&self, drawing: usize, features: &mut [f32; FEATURES]) {
        for (feature, number) in features.iter_mut().zip(self.whole.get(drawing)) {
            *feature = f32::from(*number) * (REACH / LARGEST);
        }
    }

    /// Keeps only the drawings of these indices, which ascend.
    pub fn keep(&mut self, kept: &[usize]) {
        self.whole.keep(kept);
        self.bytes.keep(kept);
    }
}

/// A quarter of the features, each the nearest number of 8 bits.
fn bytes(features: &[f32; FEATURES]) -> Quarter {
    quarter(features).map(|feature| (feature.clamp(-REACH, REACH) / REACH * LARGEST_BYTE).round() as i8)
}

/// What makes two drawings differ, as a quarter of their features tells: sums of whole numbers, with a share of each drawing that is computed once.
#[derive(Debug, Clone)]
pub enum Distance {
    /// Σⱼ weightⱼ · |aⱼ − bⱼ| = own(a) + own(b) − 2 · Σⱼ weightⱼ · min(aⱼ, bⱼ), where own(a) = Σⱼ weightⱼ · aⱼ. The weights are those of `more` less those
    /// of `less`, neither negative; `unit` is what 1 among them is worth, and stands for all features.
    WeightedL1 { more: Box<Quarter>, less: Option<Box<Quarter>>, unit: f32 },
    /// ‖a − b‖₂², where `b`, the query, is of 7 bits, `b = 2c − 127`: Σⱼ aⱼ² + 254 aⱼ − 4 · aⱼ · cⱼ, and a share of `b` alone.
    SquaredL2,
}

impl Distance {
    /// A weighted L1 distance, with a weight for each feature.
    pub fn weighted_l1(weights: &[f32; FEATURES]) -> Self {
        let some = quarter(weights);
        let largest = some.iter().map(|weight| weight.abs()).fold(f32::MIN_POSITIVE, f32::max);
        let part = |sign: f32| {
            Box::new(some.map(|weight| (sign * weight / largest * LARGEST_BYTE).max(0.0).round() as i8))
        };
        let less = some.iter().any(|&weight| weight < 0.0).then(|| part(-1.0));
        let more = part(1.0);
        // Weights that are much alike are all rounded the same way: in sum they stay as large as they are.
        let rounded: f32 =
            more.iter().chain(less.iter().flat_map(|less| less.iter())).copied().map(f32::from).sum();
        let unit = weights.iter().map(|weight| weight.abs()).sum::<f32>() / rounded.max(1.0);
        Self::WeightedL1 { more, less, unit }
    }

    /// A drawing's own share.
    pub fn own(&self, codes: &Codes, drawing: usize) -> i32 {
        self.own_share(codes.bytes.get(drawing))
    }

    fn own_share(&self, numbers: &Quarter) -> i32 {
        match self {
            Self::WeightedL1 { .. } => self.shared(numbers, &[*numbers])[0],
            Self::SquaredL2 => numbers.iter().map(|&a| i32::from(a) * (i32::from(a) + 254)).sum(),
        }
    }

    /// From a query to all drawings, whose own shares stand beside them.
    pub fn to_all(&self, query: &[f32; FEATURES], codes: &Codes, own: &[i32]) -> Vec<f32> {
        let numbers = bytes(query);
        let (numbers, query_own, times, unit) = match self {
            Self::WeightedL1 { unit, .. } => {
                (numbers, self.own_share(&numbers), 2, unit * REACH / LARGEST_BYTE)
            }
            Self::SquaredL2 => {
                // Every other one is rounded up, so that nothing is added on average.
                let halves = array::from_fn(|at| ((i16::from(numbers[at]) + 127 + at as i16 % 2) / 2) as i8);
                let square = |(&b, &c): (&i8, &i8)| {
                    let rounded = 2 * i32::from(c) - 127;
                    // Less what rounding adds: so a drawing is at no distance from itself.
                    rounded.pow(2) - (i32::from(b) - rounded).pow(2)
                };
                let own = numbers.iter().zip(&halves).map(square).sum();
                (halves, own, 4, (REACH / LARGEST_BYTE).powi(2) * MAP_SIDE as f32)
            }
        };
        let mut shared = Vec::with_capacity(own.len());
        for block in codes.bytes.blocks() {
            let (fours, rest) = block.as_chunks::<AT_ONCE>();
            fours.iter().for_each(|four| shared.extend(self.shared(&numbers, four)));
            rest.iter().for_each(|one| shared.extend(self.shared(&numbers, &[*one])));
        }
        let distance = |(own, shared): (&i32, i32)| (query_own + own - times * shared) as f32 * unit;
        own.iter().zip(shared).map(distance).collect()
    }

    /// The sum of products of a query and each of `N` drawings. None overflows: 512 products of 127 and 127 fit 32 bits many times.
    fn shared<const N: usize>(&self, query: &Quarter, drawings: &[Quarter; N]) -> [i32; N] {
        let smaller = |weights: &Quarter| {
            dispatch!(Level::new(), simd => {
                sums_of(simd, query, weights, drawings, |sums, a, b, weights| add_products(sums, a.min(b), weights))
            })
        };
        match self {
            Self::WeightedL1 { more, less: None, .. } => smaller(more),
            Self::WeightedL1 { more, less: Some(less), .. } => {
                let (more, less) = (smaller(more), smaller(less));
                array::from_fn(|drawing| more[drawing] - less[drawing])
            }
            Self::SquaredL2 => dispatch!(Level::new(), simd => {
                sums_of(simd, query, query, drawings, |sums, query, a, _| add_products(sums, a, query))
            }),
        }
    }
}

/// The sum of what sixteen numbers each add, for each of `N` drawings.
#[inline(always)]
fn sums_of<S: Simd, const N: usize>(
    simd: S,
    query: &Quarter,
    weights: &Quarter,
    drawings: &[Quarter; N],
    add: impl Fn(i32x4<S>, i8x16<S>, i8x16<S>, i8x16<S>) -> i32x4<S>,
) -> [i32; N] {
    let (query, weights) = (query.as_chunks().0, weights.as_chunks().0);
    let drawings = drawings.each_ref().map(|drawing| drawing.as_chunks::<WIDE>().0);
    let mut sums = [i32x4::splat(simd, 0); N];
    let load = |numbers: &[i8; WIDE]| i8x16::load_array_ref(simd, numbers);
    for (at, (query, weights)) in query.iter().zip(weights).enumerate() {
        let (query, weights) = (load(query), load(weights));
        for (sum, drawing) in sums.iter_mut().zip(drawings) {
            *sum = add(*sum, query, load(&drawing[at]), weights);
        }
    }
    sums.map(|sums| sums.reduce_sum())
}

/// Adds the products of sixteen numbers each, those of `b` not negative, to four sums.
#[inline(always)]
fn add_products<S: Simd>(sums: i32x4<S>, a: i8x16<S>, b: i8x16<S>) -> i32x4<S> {
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    if let Some(simd) = Level::new().as_wasm_simd128() {
        kernel! {
            /// The same on every processor, as `b` is not negative and two products fit 16 bits.
            #[inline(always)]
            fn add(simd: WasmSimd128, sums: i32x4<WasmSimd128>, a: i8x16<WasmSimd128>, b: i8x16<WasmSimd128>) -> i32x4<WasmSimd128> {
                i32x4_relaxed_dot_i8x16_i7x16_add(a.into(), b.into(), sums.into()).simd_into(simd)
            }
        }
        let [a, b] = [a, b].map(|numbers| i8x16::load_array(simd, *numbers));
        return i32x4::load_array(sums.token(), *add(simd, i32x4::load_array(simd, *sums), a, b));
    }
    let ((a_low, a_high), (b_low, b_high)) = (a.widen(), b.widen());
    sums + a_low.pairwise_dot_product(b_low) + a_high.pairwise_dot_product(b_high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(distance: &Distance, a: &[f32], b: &[f32]) -> f32 {
        let mut codes = Codes::default();
        // Five, so that some are compared four at once and one alone.
        (0..=AT_ONCE).for_each(|_| codes.push(b.as_array().unwrap()));
        let own: Vec<i32> = (0..codes.len()).map(|drawing| distance.own(&codes, drawing)).collect();
        let all = distance.to_all(a.as_array().unwrap(), &codes, &own);
        assert_eq!(all, [all[0]; AT_ONCE + 1]);
        all[0]
    }

    #[test]
    fn no_sum_overflows() {
        let (a, b) = (vec![REACH; FEATURES], vec![-REACH; FEATURES]);
        for weight in [1e-3, 1.0, 40.0] {
            let exact = weight * 2.0 * REACH * FEATURES as f32;
            let distance = to(&Distance::weighted_l1(&[weight; FEATURES]), &a, &b);
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
        // What the quarter says, made as large as all weights are.
        let some = |numbers: &[f32]| quarter::<f32>(numbers.as_array().unwrap());
        let size = |weights: &[f32]| weights.iter().map(|weight| weight.abs()).sum::<f32>();
        let terms = some(&a).into_iter().zip(some(&b)).zip(some(&weights));
        let exact = terms.map(|((a, b), weight)| weight * (a - b).abs()).sum::<f32>() * size(&weights)
            / size(&some(&weights));
        let distance = to(&Distance::weighted_l1(weights.as_array().unwrap()), &a, &b);
        assert!((distance / exact - 1.0).abs() < 1e-2, "{distance} instead of {exact}");
    }

    #[test]
    fn weights_much_alike_keep_their_sum() {
        let (a, b) = (vec![REACH; FEATURES], vec![-REACH; FEATURES]);
        // All but one would be rounded down to 126 of 127.
        let weights: Vec<f32> = (0..FEATURES).map(|at| if at == 0 { 1.0 } else { 0.996 }).collect();
        let exact = 2.0 * REACH * weights.iter().sum::<f32>();
        let distance = to(&Distance::weighted_l1(weights.as_array().unwrap()), &a, &b);
        assert!((distance / exact - 1.0).abs() < 1e-4, "{distance} instead of {exact}");
    }

    #[test]
    fn a_vector_is_at_no_distance_from_itself() {
        let a: Vec<f32> = (0..FEATURES).map(|at| (at * 7919 % 2003) as f32 / 8000.0 - 0.125).collect();
        assert_eq!(to(&Distance::SquaredL2, &a, &a), 0.0);
        assert_eq!(to(&Distance::weighted_l1(&[1.0; FEATURES]), &a, &a), 0.0);
    }

    #[test]
    fn what_leaves_the_range_counts_as_its_end() {
        let (a, b) = (vec![0.5; FEATURES], vec![REACH; FEATURES]);
        assert_eq!(to(&Distance::SquaredL2, &a, &b), to(&Distance::SquaredL2, &b, &b));
    }

    #[test]
    fn features_are_kept_to_two_parts_in_a_million() {
        let a: [f32; FEATURES] = array::from_fn(|at| (at as f32 - 1000.0) / 7000.0);
        let mut codes = Codes::default();
        codes.push(&a);
        let off = codes.features(0).iter().zip(a).map(|(kept, a)| (kept - a).abs()).fold(0.0, f32::max);
        assert!(off < 2.6e-6, "off by {off}");
    }
}
