//! The site on localhost.

use std::{
    fs,
    io::{self, BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    command::{command, heading},
    setup, site,
    wasm::{self, Module, Packing},
    workspace::{root, target},
};

/// Builds the first module and the site, serves it, and lets the other modules join when they are built. Does not return
/// unless something fails; Ctrl-C ends it.
///
/// # Errors
/// If the first module or the site cannot be built, the port is taken, or the server ends.
pub fn serve(modules: &[Module], packing: Packing, port: u16, open: bool) -> Result<()> {
    // Before minutes of building.
    TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} cannot be served from: choose another with --port"))?;
    setup::npm_packages()?;
    let (first, others) = modules.split_first().expect("clap asks for at least one");
    wasm::build(&[*first], packing)?;
    site::build()?;

    let served = target().join("served").join(port.to_string());
    if served.exists() {
        fs::remove_dir_all(&served)?;
    }
    publish(&root().join("www/dist"), &served)?;
    let mut server = start(&served, port)?;
    // The server ends when this closes.
    let _open = server.stdin.take();

    let url = format!("http://localhost:{port}/");
    heading(format!("Serving {url} (Ctrl-C ends it)"));
    if open && let Err(error) = open::that_detached(&url) {
        eprintln!("No browser opened ({error}): open the address yourself.");
    }
    for &module in others {
        match join(module, packing, &served) {
            Ok(true) => eprintln!("\nThe page can use {module} now: reload it."),
            Ok(false) => {}
            Err(error) => eprintln!("\nThe page goes on without {module}: {error:#}"),
        }
    }
    bail!("the server ended ({})", server.wait()?)
}

/// Starts the server, and returns once it listens.
fn start(site: &Path, port: u16) -> Result<Child> {
    let mut node = command("node");
    node.arg("xtask/serve.js").arg(port.to_string()).arg(site).arg(root().join("pkg/dist/wasm"));
    let mut server =
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("node does not start")?;
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line)?;
    ensure!(!line.is_empty(), "the server does not start: look at its message above");
    Ok(server)
}

/// Builds a module into the site that is being served. Whether that changed it.
fn join(module: Module, packing: Packing, served: &Path) -> Result<bool> {
    let changed = wasm::build(&[module], packing)?;
    if changed {
        site::build()?;
        publish(&root().join("www/dist"), served)?;
    }
    Ok(changed)
}

/// Copies a built site over the one that is being served. A page that is loading at the time finds every file that it was
/// built with: none is removed, none is ever half there, and those that name others come after them.
///
/// # Errors
/// If a file cannot be read or written.
fn publish(site: &Path, served: &Path) -> Result<()> {
    fs::create_dir_all(served)?;
    let mut entries = fs::read_dir(site)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| !entry.path().is_dir());
    for entry in entries {
        let (from, to) = (entry.path(), served.join(entry.file_name()));
        if from.is_dir() {
            publish(&from, &to)?;
        } else {
            let whole = served.join(".new");
            fs::copy(from, &whole)?;
            fs::rename(whole, to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::*;

    /// Writes a site in which one file names another, as the bundler does: by what is in it.
    fn build(site: &Path, version: u32) {
        if site.exists() {
            fs::remove_dir_all(site).unwrap();
        }
        fs::create_dir_all(site.join("assets")).unwrap();
        fs::write(site.join(format!("assets/{version}.js")), vec![b'.'; 100_000]).unwrap();
        fs::write(site.join("index.html"), format!("assets/{version}.js")).unwrap();
    }

    #[test]
    fn a_page_that_loads_while_the_site_is_built_anew_finds_all_it_was_built_with() {
        let folder = target().join("tests").join("publish");
        let (site, served) = (folder.join("site"), folder.join("served"));
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        build(&site, 0);
        publish(&site, &served).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let visits = scope.spawn(|| {
                let mut seen = BTreeMap::new();
                while !done.load(Ordering::Relaxed) {
                    let script = fs::read_to_string(served.join("index.html")).unwrap();
                    assert_eq!(fs::read(served.join(&script)).unwrap().len(), 100_000, "{script}");
                    *seen.entry(script).or_insert(0) += 1;
                }
                seen
            });
            for version in 1..100 {
                build(&site, version);
                publish(&site, &served).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            assert!(visits.join().unwrap().len() > 1, "visits were made while it was built");
        });
        assert_eq!(fs::read_to_string(served.join("index.html")).unwrap(), "assets/99.js");
        fs::remove_dir_all(folder).unwrap();
    }
}
