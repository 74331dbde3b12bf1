//! Features in whole numbers of 16 bits, a quarter as large as in 32-bit floats and a half: what is kept of a drawing. The upper eight are enough to search drawings while the pen
//! moves, and of thousands a quarter of them is enough to tell which are worth the rest: memory is what such a search waits for.

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
/// The largest number of 8 bits, which stands for `REACH`. The products of two and two numbers fit 16 bits.
const LARGEST: f32 = i8::MAX as f32;
/// Parts of a step between two numbers of 8 bits, that the lower ones count.
const PARTS: f32 = 256.0;

/// Parts that features are kept in: each has one feature of every row of a map, in another column from row to row and from map to map, since neighbours are alike.
pub const QUARTERS: usize = MAP_SIDE;
/// Features of a part.
const QUARTER: usize = FEATURES / QUARTERS;

/// Numbers of a register.
const WIDE: usize = 16;
/// Drawings that a query is compared with at once.
const AT_ONCE: usize = 4;

/// One number for each feature, part by part.
type Quartered<T> = [[T; QUARTER]; QUARTERS];

fn quartered<T: Copy>(features: &[T; FEATURES]) -> Quartered<T> {
    array::from_fn(|quarter| array::from_fn(|row| features[place(quarter, row)]))
}

/// Where a part's feature of a row stands among all.
fn place(quarter: usize, row: usize) -> usize {
    let map = row / MAP_SIDE;
    row * MAP_SIDE + (quarter + row + map) % MAP_SIDE
}

/// Features of drawings.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    upper: [Rows<i8, QUARTER>; QUARTERS],
    lower: Rows<u8, FEATURES>,
}

impl Codes {
    /// How many drawings.
    pub fn len(&self) -> usize {
        self.lower.len()
    }

    /// Appends a drawing.
    pub fn push(&mut self, features: &[f32; FEATURES]) {
        let upper = upper(features);
        self.lower.push(array::from_fn(|at| {
            let above = features[at].clamp(-REACH, REACH) / REACH * LARGEST - f32::from(upper[at]) + 0.5;
            (above * PARTS) as u8
        }));
        self.upper.iter_mut().zip(quartered(&upper)).for_each(|(rows, quarter)| rows.push(quarter));
    }

    /// A drawing's features, to 2 · 10⁻⁶.
    ///
    /// # Panics
    /// If there is no drawing of this index.
    pub fn features(&self, drawing: usize) -> [f32; FEATURES] {
        let mut upper = [0; FEATURES];
        for (quarter, rows) in self.upper.iter().enumerate() {
            rows.get(drawing)
                .iter()
                .enumerate()
                .for_each(|(row, &number)| upper[place(quarter, row)] = number);
        }
        let lower = self.lower.get(drawing);
        array::from_fn(|at| {
            let steps = i32::from(upper[at]) * PARTS as i32 + i32::from(lower[at]);
            (steps as f32 + 0.5 - PARTS / 2.0) * (REACH / LARGEST / PARTS)
        })
    }

    /// Keeps only the drawings of these indices, which ascend.
    pub fn keep(&mut self, kept: &[usize]) {
        self.upper.iter_mut().for_each(|rows| rows.keep(kept));
        self.lower.keep(kept);
    }
}

/// The nearest numbers of 8 bits.
fn upper(features: &[f32; FEATURES]) -> [i8; FEATURES] {
    // Cast as if there were no sign, which wasm does in one instruction less.
    let steps = |feature: f32| ((feature.clamp(-REACH, REACH) + REACH) / REACH * LARGEST + 0.5) as i16;
    features.map(|feature| (steps(feature) - i16::from(i8::MAX)) as i8)
}

/// What makes two drawings differ, in sums of whole numbers, with a share of each that is computed once.
#[derive(Debug, Clone)]
pub enum Distance {
    /// Σⱼ weightⱼ · |aⱼ − bⱼ| = own(a) + own(b) − 2 · Σⱼ weightⱼ · min(aⱼ, bⱼ), where own(a) = Σⱼ weightⱼ · aⱼ. The weights are those of `more` less those
    /// of `less`, neither negative; `unit` is what 1 among them is worth.
    WeightedL1 { more: Box<Quartered<i8>>, less: Option<Box<Quartered<i8>>>, unit: f32 },
    /// ‖a − b‖₂², where `b`, the query, is of 7 bits, `b = 2c − 127`: Σⱼ aⱼ² + 254 aⱼ − 4 · aⱼ · cⱼ, and a share of `b` alone.
    SquaredL2,
}

/// A drawing's own share of a distance, part by part.
pub type Own = [i32; QUARTERS];

/// A query, ready to be compared.
pub struct Query {
    numbers: Quartered<i8>,
    own: Own,
}

impl Distance {
    /// A weighted L1 distance, with a weight for each feature.
    pub fn weighted_l1(weights: &[f32; FEATURES]) -> Self {
        let largest = weights.iter().map(|weight| weight.abs()).fold(f32::MIN_POSITIVE, f32::max);
        let part =
            |sign: f32| weights.map(|weight| (sign * weight / largest * LARGEST).max(0.0).round() as i8);
        let less = weights.iter().any(|&weight| weight < 0.0).then(|| part(-1.0));
        let more = part(1.0);
        // Weights that are much alike are all rounded the same way: in sum they stay as large as they are.
        let rounded: f32 = more.iter().chain(less.iter().flatten()).copied().map(f32::from).sum();
        let unit = weights.iter().map(|weight| weight.abs()).sum::<f32>() / rounded.max(1.0);
        Self::WeightedL1 {
            more: Box::new(quartered(&more)),
            less: less.map(|less| Box::new(quartered(&less))),
            unit,
        }
    }

