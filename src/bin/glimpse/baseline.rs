//! `glimpse baseline`

use anyhow::Context;
use clap::{Args, ValueEnum};
use glimpse::{
    baseline::modified_hausdorff,
    dataset::{Bitmap, OfficialRun},
    drawing::Picture,
};
use rayon::prelude::*;

use crate::{data, report::Report};

#[derive(Args)]
pub struct Baseline {
    /// How two pictures are compared
    #[arg(long, default_value = "hausdorff")]
    method: Method,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    /// Modified Hausdorff Distance of the ink's places (Lake et al.: 38.8 % error)
    Hausdorff,
}

impl Baseline {
    pub fn run(&self) -> anyhow::Result<()> {
        let Method::Hausdorff = self.method;
        let runs = data().official_runs().context("reading the official runs")?;
        let outcomes: Vec<Vec<bool>> = runs.runs.par_iter().map(decide).collect();
        Report::new("hausdorff", "official", &outcomes).print(self.json)
    }
}

/// Which queries of a run the nearest support picture names rightly.
fn decide(run: &OfficialRun) -> Vec<bool> {
    let support: Vec<Picture> = run.support.iter().map(Bitmap::picture).collect();
    let nearest = |query: &Bitmap| {
        let query = query.picture();
        let distances: Vec<f64> = support.iter().map(|shown| modified_hausdorff(&query, shown)).collect();
        (0..distances.len()).fold(0, |best, i| if distances[i] < distances[best] { i } else { best })
    };
    run.queries.iter().zip(&run.truth).map(|(query, &truth)| nearest(query) == truth).collect()
}
