//! What others published, to stand beside what is measured here.

use std::borrow::Cow;

use glimpse::episode::Protocol;
use serde::{Deserialize, Serialize};

use crate::report::protocol;

/// A published accuracy.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    #[serde(deserialize_with = "protocol")]
    pub protocol: Protocol,
    pub who: Cow<'static, str>,
    /// In 0…1.
    pub accuracy: f64,
    source: Cow<'static, str>,
    /// How the setting differed from the one measured here.
    note: Option<Cow<'static, str>>,
}

const VINYALS_SPLIT: &str =
    "trained on 1,200 characters of a random split with rotations, tested on the others";

pub const PUBLISHED: &[Published] = &[
    official("ConvARC", 0.985, "Shyam et al. 2017", None),
    official("BPL", 0.967, "Lake et al. 2015", Some("sees the strokes' order when it learns")),
    official("people", 0.955, "Lake et al. 2015", None),
    official("Siamese, Koch", 0.920, "Koch et al. 2015", Some("trained on 40 alphabets")),
    official("Hausdorff", 0.612, "Lake et al. 2015", None),
    random(5, 1, "Relation network", 0.996, "Sung et al. 2018"),
    random(5, 1, "ProtoNets", 0.988, "Snell et al. 2017"),
    random(5, 1, "Matching networks", 0.981, "Vinyals et al. 2016"),
    random(5, 5, "Relation network", 0.998, "Sung et al. 2018"),
    random(5, 5, "ProtoNets", 0.997, "Snell et al. 2017"),
    random(5, 5, "Matching networks", 0.989, "Vinyals et al. 2016"),
    random(20, 1, "Relation network", 0.976, "Sung et al. 2018"),
    random(20, 1, "ProtoNets", 0.960, "Snell et al. 2017"),
    random(20, 1, "Matching networks", 0.938, "Vinyals et al. 2016"),
    random(20, 5, "Relation network", 0.991, "Sung et al. 2018"),
    random(20, 5, "ProtoNets", 0.989, "Snell et al. 2017"),
    random(20, 5, "Matching networks", 0.985, "Vinyals et al. 2016"),
    koch(Protocol::Verification, "Siamese, Koch", 0.9342, Some("trained on 30 alphabets, tested on 10")),
    koch(Protocol::Mnist, "Siamese, Koch", 0.703, None),
    koch(Protocol::Mnist, "1-nearest neighbour", 0.265, None),
];

const fn official(
    who: &'static str,
    accuracy: f64,
    source: &'static str,
    note: Option<&'static str>,
) -> Published {
    published(Protocol::Official, who, accuracy, source, note)
}

const fn random(
    way: usize,
    shots: usize,
    who: &'static str,
    accuracy: f64,
    source: &'static str,
) -> Published {
    published(Protocol::Random { way, shots }, who, accuracy, source, Some(VINYALS_SPLIT))
}

const fn koch(protocol: Protocol, who: &'static str, accuracy: f64, note: Option<&'static str>) -> Published {
    published(protocol, who, accuracy, "Koch et al. 2015", note)
}

const fn published(
    protocol: Protocol,
    who: &'static str,
    accuracy: f64,
    source: &'static str,
    note: Option<&'static str>,
) -> Published {
    let note = match note {
        Some(note) => Some(Cow::Borrowed(note)),
        None => None,
    };
    Published { protocol, who: Cow::Borrowed(who), accuracy, source: Cow::Borrowed(source), note }
}
