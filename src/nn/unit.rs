//! Features of length one: the L2 normalisation that ends the encoder, there and back.

use super::maps::by_pose;
#[cfg(feature = "burn")]
use super::maps::{Layout, Maps};
#[cfg(feature = "burn")]
use crate::model::MAP_SIDE;
use crate::model::{FEATURES, MAP_CHANNELS};

/// Added to a length before it divides, as in burn's module.
const TINY: f32 = 1e-6;

/// Features of a channel.
const PIXELS: usize = FEATURES / MAP_CHANNELS;

/// `x / ‖x‖₂` of a map `[PIXELS, MAP_CHANNELS]`, as features channel by channel; and the length. `place` tells where in a pixel a module's channel lies.
pub fn unit(map: &[f32], place: impl Fn(usize) -> usize, features: &mut [f32]) -> f32 {
    let length = map.iter().map(|value| value * value).sum::<f32>().sqrt() + TINY;
    for (channel, features) in features.chunks_exact_mut(PIXELS).enumerate() {
        let place = place(channel);
        for (feature, pixel) in features.iter_mut().zip(map.chunks_exact(MAP_CHANNELS)) {
            *feature = pixel[place] / length;
        }
    }
    length
}

/// Features of maps, and what the way back needs.
#[cfg(feature = "burn")]
pub struct Units {
    /// `[maps, FEATURES]`, each row of length one.
    pub features: Vec<f32>,
    /// That of each row before.
    lengths: Vec<f32>,
}

#[cfg(feature = "burn")]
impl Units {
    /// Those of maps that left the last block.
    pub fn of(maps: &Maps) -> Self {
        let mut features = vec![0.0; maps.count() * FEATURES];
        let rows = maps.iter().zip(features.chunks_exact_mut(FEATURES));
        let lengths = rows.map(|(map, features)| unit(map, place, features)).collect();
        Self { features, lengths }
    }

    /// The gradient of the maps, given that of their features: `(g − (g · x) x) / ‖x‖₂`.
    ///
    /// # Panics
    /// If it is of another number of features.
    pub fn backward(&self, gradient: &[f32]) -> Maps {
        assert_eq!(gradient.len(), self.features.len(), "each feature has a gradient");
        let mut maps =
            Maps::new(self.lengths.len(), Layout { side: MAP_SIDE, channels: MAP_CHANNELS, border: 0 });
        let rows = gradient.chunks_exact(FEATURES).zip(self.features.chunks_exact(FEATURES));
        for (((gradient, features), length), map) in rows.zip(&self.lengths).zip(maps.iter_mut()) {
            let along: f32 = gradient.iter().zip(features).map(|(g, x)| g * x).sum();
            let channels = gradient.chunks_exact(PIXELS).zip(features.chunks_exact(PIXELS));
            for (channel, (gradient, features)) in channels.enumerate() {
                let pixels = gradient.iter().zip(features).zip(map.chunks_exact_mut(MAP_CHANNELS));
                pixels.for_each(|((g, x), pixel)| pixel[place(channel)] = (g - along * x) / length);
            }
        }
        maps
    }
}

/// Where in a pixel a module's channel lies.
pub fn place(channel: usize) -> usize {
    by_pose(channel, MAP_CHANNELS)
}
