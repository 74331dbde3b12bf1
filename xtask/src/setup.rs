//! What building and testing need: found, or else put into the repository or cargo's target folder. What lies elsewhere is
//! installed by needs.rs.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{
    command::{cargo, command, heading, read, run, which},
    workspace::{root, target},
};

pub const WASM: &str = "wasm32-unknown-unknown";

/// A compiler for wasm32.
pub enum WasmCompiler {
    /// The toolchain that built this program.
    Own,
    /// Debian's rustc-web, which compiles the standard library from its sources, with this linker.
    Debian { linker: PathBuf },
}

impl WasmCompiler {
    /// Where its cargo puts what it makes, in a target folder that it shares with no other compiler.
    pub fn target(&self) -> PathBuf {
        self.target_root().join(WASM)
    }

    /// The target folder of what is compiled for relaxed SIMD.
    pub fn relaxed(&self) -> PathBuf {
        self.target_root().join("relaxed")
    }

    fn target_root(&self) -> PathBuf {
        target().join(match self {
            Self::Own => "wasm",
            Self::Debian { .. } => "wasm-debian",
        })
    }

    /// The compiler and its version.
    pub fn version(&self) -> String {
        let rustc = match self {
            Self::Own => "rustc",
            Self::Debian { .. } => "/usr/bin/rustc",
        };
        read(command(rustc).arg("-vV")).unwrap_or_default()
    }

    /// `cargo SUBCOMMAND` for wasm32.
    pub fn cargo(&self, subcommand: &str) -> Command {
        match self {
            Self::Own => {
                let mut cargo = cargo();
                cargo.args([subcommand, "--target", WASM]).env("CARGO_TARGET_DIR", self.target_root());
                cargo
            }
            Self::Debian { linker } => {
                let mut cargo = command("/usr/bin/cargo");
                let path = env::var_os("PATH").unwrap_or_default();
                let path =
                    env::join_paths([PathBuf::from("/usr/bin")].into_iter().chain(env::split_paths(&path)));
                cargo
                    .args([subcommand, "--target", WASM, "-Zbuild-std=std,panic_abort"])
                    .env("CARGO_TARGET_DIR", self.target_root())
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("PATH", path.expect("came from a PATH"));
                // What rustup set up for its own toolchain.
                for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
                    cargo.env_remove(name);
                }
                cargo
            }
        }
    }
}

/// A compiler for wasm32: this toolchain if it has the target, else Debian's.
///
/// # Errors
/// If there is none.
pub fn wasm_compiler() -> Result<WasmCompiler> {
    if has_wasm_target() {
        return Ok(WasmCompiler::Own);
    }
    ensure!(
        has_debian_compiler(),
        "no Rust compiler for the browser: run `rustup target add {WASM}`, then try again"
    );
    let own = own_sysroot()?.join("lib/rustlib").join(host()?).join("bin/rust-lld");
    let linker =
        [Some(own), which("wasm-ld-22"), which("wasm-ld")].into_iter().flatten().find(|file| file.is_file());
    Ok(WasmCompiler::Debian { linker: linker.context("no linker for wasm32: run `apt-get install lld-22`")? })
}

pub fn has_wasm_compiler() -> bool {
    has_wasm_target() || has_debian_compiler()
}

fn has_wasm_target() -> bool {
    let folder = read(rustc().args(["--print", "target-libdir", "--target", WASM]));
    folder.is_ok_and(|folder| Path::new(&folder).is_dir())
}

/// Whether Debian's compiler is there, new enough for this crate, with the library's sources.
fn has_debian_compiler() -> bool {
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let version = read(command("/usr/bin/rustc").arg("--version"));
    let sources = Path::new("/usr/lib/rustlib/src/rust/library/Cargo.lock");
    Path::new("/usr/bin/cargo").is_file()
        && sources.is_file()
        && version.is_ok_and(|version| minor(&version) >= minor(needed))
}

/// The y of the first `x.y` in a version.
fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

fn rustc() -> Command {
    command("rustc")
}

fn own_sysroot() -> Result<PathBuf> {
    Ok(read(rustc().args(["--print", "sysroot"]))?.into())
}

fn host() -> Result<String> {
    read(rustc().args(["--print", "host-tuple"]))
}

/// The packages of package-lock.json, in node_modules.
///
/// # Errors
/// If Node is missing or too old, or npm fails.
pub fn npm_packages() -> Result<()> {
    const HELP: &str = "Node 20.19 or later is needed, with npm: https://nodejs.org";
    let node = read(command("node").arg("--version")).context(HELP)?;
    let mut numbers =
        node.trim_start_matches('v').split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    ensure!(version >= (20, 19), "{HELP} (found {node})");

    let modified = |path: &str| root().join(path).metadata().and_then(|file| file.modified());
    let locked = modified("package-lock.json").context("package-lock.json is missing")?;
    if modified("node_modules/.package-lock.json").is_ok_and(|installed| installed >= locked) {
        return Ok(());
    }
    heading("Installing npm packages");
    run(command("npm").args(["ci", "--no-audit", "--no-fund"]))
        .context("npm could not install the packages: look at its messages above, then try again")
}

/// Debian's package and program of Chromium without windows.
pub const CHROMIUM_SHELL: &str = "chromium-headless-shell";

/// The Chromium without windows, which tests drive where `$CHROMIUM` names no other and nothing is timed.
pub fn chromium_shell() -> Option<PathBuf> {
    if env::var_os("CHROMIUM").is_none() { which(CHROMIUM_SHELL) } else { None }
}

