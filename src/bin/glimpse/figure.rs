//! What is measured is kept in files beside the weights: `scores.json`, `fine-tuning.json` and the systems' cards. Each is written
//! whole, and checked when it is read: its rows complete, once each, and of these very weights.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, ensure};
use glimpse::{dataset::sha256, file::write_whole, model::System};
use serde::de::DeserializeOwned;

/// SHA-256 of each system's weights.
pub type Digests = BTreeMap<System, String>;

/// Those of the weights in a folder.
pub fn digests(folder: &Path) -> anyhow::Result<Digests> {
    let digest = |system: System| {
        let path = folder.join(format!("{system}.safetensors"));
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok((system, sha256([&bytes[..]])))
    };
    System::ALL.into_iter().map(digest).collect()
}

/// Reads a JSON file.
pub fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not what it should be", path.display()))
}

/// Reads a file of figures that is to be written anew, if it is there.
pub fn read_if_any<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    if !path.exists() {
        return Ok(None);
    }
    let hint = || format!("{} cannot be added to: measure into another file", path.display());
    read(path).map(Some).with_context(hint)
}

/// Writes a file whole, or leaves the one that was there.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_whole(path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// A row of a file of figures.
pub trait Figure {
    /// What it is of, in words that no other row has.
    fn subject(&self) -> String;
}

/// Rows measured anew and those from before that are of something else, in the order of `subjects`.
pub fn merged<R: Figure>(new: Vec<R>, before: Vec<R>, subjects: &[String]) -> Vec<R> {
    let measured: Vec<String> = new.iter().map(R::subject).collect();
    let kept = before.into_iter().filter(|row| !measured.contains(&row.subject()));
    let mut rows: Vec<R> = new.into_iter().chain(kept).collect();
    rows.sort_by_key(|row| subjects.iter().position(|subject| *subject == row.subject()));
    rows
}

/// The subjects without a row.
pub fn missing<'a, R: Figure>(rows: &[R], subjects: &'a [String]) -> Vec<&'a str> {
    let found: Vec<String> = rows.iter().map(R::subject).collect();
    subjects.iter().filter(|subject| !found.contains(subject)).map(String::as_str).collect()
}

/// Fails unless there is one row for each subject, and no other.
pub fn complete<R: Figure>(rows: &[R], subjects: &[String]) -> anyhow::Result<()> {
    let missing = missing(rows, subjects);
    ensure!(missing.is_empty(), "it lacks {}", missing.join("; "));
    for row in rows {
        let subject = row.subject();
        ensure!(subjects.contains(&subject), "it holds {subject}, which is not measured");
        let rows = rows.iter().filter(|other| other.subject() == subject).count();
        ensure!(rows == 1, "it holds {subject} {rows} times");
    }
    Ok(())
}

/// Whether two numbers are the same but for rounding.
pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

/// A whole number with a comma between thousands.
pub fn thousands(number: usize) -> String {
    match number / 1000 {
        0 => number.to_string(),
        above => format!("{},{:03}", thousands(above), number % 1000),
    }
}

/// A share in per cent; half of a tenth counts as one, as on the page.
pub fn percent(share: f64) -> String {
    format!("{:.1}", (share * 100.0 * 10.0).round() / 10.0)
}

/// The name of a system or a baseline at the head of a column.
pub fn heading(name: &str) -> String {
    match name {
        "pixels" => name.into(),
        _ => name[..1].to_uppercase() + &name[1..],
    }
}
