//! Every test, in groups. All of them run, whatever fails before; the last line printed is the sum.

use std::{
    collections::VecDeque,
    ops::AddAssign,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use clap::ValueEnum;

use crate::{
    command::{cargo, collect, command, heading, run, watch},
    licences,
    needs::{self, Need},
    setup, site, size,
    wasm::{self, Module, Packing},
    work,
    workspace::target,
};

/// What can be tested by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Formatting, spelling, clippy, the crate's documentation and features, licences, TypeScript's types
    Lint,
    /// The crate and these chores, on this machine
    Native,
    /// What of the package needs no browser, in Node
    Node,
    /// The browser modules, in Chromium
    Browser,
    /// The built site, in Chromium
    Page,
    /// The packed package and its element, in other people's pages
    Embed,
    /// What takes how long, in Chromium: one file at a time, and nothing beside
    Timed,
    /// The element in documentation sites by real generators, and a newcomer's five lines; they fetch npm packages
    Docs,
    /// Apps of Next, Nuxt and SvelteKit with the package; they fetch npm packages
    Frameworks,
    /// The site, the element and the package in Firefox and WebKit
    FirefoxWebkit,
    /// Fine-tuning beside another runtime, in Chromium
    Peers,
    /// What a visitor downloads, beside its budget
    Size,
    /// What a classification computes, beside its budget
    Work,
}

/// Tests, a check without tests of its own counting as one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    passed: u32,
    failed: u32,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Groups that run in Chromium.
const IN_CHROMIUM: [Group; 7] =
    [Group::Browser, Group::Page, Group::Embed, Group::Docs, Group::Frameworks, Group::Timed, Group::Peers];

/// Other groups that need the package and the site to be built.
const OF_WHAT_IS_BUILT: [Group; 4] = [Group::FirefoxWebkit, Group::Node, Group::Size, Group::Lint];

/// Groups in browsers that run at once.
const AT_ONCE: usize = 2;

