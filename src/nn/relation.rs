//! The relation module of Sung et al. 2018 ("Learning to compare: relation network for few-shot learning") in the form that only recognises: three matrices. A convolution of two maps
//! concatenated is the sum of one of each, so a drawing's half is computed once.

use fearless_simd::{Level, dispatch, f32x8, prelude::*};

use super::{
    TAPS,
    folded::Folded,
    product::{Matrix, ROWS},
};
use crate::model::{FEATURES, MAP_CHANNELS, MAP_SIDE, Weights, WeightsError};

/// Channels inside the relation module.
const CHANNELS: usize = 64;
/// Units of its first dense layer.
const UNITS: usize = 8;
/// Pixels of a feature map.
const PIXELS: usize = MAP_SIDE * MAP_SIDE;
/// Numbers of a map inside the module.
pub const INSIDE: usize = PIXELS * CHANNELS;
/// A drawing's part of the first convolution, pixel by pixel.
type Half = [f32; INSIDE];
/// Numbers of one that is pooled once, 2 × 2 pixels.
const POOLED: usize = 4 * CHANNELS;

/// The relation module of Sung et al. 2018 as three matrices.
#[derive(Debug)]
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
pub enum Side {
    Query,
    Support,
}

impl Relation {
    pub fn new(weights: &Weights) -> Result<Self, WeightsError> {
        let name = |name: &str| format!("head.Relation.{name}");
        let first = Folded::new(weights, &name("first"), &name("first_norm"), 2 * MAP_CHANNELS, CHANNELS)?;
        // The module brings features of length one to values of about 1.
        let size = (FEATURES as f32).sqrt();
        let part = |offset: usize| {
            Matrix::new(TAPS * MAP_CHANNELS, CHANNELS, |row, out| {
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

    /// One drawing's part of the first convolution, pixel by pixel; the query's bears the bias.
    pub fn half(&self, side: Side, features: &[f32; FEATURES]) -> Half {
        let mut patches = vec![0.0; PIXELS * TAPS * MAP_CHANNELS];
        for (pixel, patch) in patches.chunks_exact_mut(TAPS * MAP_CHANNELS).enumerate() {
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
        let mut half = [0.0; INSIDE];
        dispatch!(Level::new(), simd => self.first[side as usize].product(simd, &patches, &mut half));
        if side == Side::Query {
            for pixel in half.chunks_exact_mut(CHANNELS) {
                pixel.iter_mut().zip(&self.first_bias).for_each(|(value, bias)| *value += bias);
            }
        }
        half
    }

    /// Logits of pairs of a query's half and a support drawing's.
    pub fn logits(&self, pairs: &[(&Half, &Half)]) -> Vec<f32> {
        /// Pairs whose maps stay in the cache together.
        const AT_ONCE: usize = 16 * ROWS;
        let mut logits = Vec::with_capacity(pairs.len());
        let mut maps = vec![0.0; AT_ONCE * POOLED];
        let mut convolved = maps.clone();
        let mut means = vec![0.0; AT_ONCE * CHANNELS];
        let mut units = vec![0.0; AT_ONCE * UNITS];
        for pairs in pairs.chunks(AT_ONCE) {
            let rows = pairs.len().next_multiple_of(ROWS);
            dispatch!(Level::new(), simd => {
                for ((query, support), map) in pairs.iter().zip(maps.chunks_exact_mut(POOLED)) {
                    pool_sum(simd, *query, *support, map);
                }
                self.second.product(simd, &maps[..rows * POOLED], &mut convolved[..rows * POOLED]);
            });
            for (map, most) in convolved.chunks_exact(POOLED).zip(means.chunks_exact_mut(CHANNELS)) {
                for channel in 0..CHANNELS {
                    let values = (0..4).map(|pixel| map[pixel * CHANNELS + channel]);
                    most[channel] = values.fold(f32::NEG_INFINITY, f32::max) + self.second_bias[channel];
                    most[channel] = most[channel].max(0.0);
                }
            }
            dispatch!(Level::new(), simd => {
                self.hidden.product(simd, &means[..rows * CHANNELS], &mut units[..rows * UNITS]);
            });
            logits.extend(units.chunks_exact(UNITS).take(pairs.len()).map(|units| {
                let units = units.iter().zip(&self.hidden_bias).map(|(unit, bias)| (unit + bias).max(0.0));
                self.score_bias + units.zip(&self.score).map(|(unit, weight)| unit * weight).sum::<f32>()
            }));
        }
        logits
    }
}

/// The ReLU of the sum of two maps, each 2 × 2 pixels reduced to their largest.
#[inline(always)]
fn pool_sum<S: Simd>(simd: S, query: &[f32], support: &[f32], into: &mut [f32]) {
    const WIDE: usize = 8;
    let (query, support) = (query.as_chunks::<WIDE>().0, support.as_chunks::<WIDE>().0);
    for (pixel, into) in into.chunks_exact_mut(CHANNELS).enumerate() {
        let corner = pixel / 2 * 2 * MAP_SIDE + pixel % 2 * 2;
        for (eight, into) in into.as_chunks_mut::<WIDE>().0.iter_mut().enumerate() {
            let mut most = f32x8::splat(simd, 0.0);
            for pixel in [corner, corner + 1, corner + MAP_SIDE, corner + MAP_SIDE + 1] {
                let at = pixel * CHANNELS / WIDE + eight;
                let load = |map: &[[f32; WIDE]]| f32x8::load_array_ref(simd, &map[at]);
                most = most.max(load(query) + load(support));
            }
            most.store_array(into);
        }
    }
}
