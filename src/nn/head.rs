//! The heads that recognise: what burn's modules compute, on a CPU, whatever engine made the features.

use std::sync::Arc;

use fearless_simd::{Level, dispatch, f32x8, prelude::*};

use super::relation::{INSIDE, Relation, Side};
use crate::{
    model::{FEATURES, System, Weights, WeightsError},
    search::{Codes, Distance, Rows},
};

/// How a system compares two feature vectors.
#[derive(Debug, Clone)]
pub struct Head(Form);

#[derive(Debug, Clone)]
enum Form {
    /// Bias less the L1 distance with a weight for each feature; `approximate` is that distance by a quarter of the features.
    Siamese {
        weights: Box<[f32; FEATURES]>,
        bias: f32,
        approximate: Distance,
    },
    /// Minus the Euclidean distance times a scale; `approximate` is its square by a quarter of the features.
    Triplet {
        scale: f32,
        approximate: Distance,
    },
    Relation(Arc<Relation>),
}

/// An index of the support: of each drawing its features, and what a search needs and can be computed once.
#[derive(Debug, Clone, Default)]
pub struct Index {
    codes: Codes,
    /// Of each drawing its own share of the distances to it; not of Relation.
    own: Vec<i32>,
    /// Of Relation, each drawing's part of the relation module's first convolution.
    halves: Rows<f32, INSIDE>,
}

impl Index {
    /// How many drawings.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no drawing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A drawing's features, to 2 · 10⁻⁶.
    ///
    /// # Panics
    /// If there is no drawing of this index.
    pub fn features(&self, drawing: usize) -> [f32; FEATURES] {
        self.codes.features(drawing)
    }

    /// Keeps only the drawings of these indices, which ascend.
    ///
    /// # Panics
    /// If there is no drawing of an index.
    pub fn keep(&mut self, kept: &[usize]) {
        self.codes.keep(kept);
        if !self.own.is_empty() {
            self.own = kept.iter().map(|&row| self.own[row]).collect();
        }
        if self.halves.len() > 0 {
            self.halves.keep(kept);
        }
    }
}

impl Head {
    /// The head of a network with these weights.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if a parameter is missing or of another size.
    pub fn new(system: System, weights: &Weights) -> Result<Self, WeightsError> {
        Ok(Self(match system {
            System::Siamese => {
                let own = weights.sized("head.Siamese.weight", FEATURES)?;
                let own = own.first_chunk().expect("a weight for each feature");
                Form::Siamese {
                    weights: Box::new(*own),
                    bias: weights.sized("head.Siamese.bias", 1)?[0],
                    approximate: Distance::weighted_l1(own),
                }
            }
            System::Triplet => Form::Triplet {
                scale: weights.sized("head.Triplet.scale", 1)?[0],
                approximate: Distance::SquaredL2,
            },
            System::Relation => Form::Relation(Arc::new(Relation::new(weights)?)),
        }))
    }

    /// An index of support drawings by their features, `[drawings * FEATURES]`.
    ///
    /// # Panics
    /// If they are no whole feature vectors.
    pub fn index(&self, features: &[f32]) -> Index {
        let mut index = Index::default();
        self.add(features, &mut index);
        index
    }

    /// Appends support drawings to an index of this head's, by their features, `[drawings * FEATURES]`.
    ///
    /// # Panics
    /// If they are no whole feature vectors.
    pub fn add(&self, features: &[f32], index: &mut Index) {
        assert_whole(features);
        for features in features.as_chunks().0 {
            index.codes.push(features);
            match &self.0 {
                Form::Siamese { approximate, .. } | Form::Triplet { approximate, .. } => {
                    index.own.push(approximate.own(&index.codes, index.own.len()));
                }
                Form::Relation(relation) => index.halves.push(relation.half(Side::Support, features)),
            }
        }
    }

    /// How alike a query is to every support drawing, as a quarter of the features tells: to about 10 % of the distance. `None` of Relation, which compares all or nothing.
    ///
    /// # Panics
    /// If the index was made by another head.
    pub fn estimate(&self, query: &[f32; FEATURES], index: &Index) -> Option<Vec<f32>> {
        let distances =
            |approximate: &Distance| approximate.to_all(query, &index.codes, &index.own).into_iter();
        match &self.0 {
            Form::Siamese { bias, approximate, .. } => {
                Some(distances(approximate).map(|distance| bias - distance).collect())
            }
            Form::Triplet { scale, approximate } => {
                let similarity = |squared: f32| -scale * squared.max(TINY).sqrt();
                Some(distances(approximate).map(similarity).collect())
            }
            Form::Relation(_) => None,
        }
    }

