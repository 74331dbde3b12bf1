//! The heads in the form that only recognises: what [`crate::model::Head`] computes, on a CPU, whatever engine made the
//! features.

use super::{
    folded::Folded,
    lanes::{LANES, Lanes, quads, quads_mut},
    product::{Matrix, ROWS},
    quantised::{Distance, Quantised},
};
use crate::model::{FEATURES, MAP_CHANNELS, MAP_SIDE, System, Weights, WeightsError};

/// How a system compares two feature vectors.
#[derive(Debug, Clone)]
pub enum Head {
    Siamese { weights: Vec<f32>, bias: f32, rough: Distance },
    Triplet { scale: f32, rough: Distance },
    Relation(Box<Relation>),
}

/// Support drawings in the form that a head looks through: what can be computed of each by itself is computed once.
#[derive(Debug, Clone)]
pub enum Shown {
    /// Their features in whole numbers.
    Features(Quantised),
    /// `[drawings * INSIDE]`: their part of the relation module's first convolution.
    Halves(Vec<f32>),
}

impl Shown {
    /// Those of some of the drawings, by index, in this order.
    ///
    /// # Panics
    /// If there is no drawing of an index.
    pub fn select(&self, drawings: &[usize]) -> Self {
        match self {
            Self::Features(own) => Self::Features(own.select(drawings)),
            Self::Halves(own) => {
                let (halves, _) = own.as_chunks::<INSIDE>();
                Self::Halves(drawings.iter().flat_map(|&row| halves[row]).collect())
            }
        }
    }

    /// Appends drawings of the same head.
    ///
    /// # Panics
    /// If they are of another head.
    pub fn extend(&mut self, more: Self) {
        match (self, more) {
            (Self::Features(own), Self::Features(more)) => own.extend(more),
            (Self::Halves(own), Self::Halves(more)) => own.extend(more),
            _ => unreachable!("a head looks through one form"),
        }
    }
}

impl Head {
    /// The head of a network with these weights.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if a parameter is missing or of another size.
    pub fn new(system: System, weights: &Weights) -> Result<Self, WeightsError> {
        Ok(match system {
            System::Siamese => {
                let own = weights.sized("head.Siamese.weight", FEATURES)?;
                Self::Siamese {
                    weights: own.to_vec(),
                    bias: weights.sized("head.Siamese.bias", 1)?[0],
                    rough: Distance::weighted_l1(own),
                }
            }
            System::Triplet => Self::Triplet {
                scale: weights.sized("head.Triplet.scale", 1)?[0],
                rough: Distance::SquaredL2,
            },
            System::Relation => Self::Relation(Box::new(Relation::new(weights)?)),
        })
    }

    /// Support drawings by their features, `[drawings * FEATURES]`, in the form that is looked through.
    ///
    /// # Panics
    /// If they are no whole feature vectors.
    pub fn shown(&self, features: &[f32]) -> Shown {
        assert_whole(features);
        match self {
            Self::Siamese { rough, .. } | Self::Triplet { rough, .. } => {
                Shown::Features(rough.quantised(features))
            }
            Self::Relation(relation) => Shown::Halves(relation.halves(Side::Support, features)),
        }
    }

    /// How alike a query is to every support drawing, to about 0.1; see [`Self::is_rough`].
    ///
    /// # Panics
    /// If the query is no feature vector, or the support was made by another head.
    pub fn look_through(&self, query: &[f32], support: &Shown) -> Vec<f32> {
        assert_eq!(query.len(), FEATURES, "a query is one feature vector");
        match (self, support) {
            (Self::Siamese { bias, rough, .. }, Shown::Features(support)) => {
                rough.to_all(query, support).into_iter().map(|distance| bias - distance).collect()
            }
            (Self::Triplet { scale, rough }, Shown::Features(support)) => {
                let distances = rough.to_all(query, support).into_iter();
                distances.map(|squared| -scale * squared.max(TINY).sqrt()).collect()
            }
            (Self::Relation(relation), Shown::Halves(support)) => {
                relation.logits(&relation.halves(Side::Query, query), support)
            }
            _ => unreachable!("a head looks through one form"),
        }
    }

    /// Whether [`Self::look_through`] finds less than [`Self::similarity`] does.
    pub fn is_rough(&self) -> bool {
        !matches!(self, Self::Relation(_))
    }

