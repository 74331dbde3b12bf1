//! The browser modules: one an engine, and one that reads published data, each in `pkg/dist/wasm/<name>/`.

use std::{
    fmt, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    thread::{self, ScopedJoinHandle},
    time::Instant,
};

use anyhow::{Context, Result};
use clap::ValueEnum;
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    command::{command, heading, run},
    setup::{self, WASM, WasmCompiler},
    workspace::{root, target},
};

/// A browser module: an engine, or the reader of published data.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Module {
    Simd,
    Archives,
    Flex,
    Webgpu,
    Ndarray,
}

impl Module {
    /// Every module: what a visitor needs first, then what takes longest.
    pub const ALL: [Self; 5] = [Self::Simd, Self::Archives, Self::Flex, Self::Webgpu, Self::Ndarray];

    pub fn name(self) -> &'static str {
        match self {
            Self::Simd => "simd",
            Self::Archives => "archives",
            Self::Flex => "flex",
            Self::Webgpu => "webgpu",
            Self::Ndarray => "ndarray",
        }
    }

    /// The crate's features for it.
    pub fn features(self) -> String {
        match self {
            Self::Simd => "session".into(),
            Self::Archives => "archives".into(),
            Self::Flex | Self::Webgpu | Self::Ndarray => format!("session,{self}"),
        }
    }

    /// Cargo's profile for it.
    fn profile(self) -> Profile {
        match self {
            Self::Simd | Self::Archives | Self::Flex | Self::Ndarray => Profile::Web,
            Self::Webgpu => Profile::WebSmall,
        }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Cargo's profiles for browser modules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    Web,
    WebSmall,
}

impl Profile {
    const ALL: [Self; 2] = [Self::Web, Self::WebSmall];

    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::WebSmall => "web-small",
        }
    }
}

/// Cargo's setting for relaxed SIMD, beside what `.cargo/config.toml` sets.
const RELAXED: &str = r#"target.wasm32-unknown-unknown.rustflags = ["-C", "target-feature=+relaxed-simd"]"#;

/// What is done to a compiled module.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packing {
    /// JavaScript bindings only.
    Fast,
    /// And wasm-opt.
    Small,
}

/// Builds these modules, those of each of cargo's profiles side by side, since they share nothing; one is packed
/// while the next is compiled. Whether any has changed.
///
/// # Errors
/// If there is no compiler, or a step fails.
pub fn build(modules: &[Module], packing: Packing) -> Result<bool> {
    let compiler = &setup::wasm_compiler()?;
    thread::scope(|scope| {
        let lanes = Profile::ALL.map(|profile| {
            let own = modules.iter().filter(move |module| module.profile() == profile);
            let builds: Vec<_> = own.flat_map(|&module| Build::all_of(module)).collect();
            scope.spawn(move || {
                thread::scope(|scope| {
                    let mut packers = Vec::new();
                    for build in builds {
                        build.compile(compiler)?;
                        packers.push(scope.spawn(move || build.pack(packing)));
                    }
                    any(packers)
                })
            })
        });
        any(lanes)
    })
}

/// Waits for threads that tell whether anything has changed. Whether one says so.
fn any<'a>(threads: impl IntoIterator<Item = ScopedJoinHandle<'a, Result<bool>>>) -> Result<bool> {
    let mut ended = threads.into_iter().map(|thread| thread.join().expect("building does not panic"));
    ended.try_fold(false, |changed, thread| Ok(thread? || changed))
}

/// The making of a module, with what is kept of it in cargo's target folder.
///
/// Cargo itself links anew whenever the module changes, since all have the same name there.
struct Build {
    module: Module,
    /// Whether it is for browsers that have relaxed SIMD.
    relaxed: bool,
    name: String,
    folder: PathBuf,
}

impl Build {
    /// Those of a module: `simd` has another one for relaxed SIMD.
    fn all_of(module: Module) -> Vec<Self> {
        let build = |relaxed: bool| {
            let name = format!("{module}{}", if relaxed { "-relaxed" } else { "" });
            let folder = target().join("modules").join(&name);
            Self { module, relaxed, name, folder }
        };
        if module == Module::Simd { vec![build(false), build(true)] } else { vec![build(false)] }
    }

    /// The module as cargo made it, without bindings.
    fn compiled(&self) -> PathBuf {
        self.folder.join("compiled.wasm")
    }

    /// The files that it was compiled from, one a line, from the repository's root.
    fn sources(&self) -> PathBuf {
        self.folder.join("sources")
    }

    /// Compiles the crate, if anything has changed since.
    fn compile(&self, compiler: &WasmCompiler) -> Result<()> {
        let Self { module, name, .. } = self;
        let stamp = Stamp(self.folder.join("compiled.stamp"));
        if stamp.holds(self.inputs(compiler)) {
            return Ok(());
        }
        heading(format!("Compiling the {name} module"));
        let start = Instant::now();
        let mut cargo = compiler.cargo("rustc");
        cargo.args([
            "--package",
            "glimpse-signs",
            "--lib",
            "--crate-type",
            "cdylib",
            "--profile",
            module.profile().name(),
        ]);
        cargo.args(["--no-default-features", "--features", &module.features()]);
        let mut built = compiler.target();
        if self.relaxed {
            built = compiler.relaxed().join(WASM);
            cargo.env("CARGO_TARGET_DIR", compiler.relaxed()).args(["--config", RELAXED]);
        }
        run(&mut cargo).with_context(|| format!("the {name} module does not compile"))?;

        fs::create_dir_all(&self.folder)?;
        let built = built.join(module.profile().name());
        fs::copy(built.join("glimpse.wasm"), self.compiled())?;
        fs::write(self.sources(), sources(&fs::read_to_string(built.join("glimpse.d"))?))?;
        stamp.set(self.inputs(compiler))?;
        eprintln!("{name}: compiled in {:.0} s", start.elapsed().as_secs_f32());
        Ok(())
    }

