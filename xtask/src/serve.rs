//! The site on localhost.

use std::{
    fs::File,
    path::{Component, Path, PathBuf},
    thread,
};

use anyhow::{Result, anyhow};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::{
    command::heading,
    setup, site,
    wasm::{self, Engine, Packing},
    workspace::root,
};

/// Builds the first engine and the site, serves it, and lets the other engines join when they are built. Does not return
/// unless something fails before it serves; Ctrl-C ends it.
///
/// # Errors
/// If the first engine or the site cannot be built, or the port is taken.
pub fn serve(engines: &[Engine], packing: Packing, port: u16, open: bool) -> Result<()> {
    // Before minutes of building.
    let server = Server::http(("127.0.0.1", port)).map_err(|error| {
        anyhow!("port {port} cannot be served from ({error}): choose another with --port")
    })?;
    setup::npm_packages()?;
    let (first, others) = engines.split_first().expect("clap asks for at least one");
    wasm::build(&[*first], packing)?;
    site::build()?;

    let url = format!("http://localhost:{port}/");
    heading(format!("Serving {url} (Ctrl-C ends it)"));
    thread::spawn(move || each_in_a_thread(&server, answer));
    if open && let Err(error) = open::that_detached(&url) {
        eprintln!("No browser opened ({error}): open the address yourself.");
    }
    for &engine in others {
        match join(engine, packing) {
            Ok(true) => eprintln!("\nThe page can use {engine} now: reload it."),
            Ok(false) => {}
            Err(error) => eprintln!("\nThe page goes on without {engine}: {error:#}"),
        }
    }
    loop {
        thread::park();
    }
}

/// Answers requests, none of which waits for another: a visitor may read one slowly, or not to its end.
fn each_in_a_thread(server: &Server, answer: fn(Request)) {
    for request in server.incoming_requests() {
        thread::spawn(move || answer(request));
    }
}

/// Builds an engine's module into the site that is being served. Whether that changed it.
fn join(engine: Engine, packing: Packing) -> Result<bool> {
    let changed = wasm::build(&[engine], packing)?;
    if changed {
        site::build()?;
    }
    Ok(changed)
}

/// Answers one request with a file of the site.
fn answer(request: Request) {
    let header = |name: &str, value: &str| Header::from_bytes(name, value).expect("plain words");
    let text = |status: u16, text: &str| Response::from_string(text).with_status_code(status);
    let sent = if !matches!(request.method(), Method::Get | Method::Head) {
        request.respond(text(405, "Only GET and HEAD.").with_header(header("Allow", "GET, HEAD")))
    } else {
        match file(request.url()).and_then(|path| Some((File::open(&path).ok()?, path))) {
            Some((file, path)) => request.respond(
                Response::from_file(file)
                    // The length is always said: the page shows how far a download is.
                    .with_chunked_threshold(usize::MAX)
                    .with_header(header("Content-Type", media_type(&path)))
                    .with_header(header("Cache-Control", "no-cache"))
                    .with_header(header("X-Content-Type-Options", "nosniff")),
            ),
            None => request.respond(text(404, "There is no such file.")),
        }
    };
    // A visitor who left before the end is no fault.
    drop(sent);
}

/// The file that a request's address names, if there is one: of the site, or a module that was built after it, which
/// the page looks for under the package's own name.
fn file(url: &str) -> Option<PathBuf> {
    let path = inside(url)?;
    let site = root().join("www/dist").join(&path);
    let module: PathBuf = path.iter().skip_while(|part| *part != "wasm").collect();
    let candidates = [site.join("index.html"), site, root().join("pkg/dist").join(module)];
    candidates.into_iter().find(|file| file.is_file())
}

/// The relative path that an address names; none if it leads outside.
fn inside(url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = decode(path)?;
    let plain = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !path.contains(['\\', '\0', ':'])).then(|| path.into())
}

/// Undoes percent encoding; none if it is broken.
fn decode(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map" | "webmanifest") => "application/json",
        Some("wasm") => "application/wasm",
        Some("zip") => "application/zip",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpStream,
        time::Duration,
    };

    use super::*;

    #[test]
    fn answers_that_are_not_read_keep_no_other_waiting() {
        let server = Server::http("127.0.0.1:0").unwrap();
        let address = server.server_addr().to_ip().unwrap();
        // More than a connection holds for one who does not read.
        let answer = |request: Request| {
            let bytes = if request.url() == "/long" { 1 << 26 } else { 1 };
            drop(request.respond(Response::from_data(vec![b'.'; bytes])));
        };
        thread::spawn(move || each_in_a_thread(&server, answer));
        let ask = |path: &str| {
            let mut asked = TcpStream::connect(address).unwrap();
            asked.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            write!(asked, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
            asked
        };
        let unread: Vec<TcpStream> = (0..16).map(|_| ask("/long")).collect();
        for mut begun in &unread {
            begun.read_exact(&mut [0; 8]).unwrap();
        }
        let mut short = ask("/short");
        let mut read = String::new();
        short.read_to_string(&mut read).unwrap();
        assert!(read.starts_with("HTTP/1.1 200"), "{read}");
    }

    #[test]
    fn an_address_names_a_file_of_the_site() {
        assert_eq!(inside("/"), Some("".into()));
        assert_eq!(inside("/wasm/flex/glimpse.js?instance=1"), Some("wasm/flex/glimpse.js".into()));
        assert_eq!(inside("/a%20b.html#top"), Some("a b.html".into()));
    }

    #[test]
    fn no_address_leads_outside() {
        for url in [
            "/../secret",
            "/a/../../secret",
            "/%2e%2e/secret",
            "//etc/secret",
            "/..%2fsecret",
            "/a%5c..",
            "a",
            "",
        ] {
            assert_eq!(inside(url), None, "{url}");
        }
    }

    #[test]
    fn broken_encoding_names_nothing() {
        for url in ["/%", "/%2", "/%zz", "/%ff"] {
            assert_eq!(inside(url), None, "{url}");
        }
    }
}
