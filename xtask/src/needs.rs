//! What chores need outside the repository and cargo's target folder. It is installed only by consent: of whoever sits at the
//! terminal, by `--yes`, or by `CI=true`.

use std::{
    env, fmt,
    io::{self, IsTerminal, Write},
    process::{Command, Stdio},
};

use anyhow::{Result, bail, ensure};

use crate::{
    command::{command, heading, read, run, which},
    setup::{self, WASM},
    work,
};

/// Something that a chore needs on the machine.
#[derive(Clone, Copy)]
pub struct Need {
    /// What it is for.
    why: &'static str,
    is_there: fn() -> bool,
    /// How to install it: where one way fails, the next.
    ways: &'static [Way],
}

pub const WASM_COMPILER: Need = Need {
    why: "compiles the engines for the browser",
    is_there: setup::has_wasm_compiler,
    ways: &[Way::RustTarget, Way::Packages(&["rustc-web", "cargo-web", "rust-web-src", "lld-22"])],
};
pub const CHROMIUM: Need = Need {
    why: "runs the page's tests and the bench",
    is_there: || env::var_os("CHROMIUM").is_some() || setup::chromium().is_ok(),
    ways: &[Way::Packages(&["chromium"]), Way::Playwright],
};
pub const CHROMIUM_SHELL: Need = Need {
    why: "runs most tests of the page with a third less work: Chromium without windows",
    is_there: || {
        env::var_os("CHROMIUM").is_some()
            || setup::chromium_shell().is_some()
            || !setup::is_packaged(setup::CHROMIUM_SHELL)
    },
    ways: &[Way::Packages(&[setup::CHROMIUM_SHELL])],
};
pub const KOREAN_FONT: Need = Need {
    why: "draws the letters in the tests' pictures of the page in Korean",
    is_there: setup::has_korean_font,
    ways: &[Way::Packages(&["fontconfig", "fonts-nanum"])],
};
pub const MATHEMATICS_FONT: Need = Need {
    why: "draws the signs in README's picture of finding, as most people's machines do",
    is_there: setup::has_mathematics_font,
    ways: &[Way::Packages(&["fontconfig", "fonts-stix"])],
};
pub const FIREFOX: Need = Need {
    why: "runs the tests in Firefox",
    is_there: || setup::firefox().is_some(),
    ways: &[Way::Packages(&["firefox-esr"])],
};
pub const WEBKIT: Need = Need {
    why: "runs the tests in WebKit",
    is_there: || which("WebKitWebDriver").is_some(),
    ways: &[Way::Packages(&["webkit2gtk-driver"])],
};
pub const XVFB: Need = Need {
    why: "a screen for Firefox and WebKit that nobody sees",
    is_there: || which("xvfb-run").is_some(),
    ways: &[Way::Packages(&["xvfb"])],
};
pub const XAUTH: Need = Need {
    why: "lets programs onto that screen",
    is_there: || which("xauth").is_some(),
    ways: &[Way::Packages(&["xauth"])],
};
pub const PYTHON_VENV: Need = Need {
    why: "installs MkDocs and typos, for the tests of the documentation, into the target folder",
    is_there: setup::has_python_venv,
    ways: &[Way::Packages(&["python3-venv"])],
};
pub const VALGRIND: Need = Need {
    why: "counts instructions",
    is_there: || !work::COUNTED_HERE || which("valgrind").is_some(),
    ways: &[Way::Packages(&["valgrind"])],
};

/// A way to install something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Debian packages, by apt-get.
    Packages(&'static [&'static str]),
    /// The toolchain's target, by rustup.
    RustTarget,
    /// Chromium as Playwright has it, in a cache in the home folder.
    Playwright,
}

impl Way {
    fn is_possible(self) -> bool {
        let program = match self {
            Self::Packages(_) => "apt-get",
            Self::RustTarget => "rustup",
            Self::Playwright => "npx",
        };
        which(program).is_some()
    }

