//! Glimpse's chores: `cargo xtask build | serve | test | figures | bench | sets | setup | size | work`.
//!
//! Each starts from whatever is there: what is built already stays, and what the machine lacks is installed, by consent.

mod bench;
mod command;
#[path = "../../src/bin/glimpse/commit.rs"]
mod commit;
mod figures;
mod licences;
mod measured;
mod needs;
mod serve;
mod sets;
mod setup;
mod site;
mod size;
mod test;
mod wasm;
mod work;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use needs::Need;
use wasm::{Module, Packing};

/// Glimpse's chores. Each builds only what has changed, and asks before it installs what the machine lacks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
    /// Install what the machine lacks without asking, as CI=true does
    #[arg(long, global = true)]
    yes: bool,
}

#[derive(Subcommand)]
enum Chore {
    /// Build the browser modules, the npm package (pkg/dist) and the site (www/dist)
    Build {
        #[command(flatten)]
        build: Modules,
        /// Also write the whole site as one file, which works when opened from a disk: www/dist-single/glimpse.html
        #[arg(long)]
        single_file: bool,
    },
    /// Build, serve the site on localhost and open it; the CPU engine first, the others join when they are built
    Serve {
        #[command(flatten)]
        build: Modules,
        /// Port to listen on
        #[arg(long, default_value_t = 4173)]
        port: u16,
        /// Do not open a browser
        #[arg(long)]
        no_open: bool,
    },
    /// Build, then run every test, or only those named; all run even if some fail
    Test {
        #[command(flatten)]
        build: Modules,
        /// What to test; everything if nothing is named
        #[arg(value_enum)]
        groups: Vec<test::Group>,
    },
    /// Build, then measure Glimpse beside other runtimes and write BENCHMARKS.md
    Bench {
        #[command(flatten)]
        build: Modules,
        /// Few repetitions, and the report in target/bench: for a look
        #[arg(long)]
        quick: bool,
        /// What to measure, the report in target/bench; everything if nothing is named
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<bench::Part>,
    },
    /// Make the sets of signs in sets/ anew, of fonts
    Sets,
    /// Measure everything that is quoted and put it into the documents; takes hours, and goes on where it was interrupted
    Figures {
        /// What to measure; everything if nothing is named
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<figures::Part>,
        /// Measure nothing: fail where a document, a picture or a file of figures is stale, in seconds
        #[arg(long, conflicts_with = "only")]
        check: bool,
    },
    /// Install what building, testing and measuring need and this machine lacks
    Setup,
    /// Print what a visitor downloads, compressed, beside its budget
    Size {
        /// Write it into weights/sizes.json, which documents quote; the single file has to be built, too
        #[arg(long)]
        write: bool,
    },
    /// Print what a classification computes, in instructions, beside its budget
    Work {
        /// Write it into weights/work.json, which documents quote
        #[arg(long)]
        write: bool,
    },
}

#[derive(Args)]
struct Modules {
    /// Browser modules to build
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Module::ALL)]
    modules: Vec<Module>,
    /// Leave modules larger and slower than they could be: skip wasm-opt
    #[arg(long)]
    fast: bool,
}

impl Modules {
    /// The modules asked for, in the order to build them in.
    fn modules(&self) -> Vec<Module> {
        Module::ALL.into_iter().filter(|module| self.modules.contains(module)).collect()
    }

    fn packing(&self) -> Packing {
        if self.fast { Packing::Fast } else { Packing::Small }
    }
}

impl Chore {
    /// What it needs on the machine.
    fn needs(&self) -> Vec<Need> {
        match self {
            Self::Build { .. } | Self::Serve { .. } => vec![needs::WASM_COMPILER],
            Self::Test { groups, .. } => test::needs(groups),
            Self::Bench { .. } => vec![needs::WASM_COMPILER, needs::CHROMIUM],
            Self::Setup => test::needs(&[]),
            Self::Figures { check: true, .. } | Self::Sets | Self::Size { .. } => Vec::new(),
            Self::Figures { .. } => [
                test::needs(&[test::Group::Work]),
                vec![needs::WASM_COMPILER, needs::CHROMIUM, needs::MATHEMATICS_FONT],
            ]
            .concat(),
            Self::Work { .. } => test::needs(&[test::Group::Work]),
        }
    }
}

fn main() -> ExitCode {
    let Arguments { chore, yes } = Arguments::parse();
    match needs::provide(&chore.needs(), yes).and_then(|()| run(chore)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<ExitCode> {
    match chore {
        Chore::Build { build, single_file } => {
            setup::npm_packages()?;
            wasm::build(&build.modules(), build.packing())?;
            site::build()?;
            if single_file {
                site::build_single_file()?;
            }
        }
        Chore::Serve { build, port, no_open } => {
            serve::serve(&build.modules(), build.packing(), port, !no_open)?
        }
        Chore::Test { build, groups } => return Ok(test::test(&groups, &build.modules(), build.packing())),
        Chore::Bench { build, quick, only } => {
            setup::npm_packages()?;
            wasm::build(&build.modules(), build.packing())?;
            site::build()?;
            bench::bench(quick, &only)?;
        }
        Chore::Setup => {
            setup::npm_packages()?;
            setup::wasm_compiler()?;
            setup::chromium()?;
            setup::firefox_and_webkit()?;
            setup::site_generators()?;
        }
        Chore::Sets => sets::make()?,
        Chore::Figures { check: true, .. } => figures::check()?,
        Chore::Figures { only, .. } => figures::measure(&only)?,
        Chore::Size { write: true } => size::write()?,
        Chore::Size { .. } => size::check()?,
        Chore::Work { write: true } => work::write()?,
        Chore::Work { .. } => work::check()?,
    }
    Ok(ExitCode::SUCCESS)
}
