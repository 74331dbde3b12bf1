//! What holds without a browser.

mod baseline;
mod calibration;
mod corpus;
mod dataset;
mod drawing;
mod episodes;
mod fine_tuning;
mod modules;
mod nn;
mod objectives;
mod program;
mod properties;
mod recognition;
mod sets;
mod symmetry;
mod training;
mod weights;
mod zips;

/// Engines draw random numbers from one generator a process: tests that do, or that train, take turns.
static RANDOM_NUMBERS: std::sync::Mutex<()> = std::sync::Mutex::new(());