    /// How alike every query is to every support drawing, both by their features, `[queries * support]`, a query after the
    /// other. See [`crate::model::Head::similarity`].
    ///
    /// # Panics
    /// If either are no whole feature vectors.
    pub fn similarity(&self, queries: &[f32], support: &[f32]) -> Vec<f32> {
        assert_whole(queries);
        assert_whole(support);
        let pairs = || pairs(queries, support, FEATURES);
        match self {
            Self::Siamese { weights, bias, .. } => {
                pairs().map(|(a, b)| bias - weighted_l1(weights, a, b)).collect()
            }
            Self::Triplet { scale, .. } => {
                pairs().map(|(a, b)| -scale * squared_l2(a, b).max(TINY).sqrt()).collect()
            }
            Self::Relation(relation) => {
                let halves = |side, features| relation.halves(side, features);
                relation.logits(&halves(Side::Query, queries), &halves(Side::Support, support))
            }
        }
    }
}

fn assert_whole(features: &[f32]) {
    assert!(features.len().is_multiple_of(FEATURES), "a drawing has {FEATURES} features");
}

/// Every query with every support drawing, a query after the other.
fn pairs<'a>(
    queries: &'a [f32],
    support: &'a [f32],
    width: usize,
) -> impl Iterator<Item = (&'a [f32], &'a [f32])> {
    let queries = queries.chunks_exact(width);
    queries.flat_map(move |query| support.chunks_exact(width).map(move |shown| (query, shown)))
}

/// Σⱼ weightⱼ · |aⱼ − bⱼ|.
fn weighted_l1(weights: &[f32], a: &[f32], b: &[f32]) -> f32 {
    let weighted = |((a, b), weight): ((&[f32; LANES], _), _)| {
        let (a, b) = (Lanes::load(a), Lanes::load(b));
        Lanes::load(weight).times(a.minus(b).max(b.minus(a)))
    };
    total(quads(a).iter().zip(quads(b)).zip(quads(weights)).map(weighted))
}

/// ‖a − b‖₂².
fn squared_l2(a: &[f32], b: &[f32]) -> f32 {
    let squared = |(a, b): (&[f32; LANES], _)| {
        let difference = Lanes::load(a).minus(Lanes::load(b));
        difference.times(difference)
    };
    total(quads(a).iter().zip(quads(b)).map(squared))
}

fn total(quads: impl Iterator<Item = Lanes>) -> f32 {
    let mut sums = [0.0; LANES];
    quads.fold(Lanes::splat(0.0), Lanes::plus).store(&mut sums);
    sums.iter().sum()
}

/// The smallest squared distance, as in the module.
const TINY: f32 = 1e-6;

/// Channels inside the relation module.
const CHANNELS: usize = 64;
/// Units of its first dense layer.
const UNITS: usize = 8;
/// Pixels of a feature map.
const PIXELS: usize = MAP_SIDE * MAP_SIDE;
/// Numbers of a map inside the module.
const INSIDE: usize = PIXELS * CHANNELS;
/// Numbers of one that is pooled once, 2 × 2 pixels.
const POOLED: usize = 4 * CHANNELS;

/// The relation module of Sung et al. 2018 as three matrices.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The first convolution's part of the query and of the support, `[9 × MAP_CHANNELS, CHANNELS]`.
    first: [Matrix; 2],
    first_bias: Vec<f32>,
    /// The second one, of maps so small that it is a dense layer: `[POOLED, POOLED]`.
    second: Matrix,
    second_bias: Vec<f32>,
    /// `[CHANNELS, UNITS]`
    hidden: Matrix,
    hidden_bias: Vec<f32>,
    score: Vec<f32>,
    score_bias: f32,
}

/// Which of the two drawings that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Query,
    Support,
}

impl Relation {
    fn new(weights: &Weights) -> Result<Self, WeightsError> {
        let name = |name: &str| format!("head.Relation.{name}");
        let first = Folded::new(weights, &name("first"), &name("first_norm"), 2 * MAP_CHANNELS, CHANNELS)?;
        // The module brings features of length one to values of about 1.
        let size = (FEATURES as f32).sqrt();
        let part = |offset: usize| {
            Matrix::new(9 * MAP_CHANNELS, CHANNELS, |row, out| {
                size * first.taps(offset + row % MAP_CHANNELS, out)[row / MAP_CHANNELS]
            })
        };
        let second = Folded::new(weights, &name("second"), &name("second_norm"), CHANNELS, CHANNELS)?;
        let dense = |row: usize, column: usize| {
            let (from, to) = (row / CHANNELS, column / CHANNELS);
            let (y, x) = (1 + from / 2 - to / 2, 1 + from % 2 - to % 2);
            second.taps(row % CHANNELS, column % CHANNELS)[y * 3 + x]
        };
        let hidden = weights.sized(&name("hidden.weight"), CHANNELS * UNITS)?;
        Ok(Self {
            first: [part(0), part(MAP_CHANNELS)],
            first_bias: first.bias.clone(),
            second: Matrix::new(POOLED, POOLED, dense),
            second_bias: second.bias.clone(),
            hidden: Matrix::new(CHANNELS, UNITS, |row, unit| hidden[row * UNITS + unit]),
            hidden_bias: weights.sized(&name("hidden.bias"), UNITS)?.to_vec(),
            score: weights.sized(&name("score.weight"), UNITS)?.to_vec(),
            score_bias: weights.sized(&name("score.bias"), 1)?[0],
        })
    }

