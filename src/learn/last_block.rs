//! The encoder's last block while it is fine-tuned on a CPU, from maps to features of length one and back to the gradient of its parameters. Its
//! norm keeps its statistics, and its weights stay tied over the eight poses. Numbers only; tests hold it to burn's autodiff.

use crate::{
    model::{BLOCKS, LAST_BLOCK, POSES, Tied, Weights, WeightsError},
    nn::{Block, Layout, Maps, Passed, Scratch, Units},
};

/// The last block, and how its parameters learn.
pub struct LastBlock {
    block: Block,
    kernel: Adam,
    gamma: Adam,
    beta: Adam,
    steps: i32,
    scratch: Scratch,
}

/// Features of maps, with what the way back needs.
pub struct LastPass {
    maps: Maps,
    passed: Passed,
    units: Units,
}

/// The gradient of a loss with respect to the parameters, its mean over poses.
pub struct Gradient {
    /// `[filters, input, 9]`
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
        let tied = Tied::kernel(LAST_BLOCK.out, LAST_BLOCK.input);
        let sized =
            |name: &str, size| weights.sized(&format!("encoder.blocks.{}.{name}", BLOCKS.len() - 1), size);
        let norm = |name: &str| Ok(filters(sized(&format!("norm.{name}"), LAST_BLOCK.out)?));
        let kernel = tied.free(sized("convolution.weight", LAST_BLOCK.out * LAST_BLOCK.input * 9)?);
        let norm = [norm("gamma")?, norm("beta")?, norm("running_mean")?, norm("running_var")?];
        let [kernel_size, gamma_size, beta_size] = [kernel.len(), norm[0].len(), norm[1].len()];
        Ok(Self {
            block: Block::new(LAST_BLOCK, kernel, norm),
            kernel: Adam::new(kernel_size),
            gamma: Adam::new(gamma_size),
            beta: Adam::new(beta_size),
            steps: 0,
            scratch: Scratch::default(),
        })
    }

    /// Kernel, gamma and beta as they stand, in the module's order.
    pub fn parameters(&self) -> [Vec<f32>; 3] {
        let Block { kernel, gamma, beta, .. } = &self.block;
        [self.block.tied().whole(kernel), channels(gamma), channels(beta)]
    }

    /// Features of maps, each `[side, side, input]`, pose by pose.
    pub fn forward(&mut self, maps: &[&[f32]]) -> LastPass {
        let layout = Layout { side: LAST_BLOCK.side, channels: LAST_BLOCK.input, border: 1 };
        let mut input = Maps::new(maps.len(), layout);
        input.put(maps.iter().copied());
        let mut passed = self.block.convolve(&input, &mut self.scratch);
        let output = self.block.normalise(&mut passed, 0);
        LastPass { maps: input, passed, units: Units::of(&output) }
    }

    /// The gradient of the parameters, given that of a pass's features.
    ///
    /// # Panics
    /// If it is of another number of features.
    pub fn backward(&mut self, pass: &LastPass, gradient: &[f32]) -> Gradient {
        let upstream = pass.units.backward(gradient);
        let [beta, gamma] = self.block.norm_gradient(&pass.passed, &upstream);
        let [beta, gamma] = [beta, gamma].map(|sums| sums.into_iter().map(|sum| sum as f32).collect());
        let terms = self.block.fixed_norm_terms();
        let gradient = self.block.convolved_gradient(&pass.passed, &upstream, &terms);
        let kernel = self.block.kernel_gradient(&pass.maps, &gradient, &mut self.scratch);
        Gradient { kernel, gamma, beta }
    }

    /// One step of Adam against a gradient.
    pub fn step(&mut self, rate: f32, gradient: &Gradient) {
        self.steps += 1;
        self.kernel.step(&mut self.block.kernel, rate, self.steps, &gradient.kernel);
        self.gamma.step(&mut self.block.gamma, rate, self.steps, &gradient.gamma);
        self.beta.step(&mut self.block.beta, rate, self.steps, &gradient.beta);
        self.block.follow();
    }
}

impl LastPass {
    /// `[maps, FEATURES]`, each row of length one.
    pub fn features(&self) -> &[f32] {
        &self.units.features
    }
}

impl Gradient {
    /// With respect to kernel, gamma and beta, in the module's order.
    pub fn parameters(self) -> [Vec<f32>; 3] {
        let tied = Tied::kernel(LAST_BLOCK.out, LAST_BLOCK.input);
        [tied.whole(&self.kernel), channels(&self.gamma), channels(&self.beta)]
    }
}

/// Of numbers a channel, in a module's order, those a filter: the mean over its poses.
fn filters(channels: &[f32]) -> Vec<f32> {
    channels.as_chunks::<POSES>().0.iter().map(|held| held.iter().sum::<f32>() / POSES as f32).collect()
}

/// Numbers a filter, for each of its channels in a module's order.
fn channels(filters: &[f32]) -> Vec<f32> {
    filters.iter().flat_map(|number| [*number; POSES]).collect()
}

/// Running means of a gradient and of its square, for numbers that learn by Adam (Kingma & Ba 2015, "Adam: a method for stochastic optimization"),
/// with burn's constants.
struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Adam {
    fn new(size: usize) -> Self {
        Self { mean: vec![0.0; size], square: vec![0.0; size] }
    }

    /// `step` counts from 1.
    fn step(&mut self, values: &mut [f32], rate: f32, step: i32, gradient: &[f32]) {
        const KEPT: [f32; 2] = [0.9, 0.999];
        const TINY: f32 = 1e-5;
        let [of_mean, of_square] = KEPT.map(|kept| 1.0 - kept.powi(step));
        let (rate, tiny) = (rate * of_square.sqrt() / of_mean, TINY * of_square.sqrt());
        let means = self.mean.iter_mut().zip(&mut self.square);
        for ((value, (mean, square)), g) in values.iter_mut().zip(means).zip(gradient) {
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
        let (mut adam, mut own) = (Adam::new(begin.len()), begin);
        let (burns, mut theirs, mut state) =
            (AdamConfig::new().build(), Tensor::<1>::from_data(begin, &device), None);
        for step in 1..=20 {
            let gradient = [0.3, -1e-5, step as f32, 0.0].map(|g| g * (step as f32).sin());
            adam.step(&mut own, 1e-3, step, &gradient);
            (theirs, state) = burns.step(1e-3, theirs, Tensor::from_data(gradient, &device), state);
        }
        let theirs = theirs.into_data().try_to_vec::<f32>().unwrap();
        for (own, theirs) in own.iter().zip(theirs) {
            assert!((own - theirs).abs() <= 1e-6, "{own} instead of {theirs}");
        }
    }
}