    /// How alike a query is to support drawings, by their indices.
    ///
    /// # Panics
    /// If the index was made by another head, or there is no drawing of an index.
    pub fn search(&self, query: &[f32; FEATURES], index: &Index, drawings: &[usize]) -> Vec<f32> {
        let mut features = [0.0; FEATURES];
        let mut similarity = Vec::with_capacity(drawings.len());
        match &self.0 {
            // Loops, as below.
            Form::Siamese { weights, bias, .. } => dispatch!(Level::new(), simd => {
                for &drawing in drawings {
                    index.codes.read(drawing, &mut features);
                    similarity.push(bias - weighted_l1(simd, weights, query, &features));
                }
                similarity
            }),
            Form::Triplet { scale, .. } => dispatch!(Level::new(), simd => {
                for &drawing in drawings {
                    index.codes.read(drawing, &mut features);
                    similarity.push(-scale * squared_l2(simd, query, &features).max(TINY).sqrt());
                }
                similarity
            }),
            Form::Relation(relation) => {
                let query = relation.half(Side::Query, query);
                let pairs = drawings.iter().map(|&drawing| (&query, index.halves.get(drawing)));
                relation.logits(&pairs.collect::<Vec<_>>())
            }
        }
    }

    /// How alike every query is to every support drawing, both by their features, `[queries * support]`, a query after the
    /// other. Higher is more alike: a logit of Siamese and Relation, minus the distance of Triplet.
    ///
    /// # Panics
    /// If either are no whole feature vectors.
    pub fn similarity(&self, queries: &[f32], support: &[f32]) -> Vec<f32> {
        assert_whole(queries);
        assert_whole(support);
        let ((queries, _), (support, _)) = (queries.as_chunks::<FEATURES>(), support.as_chunks::<FEATURES>());
        let mut similarity = Vec::with_capacity(queries.len() * support.len());
        match &self.0 {
            // Loops, since closures are not always compiled for the processor's registers.
            Form::Siamese { weights, bias, .. } => dispatch!(Level::new(), simd => {
                for query in queries {
                    for drawing in support {
                        similarity.push(bias - weighted_l1(simd, weights, query, drawing));
                    }
                }
                similarity
            }),
            Form::Triplet { scale, .. } => dispatch!(Level::new(), simd => {
                for query in queries {
                    for drawing in support {
                        similarity.push(-scale * squared_l2(simd, query, drawing).max(TINY).sqrt());
                    }
                }
                similarity
            }),
            Form::Relation(relation) => {
                let halves = |side, features: &[[f32; FEATURES]]| -> Vec<_> {
                    features.iter().map(|features| relation.half(side, features)).collect()
                };
                let (queries, support) = (halves(Side::Query, queries), halves(Side::Support, support));
                let pairs = queries.iter().flat_map(|query| support.iter().map(move |half| (query, half)));
                relation.logits(&pairs.collect::<Vec<_>>())
            }
        }
    }
}

fn assert_whole(features: &[f32]) {
    assert!(features.len().is_multiple_of(FEATURES), "a drawing has {FEATURES} features");
}

/// Σⱼ weightⱼ · |aⱼ − bⱼ|.
#[inline(always)]
fn weighted_l1<S: Simd>(simd: S, weights: &[f32; FEATURES], a: &[f32; FEATURES], b: &[f32; FEATURES]) -> f32 {
    let load = |eight| f32x8::load_array_ref(simd, eight);
    let mut sums = [f32x8::splat(simd, 0.0); 2];
    for ((a, b), weights) in eights(a).iter().zip(eights(b)).zip(eights(weights)) {
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum = (load(&a[at]) - load(&b[at])).abs().mul_add(load(&weights[at]), *sum);
        }
    }
    (sums[0] + sums[1]).reduce_sum()
}

/// ‖a − b‖₂².
#[inline(always)]
fn squared_l2<S: Simd>(simd: S, a: &[f32; FEATURES], b: &[f32; FEATURES]) -> f32 {
    let load = |eight| f32x8::load_array_ref(simd, eight);
    let mut sums = [f32x8::splat(simd, 0.0); 2];
    for (a, b) in eights(a).iter().zip(eights(b)) {
        for (at, sum) in sums.iter_mut().enumerate() {
            let difference = load(&a[at]) - load(&b[at]);
            *sum = difference.mul_add(difference, *sum);
        }
    }
    (sums[0] + sums[1]).reduce_sum()
}

/// Features eight by eight, two of them at a time: a sum waits for the one before.
fn eights(features: &[f32; FEATURES]) -> &[[[f32; 8]; 2]] {
    features.as_chunks().0.as_chunks().0
}

/// The smallest squared distance, as in the module.
const TINY: f32 = 1e-6;
