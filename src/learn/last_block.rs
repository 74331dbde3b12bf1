//! The encoder's last block while it learns on a CPU, from maps to features of length one and back to the gradient of its
//! parameters, by hand. Numbers only; tests hold it to burn's autodiff.
//!
//! The way there goes by Winograd's minimal filtering (Lavin & Gray 2016), the way back by what max pooling leaves: of four pixels one
//! has a gradient. Either takes a quarter of the products that the convolution's definition has.
//!
//! Maps are stored pixel by pixel, the channels of a pixel side by side; features channel by channel, as everywhere.

use crate::{
    inference::{EPSILON, LANES, Lanes, Winograd, quads, taps_first, taps_last},
    model::{BLOCKS, FEATURES, LAST_BLOCK, MAP_SIDE, Weights, WeightsError},
};

const SIDE: usize = LAST_BLOCK.side;
const INPUT: usize = LAST_BLOCK.input;
const OUT: usize = LAST_BLOCK.out;

/// A map that comes in, `[SIDE, SIDE, INPUT]`.
pub type Map = [f32; SIDE * SIDE * INPUT];
/// Pixels a side of one within its border of zeros, and all its numbers.
const WIDE: usize = SIDE + 2;
const BORDERED: usize = WIDE * WIDE * INPUT;
/// Numbers of one that is convolved.
const CONVOLVED: usize = SIDE * SIDE * OUT;
/// Numbers of the kernel that make one channel.
const TAPS: usize = 9 * INPUT;
/// Features of a channel.
const PIXELS: usize = MAP_SIDE * MAP_SIDE;

/// Added to a length before it divides, as in the module.
const TINY: f32 = 1e-6;

/// Maps that are convolved together, at most: as many as stay in the cache.
const AT_ONCE: usize = 10;

/// A 3×3 convolution, a batch norm that keeps its statistics, 2×2 max pooling, and L2 normalisation.
pub struct LastBlock {
    /// `[9, INPUT, OUT]`
    kernel: Parameter,
    gamma: Parameter,
    beta: Parameter,
    mean: Vec<f32>,
    inverse_deviation: Vec<f32>,
    steps: i32,
    convolution: Winograd,
    /// Tiles before and after the products, and maps that are convolved.
    scratch: [Vec<f32>; 3],
}

/// Features of maps, with what the way back needs.
pub struct Pass {
    /// `[maps, FEATURES]`, each row of length one.
    pub features: Vec<f32>,
    /// That of each row before.
    lengths: Vec<f32>,
    /// The maps within their borders.
    maps: Vec<f32>,
    /// Where in its map the 3×3 pixels begin that each feature was made of, the largest of four.
    origins: Vec<usize>,
    /// What each feature was before gamma and beta.
    normed: Vec<f32>,
}