    /// Each drawing's part of the first convolution, by their features.
    fn halves(&self, side: Side, features: &[f32]) -> Vec<f32> {
        features.chunks_exact(FEATURES).flat_map(|features| self.half(side, features)).collect()
    }

    /// One drawing's part of the first convolution, pixel by pixel; the query's bears the bias.
    fn half(&self, side: Side, features: &[f32]) -> Vec<f32> {
        let mut patches = vec![0.0; PIXELS * 9 * MAP_CHANNELS];
        for (pixel, patch) in patches.chunks_exact_mut(9 * MAP_CHANNELS).enumerate() {
            for (tap, values) in patch.chunks_exact_mut(MAP_CHANNELS).enumerate() {
                let (y, x) = (pixel / MAP_SIDE + tap / 3, pixel % MAP_SIDE + tap % 3);
                if (1..=MAP_SIDE).contains(&y) && (1..=MAP_SIDE).contains(&x) {
                    let from = (y - 1) * MAP_SIDE + x - 1;
                    for (value, channel) in values.iter_mut().zip(features.chunks_exact(PIXELS)) {
                        *value = channel[from];
                    }
                }
            }
        }
        let mut half = vec![0.0; INSIDE];
        match side {
            Side::Query => {
                self.first[0].product(&patches, &mut half);
                for pixel in half.chunks_exact_mut(CHANNELS) {
                    pixel.iter_mut().zip(&self.first_bias).for_each(|(value, bias)| *value += bias);
                }
            }
            Side::Support => self.first[1].product(&patches, &mut half),
        }
        half
    }

    /// Logits of every query's half with every support drawing's, a query after the other.
    fn logits(&self, queries: &[f32], support: &[f32]) -> Vec<f32> {
        /// Pairs whose maps stay in the cache together.
        const AT_ONCE: usize = 16 * ROWS;
        let pairs: Vec<_> = pairs(queries, support, INSIDE).collect();
        let mut logits = Vec::with_capacity(pairs.len());
        let mut maps = vec![0.0; AT_ONCE * POOLED];
        let mut convolved = maps.clone();
        let mut means = vec![0.0; AT_ONCE * CHANNELS];
        let mut units = vec![0.0; AT_ONCE * UNITS];
        for pairs in pairs.chunks(AT_ONCE) {
            let rows = pairs.len().next_multiple_of(ROWS);
            for ((query, support), map) in pairs.iter().zip(maps.chunks_exact_mut(POOLED)) {
                pool_sum(query, support, map);
            }
            self.second.product(&maps[..rows * POOLED], &mut convolved[..rows * POOLED]);
            for (map, most) in convolved.chunks_exact(POOLED).zip(means.chunks_exact_mut(CHANNELS)) {
                for channel in 0..CHANNELS {
                    let values = (0..4).map(|pixel| map[pixel * CHANNELS + channel]);
                    most[channel] = values.fold(f32::NEG_INFINITY, f32::max) + self.second_bias[channel];
                    most[channel] = most[channel].max(0.0);
                }
            }
            self.hidden.product(&means[..rows * CHANNELS], &mut units[..rows * UNITS]);
            logits.extend(units.chunks_exact(UNITS).take(pairs.len()).map(|units| {
                let units = units.iter().zip(&self.hidden_bias).map(|(unit, bias)| (unit + bias).max(0.0));
                self.score_bias + units.zip(&self.score).map(|(unit, weight)| unit * weight).sum::<f32>()
            }));
        }
        logits
    }
}

/// The ReLU of the sum of two maps, each 2 × 2 pixels brought to their largest.
fn pool_sum(query: &[f32], support: &[f32], into: &mut [f32]) {
    for (pixel, into) in into.chunks_exact_mut(CHANNELS).enumerate() {
        let corner = pixel / 2 * 2 * MAP_SIDE + pixel % 2 * 2;
        for (quad, into) in quads_mut(into).iter_mut().enumerate() {
            let mut most = Lanes::splat(0.0);
            for pixel in [corner, corner + 1, corner + MAP_SIDE, corner + MAP_SIDE + 1] {
                let at = pixel * CHANNELS / LANES + quad;
                most = most.max(Lanes::load(&quads(query)[at]).plus(Lanes::load(&quads(support)[at])));
            }
            most.store(into);
        }
    }
}
