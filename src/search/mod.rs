//! A search through thousands of drawings while the pen moves, by features in whole numbers of few bits. Knows no network.

mod codes;
mod rows;

pub use codes::{Codes, Distance};
pub use rows::Rows;
