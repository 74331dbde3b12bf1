//! The browser modules: one an engine, in `pkg/dist/wasm/<engine>/`.

use std::{
    fmt, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use anyhow::{Context, Result};
use clap::ValueEnum;
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    command::{command, heading, run},
    setup::{self, WasmCompiler},
    workspace::{root, target},
};

/// What a browser module computes with.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Flex,
    Webgpu,
    Ndarray,
}

impl Engine {
    /// Every engine: what a visitor needs first, then what takes longest.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Webgpu, Self::Ndarray];

    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Webgpu => "webgpu",
            Self::Ndarray => "ndarray",
        }
    }

    /// What the profile's `opt-level` becomes: WebGPU's kernels run on the GPU, so its module had better be small.
    fn opt_level(self) -> Option<&'static str> {
        (self == Self::Webgpu).then_some("s")
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is done to a compiled module.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packing {
    /// JavaScript bindings only.
    Fast,
    /// And wasm-opt.
    Small,
}

/// Builds the modules of these engines, one being packed while the next is compiled. Whether any has changed.
///
/// # Errors
/// If there is no compiler, or a step fails.
pub fn build(engines: &[Engine], packing: Packing) -> Result<bool> {
    let compiler = setup::wasm_compiler()?;
    thread::scope(|scope| {
        let mut packers = Vec::new();
        for &engine in engines {
            let module = Module::of(engine);
            module.compile(&compiler)?;
            packers.push(scope.spawn(move || module.pack(packing)));
        }
        packers
            .into_iter()
            .try_fold(false, |changed, packer| Ok(packer.join().expect("packing does not panic")? || changed))
    })
}

/// One engine's module, with what is kept of its making in cargo's target folder.
///
/// Cargo itself links anew whenever the engine changes, since every engine's module has the same name there.
struct Module {
    engine: Engine,
    folder: PathBuf,
}

impl Module {
    fn of(engine: Engine) -> Self {
        Self { engine, folder: target().join("modules").join(engine.name()) }
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
        let engine = self.engine;
        let stamp = Stamp(self.folder.join("compiled.stamp"));
        if stamp.holds(self.inputs(compiler)) {
            return Ok(());
        }
        heading(format!("Compiling the {engine} module"));
        let start = Instant::now();
        let mut cargo = compiler.cargo("rustc");
        cargo.args(["--package", "glimpse", "--lib", "--crate-type", "cdylib", "--profile", "web"]);
        cargo.args(["--no-default-features", "--features", &format!("web,{engine}")]);
        if let Some(level) = engine.opt_level() {
            cargo.env("CARGO_PROFILE_WEB_OPT_LEVEL", level);
        }
        run(&mut cargo).with_context(|| format!("the {engine} module does not compile"))?;

        fs::create_dir_all(&self.folder)?;
        let built = compiler.target().join("web");
        fs::copy(built.join("glimpse.wasm"), self.compiled())?;
        fs::write(self.sources(), sources(&fs::read_to_string(built.join("glimpse.d"))?))?;
        stamp.set(self.inputs(compiler))?;
        eprintln!("{engine}: compiled in {:.0} s", start.elapsed().as_secs_f32());
        Ok(())
    }

    /// A digest of all that the compiled module depends on; none if a file of it is gone.
    fn inputs(&self, compiler: &WasmCompiler) -> Option<u64> {
        let sources = fs::read_to_string(self.sources()).ok()?;
        let settings = "Cargo.toml\nCargo.lock\n.cargo/config.toml";
        let mut digest = DefaultHasher::new();
        compiler.version().hash(&mut digest);
        self.engine.opt_level().hash(&mut digest);
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
        let engine = self.engine;
        let folder = self.folder.join("packed");
        let stamp = Stamp(self.folder.join("packed.stamp"));
        let mut digest = DefaultHasher::new();
        fs::read(self.compiled())?.hash(&mut digest);
        (packing, WASM_OPT).hash(&mut digest);
        let digest = Some(digest.finish());
        if !stamp.holds(digest) {
            let start = Instant::now();
            stamp.clear()?;
            self.bind(&folder)?;
            if packing == Packing::Small {
                eprintln!("{engine}: wasm-opt");
                shrink(&folder.join("glimpse_bg.wasm"))?;
            }
            stamp.set(digest)?;
            eprintln!("{engine}: packed in {:.0} s", start.elapsed().as_secs_f32());
        }
        replace(&folder, &root().join("pkg/dist/wasm").join(engine.name()))
    }

    /// Writes the module with its JavaScript and TypeScript face.
    fn bind(&self, folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let mut bindgen = Bindgen::new();
        bindgen.input_path(self.compiled()).out_name("glimpse").web(true)?;
        bindgen.typescript(true).omit_default_module_path(true);
        bindgen.remove_name_section(true).remove_producers_section(true);
        bindgen.generate(folder).with_context(|| format!("no bindings for the {} module", self.engine))
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

/// Optimises a module in place.
fn shrink(module: &Path) -> Result<()> {
    let mut node = command("node");
    node.arg(root().join("node_modules/binaryen/bin/wasm-opt"));
    run(node.args(WASM_OPT).arg(module).arg("-o").arg(module)).context("wasm-opt failed")
}

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
