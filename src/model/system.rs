//! The published systems by name.

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(feature = "weights")]
use super::Weights;

/// A published way to compare two drawings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum System {
    /// Koch et al. 2015: weighted L1 distance
    Siamese,
    /// Hoffer & Ailon 2014: Euclidean distance
    Triplet,
    /// Sung et al. 2018: a small network compares
    Relation,
}

impl System {
    /// Every system.
    pub const ALL: [Self; 3] = [Self::Siamese, Self::Triplet, Self::Relation];

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Siamese => "siamese",
            Self::Triplet => "triplet",
            Self::Relation => "relation",
        }
    }

    /// Its trained network, as this build holds it.
    #[cfg(feature = "weights")]
    pub fn weights(self) -> Weights {
        let bytes: &[u8] = match self {
            Self::Siamese => include_bytes!("../../weights/siamese.safetensors"),
            Self::Triplet => include_bytes!("../../weights/triplet.safetensors"),
            Self::Relation => include_bytes!("../../weights/relation.safetensors"),
        };
        Weights::from_bytes(bytes).expect("the weights in this repository are whole")
    }

    /// Where it was published.
    pub fn source(self) -> &'static str {
        match self {
            Self::Siamese => {
                "Koch, Zemel & Salakhutdinov 2015, Siamese neural networks for one-shot image recognition"
            }
            Self::Triplet => {
                "Hoffer & Ailon 2014, Deep metric learning using triplet network, arXiv 1412.6622"
            }
            Self::Relation => {
                "Sung et al. 2018, Learning to compare: relation network for few-shot learning, arXiv 1711.06025"
            }
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
