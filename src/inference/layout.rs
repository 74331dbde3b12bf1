//! How the channels of maps lie between blocks.

use crate::model::POSES;

/// Where, of so many channels that lie pose by pose, one lies.
pub fn by_pose(channel: usize, channels: usize) -> usize {
    channel % POSES * (channels / POSES) + channel / POSES
}
