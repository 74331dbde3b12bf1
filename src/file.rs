//! Files that are written whole or not at all. Knows nothing of the rest.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Writes a file, and its folder where there is none, in one step: whatever stops the program, the file holds afterwards either
/// these bytes or what it held before.
///
/// # Errors
/// If the system refuses; the file is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let (mut file, unfinished) = beside(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| fs::rename(&unfinished, path)) {
        let _ = fs::remove_file(unfinished);
        return Err(error);
    }
    // The folder holds the new name.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// A new file beside another, of a name that no file and no other program has.
fn beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let mut number = 0;
    loop {
        let unfinished = path.with_added_extension(format!("{number}.part"));
        match File::create_new(&unfinished) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            created => return Ok((created?, unfinished)),
        }
    }
}