/// Whether Debian's packages, as the machine lists them, have this one.
pub fn is_packaged(package: &str) -> bool {
    read(command("apt-cache").args(["show", package])).is_ok()
}

/// The Chromium that tests drive: `$CHROMIUM`, one on `PATH`, or Playwright's.
///
/// # Errors
/// If there is none.
pub fn chromium() -> Result<PathBuf> {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const HELP: &str = "the tests need Chromium: install it, or set CHROMIUM to the program";
    if let Some(program) = env::var_os("CHROMIUM") {
        let program = PathBuf::from(program);
        ensure!(program.is_file(), "CHROMIUM names {}, which is no file", program.display());
        return Ok(program);
    }
    if let Some(program) = NAMES.into_iter().find_map(which) {
        return Ok(program);
    }
    let path = "process.stdout.write(require('playwright-core').chromium.executablePath())";
    let program = PathBuf::from(read(command("node").args(["-e", path])).context(HELP)?);
    ensure!(program.is_file(), HELP);
    Ok(program)
}

/// Whether fontconfig knows a Korean font. Tests hold without one, but their pictures of the page in Korean show no letters.
pub fn has_korean_font() -> bool {
    has_font(":lang=ko")
}

/// Whether any font has a sign that few have, ⧁.
pub fn has_mathematics_font() -> bool {
    has_font(":charset=29c1")
}

fn has_font(pattern: &str) -> bool {
    read(command("fc-list").arg(pattern)).is_ok_and(|fonts| !fonts.is_empty())
}

/// `$FIREFOX`, or one on `PATH`.
pub fn firefox() -> Option<PathBuf> {
    let named = env::var_os("FIREFOX").map(PathBuf::from);
    named.or_else(|| ["firefox-esr", "firefox"].into_iter().find_map(which))
}

/// Firefox and its driver, by the names of the variables that tests find them by, where WebKitGTK's driver and a screen that
/// nobody sees are there too.
///
/// # Errors
/// If any is missing and cannot be built.
pub fn firefox_and_webkit() -> Result<[(&'static str, PathBuf); 2]> {
    const HELP: &str = "the tests need Firefox, WebKitWebDriver, xvfb-run and xauth: install them";
    let firefox = firefox().context(HELP)?;
    ensure!(
        ["WebKitWebDriver", "xvfb-run", "xauth"].into_iter().all(|program| which(program).is_some()),
        HELP
    );
    Ok([("FIREFOX", firefox), ("GECKODRIVER", built_tool("geckodriver", "0.37.1", &[])?)])
}

/// mdBook, and MkDocs with its Material theme: a `PATH` on which they come first.
///
/// # Errors
/// If one is missing and cannot be installed.
pub fn site_generators() -> Result<OsString> {
    let features = ["--no-default-features", "--features", "search"];
    let mdbook = built_tool("mdbook", "0.5.4", &features)?;
    let folders = [mdbook.parent().context("a program lies in a folder")?.into(), mkdocs()?];
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(folders.into_iter().chain(env::split_paths(&path)))?)
}

/// MkDocs with its Material theme.
fn mkdocs() -> Result<PathBuf> {
    python_programs("mkdocs", &["mkdocs==1.6.1", "mkdocs-material==9.7.7"])
}

/// `typos`, which finds mistakes of spelling.
///
/// # Errors
/// If it is missing and cannot be installed.
pub fn typos() -> Result<PathBuf> {
    match which("typos") {
        Some(program) => Ok(program),
        None => Ok(python_programs("typos", &["typos==1.52.0"])?.join("typos")),
    }
}

/// The programs of Python packages, in an environment of their own, which is made anew where it holds others.
fn python_programs(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let environment = target().join("tools").join(name);
    let programs = environment.join("bin");
    let installed = read(command(programs.join("pip")).args(["freeze", "--disable-pip-version-check"]));
    if installed
        .is_ok_and(|installed| packages.iter().all(|package| installed.lines().any(|line| line == *package)))
    {
        return Ok(programs);
    }
    heading(format!("Installing {}", packages.join(", ")));
    run(command("python3").args(["-m", "venv", "--clear"]).arg(&environment))
        .context("the tests need Python 3 with venv: install it")?;
    run(command(programs.join("pip")).args(["install", "--quiet"]).args(packages)).with_context(|| {
        format!("pip could not install {name}: look at its messages above, then try again")
    })?;
    Ok(programs)
}

/// Whether Python can make environments that have pip, as Debian's cannot by itself.
pub fn has_python_venv() -> bool {
    read(command("python3").args(["-c", "import ensurepip, venv"])).is_ok()
}

/// A program on `PATH`, else of this version, built from its crate into the target folder.
fn built_tool(name: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    if let Some(program) = which(name) {
        return Ok(program);
    }
    let tools = target().join("tools");
    let program = tools.join("bin").join(name);
    if !program.is_file() {
        heading(format!("Building {name}, which takes some minutes"));
    }
    // Cargo leaves what is there in this version. Without optimising it is built in half the time, and does a small book, or
    // a driver's few messages, in a moment all the same.
    let mut install = cargo();
    install.args(["install", "--quiet", "--debug", "--locked", name, "--version", version]).args(options);
    run(install.arg("--root").arg(&tools))
        .with_context(|| format!("{name} could not be built: install it"))?;
    Ok(program)
}