/// A script of package.json that runs tests, and how it is run.
type Script = (&'static str, Command);

fn script(name: &'static str) -> Script {
    let mut npm = command("npm");
    npm.args(["run", name]);
    (name, npm)
}

/// Whether any of some groups is wanted: all are if none is named.
fn wanted(named: &[Group], any: &[Group]) -> bool {
    named.is_empty() || any.iter().any(|group| named.contains(group))
}

/// What the groups need on the machine; all groups if none is named.
pub fn needs(groups: &[Group]) -> Vec<Need> {
    let in_chromium = wanted(groups, &IN_CHROMIUM);
    let needs: [(bool, &[Need]); 5] = [
        (in_chromium || wanted(groups, &OF_WHAT_IS_BUILT), &[needs::WASM_COMPILER]),
        (in_chromium, &[needs::CHROMIUM, needs::CHROMIUM_SHELL, needs::KOREAN_FONT]),
        (wanted(groups, &[Group::Docs, Group::Lint]), &[needs::PYTHON_VENV]),
        (
            wanted(groups, &[Group::FirefoxWebkit]),
            &[needs::FIREFOX, needs::WEBKIT, needs::XVFB, needs::XAUTH],
        ),
        (wanted(groups, &[Group::Work]), &[needs::VALGRIND]),
    ];
    needs.into_iter().filter(|(wanted, _)| *wanted).flat_map(|(_, needs)| needs).copied().collect()
}

/// Builds what the groups test and runs them; all groups if none is named. Fails if a test did.
pub fn test(groups: &[Group], modules: &[Module], packing: Packing) -> ExitCode {
    let in_chromium = wanted(groups, &IN_CHROMIUM);
    let wanted = |group| wanted(groups, &[group]);
    let mut report = Report::new();

    let packages = report.need("npm packages", setup::npm_packages).is_some();
    if wanted(Group::Lint) {
        report.check("formatting", || run(cargo().args(["fmt", "--all", "--check"])));
        report.check("spelling", || run(&mut command(setup::typos()?)));
        report.check("licences", licences::check);
        // As others build it: with nothing, with the networks alone, and as it would be published. That the Rust promised is
        // enough, clippy holds (`incompatible_msrv`).
        report.check("features", || {
            let ways: [&[_]; 3] = [
                &["check", "--release", "--lib", "--no-default-features"],
                &["check", "--release", "--lib", "--no-default-features", "--features", "weights"],
                &["package", "--offline", "--no-verify", "--allow-dirty", "--package", "glimpse-signs"],
            ];
            ways.iter().try_for_each(|way| run(cargo().args(*way)))
        });
        let crates: [&[_]; 3] = [
            &["--release"],
            &["--release", "--features", "cli,session,archives"],
            &["--profile", "xtask", "--package", "xtask"],
        ];
        report.check("clippy", || {
            crates.iter().try_for_each(|which| {
                run(cargo().arg("clippy").args(*which).args(["--all-targets", "--", "-D", "warnings"]))
            })
        });
        report.check("documentation", || {
            crates.iter().try_for_each(|which| {
                run(cargo().arg("doc").args(*which).arg("--no-deps").env("RUSTDOCFLAGS", "-D warnings"))
            })
        });
    }
    if wanted(Group::Native) {
        report.tests("crate", cargo().args(["test", "--release", "--features", "cli", "--tests"]));
        report.tests("examples in docs", cargo().args(["test", "--release", "--doc"]));
        report.tests("chores", cargo().args(["test", "--profile", "xtask", "--package", "xtask"]));
        if packages {
            report.tests("test:chores", command("npm").args(["run", "test:chores"]));
        }
    }
    if wanted(Group::Work) {
        report.check("work", work::check);
    }
    if packages && (in_chromium || OF_WHAT_IS_BUILT.into_iter().any(wanted)) {
        let built = report.check("build", || {
            wasm::build(modules, packing)?;
            site::build()
        });
        if wanted(Group::Lint) {
            report.check("types", || run(command("npm").args(["run", "typecheck"])));
        }
        if built && wanted(Group::Node) {
            report.tests("test:node", command("npm").args(["run", "test:node"]));
        }
        let chromium = if built && in_chromium { report.need("Chromium", setup::chromium) } else { None };
        // The engines in browsers are compared with it.
        let native =
            if wanted(Group::Browser) { report.need("native program", native_program) } else { None };
        let in_chromium = |(group, name)| -> Option<Script> {
            let chromium = chromium.as_ref().filter(|_| wanted(group))?;
            let (name, mut npm) = script(name);
            npm.env("CHROMIUM", chromium).envs(native.iter().map(|path| ("GLIMPSE", path)));
            Some((name, npm))
        };
        let shell = setup::chromium_shell();
        let without_windows = |(name, mut npm): Script| -> Script {
            npm.envs(shell.iter().map(|path| ("CHROMIUM_SHELL", path)));
            (name, npm)
        };
        // The longest first, so that those side by side end at about the same time.
        let groups = [
            (Group::Page, "test:page"),
            (Group::Browser, "test:browser"),
            (Group::FirefoxWebkit, "test:firefox-webkit"),
            (Group::Embed, "test:embed"),
            (Group::Frameworks, "test:frameworks"),
            (Group::Docs, "test:docs"),
        ];
        let scripts = groups.into_iter().filter_map(|(group, name)| match group {
            Group::FirefoxWebkit => {
                let programs = (built && wanted(group))
                    .then(|| report.need("Firefox, WebKit", setup::firefox_and_webkit))??;
                let (name, mut npm) = script(name);
                npm.envs(programs);
                Some((name, npm))
            }
            Group::Docs => {
                let (name, mut npm) = in_chromium((group, name))?;
                npm.env("PATH", report.need("site generators", setup::site_generators)?);
                Some((name, npm))
            }
            _ => in_chromium((group, name)),
        });
        let scripts: VecDeque<Script> = scripts.map(without_windows).collect();
        report.side_by_side(scripts);
        let alone = [(Group::Timed, "test:timed"), (Group::Peers, "test:peers")];
        for (name, mut npm) in alone.into_iter().filter_map(in_chromium) {
            report.tests(name, &mut npm);
        }
        if built && wanted(Group::Size) {
            report.check("size", size::check);
        }
    }
    report.close()
}

/// Builds the native program, and says where it is.
fn native_program() -> Result<PathBuf> {
    run(cargo().args(["build", "--release", "--features", "cli", "--bin", "glimpse"]))?;
    Ok(target().join("release/glimpse"))
}

/// What was run, how it went, and how long it took with what it needed.
struct Report {
    rows: Vec<(&'static str, Tally, Duration)>,
    /// When the last row ended.
    since: Instant,
}

impl Report {
    fn new() -> Self {
        Self { rows: Vec::new(), since: Instant::now() }
    }

    fn row(&mut self, name: &'static str, tally: Tally) {
        let now = Instant::now();
        self.rows.push((name, tally, now - self.since));
        self.since = now;
    }

    /// Does something that tests need; it counts only where it fails.
    fn need<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        work().inspect_err(|error| self.fail(name, error)).ok()
    }

    /// Makes a check. Whether it passed.
    fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        heading(name);
        let passed = self.need(name, work).is_some();
        if passed {
            self.row(name, Tally { passed: 1, failed: 0 });
        }
        passed
    }

    /// Runs tests and counts them.
    fn tests(&mut self, name: &'static str, runner: &mut Command) {
        heading(name);
        let mut tally = Tally::default();
        let outcome = watch(runner, |line| tally += counted(line));
        self.ended(name, outcome, tally);
    }

    /// Runs scripts, [`AT_ONCE`] at a time, for tests in browsers wait as well as compute. What a script prints is shown whole, once
    /// it is over; at once if it is the only one.
    fn side_by_side(&mut self, mut scripts: VecDeque<Script>) {
        if scripts.len() < 2 {
            return scripts.iter_mut().for_each(|(name, runner)| self.tests(name, runner));
        }
        let names: Vec<_> = scripts.iter().map(|(name, _)| *name).collect();
        heading(format!("{}, {AT_ONCE} at a time", names.join(", ")));
        let waiting = Mutex::new(scripts);
        let next = || waiting.lock().expect("a lane that takes a script does not fail").pop_front();
        let (ended, all) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                let ended = ended.clone();
                scope.spawn(move || {
                    while let Some((name, mut runner)) = next() {
                        let began = Instant::now();
                        let sent = ended.send((name, began, collect(&mut runner)));
                        sent.expect("the report waits for every script");
                    }
                });
            }
            drop(ended);
            for (name, began, outcome) in all {
                heading(name);
                let mut tally = Tally::default();
                let outcome = outcome.map(|(printed, succeeded)| {
                    print!("{printed}");
                    printed.lines().for_each(|line| tally += counted(line));
                    succeeded
                });
                self.since = began;
                self.ended(name, outcome, tally);
            }
        });
    }

    /// Counts tests that were run: whether their runner succeeded, and what it counted.
    fn ended(&mut self, name: &'static str, outcome: Result<bool>, mut tally: Tally) {
        match outcome {
            Err(error) => self.fail(name, &error),
            Ok(true) if tally == Tally::default() => self.fail(name, &anyhow!("no test ran")),
            Ok(succeeded) => {
                // A runner that fails with every test passed failed by itself.
                tally.failed += u32::from(!succeeded && tally.failed == 0);
                self.row(name, tally);
            }
        }
    }

    fn fail(&mut self, name: &'static str, error: &anyhow::Error) {
        eprintln!("\nerror: {name}: {error:#}");
        self.row(name, Tally { passed: 0, failed: 1 });
    }

    fn close(self) -> ExitCode {
        heading("Summary");
        let mut sum = Tally::default();
        for (name, tally, took) in self.rows {
            println!(
                "{name:<20}{:>5} passed {:>5} failed {:>6} s",
                tally.passed,
                tally.failed,
                took.as_secs()
            );
            sum += tally;
        }
        println!("{} passed, {} failed", sum.passed, sum.failed);
        if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The tests that a line of cargo's or node's test runner sums up.
fn counted(line: &str) -> Tally {
    let mut tally = Tally::default();
    if let Some(sums) = line.strip_prefix("test result: ") {
        for sum in sums.split(['.', ';']) {
            match sum.trim().split_once(' ') {
                Some((count, "passed")) => tally.passed += count.parse().unwrap_or(0),
                Some((count, "failed")) => tally.failed += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    } else if let Some(sum) = line.strip_prefix("# ").or(line.strip_prefix("ℹ ")) {
        match sum.split_once(' ') {
            Some(("pass", count)) => tally.passed += count.parse().unwrap_or(0),
            Some(("fail" | "cancelled", count)) => tally.failed += count.parse().unwrap_or(0),
            _ => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(output: &str) -> (u32, u32) {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally += counted(line));
        (tally.passed, tally.failed)
    }

    #[test]
    fn cargos_tests_are_counted() {
        let output = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(sum(output), (15, 2));
    }

    #[test]
    fn nodes_tests_are_counted() {
        let plain = "# tests 9\n# suites 0\n# pass 6\n# fail 2\n# cancelled 1\n# skipped 0\n# todo 0\n# duration_ms 84";
        assert_eq!(sum(plain), (6, 3));
        assert_eq!(sum(&plain.replace('#', "ℹ")), (6, 3));
    }

    #[test]
    fn scripts_run_side_by_side_and_whatever_fails_in_any_is_counted() {
        let shell = |name, text: &str| {
            let mut shell = command("sh");
            shell.args(["-c", text]);
            (name, shell)
        };
        let met = std::env::temp_dir().join(format!("glimpse-scripts-{}", std::process::id()));
        let [here, there] = ["here", "there"].map(|name| format!("{}-{name}", met.display()));
        // Each waits for the other, so both end only if they run at once.
        let meet = |own: &str, other: &str| {
            format!(
                "touch '{own}'; for i in $(seq 100); do test -e '{other}' && echo '# pass 2' && exit; sleep 0.1; done; echo '# fail 1'"
            )
        };
        let mut report = Report::new();
        let scripts = [
            shell("meets", &meet(&here, &there)),
            shell("is met", &meet(&there, &here)),
            shell("fails", "echo '# pass 1'; echo '# fail 3'; exit 1"),
            shell("breaks", "echo '# pass 5'; exit 1"),
            shell("runs none", "true"),
        ];
        report.side_by_side(scripts.into());
        let mut rows: Vec<_> =
            report.rows.iter().map(|(name, tally, _)| (*name, tally.passed, tally.failed)).collect();
        rows.sort_unstable();
        let expected =
            [("breaks", 5, 1), ("fails", 1, 3), ("is met", 2, 0), ("meets", 2, 0), ("runs none", 0, 1)];
        assert_eq!(rows, expected);
        [here, there].iter().for_each(|file| std::fs::remove_file(file).unwrap());
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(sum("5 passed\n# passing 3\ntest result\n"), (0, 0));
    }
}