/// The gradient of a loss with respect to the parameters.
pub struct Gradient {
    /// `[9, INPUT, OUT]`
    kernel: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl LastBlock {
    /// The block of a network with these weights.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if a parameter is missing or of another size.
    pub fn new(weights: &Weights) -> Result<Self, WeightsError> {
        let sized =
            |name: &str, size| weights.sized(&format!("encoder.blocks.{}.{name}", BLOCKS.len() - 1), size);
        let kernel = taps_first(sized("convolution.weight", TAPS * OUT)?, &LAST_BLOCK);
        let variance = sized("norm.running_var", OUT)?;
        let mut convolution = Winograd::convolution(LAST_BLOCK);
        convolution.set_kernel(&kernel);
        let [before, after] = convolution.scratch(AT_ONCE);
        Ok(Self {
            kernel: Parameter::new(kernel),
            gamma: Parameter::new(sized("norm.gamma", OUT)?.to_vec()),
            beta: Parameter::new(sized("norm.beta", OUT)?.to_vec()),
            mean: sized("norm.running_mean", OUT)?.to_vec(),
            inverse_deviation: variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect(),
            steps: 0,
            convolution,
            scratch: [before, after, AT_ONCE * CONVOLVED].map(|size| vec![0.0; size]),
        })
    }

    /// Kernel, gamma and beta as they stand, in the module's order.
    pub fn parameters(&self) -> [Vec<f32>; 3] {
        [taps_last(&self.kernel.values, &LAST_BLOCK), self.gamma.values.clone(), self.beta.values.clone()]
    }

    /// Features of maps.
    pub fn forward(&mut self, maps: &[&Map]) -> Pass {
        let count = maps.len();
        let mut pass = Pass {
            features: vec![0.0; count * FEATURES],
            lengths: Vec::with_capacity(count),
            maps: vec![0.0; count * BORDERED],
            origins: vec![0; count * FEATURES],
            normed: vec![0.0; count * FEATURES],
        };
        for (bordered, map) in pass.maps.chunks_exact_mut(BORDERED).zip(maps) {
            for (y, row) in map.chunks_exact(SIDE * INPUT).enumerate() {
                bordered[((y + 1) * WIDE + 1) * INPUT..][..SIDE * INPUT].copy_from_slice(row);
            }
        }
        for first in (0..count).step_by(AT_ONCE) {
            let together = AT_ONCE.min(count - first);
            let [rows, products] = self.convolution.scratch(together);
            let [before, after, convolved] = &mut self.scratch;
            let scratch = [&mut before[..rows], &mut after[..products]];
            let maps = &pass.maps[first * BORDERED..][..together * BORDERED];
            self.convolution.forward(together, maps, scratch, 0, &mut convolved[..together * CONVOLVED]);
            for map in 0..together {
                let own = (first + map) * FEATURES..(first + map + 1) * FEATURES;
                let (features, origins) = (&mut pass.features[own.clone()], &mut pass.origins[own.clone()]);
                self.pool(&self.scratch[2][map * CONVOLVED..], features, origins, &mut pass.normed[own]);
            }
        }
        for row in pass.features.chunks_exact_mut(FEATURES) {
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt() + TINY;
            row.iter_mut().for_each(|v| *v /= length);
            pass.lengths.push(length);
        }
        pass
    }

    /// Norm and pooling of a map that is convolved.
    fn pool(&self, convolved: &[f32], features: &mut [f32], origins: &mut [usize], normed: &mut [f32]) {
        for pixel in 0..PIXELS {
            let (y, x) = (2 * (pixel / MAP_SIDE), 2 * (pixel % MAP_SIDE));
            let corners = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)];
            let values = corners.map(|(y, x)| &convolved[(y * SIDE + x) * OUT..][..OUT]);
            let begins = corners.map(|(y, x)| (y * WIDE + x) * INPUT);
            for channel in 0..OUT {
                let gamma = self.gamma.values[channel];
                let (mut most, mut winner) = (values[0][channel], 0);
                for (corner, values) in values.iter().enumerate().skip(1) {
                    if gamma * values[channel] > gamma * most {
                        (most, winner) = (values[channel], corner);
                    }
                }
                let at = channel * PIXELS + pixel;
                origins[at] = begins[winner];
                normed[at] = (most - self.mean[channel]) * self.inverse_deviation[channel];
                features[at] = gamma * normed[at] + self.beta.values[channel];
            }
        }
    }

    /// The gradient of the parameters, given that of a pass's features.
    ///
    /// # Panics
    /// If it is of another number of features.
    pub fn backward(&self, pass: &Pass, features: &[f32]) -> Gradient {
        assert_eq!(features.len(), pass.features.len(), "each feature has a gradient");
        let mut slopes = Vec::with_capacity(features.len());
        let rows = features.chunks_exact(FEATURES).zip(pass.features.chunks_exact(FEATURES));
        for ((gradient, unit), length) in rows.zip(&pass.lengths) {
            let along: f32 = gradient.iter().zip(unit).map(|(g, u)| g * u).sum();
            slopes.extend(gradient.iter().zip(unit).map(|(g, u)| (g - along * u) / length));
        }
        let (mut gamma, mut beta) = (vec![0.0; OUT], vec![0.0; OUT]);
        let pixels = slopes.as_chunks::<PIXELS>().0.iter().zip(pass.normed.as_chunks::<PIXELS>().0);
        for (at, (slopes, normed)) in pixels.enumerate() {
            gamma[at % OUT] += slopes.iter().zip(normed).map(|(slope, normed)| slope * normed).sum::<f32>();
            beta[at % OUT] += slopes.iter().sum::<f32>();
        }
        let scale: Vec<f32> =
            self.gamma.values.iter().zip(&self.inverse_deviation).map(|(g, d)| g * d).collect();
        Gradient { kernel: of_kernel(pass, &slopes, &scale), gamma, beta }
    }

    /// One step of Adam against a gradient.
    pub fn step(&mut self, rate: f32, gradient: &Gradient) {
        self.steps += 1;
        self.kernel.step(rate, self.steps, &gradient.kernel);
        self.gamma.step(rate, self.steps, &gradient.gamma);
        self.beta.step(rate, self.steps, &gradient.beta);
        self.convolution.set_kernel(&self.kernel.values);
    }
}

impl Gradient {
    /// With respect to kernel, gamma and beta, in the module's order.
    pub fn parameters(self) -> [Vec<f32>; 3] {
        [taps_last(&self.kernel, &LAST_BLOCK), self.gamma, self.beta]
    }
}

