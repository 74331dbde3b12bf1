//! What ties weights: the networks are group-equivariant (Cohen & Welling 2016, "Group equivariant convolutional networks", their
//! group p4m).
//!
//! Channels come in eights: one filter, held in each of eight poses. So a drawing held in another pose has the same features in
//! other places, and two drawings are as alike in whatever pose both are held: what is learnt of a character upright is known of
//! it turned by quarter turns and in a mirror, and of eight kernels one is free.

use std::array;

use super::{FEATURES, MAP_CHANNELS, MAP_SIDE};

/// Poses a filter is held in, one channel each: four quarter turns, then the same in a mirror.
pub const POSES: usize = 2 * TURNS;
const TURNS: usize = 4;

/// An array that is tied: `[out, input, side, side]`, both kinds of channels in eights unless inputs are not of a pose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tied {
    /// Channels that come out.
    pub out: usize,
    /// Channels that come in.
    pub input: usize,
    /// Whether inputs come in eights.
    pub posed: bool,
    /// Width and height of a filter.
    pub side: usize,
}

impl Tied {
    /// A 3×3 convolution's kernel; one input channel is the ink, which has no pose.
    pub const fn kernel(out: usize, input: usize) -> Self {
        Self { out, input, posed: input > 1, side: 3 }
    }

    /// How a module's parameter is tied, if it is. What holds no value is not.
    pub(super) fn of(name: &str, shape: &[usize]) -> Option<Self> {
        let unposed = |out, input, side| Self { out, input, posed: false, side };
        let tied = match *shape {
            [out, input, 3, 3] => Self::kernel(out, input),
            [out] if name.contains("norm.") => unposed(out, 1, 1),
            [FEATURES] if name.ends_with("Siamese.weight") => unposed(MAP_CHANNELS, 1, MAP_SIDE),
            [out, units] if name.ends_with("Relation.hidden.weight") => unposed(out, units, 1),
            _ => return None,
        };
        let eights = tied.out % POSES == 0 && (!tied.posed || tied.input % POSES == 0);
        (eights && !shape.contains(&0)).then_some(tied)
    }

    /// Numbers of the whole array.
    pub(super) fn size(&self) -> usize {
        self.out * self.input * self.side * self.side
    }

    /// Of an array of this shape the part that is free, `[out / POSES, input, side, side]`: the mean over poses.
    pub fn free(&self, values: &[f32]) -> Vec<f32> {
        let mut free = vec![0.0; self.size() / POSES];
        for (value, at) in values.iter().zip(self.origins()) {
            free[at] += value / POSES as f32;
        }
        free
    }

    /// As [`Self::free`], but what is held in the first pose, as it is.
    pub(crate) fn of_first_pose(&self, values: &[f32]) -> Vec<f32> {
        let each = self.input * self.side * self.side;
        values.chunks_exact(each).step_by(POSES).flatten().copied().collect()
    }

    /// The whole array, whose free part is held in every pose.
    pub fn whole(&self, free: &[f32]) -> Vec<f32> {
        self.origins().into_iter().map(|at| free[at]).collect()
    }

    /// Of each number of the whole array the place of the free one that it is.
    pub fn origins(&self) -> Vec<usize> {
        let each = self.input * self.side * self.side;
        let mut origins = vec![0; self.size()];
        for pose in 0..POSES {
            let moved = self.moved(pose);
            for (filter, held) in origins.chunks_exact_mut(each).skip(pose).step_by(POSES).enumerate() {
                moved.iter().enumerate().for_each(|(from, &to)| held[to] = filter * each + from);
            }
        }
        origins
    }

    /// The tied array nearest to this one.
    pub fn tied(&self, values: &[f32]) -> Vec<f32> {
        self.whole(&self.free(values))
    }

    /// Where the numbers of a filter, `[input, side, side]`, lie when it is held in a pose.
    fn moved(&self, pose: usize) -> Vec<usize> {
        let Self { input, side, .. } = *self;
        let squares: Vec<usize> = (0..side * side).map(|at| square(pose, at, side)).collect();
        let channels: [usize; POSES] = array::from_fn(|other| after(pose, other));
        let channel = |i: usize| if self.posed { i / POSES * POSES + channels[i % POSES] } else { i };
        (0..input).flat_map(|i| squares.iter().map(move |at| channel(i) * side * side + at)).collect()
    }
}

/// The pose that something in the pose `other` is in once it is held in `pose`.
fn after(pose: usize, other: usize) -> usize {
    // A mirror turns turns around.
    let turns = if pose < TURNS { pose + other } else { pose + TURNS - other % TURNS };
    turns % TURNS + TURNS * ((pose / TURNS + other / TURNS) % 2)
}

/// Where a pose takes the square `at` of a board `side` squares wide.
pub(crate) fn square(pose: usize, at: usize, side: usize) -> usize {
    let (row, column) = (at / side, at % side);
    let seen = if pose < TURNS { (row, column) } else { (row, side - 1 - column) };
    let (row, column) = (0..pose % TURNS).fold(seen, |(row, column), _| (side - 1 - column, row));
    row * side + column
}
