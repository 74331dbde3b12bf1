//! Chores install nothing outside the repository unasked: the program itself, on a machine that lacks everything.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A machine whose only programs are those that install others; each of them only writes down that it was called.
struct Machine {
    programs: PathBuf,
    called: PathBuf,
}

impl Machine {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let machine = Self { programs: folder.join("bin"), called: folder.join("called") };
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&machine.programs).unwrap();
        for program in ["apt-get", "sudo", "rustup", "npm", "npx", "cargo"] {
            machine.program(program, &format!("echo \"{program} $*\" >> '{}'", machine.called.display()));
        }
        machine.program("id", "echo 1000");
        machine
    }

    fn program(&self, name: &str, script: &str) {
        let file = self.programs.join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a chore to its end, with nobody at its standard input.
    fn run(&self, arguments: &[&str], ci: Option<&str>) -> Output {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.args(arguments).stdin(Stdio::null()).env("PATH", &self.programs);
        xtask.env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
        for name in ["CI", "CARGO", "CHROMIUM", "FIREFOX"] {
            xtask.env_remove(name);
        }
        xtask.envs(ci.map(|ci| ("CI", ci))).output().unwrap()
    }

    /// The calls that install something for the whole machine, or into the home folder.
    fn installed(&self) -> Vec<String> {
        let called = fs::read_to_string(&self.called).unwrap_or_default();
        let installs =
            |call: &&str| ["apt-get", "rustup", "playwright"].iter().any(|name| call.contains(name));
        called.lines().filter(installs).map(String::from).collect()
    }
}

#[test]
fn without_consent_nothing_is_installed_and_the_message_says_what_to_run() {
    let machine = Machine::new("no-consent");
    for (arguments, package) in [
        (vec!["test"], "chromium"),
        (vec!["test", "firefox-webkit"], "webkit2gtk-driver"),
        (vec!["test", "page"], "chromium"),
        (vec!["setup"], "firefox-esr"),
        (vec!["bench"], "chromium"),
        (vec!["work"], "valgrind"),
    ] {
        for ci in [None, Some(""), Some("false")] {
            let output = machine.run(&arguments, ci);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{arguments:?}");
            assert!(said.contains("sudo apt-get install") && said.contains("--yes"), "{arguments:?}: {said}");
            assert!(said.contains(&format!("  {package}: ")), "{arguments:?}: {said}");
            assert_eq!(machine.installed(), [""; 0], "{arguments:?}");
        }
    }
    for arguments in [vec!["build"], vec!["serve", "--no-open"], vec!["test", "native"]] {
        assert!(!machine.run(&arguments, None).status.success(), "{arguments:?}");
        assert_eq!(machine.installed(), [""; 0], "{arguments:?}");
    }
}

#[test]
fn ci_and_yes_install_what_is_missing() {
    for (name, arguments, ci) in [("yes", vec!["setup", "--yes"], None), ("ci", vec!["setup"], Some("true"))]
    {
        let machine = Machine::new(name);
        machine.run(&arguments, ci);
        let installed = machine.installed();
        for package in [
            "chromium",
            "fonts-nanum",
            "firefox-esr",
            "webkit2gtk-driver",
            "xvfb",
            "xauth",
            "python3-venv",
            "valgrind",
        ] {
            let installs =
                |call: &String| call.starts_with("sudo ") && call.ends_with(&format!(" {package}"));
            assert!(installed.iter().any(installs), "{name}: {package} is not among {installed:?}");
        }
    }
}

#[test]
fn the_chromium_without_windows_is_installed_where_it_is_packaged() {
    for (name, answer, wanted) in [("packaged", "exit 0", true), ("unpackaged", "exit 100", false)] {
        let machine = Machine::new(name);
        machine.program("apt-cache", answer);
        machine.run(&["setup", "--yes"], None);
        let installed = machine.installed();
        let is_installed = installed.iter().any(|call| call.contains(" chromium-headless-shell"));
        assert_eq!(is_installed, wanted, "{name}: {installed:?}");
    }
}