    /// A digest of all that the compiled module depends on; none if a file of it is gone.
    fn inputs(&self, compiler: &WasmCompiler) -> Option<u64> {
        let sources = fs::read_to_string(self.sources()).ok()?;
        let settings = "Cargo.toml\nCargo.lock\n.cargo/config.toml";
        let mut digest = DefaultHasher::new();
        compiler.version().hash(&mut digest);
        for file in settings.lines().chain(sources.lines()) {
            file.hash(&mut digest);
            fs::read(root().join(file)).ok()?.hash(&mut digest);
        }
        fs::read(self.compiled()).ok()?.hash(&mut digest);
        Some(digest.finish())
    }

    /// Makes bindings for the compiled module, and the module small where that is wanted. Whether the package's has
    /// changed.
    fn pack(&self, packing: Packing) -> Result<bool> {
        let Self { name, .. } = self;
        let folder = self.folder.join("packed");
        let stamp = Stamp(self.folder.join("packed.stamp"));
        let mut digest = DefaultHasher::new();
        fs::read(self.compiled())?.hash(&mut digest);
        (packing, WASM_OPT, BY_NAME).hash(&mut digest);
        let digest = Some(digest.finish());
        if !stamp.holds(digest) {
            let start = Instant::now();
            stamp.clear()?;
            self.bind(&folder, packing)?;
            if packing == Packing::Small {
                eprintln!("{name}: wasm-opt");
                self.shrink(&folder.join("glimpse_bg.wasm"))?;
            }
            stamp.set(digest)?;
            eprintln!("{name}: packed in {:.0} s", start.elapsed().as_secs_f32());
        }
        replace(&folder, &root().join("pkg/dist/wasm").join(name))
    }

    /// Writes the module with its JavaScript and TypeScript face.
    fn bind(&self, folder: &Path, packing: Packing) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let mut bindgen = Bindgen::new();
        bindgen.input_path(self.compiled()).out_name("glimpse").web(true)?;
        bindgen.typescript(true).omit_default_module_path(true);
        bindgen.remove_name_section(packing == Packing::Fast).remove_producers_section(true);
        bindgen.generate(folder).with_context(|| format!("no bindings for the {} module", self.name))
    }

    /// Optimises it in place.
    fn shrink(&self, module: &Path) -> Result<()> {
        let mut node = command("node");
        node.arg(root().join("node_modules/binaryen/bin/wasm-opt")).args(WASM_OPT);
        if self.relaxed {
            node.arg("--enable-relaxed-simd");
        }
        if self.module.profile() == Profile::WebSmall {
            node.args(BY_NAME);
        }
        run(node.arg(module).arg("-o").arg(module)).context("wasm-opt failed")
    }
}

/// The sources in cargo's list (make's notation), one a line, from the repository's root.
fn sources(list: &str) -> String {
    let files = list.split_once(": ").map_or("", |(_, files)| files).trim();
    let from_root = |file: String| match Path::new(&file).strip_prefix(root()) {
        Ok(inside) => inside.display().to_string(),
        Err(_) => file,
    };
    let files = files.replace("\\ ", "\0");
    files.split(' ').map(|file| from_root(file.replace('\0', " ")) + "\n").collect()
}

/// What wasm-opt is told: what every browser with SIMD has, and no more than `-O1`. From `-O2` on it reorders and merges
/// locals, which makes a module hardly smaller and, compressed, a seventh larger.
const WASM_OPT: [&str; 9] = [
    "-O1",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Of functions that are the same but for a few constants, one is left; then instances of one generic function stand side by
/// side, where a compressor sees that they are alike.
const BY_NAME: [&str; 2] = ["--merge-similar-functions", "--reorder-functions-by-name"];

/// Puts a copy of one folder of files in the place of another, never half of it. Whether they differed.
fn replace(from: &Path, to: &Path) -> Result<bool> {
    let files = fs::read_dir(from)?.map(|file| Ok(file?.file_name())).collect::<Result<Vec<_>>>()?;
    let same = |file| -> Result<bool> { Ok(fs::read(from.join(file))? == fs::read(to.join(file))?) };
    if files.iter().all(|file| same(file).unwrap_or(false)) {
        return Ok(false);
    }
    let new = to.with_extension("new");
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    fs::create_dir_all(&new)?;
    for file in files {
        fs::copy(from.join(&file), new.join(&file))?;
    }
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::rename(new, to)?;
    Ok(true)
}

/// A file that says what something was made from.
struct Stamp(PathBuf);

impl Stamp {
    fn holds(&self, digest: Option<u64>) -> bool {
        digest.is_some() && fs::read_to_string(&self.0).ok() == digest.map(|digest| format!("{digest:016x}"))
    }

    fn clear(&self) -> io::Result<()> {
        fs::remove_file(&self.0).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    }

    fn set(&self, digest: Option<u64>) -> Result<()> {
        let digest = digest.context("a file that was just used is gone")?;
        Ok(fs::write(&self.0, format!("{digest:016x}"))?)
    }
}
