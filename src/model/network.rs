//! An encoder with the head of one system.

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};

use crate::drawing::{Drawing, SIDE};

use super::{Encoder, Euclidean, RelationModule, System, WeightedL1};

/// Two drawings through one encoder, and a head that says how alike they are.
#[derive(Module, Debug)]
pub struct Network {
    /// Turns a drawing into features.
    pub encoder: Encoder,
    /// Compares features.
    pub head: Head,
}

/// How a system compares two feature vectors.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a network has one head, and modules do not box")]
pub enum Head {
    /// [`System::Siamese`]'s
    Siamese(WeightedL1),
    /// [`System::Triplet`]'s
    Triplet(Euclidean),
    /// [`System::Relation`]'s
    Relation(RelationModule),
}

impl Network {
    /// A network with random weights on `device`.
    pub fn new(system: System, device: &Device) -> Self {
        let head = match system {
            System::Siamese => Head::Siamese(WeightedL1::new(device)),
            System::Triplet => Head::Triplet(Euclidean::new(device)),
            System::Relation => Head::Relation(RelationModule::new(device)),
        };
        Self { encoder: Encoder::new(device), head }
    }
}

impl Head {
    /// The system whose head this is.
    pub fn system(&self) -> System {
        match self {
            Self::Siamese(_) => System::Siamese,
            Self::Triplet(_) => System::Triplet,
            Self::Relation(_) => System::Relation,
        }
    }

    /// How alike every query is to every support drawing: `[queries, FEATURES]` and `[support, FEATURES]` to
    /// `[queries, support]`, in the head's own unit. Higher is more alike: a Siamese or Relation head's logit, a Triplet
    /// head's distance with its sign turned.
    pub fn similarity(&self, queries: Tensor<2>, support: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Siamese(head) => head.logits(queries, support),
            Self::Triplet(head) => head.distances(queries, support).neg(),
            Self::Relation(head) => head.logits(queries, support),
        }
    }
}

/// Drawings as the encoder's input, `[drawings, 1, SIDE, SIDE]`, ink = 1.0.
///
/// # Panics
/// If there is no drawing.
pub fn batch<'a>(drawings: impl IntoIterator<Item = &'a Drawing>, device: &Device) -> Tensor<4> {
    let mut count = 0;
    let mut pixels = Vec::new();
    for drawing in drawings {
        pixels.extend_from_slice(drawing.pixels());
        count += 1;
    }
    assert!(count > 0, "a batch needs a drawing");
    Tensor::from_data(TensorData::new(pixels, [count, 1, SIDE, SIDE]), device)
}