    /// A drawing's own share.
    pub fn own(&self, codes: &Codes, drawing: usize) -> Own {
        array::from_fn(|quarter| self.own_share(codes.upper[quarter].get(drawing), quarter))
    }

    fn own_share(&self, numbers: &[i8; QUARTER], quarter: usize) -> i32 {
        match self {
            Self::WeightedL1 { .. } => self.shared(numbers, &[numbers], quarter)[0],
            Self::SquaredL2 => numbers.iter().map(|&a| i32::from(a) * (i32::from(a) + 254)).sum(),
        }
    }

    /// A query by its features.
    pub fn query(&self, features: &[f32; FEATURES]) -> Query {
        let numbers = quartered(&upper(features));
        match self {
            Self::WeightedL1 { .. } => {
                let own = array::from_fn(|quarter| self.own_share(&numbers[quarter], quarter));
                Query { numbers, own }
            }
            Self::SquaredL2 => {
                // Every other one is rounded up, so that nothing is added on average.
                let halves = numbers.map(|quarter| {
                    array::from_fn(|at| ((i16::from(quarter[at]) + 127 + at as i16 % 2) / 2) as i8)
                });
                let square = |(&b, &c): (&i8, &i8)| {
                    let rounded = 2 * i32::from(c) - 127;
                    // Less what rounding adds: so a drawing is at no distance from itself.
                    rounded.pow(2) - (i32::from(b) - rounded).pow(2)
                };
                let own =
                    array::from_fn(|quarter| numbers[quarter].iter().zip(&halves[quarter]).map(square).sum());
                Query { numbers: halves, own }
            }
        }
    }

    /// From a query to drawings by their indices, with what is their own beside all drawings, as the first `quarters` parts tell.
    ///
    /// # Panics
    /// If there is no drawing of an index.
    pub fn estimate(
        &self,
        query: &Query,
        codes: &Codes,
        own: &[Own],
        drawings: &[usize],
        quarters: usize,
    ) -> Vec<f32> {
        let (times, unit) = match self {
            Self::WeightedL1 { unit, .. } => (2, unit * REACH / LARGEST),
            Self::SquaredL2 => (4, (REACH / LARGEST).powi(2)),
        };
        let mut sums = vec![0; drawings.len()];
        for (quarter, rows) in codes.upper[..quarters].iter().enumerate() {
            let mut add = |at: usize, shared: &[i32]| {
                for (at, shared) in (at..).zip(shared) {
                    sums[at] += query.own[quarter] + own[drawings[at]][quarter] - times * shared;
                }
            };
            let numbers = &query.numbers[quarter];
            let (fours, rest) = drawings.as_chunks::<AT_ONCE>();
            for (at, &four) in fours.iter().enumerate() {
                add(AT_ONCE * at, &self.shared(numbers, &four.map(|drawing| rows.get(drawing)), quarter));
            }
            for (at, &one) in rest.iter().enumerate() {
                add(AT_ONCE * fours.len() + at, &self.shared(numbers, &[rows.get(one)], quarter));
            }
        }
        let unit = unit * QUARTERS as f32 / quarters as f32;
        sums.into_iter().map(|sum| sum as f32 * unit).collect()
    }

    /// The sum of products of a query and each of `N` drawings, of one part. None overflows: 2,048 products of 127 and 127 fit 32 bits sixteen times.
    fn shared<const N: usize>(
        &self,
        query: &[i8; QUARTER],
        drawings: &[&[i8; QUARTER]; N],
        quarter: usize,
    ) -> [i32; N] {
        let smaller = |weights: &Quartered<i8>| {
            dispatch!(Level::new(), simd => {
                sums_of(simd, query, &weights[quarter], drawings, |sums, a, b, weights| add_products(sums, a.min(b), weights))
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
    query: &[i8; QUARTER],
    weights: &[i8; QUARTER],
    drawings: &[&[i8; QUARTER]; N],
    add: impl Fn(i32x4<S>, i8x16<S>, i8x16<S>, i8x16<S>) -> i32x4<S>,
) -> [i32; N] {
    let (query, weights) = (query.as_chunks().0, weights.as_chunks().0);
    let drawings = drawings.map(|drawing| drawing.as_chunks::<WIDE>().0);
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
        let row = |features: &[f32]| -> [f32; FEATURES] { features.try_into().unwrap() };
        let mut codes = Codes::default();
        // Five, so that some are compared four at once and one alone.
        let drawings: Vec<usize> = (0..=AT_ONCE).collect();
        drawings.iter().for_each(|_| codes.push(&row(b)));
        let own: Vec<Own> = drawings.iter().map(|&drawing| distance.own(&codes, drawing)).collect();
        let all = distance.estimate(&distance.query(&row(a)), &codes, &own, &drawings, QUARTERS);
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
        let exact: f32 = a.iter().zip(&b).zip(&weights).map(|((a, b), weight)| weight * (a - b).abs()).sum();
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
