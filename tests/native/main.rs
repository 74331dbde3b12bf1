//! What holds without a browser.

mod dataset;
mod drawing;
mod episodes;
mod objectives;
mod program;
mod recognition;
mod training;