/// Registers of sums, and numbers in them: of one channel's kernel so many are added up together.
const SUMS: usize = 8;
const PART: usize = SUMS * LANES;
const _: () = assert!(INPUT.is_multiple_of(PART), "a part lies within a tap");

/// The gradient of the kernel, `[9, INPUT, OUT]`: for each channel the 3×3 pixels that its features were made of, times the slope of
/// each feature and the channel's scale.
fn of_kernel(pass: &Pass, slopes: &[f32], scale: &[f32]) -> Vec<f32> {
    let mut kernel = vec![0.0; TAPS * OUT];
    let mut sums = vec![[Lanes::splat(0.0); SUMS]; OUT];
    for (part, kernel) in kernel.chunks_exact_mut(PART * OUT).enumerate() {
        let (tap, channel) = (part * PART / INPUT, part * PART % INPUT);
        let begin = (tap / 3 * WIDE + tap % 3) * INPUT + channel;
        sums.fill([Lanes::splat(0.0); SUMS]);
        let maps = pass.maps.chunks_exact(BORDERED).zip(pass.origins.chunks_exact(FEATURES));
        for ((map, origins), slopes) in maps.zip(slopes.chunks_exact(FEATURES)) {
            add_up(&map[begin..], origins, slopes, &mut sums);
        }
        for (out, (sums, scale)) in sums.iter().zip(scale).enumerate() {
            let numbers = sums.map(|sum| sum.scaled(*scale).numbers());
            for (at, number) in numbers.as_flattened().iter().enumerate() {
                kernel[at * OUT + out] = *number;
            }
        }
    }
    kernel
}

/// Adds to each channel's sums the numbers at the origins of its features, times the slope of each.
#[inline(always)]
fn add_up(map: &[f32], origins: &[usize], slopes: &[f32], sums: &mut [[Lanes; SUMS]]) {
    let channels = origins.as_chunks::<PIXELS>().0.iter().zip(slopes.as_chunks::<PIXELS>().0);
    for (sums, (origins, slopes)) in sums.iter_mut().zip(channels) {
        let mut own = *sums;
        for (&origin, &slope) in origins.iter().zip(slopes) {
            let numbers: &[f32; PART] = map[origin..].first_chunk().expect("a kernel lies in its map");
            for (sum, numbers) in own.iter_mut().zip(quads(numbers)) {
                *sum = sum.plus_product(Lanes::splat(slope), Lanes::load(numbers));
            }
        }
        *sums = own;
    }
}

/// Numbers that learn by Adam (Kingma & Ba 2015, "Adam: a method for stochastic optimization"), with burn's constants.
struct Parameter {
    values: Vec<f32>,
    /// Running means of the gradient and of its square.
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Parameter {
    fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { values, mean: zeros.clone(), square: zeros }
    }

    /// `step` counts from 1.
    fn step(&mut self, rate: f32, step: i32, gradient: &[f32]) {
        const KEPT: [f32; 2] = [0.9, 0.999];
        const TINY: f32 = 1e-5;
        let [of_mean, of_square] = KEPT.map(|kept| 1.0 - kept.powi(step));
        let (rate, tiny) = (rate * of_square.sqrt() / of_mean, TINY * of_square.sqrt());
        let means = self.mean.iter_mut().zip(&mut self.square);
        for ((value, (mean, square)), g) in self.values.iter_mut().zip(means).zip(gradient) {
            *mean = KEPT[0] * *mean + (1.0 - KEPT[0]) * g;
            *square = KEPT[1] * *square + (1.0 - KEPT[1]) * g * g;
            *value -= rate * *mean / (square.sqrt() + tiny);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::{
        optim::{AdamConfig, Optimizer},
        tensor::{Device, Tensor},
    };

    use super::*;

    #[test]
    fn adam_steps_as_burns_does() {
        let device = Device::flex();
        let begin = [1.0f32, -2.0, 0.5, 0.0];
        let mut own = Parameter::new(begin.to_vec());
        let (adam, mut theirs, mut state) =
            (AdamConfig::new().build(), Tensor::<1>::from_data(begin, &device), None);
        for step in 1..=20 {
            let gradient = [0.3, -1e-5, step as f32, 0.0].map(|g| g * (step as f32).sin());
            own.step(1e-3, step, &gradient);
            (theirs, state) = adam.step(1e-3, theirs, Tensor::from_data(gradient, &device), state);
        }
        let theirs = theirs.into_data().try_to_vec::<f32>().unwrap();
        for (own, theirs) in own.values.iter().zip(theirs) {
            assert!((own - theirs).abs() <= 1e-6, "{own} instead of {theirs}");
        }
    }
}
