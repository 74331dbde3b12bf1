//! The commit that is measured. `cargo xtask` has this file too, so it knows nothing of either program.

use std::{path::Path, process::Command};

/// What measuring itself writes, which changes nothing that is measured.
const WRITTEN: [&str; 5] =
    [":/!weights/*.json", ":/!benches/*.json", ":/!*.svg", ":/!*.md", ":/!www/preview*"];

/// The commit that the checkout around a folder is at, as `git describe --always --dirty` writes it: `1a2b3c4`, or `1a2b3c4-dirty` where files differ from it. `None` without git.
pub fn commit(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let changed =
        git(&[&["status", "--porcelain", "--untracked-files=no", "--", ":/"], &WRITTEN[..]].concat())?;
    Some(if changed.is_empty() { commit } else { commit + "-dirty" })
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;

    #[test]
    fn a_commit_is_marked_where_files_differ_from_it_but_for_what_measuring_writes() {
        let root = env::temp_dir().join(format!("glimpse-commit-{}", process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("weights")).unwrap();
        assert_eq!(commit(&root), None);
        let git = |arguments: &[&str]| {
            let who = [
                "-c",
                "user.name=nobody",
                "-c",
                "user.email=nobody@example.org",
                "-c",
                "commit.gpgsign=false",
            ];
            let output = Command::new("git").current_dir(&root).args(who).args(arguments).output().unwrap();
            assert!(output.status.success(), "{arguments:?}");
        };
        let write = |text: &str, path: &str| fs::write(root.join(path), text).unwrap();
        for path in ["lib.rs", "weights/scores.json", "README.md"] {
            write("before", path);
        }
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        git(&["commit", "--quiet", "--message", "first"]);
        let clean = commit(&root).unwrap();
        assert!(clean.len() >= 7 && clean.bytes().all(|byte| byte.is_ascii_hexdigit()), "{clean}");
        write("after", "weights/scores.json");
        write("after", "README.md");
        assert_eq!(commit(&root.join("weights")), Some(clean.clone()));
        write("after", "lib.rs");
        assert_eq!(commit(&root.join("weights")), Some(clean + "-dirty"));
        fs::remove_dir_all(&root).unwrap();
    }
}
