//! Losses, each with its source.

use burn::{
    module::{Module, Param},
    nn::Initializer,
    tensor::{
        Device, Int, Tensor,
        activation::{log_softmax, softplus},
    },
};

use crate::model::FEATURES;

/// Koch's objective: the cross-entropy of "same character" over every pair of a batch.
///
/// `logits` is `[characters, characters]`, drawing `i` of one hand against drawing `j` of another; pairs on the diagonal
/// show the same character. Same pairs and different pairs weigh alike in sum where `balance` is 1; at 0 every pair
/// weighs alike, which leaves the many different pairs in charge. Returns a loss of shape `[1]`.
pub fn pair_loss(logits: Tensor<2>, balance: f64) -> Tensor<1> {
    let [characters, _] = logits.dims();
    let device = logits.device();
    let same = Tensor::<2>::eye(characters, &device);
    let different = same.clone().mul_scalar(-1.0).add_scalar(1.0);
    let others = (characters - 1) as f64;
    let miss = softplus(logits.clone().neg(), 1.0) * same;
    let false_alarm = softplus(logits, 1.0) * different;
    let weight = (1.0 - balance) + balance / others;
    (miss.sum() + false_alarm.sum().mul_scalar(weight)).div_scalar(characters as f64)
}

/// What the encoder is pre-trained with: soft-max over scaled cosines between features and one learnt direction a
/// class (Wang et al. 2017, "NormFace"). Dropped once the encoder is trained.
#[derive(Module, Debug)]
pub struct CosineClassifier {
    directions: Param<Tensor<2>>,
}

impl CosineClassifier {
    /// Random directions for `classes` classes.
    pub fn new(classes: usize, device: &Device) -> Self {
        let initializer = Initializer::Normal { mean: 0.0, std: (1.0 / FEATURES as f64).sqrt() };
        Self { directions: initializer.init([FEATURES, classes], device) }
    }

    /// Mean cross-entropy of `features` `[batch, FEATURES]` (rows of norm 1) with `classes` `[batch]`, and the share
    /// named rightly, each of shape `[1]`. `scale` sharpens the soft-max.
    pub fn loss(&self, features: Tensor<2>, classes: Tensor<1, Int>, scale: f64) -> (Tensor<1>, Tensor<1>) {
        let directions = self.directions.val();
        let norms = directions.clone().square().sum_dim(0).sqrt().add_scalar(1e-6);
        let logits = features.matmul(directions / norms).mul_scalar(scale);
        let right =
            logits.clone().detach().argmax(1).squeeze_dim::<1>(1).equal(classes.clone()).float().mean();
        let log_p = log_softmax(logits, 1).gather(1, classes.unsqueeze_dim(1));
        (log_p.mean().neg(), right)
    }
}
