//! What holds without a browser.

mod dataset;
mod drawing;
mod program;
mod recognition;
mod training;
