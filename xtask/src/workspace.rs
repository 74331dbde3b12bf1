//! Where things are.

use std::{
    env,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// The repository's root.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask = env::var_os("CARGO_MANIFEST_DIR").expect("started by cargo, as `cargo xtask`");
        Path::new(&xtask).parent().expect("xtask lies in the root").into()
    });
    &ROOT
}

/// Cargo's target folder, which this program was built in.
pub fn target() -> &'static Path {
    static TARGET: LazyLock<PathBuf> = LazyLock::new(|| {
        let program = env::current_exe().expect("a program knows its own path");
        program.ancestors().nth(2).expect("<target>/<profile>/xtask").into()
    });
    &TARGET
}

/// The published archive, if the data folder holds it: `$GLIMPSE_DATA`, then `../shared/data`.
pub fn archive(name: &str) -> Option<PathBuf> {
    let folders = [env::var_os("GLIMPSE_DATA").map(PathBuf::from), Some(root().join("../shared/data"))];
    folders.into_iter().flatten().map(|folder| folder.join(name)).find(|file| file.is_file())
}
