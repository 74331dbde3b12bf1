//! Zip archives and folders as lists of named bytes.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::DatasetError;

/// A member's path, its parts separated by `/`, and its contents.
pub(super) type Member = (String, Vec<u8>);

/// Largest member taken, in bytes; the largest published one is under 1 kB.
const LARGEST: u64 = 1 << 20;

/// The members of a zip archive whose path `wanted` takes, in the archive's order.
pub(super) fn zip_members(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<Member>, DatasetError> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| DatasetError::BadArchive(e.to_string()))?;
    let mut members = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|e| DatasetError::BadArchive(e.to_string()))?;
        let path = file.name().to_owned();
        if !file.is_file() || !wanted(&path) {
            continue;
        }
        let mut contents = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut contents)
            .map_err(|e| DatasetError::BadArchive(format!("{path}: {e}")))?;
        if contents.len() as u64 > LARGEST {
            return Err(DatasetError::BadArchive(format!("{path} is too large for a drawing")));
        }
        members.push((path, contents));
    }
    Ok(members)
}

/// The files anywhere under a folder whose path, relative to it, `wanted` takes.
#[cfg(not(target_family = "wasm"))]
pub(super) fn folder_members(
    folder: &std::path::Path,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Member>, DatasetError> {
    let failed = |path: &std::path::Path| {
        let path = path.display().to_string();
        |source| DatasetError::Io { path, source }
    };
    let mut members = Vec::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed(&folder))? {
            let entry = entry.map_err(failed(&folder))?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(failed(&entry.path()))?.is_dir() {
                open.push((entry.path(), format!("{path}/")));
            } else if wanted(&path) {
                let contents = std::fs::read(entry.path()).map_err(failed(&entry.path()))?;
                members.push((path, contents));
            }
        }
    }
    Ok(members)
}
