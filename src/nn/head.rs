//! The heads that recognise: what burn's modules compute, on a CPU, whatever engine made the features.

use std::sync::Arc;

use fearless_simd::{Level, dispatch, f32x8, prelude::*};

use super::relation::{INSIDE, Relation, Side};
use crate::{
    model::{FEATURES, System, Weights, WeightsError},
    search::{Codes, Distance, Own, QUARTERS, Rows},
};

/// How a system compares two feature vectors.
#[derive(Debug, Clone)]
pub struct Head(Form);

#[derive(Debug, Clone)]
enum Form {
    /// Bias less the L1 distance with a weight for each feature; `approximate` is that distance in whole numbers.
    Siamese {
        weights: Vec<f32>,
        bias: f32,
        approximate: Distance,
    },
    /// Minus the Euclidean distance times a scale; `approximate` is its square in whole numbers.
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
    own: Vec<Own>,
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

/// How exactly drawings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// By a quarter of their features, in 8 bits: to about 10 % of their distance.
    Quarter,
    /// By their features in 8 bits: to about 0.1.
    Byte,
    /// By their features, to 2 · 10⁻⁶ each. Relation has no other.
    Exact,
}

/// A pass of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The best labels that it looks through, at most.
    pub labels: usize,
    /// How exactly.
    pub precision: Precision,
}

/// Of 10,000 drawings of background characters, the twenty that are nearest to one were among the nearest 104 by a quarter (150 drawings by each system).
const PASSES: [Pass; 3] = [
    Pass { labels: usize::MAX, precision: Precision::Quarter },
    Pass { labels: 256, precision: Precision::Byte },
    Pass { labels: 20, precision: Precision::Exact },
];

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
                    weights: own.to_vec(),
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

    /// The passes of a search through drawings of so many labels, each by the best labels of the one before: the last is exact.
    pub fn passes(&self, labels: usize) -> &'static [Pass] {
        let all = match self.0 {
            Form::Siamese { .. } | Form::Triplet { .. } => &PASSES[..],
            Form::Relation(_) => &[Pass { labels: usize::MAX, precision: Precision::Exact }],
        };
        // What a pass leaves to the next need not be found where there is no more than that.
        let first = all.iter().rposition(|pass| pass.labels >= labels).expect("the first takes any number");
        &all[first..]
    }

    /// The similarity of a query to support drawings by their indices.
    ///
    /// # Panics
    /// If the index was made by another head, or there is no drawing of an index.
    pub fn search(
        &self,
        query: &[f32; FEATURES],
        index: &Index,
        drawings: &[usize],
        precision: Precision,
    ) -> Vec<f32> {
        let quarters = match precision {
            Precision::Quarter => 1,
            Precision::Byte => QUARTERS,
            Precision::Exact => return self.search_exactly(query, index, drawings),
        };
        let distances = |approximate: &Distance| {
            approximate.estimate(&approximate.query(query), &index.codes, &index.own, drawings, quarters)
        };
        match &self.0 {
            Form::Siamese { bias, approximate, .. } => {
                distances(approximate).into_iter().map(|distance| bias - distance).collect()
            }
            Form::Triplet { scale, approximate } => {
                distances(approximate).into_iter().map(|squared| -scale * squared.max(TINY).sqrt()).collect()
            }
            Form::Relation(_) => self.search_exactly(query, index, drawings),
        }
    }

    fn search_exactly(&self, query: &[f32; FEATURES], index: &Index, drawings: &[usize]) -> Vec<f32> {
        match &self.0 {
            Form::Siamese { .. } | Form::Triplet { .. } => {
                let exact = |&drawing| self.similarity(query, &index.features(drawing))[0];
                drawings.iter().map(exact).collect()
            }
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
        let pairs = || {
            let (queries, support) = (queries.chunks_exact(FEATURES), support.chunks_exact(FEATURES));
            queries.flat_map(move |query| support.clone().map(move |drawing| (query, drawing)))
        };
        match &self.0 {
            Form::Siamese { weights, bias, .. } => dispatch!(Level::new(), simd => {
                pairs().map(|(a, b)| bias - weighted_l1(simd, weights, a, b)).collect()
            }),
            Form::Triplet { scale, .. } => dispatch!(Level::new(), simd => {
                pairs().map(|(a, b)| -scale * squared_l2(simd, a, b).max(TINY).sqrt()).collect()
            }),
            Form::Relation(relation) => {
                let halves = |side, features: &[f32]| -> Vec<_> {
                    features.as_chunks().0.iter().map(|features| relation.half(side, features)).collect()
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
fn weighted_l1<S: Simd>(simd: S, weights: &[f32], a: &[f32], b: &[f32]) -> f32 {
    let mut sum = f32x8::splat(simd, 0.0);
    for ((a, b), weight) in a.as_chunks().0.iter().zip(b.as_chunks().0).zip(weights.as_chunks().0) {
        let load = |eight| f32x8::load_array_ref(simd, eight);
        sum = (load(a) - load(b)).abs().mul_add(load(weight), sum);
    }
    sum.reduce_sum()
}

/// ‖a − b‖₂².
#[inline(always)]
fn squared_l2<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let mut sum = f32x8::splat(simd, 0.0);
    for (a, b) in a.as_chunks().0.iter().zip(b.as_chunks().0) {
        let difference = f32x8::load_array_ref(simd, a) - f32x8::load_array_ref(simd, b);
        sum = difference.mul_add(difference, sum);
    }
    sum.reduce_sum()
}

/// The smallest squared distance, as in the module.
const TINY: f32 = 1e-6;