    /// Installs it.
    fn take(self) -> Result<()> {
        match self {
            Self::Packages(packages) => run(apt_get()?.args(["install", "--no-remove"]).args(packages)),
            Self::RustTarget => run(command("rustup").args(["target", "add", WASM])),
            Self::Playwright => {
                setup::npm_packages()?;
                run(command("npx").args(["playwright-core", "install", "--with-deps", "chromium"]))
            }
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Packages(packages) => f.write_str(&packages.join(", ")),
            Self::RustTarget => write!(f, "Rust's target {WASM}"),
            Self::Playwright => f.write_str("Playwright's Chromium"),
        }
    }
}

/// What is to be installed, and what for.
struct Missing {
    way: Way,
    why: &'static str,
}

/// Installs those needs that the machine lacks, after asking once for all of them. What cannot be installed is left to whoever
/// needs it, to say so.
///
/// # Errors
/// If nobody consents; the message says which commands would install them.
pub fn provide(needs: &[Need], yes: bool) -> Result<()> {
    // Ways of a need that are possible here, less those that were tried.
    let mut ways: Vec<_> =
        needs.iter().map(|need| (need, need.ways.iter().filter(|way| way.is_possible()))).collect();
    loop {
        let missing: Vec<_> = ways
            .iter_mut()
            .filter(|(need, _)| !(need.is_there)())
            .filter_map(|(need, ways)| Some(Missing { way: *ways.next()?, why: need.why }))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        match decide(&missing, &Circumstances::here(yes)) {
            Decision::Install => {}
            Decision::Ask(question) => ensure!(agreed(&question)?, "nothing was installed"),
            Decision::Stop(why) => bail!(why),
        }
        install(&missing);
    }
}

/// Installs what is missing; what fails is printed.
fn install(missing: &[Missing]) {
    let packages = |missing: &Missing| matches!(missing.way, Way::Packages(_));
    // Lists that cannot be brought up to date may still do.
    if missing.iter().any(packages)
        && let Err(error) = apt_get().and_then(|mut apt_get| run(apt_get.arg("update")))
    {
        eprintln!("{error:#}; going on with the lists of packages that are there");
    }
    for Missing { way, .. } in missing {
        heading(format!("Installing {way}"));
        if let Err(error) = way.take() {
            eprintln!("{error:#}");
        }
    }
}

/// apt-get, as root, asking nothing.
fn apt_get() -> Result<Command> {
    let mut apt_get = match root() {
        Root::Yes => command("env"),
        Root::BySudo => {
            let mut sudo = command("sudo");
            sudo.arg("env");
            sudo
        }
        Root::No => bail!("apt-get needs root, and there is no sudo"),
    };
    apt_get.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]).stdin(Stdio::inherit());
    Ok(apt_get)
}

/// Whether this program is root, or can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Yes,
    BySudo,
    No,
}

fn root() -> Root {
    if read(command("id").arg("-u")).is_ok_and(|user| user == "0") {
        Root::Yes
    } else if which("sudo").is_some() {
        Root::BySudo
    } else {
        Root::No
    }
}

/// What the decision to install depends on.
struct Circumstances {
    /// `--yes` was given.
    yes: bool,
    /// The variable `CI` is `true`.
    ci: bool,
    /// There is somebody to ask.
    terminal: bool,
    root: Root,
}

impl Circumstances {
    fn here(yes: bool) -> Self {
        Self {
            yes,
            ci: env::var_os("CI").is_some_and(|ci| ci == "true"),
            terminal: io::stdin().is_terminal() && io::stderr().is_terminal(),
            root: root(),
        }
    }
}

/// What to do about what is missing.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Install,
    /// Install it if the answer to this is yes.
    Ask(String),
    /// End with this message.
    Stop(String),
}

