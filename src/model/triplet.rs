//! The head of Hoffer & Ailon 2014, "Deep metric learning using triplet network".

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};

/// The Euclidean (L2) distance of two feature vectors. Features have length one here, so a learnt scale stands for the
/// length that the paper's embedding is free to take.
#[derive(Module, Debug)]
pub struct Euclidean {
    scale: Param<Tensor<1>>,
}

impl Euclidean {
    /// Distances of unrelated drawings lie near 14 at first, which leaves the objective's soft-max room to be sure.
    pub(super) fn new(device: &Device) -> Self {
        Self { scale: Param::from_tensor(Tensor::full([1], 10.0, device)) }
    }

    /// Distances of every query from every support: `[queries, FEATURES]` and `[support, FEATURES]`, rows of length one,
    /// to `[queries, support]`, each 0 or more.
    pub fn distances(&self, queries: Tensor<2>, support: Tensor<2>) -> Tensor<2> {
        let cosines = queries.matmul(support.transpose());
        // Kept off 0, where a square root has no slope.
        let squared = cosines.mul_scalar(-2.0).add_scalar(2.0).clamp_min(1e-6);
        squared.sqrt() * self.scale.val().unsqueeze::<2>()
    }
}
