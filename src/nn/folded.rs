//! A convolution and the batch norm that follows it, as one.

use crate::model::{BlockShape, POSES, Tied, Weights, WeightsError};

/// As burn's batch norm.
pub const EPSILON: f32 = 1e-5;

/// A convolution's kernel `[out, input, 3, 3]` and what is added to each channel, its batch norm folded into both.
pub struct Folded {
    input: usize,
    kernel: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Folded {
    /// From the parameters of these names.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if one is missing or of another size.
    pub fn new(
        weights: &Weights,
        kernel: &str,
        norm: &str,
        input: usize,
        out: usize,
    ) -> Result<Self, WeightsError> {
        let mut kernel = weights.sized(kernel, out * input * 9)?.to_vec();
        let of_norm = |name| weights.sized(&format!("{norm}.{name}"), out);
        let (gamma, beta) = (of_norm("gamma")?, of_norm("beta")?);
        let (mean, variance) = (of_norm("running_mean")?, of_norm("running_var")?);
        let scale: Vec<f32> = gamma.iter().zip(variance).map(|(g, v)| g / (v + EPSILON).sqrt()).collect();
        for (taps, scale) in kernel.chunks_exact_mut(input * 9).zip(&scale) {
            taps.iter_mut().for_each(|tap| *tap *= scale);
        }
        let bias = (0..out).map(|channel| beta[channel] - mean[channel] * scale[channel]).collect();
        Ok(Self { input, kernel, bias })
    }

    /// `[out, input, 3, 3]`
    pub fn kernel(&self) -> &[f32] {
        &self.kernel
    }

    /// What is added to each filter of a block whose weights are tied over poses.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if they are not.
    pub fn upright_bias(
        &self,
        &BlockShape { input, out, .. }: &BlockShape,
    ) -> Result<Vec<f32>, WeightsError> {
        let tied = Tied::kernel(out, input);
        let (biases, _) = self.bias.as_chunks::<POSES>();
        // Bit by bit: where folding overflows, numbers are none that equal themselves.
        let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits();
        let whole = tied.whole(&tied.of_first_pose(&self.kernel));
        let is_tied = self.kernel.iter().zip(&whole).all(same)
            && biases.iter().all(|poses| poses.iter().all(|bias| same((bias, &poses[0]))));
        if !is_tied {
            return Err(WeightsError::Mismatch("a kernel is not the same in all eight poses".into()));
        }
        Ok(biases.iter().map(|poses| poses[0]).collect())
    }

    /// The taps from one channel to a filter in its first pose.
    pub fn upright(&self, input: usize, filter: usize) -> [f32; 9] {
        *self.taps(input, filter * POSES)
    }

    /// The 3×3 taps from one channel to another, row by row.
    pub fn taps(&self, input: usize, out: usize) -> &[f32; 9] {
        &self.kernel.as_chunks().0[out * self.input + input]
    }

    /// Of the encoder's block of this index.
    pub fn of_block(weights: &Weights, index: usize, shape: &BlockShape) -> Result<Self, WeightsError> {
        let name = format!("encoder.blocks.{index}");
        Self::new(
            weights,
            &format!("{name}.convolution.weight"),
            &format!("{name}.norm"),
            shape.input,
            shape.out,
        )
    }
}
