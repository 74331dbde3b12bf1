//! Losses, each with its source. All look at every pair of some queries (rows) and some support drawings
//! (columns): column `i` shows the character of row `i`, by another drawer, and every other column shows another character.

use burn::tensor::{
    Tensor,
    activation::{log_softmax, sigmoid, softplus},
};

use crate::model::Head;

/// The objective of a head's paper on `similarity`, the head's own output (see [`Head::similarity`]), as a loss of shape `[1]`.
/// `balance` as in [`pair_loss`].
pub fn objective(head: &Head, similarity: Tensor<2>, balance: f64) -> Tensor<1> {
    match head {
        Head::Siamese(_) => pair_loss(similarity, balance),
        Head::Triplet(_) => triplet_loss(similarity.neg()),
        Head::Relation(_) => relation_loss(similarity, balance),
    }
}

/// Koch's objective: the cross-entropy of "same character" over every pair.
///
/// Same pairs and different pairs weigh alike in sum where `balance` is 1; at 0 every pair weighs alike, which leaves the
/// many different pairs in charge.
pub fn pair_loss(logits: Tensor<2>, balance: f64) -> Tensor<1> {
    let miss = softplus(logits.clone().neg(), 1.0);
    let false_alarm = softplus(logits, 1.0);
    balanced(miss, false_alarm, balance)
}

/// Hoffer & Ailon's objective: with a soft-max over the distances d⁺ of anchor and x⁺, and d⁻ of anchor and x⁻, the mean
/// square error against (0, 1). Anchors are the rows of `distances`; each is joined with the one column of its own character
/// and every column of another. Summed over an anchor's negatives, averaged over anchors.
pub fn triplet_loss(distances: Tensor<2>) -> Tensor<1> {
    let [anchors, _] = distances.dims();
    let (same, different) = masks(&distances);
    let positive = (distances.clone() * same).sum_dim(1);
    // The soft-max of two is a sigmoid of their difference, and both outputs miss their target by as much.
    let miss = sigmoid(positive - distances).square();
    (miss * different).sum().div_scalar(anchors as f64)
}

/// Sung et al.'s objective: the mean square error of the relation scores, the sigmoids of `logits`, against 1 for the same
/// character and 0 for another. `balance` as in [`pair_loss`].
pub fn relation_loss(logits: Tensor<2>, balance: f64) -> Tensor<1> {
    let score = sigmoid(logits);
    let miss = score.clone().mul_scalar(-1.0).add_scalar(1.0).square();
    balanced(miss, score.square(), balance)
}

/// What the encoder is pre-trained by (the multi-class N-pair loss of Sohn 2016, "Improved deep metric learning with multi-class
/// N-pair loss objective"; both ways, as Radford et al. 2021): the mean cross-entropy of naming the one column of a row's own
/// character among all columns, and the one row among all rows. `similarity` is square.
pub fn contrast_loss(similarity: Tensor<2>) -> Tensor<1> {
    let (same, _) = masks(&similarity);
    let right =
        |similarity: Tensor<2>, same: Tensor<2>| (log_softmax(similarity, 1) * same).sum_dim(1).mean();
    let ways = right(similarity.clone(), same.clone()) + right(similarity.transpose(), same);
    ways.div_scalar(-2.0)
}

/// Sums what same pairs and different pairs cost, for each query.
fn balanced(same_cost: Tensor<2>, different_cost: Tensor<2>, balance: f64) -> Tensor<1> {
    let [queries, support] = same_cost.dims();
    let (same, different) = masks(&same_cost);
    let weight = (1.0 - balance) + balance / (support - 1) as f64;
    let sum = (same_cost * same).sum() + (different_cost * different).sum().mul_scalar(weight);
    sum.div_scalar(queries as f64)
}

/// 1 where a pair shows the same character, and 1 where it does not.
fn masks(pairs: &Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let [queries, support] = pairs.dims();
    let same = Tensor::<2>::eye(support, &pairs.device()).narrow(0, 0, queries);
    let different = same.clone().mul_scalar(-1.0).add_scalar(1.0);
    (same, different)
}
