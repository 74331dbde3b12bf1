//! How a drawing is held: turned by quarter turns, in a mirror or not.

use rand::{Rng, RngCore};

use super::{Point, Strokes};

/// One of eight ways to hold a drawing: four quarter turns, and the same in a mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pose(usize);

impl Pose {
    const TURNS: usize = 4;

    /// All of them; the first is upright.
    pub const ALL: [Self; 2 * Self::TURNS] =
        [Self(0), Self(1), Self(2), Self(3), Self(4), Self(5), Self(6), Self(7)];

    /// A random pose, each as likely.
    pub fn any(rng: &mut impl RngCore) -> Self {
        Self(rng.random_range(0..Self::ALL.len()))
    }

    /// The drawing as it is held; its place changes too.
    pub fn of(self, strokes: &Strokes) -> Strokes {
        let Self(pose) = self;
        strokes.map(|p| {
            let seen = if pose < Self::TURNS { p } else { Point { x: -p.x, y: p.y } };
            (0..pose % Self::TURNS).fold(seen, |p, _| Point { x: -p.y, y: p.x })
        })
    }
}
