//! A search through thousands of drawings while the pen moves, by features in whole numbers of few bits. Knows no network.

mod int8;
mod rows;

pub use int8::{Codes, Distance, Own, QUARTERS};
pub use rows::Rows;
