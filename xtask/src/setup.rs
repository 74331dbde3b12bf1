//! What building and testing need: found, or else installed.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

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

/// A compiler for wasm32: this toolchain's target if it is there, else added by rustup, else Debian's.
///
/// # Errors
/// If there is none and none can be installed.
pub fn wasm_compiler() -> Result<WasmCompiler> {
    if has_wasm_target() {
        return Ok(WasmCompiler::Own);
    }
    if which("rustup").is_some() {
        heading(format!("Adding Rust's target {WASM}"));
        if run(command("rustup").args(["target", "add", WASM])).is_ok() && has_wasm_target() {
            return Ok(WasmCompiler::Own);
        }
        eprintln!("rustup could not add it.");
    }
    if !has_debian_compiler() {
        heading("Installing Debian's Rust compiler, which can build for the browser");
        apt_install(&["rustc-web", "cargo-web", "rust-web-src", "lld-22"])
            .context("no Rust compiler for the browser: run `rustup target add wasm32-unknown-unknown`, then try again")?;
        ensure!(
            has_debian_compiler(),
            "Debian's rustc-web here is too old: run `rustup target add {WASM}`, then try again"
        );
    }
    let own = own_sysroot()?.join("lib/rustlib").join(host()?).join("bin/rust-lld");
    let linker =
        [Some(own), which("wasm-ld-22"), which("wasm-ld")].into_iter().flatten().find(|file| file.is_file());
    Ok(WasmCompiler::Debian { linker: linker.context("no linker for wasm32: run `apt-get install lld-22`")? })
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

/// The Chromium that tests drive: `$CHROMIUM`, one on `PATH`, else installed by apt-get or Playwright.
///
/// # Errors
/// If there is none and none can be installed.
pub fn chromium() -> Result<PathBuf> {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const HELP: &str = "the tests need Chromium: install it, or set CHROMIUM to the program";
    if let Some(program) = env::var_os("CHROMIUM") {
        let program = PathBuf::from(program);
        ensure!(program.is_file(), "CHROMIUM names {}, which is no file", program.display());
        return Ok(program);
    }
    let on_path = || NAMES.into_iter().find_map(which);
    if let Some(program) = on_path() {
        return Ok(program);
    }
    let playwrights = || -> Result<PathBuf> {
        let path = "process.stdout.write(require('playwright-core').chromium.executablePath())";
        Ok(read(command("node").args(["-e", path]))?.into())
    };
    if let Ok(program) = playwrights()
        && program.is_file()
    {
        return Ok(program);
    }
    heading("Installing Chromium");
    match apt_install(&["chromium", "chromium-driver"]) {
        Ok(()) => on_path().context(HELP),
        Err(error) => {
            eprintln!("{error:#}; trying Playwright's own");
            run(command("npx").args(["playwright-core", "install", "--with-deps", "chromium"]))
                .context(HELP)?;
            playwrights().context(HELP)
        }
    }
}

/// A Korean font for the tests' pictures, by apt-get where fontconfig knows none. Tests hold without one.
pub fn korean_font() {
    let none = read(command("fc-list").arg(":lang=ko")).is_ok_and(|fonts| fonts.is_empty());
    if !none || which("apt-get").is_none() {
        return;
    }
    heading("Installing a Korean font");
    if let Err(error) = apt_install(&["fonts-nanum"]) {
        eprintln!("{error:#}; pictures of the page in Korean will show no letters");
    }
}

/// Firefox, WebKitGTK's small browser and what drives them, without a screen. Firefox and its driver, by the names of the
/// variables that tests find them by.
///
/// # Errors
/// If any is missing and cannot be installed.
pub fn firefox_and_webkit() -> Result<[(&'static str, PathBuf); 2]> {
    const HELP: &str = "the tests need Firefox, WebKitWebDriver, xvfb-run and xauth: install them";
    let firefox = || {
        let named = env::var_os("FIREFOX").map(PathBuf::from);
        named.or_else(|| ["firefox-esr", "firefox"].into_iter().find_map(which))
    };
    let packages: Vec<_> = [
        ("firefox-esr", firefox().is_some()),
        ("webkit2gtk-driver", which("WebKitWebDriver").is_some()),
        ("xvfb", which("xvfb-run").is_some()),
        ("xauth", which("xauth").is_some()),
    ]
    .into_iter()
    .filter_map(|(package, there)| (!there).then_some(package))
    .collect();
    if !packages.is_empty() {
        heading("Installing Firefox and WebKit");
        apt_install(&packages).context(HELP)?;
    }
    Ok([("FIREFOX", firefox().context(HELP)?), ("GECKODRIVER", built_tool("geckodriver", "0.37.1", &[])?)])
}

/// mdBook, and MkDocs with its Material theme: a `PATH` on which they come first.
///
/// # Errors
/// If one is missing and cannot be installed.
pub fn site_generators() -> Result<OsString> {
    // Without optimising: it builds in half the time, and a small book in a moment all the same.
    let features = ["--debug", "--no-default-features", "--features", "search"];
    let mdbook = built_tool("mdbook", "0.5.4", &features)?;
    let folders = [mdbook.parent().context("a program lies in a folder")?.into(), mkdocs()?];
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(folders.into_iter().chain(env::split_paths(&path)))?)
}

/// The programs of MkDocs with its Material theme, in a Python environment of their own.
fn mkdocs() -> Result<PathBuf> {
    const MKDOCS: &str = "1.6.1";
    const MATERIAL: &str = "9.7.7";
    let environment = target().join("tools/mkdocs");
    let programs = environment.join("bin");
    let versions =
        "from importlib.metadata import version; print(version('mkdocs'), version('mkdocs-material'))";
    let installed = read(command(programs.join("python")).args(["-c", versions]));
    if installed.is_ok_and(|versions| versions == format!("{MKDOCS} {MATERIAL}")) {
        return Ok(programs);
    }
    heading("Installing MkDocs with its Material theme");
    let create = || run(command("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    if create().is_err() {
        apt_install(&["python3-venv"])?;
        create().context("the tests need Python 3 with venv: install it")?;
    }
    let packages = [format!("mkdocs=={MKDOCS}"), format!("mkdocs-material=={MATERIAL}")];
    run(command(programs.join("pip")).args(["install", "--quiet"]).args(packages))
        .context("pip could not install MkDocs: look at its messages above, then try again")?;
    Ok(programs)
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
    // Cargo leaves what is there in this version.
    let mut install = cargo();
    install.args(["install", "--quiet", "--locked", name, "--version", version]).args(options);
    run(install.arg("--root").arg(&tools))
        .with_context(|| format!("{name} could not be built: install it"))?;
    Ok(program)
}

/// The program that counts instructions.
///
/// # Errors
/// If it is not there and cannot be installed.
pub fn valgrind() -> Result<()> {
    if which("valgrind").is_some() {
        return Ok(());
    }
    heading("Installing valgrind");
    apt_install(&["valgrind"]).context("counting instructions needs valgrind: install it")
}

/// Installs Debian packages, removing none.
fn apt_install(packages: &[&str]) -> Result<()> {
    ensure!(which("apt-get").is_some(), "there is no apt-get to install {} with", packages.join(", "));
    let root = read(command("id").arg("-u"))? == "0";
    let sudo = which("sudo").is_some();
    if !root && !sudo {
        bail!(
            "installing {} needs root: run `apt-get install {}` as root",
            packages.join(", "),
            packages.join(" ")
        );
    }
    let apt = || {
        let mut apt = if root { command("env") } else { command("sudo") };
        if !root {
            apt.arg("env");
        }
        apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]).stdin(Stdio::inherit());
        apt
    };
    // Lists that cannot be brought up to date may still do.
    if run(apt().arg("update")).is_err() {
        eprintln!("apt-get could not update its lists; going on with those there are");
    }
    run(apt().args(["install", "--no-remove"]).args(packages))
}