fn decide(missing: &[Missing], circumstances: &Circumstances) -> Decision {
    let Circumstances { yes, ci, terminal, root } = *circumstances;
    if yes || ci {
        return Decision::Install;
    }
    let list: String = missing.iter().map(|Missing { way, why }| format!("  {way}: {why}\n")).collect();
    let commands: String = commands(missing, root).iter().map(|command| format!("  {command}\n")).collect();
    let lacks = format!("This machine lacks\n{list}");
    if root == Root::No && missing.iter().any(|Missing { way, .. }| matches!(way, Way::Packages(_))) {
        Decision::Stop(format!(
            "{lacks}Installing it needs root, and there is no sudo. As root, run\n{commands}"
        ))
    } else if terminal {
        Decision::Ask(format!("{lacks}It would be installed by\n{commands}Install it? [y/N] "))
    } else {
        Decision::Stop(format!(
            "{lacks}There is no terminal to ask at, so nothing is installed. Run\n{commands}or the same again with --yes, which does so."
        ))
    }
}

/// What one would type to install it all.
fn commands(missing: &[Missing], root: Root) -> Vec<String> {
    let mut packages = Vec::new();
    let mut others = Vec::new();
    for Missing { way, .. } in missing {
        match way {
            Way::Packages(names) => packages.extend_from_slice(names),
            Way::RustTarget => others.push(format!("rustup target add {WASM}")),
            Way::Playwright => others.push("npx playwright-core install --with-deps chromium".into()),
        }
    }
    if !packages.is_empty() {
        let sudo = if root == Root::BySudo { "sudo " } else { "" };
        others.push(format!("{sudo}apt-get install {}", packages.join(" ")));
    }
    others
}

/// Asks at the terminal.
fn agreed(question: &str) -> Result<bool> {
    eprint!("\n{question}");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: [Missing; 3] = [
        Missing { way: Way::RustTarget, why: "compiles" },
        Missing { way: Way::Packages(&["chromium"]), why: "runs the page" },
        Missing { way: Way::Packages(&["xvfb", "xauth"]), why: "a screen" },
    ];

    const NOBODY: Circumstances =
        Circumstances { yes: false, ci: false, terminal: false, root: Root::BySudo };

    fn asked(circumstances: &Circumstances) -> String {
        match decide(&MISSING, circumstances) {
            Decision::Ask(question) => question,
            other => panic!("{other:?}"),
        }
    }

    fn stopped(circumstances: &Circumstances) -> String {
        match decide(&MISSING, circumstances) {
            Decision::Stop(message) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn yes_and_ci_install_without_asking() {
        for terminal in [false, true] {
            for root in [Root::Yes, Root::BySudo, Root::No] {
                let circumstances = Circumstances { terminal, root, ..NOBODY };
                let yes = Circumstances { yes: true, ..circumstances };
                let ci = Circumstances { ci: true, ..circumstances };
                assert_eq!(decide(&MISSING, &yes), Decision::Install);
                assert_eq!(decide(&MISSING, &ci), Decision::Install);
            }
        }
    }

    #[test]
    fn at_a_terminal_one_question_names_everything_and_what_it_is_for() {
        let question = asked(&Circumstances { terminal: true, ..NOBODY });
        assert_eq!(
            question,
            "This machine lacks\n  \
               Rust's target wasm32-unknown-unknown: compiles\n  \
               chromium: runs the page\n  \
               xvfb, xauth: a screen\n\
             It would be installed by\n  \
               rustup target add wasm32-unknown-unknown\n  \
               sudo apt-get install chromium xvfb xauth\n\
             Install it? [y/N] "
        );
    }

    #[test]
    fn without_a_terminal_it_stops_and_says_what_to_run() {
        let message = stopped(&NOBODY);
        for part in ["chromium: runs the page", "\n  sudo apt-get install chromium xvfb xauth\n", "--yes"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn root_needs_no_sudo_and_without_both_nothing_is_asked() {
        let question = asked(&Circumstances { terminal: true, root: Root::Yes, ..NOBODY });
        assert!(question.contains("\n  apt-get install chromium"), "{question}");
        let message = stopped(&Circumstances { terminal: true, root: Root::No, ..NOBODY });
        assert!(message.contains("As root, run\n") && message.contains("\n  apt-get install"), "{message}");
    }
}
