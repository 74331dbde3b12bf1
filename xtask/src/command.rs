//! Running other programs.

use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::workspace::root;

/// A program to run in the repository's root.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// A cargo of the toolchain that built this program.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The path of a program on `PATH`.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Announces a step.
pub fn heading(text: impl std::fmt::Display) {
    eprintln!("\n── {text}");
}

/// Runs a command to its end; its output is shown.
///
/// # Errors
/// If it does not start or does not succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{} does not start", shown(command)))?;
    ensure!(status.success(), "`{}` failed ({status})", shown(command));
    Ok(())
}

/// Runs a command to its end and gives what it printed, trimmed.
///
/// # Errors
/// If it does not start or does not succeed.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{} does not start", shown(command)))?;
    ensure!(output.status.success(), "`{}` failed ({})", shown(command), output.status);
    Ok(String::from_utf8_lossy(&output.stdout).trim().into())
}

/// Runs a command to its end; what it prints is shown and handed to `line`, line by line. Whether it succeeded.
///
/// # Errors
/// If it does not start.
pub fn watch(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} does not start", shown(command)))?;
    let mut stdout = io::stdout();
    for bytes in BufReader::new(child.stdout.take().expect("piped")).split(b'\n') {
        let bytes = bytes?;
        stdout.write_all(&bytes)?;
        stdout.write_all(b"\n")?;
        line(&String::from_utf8_lossy(&bytes));
    }
    Ok(child.wait()?.success())
}

/// Runs a command to its end and gives all that it printed, errors last, and whether it succeeded.
///
/// # Errors
/// If it does not start.
pub fn collect(command: &mut Command) -> Result<(String, bool)> {
    let output = command.output().with_context(|| format!("{} does not start", shown(command)))?;
    let printed = [output.stdout, output.stderr].concat();
    Ok((String::from_utf8_lossy(&printed).into_owned(), output.status.success()))
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
