//! The head of Koch, Zemel & Salakhutdinov 2015, "Siamese neural networks for one-shot image recognition".

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};

use super::FEATURES;

/// Koch's head: the weighted L1 distance of two feature vectors, as a logit. Its sigmoid is the probability that both
/// drawings show one character: `p = σ(bias − Σⱼ weightⱼ · |h₁ⱼ − h₂ⱼ|)`.
#[derive(Module, Debug)]
pub struct WeightedL1 {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
}

impl WeightedL1 {
    /// Every feature weighs the same at first, and half the usual distance of two unit vectors is the boundary.
    pub(super) fn new(device: &Device) -> Self {
        let usual = (FEATURES as f64).sqrt();
        Self {
            weight: Param::from_tensor(Tensor::ones([FEATURES], device)),
            bias: Param::from_tensor(Tensor::full([1], usual * 0.7, device)),
        }
    }

    /// Logits of every query against every support: `[queries, FEATURES]` and `[support, FEATURES]` to
    /// `[queries, support]`. Higher is more alike.
    pub fn logits(&self, queries: Tensor<2>, support: Tensor<2>) -> Tensor<2> {
        let difference = (queries.unsqueeze_dim::<3>(1) - support.unsqueeze_dim::<3>(0)).abs();
        let distance = (difference * self.weight.val().unsqueeze::<3>()).sum_dim(2).squeeze_dim::<2>(2);
        self.bias.val().unsqueeze::<2>() - distance
    }
}
