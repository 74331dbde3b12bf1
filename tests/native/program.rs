//! Does the native program measure what the papers measured?

use std::process::Command;

use serde_json::Value;

fn glimpse(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_glimpse")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Errors of 400 that Lake et al. publish (38.8 %), and the counts that a reader of the protocol must reach.
#[test]
fn the_hausdorff_baseline_decides_as_published() {
    let report = glimpse(&["baseline", "--method", "hausdorff", "--json"]);
    assert_eq!((&report["trials"], &report["correct"]), (&400.into(), &245.into()));
    let per_run = [11, 13, 12, 15, 14, 17, 8, 13, 12, 9, 17, 6, 7, 13, 17, 15, 14, 12, 6, 14];
    assert_eq!(report["per_run"], serde_json::json!(per_run));
}

/// The published figure that a system must reach, and decisions that both CPU engines share.
#[test]
fn every_system_reaches_its_paper_and_both_cpu_engines_decide_alike() {
    for system in ["siamese", "triplet", "relation"] {
        let evaluate = |engine: &str| {
            let trials = format!("{}/{system}-{engine}.json", env!("CARGO_TARGET_TMPDIR"));
            let official = ["evaluate", "--system", system, "--protocol", "official", "--json"];
            let report = glimpse(&[&official[..], &["--engine", engine, "--trials-file", &trials]].concat());
            let decisions: Value = serde_json::from_slice(&std::fs::read(trials).unwrap()).unwrap();
            (report, decisions)
        };
        let (flex, by_flex) = evaluate("flex");
        let (ndarray, by_ndarray) = evaluate("ndarray");
        for report in [&flex, &ndarray] {
            assert_eq!((&report["trials"], &report["episodes"]), (&400.into(), &20.into()));
            assert!(report["accuracy"].as_f64().unwrap() >= 0.93, "{report}");
            let [low, high] = [0, 1].map(|end| report["interval"][end].as_f64().unwrap());
            assert!(
                low < report["accuracy"].as_f64().unwrap() && report["accuracy"].as_f64().unwrap() < high
            );
            let sum: u64 =
                report["per_run"].as_array().unwrap().iter().map(|right| right.as_u64().unwrap()).sum();
            assert_eq!(report["correct"], sum);
        }
        let alike = (0..400).filter(|&i| by_flex[i]["chosen"] == by_ndarray[i]["chosen"]).count();
        assert!(alike >= 398, "{system}: {alike} of 400 decisions are the same");

        let card = read(&format!("weights/{system}.json"));
        assert_eq!(card["scores"]["official"]["correct"], flex["correct"], "the card tells what is measured");
        let row = score(system, "official", 1);
        assert_eq!(row["correct"], flex["correct"], "scores.json tells what is measured");
    }
}

fn read(path: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A row of weights/scores.json.
fn score(system: &str, protocol: &str, looks: usize) -> Value {
    let is_it = |row: &&Value| {
        (&row["system"], &row["protocol"], &row["looks"]) == (&system.into(), &protocol.into(), &looks.into())
    };
    let scores = read("weights/scores.json");
    let row = scores["rows"].as_array().unwrap().iter().find(is_it).cloned();
    row.unwrap_or_else(|| panic!("scores.json lacks {system} under {protocol}"))
}

#[test]
fn sampled_protocols_repeat_for_a_seed_and_measure_what_scores_json_tells() {
    for (protocol, trials) in [("random-20-way-1-shot", 600), ("within-alphabet", 600), ("mnist", 300)] {
        let evaluate = |seed: &str| {
            let few = ["--episodes", "30", "--seed", seed, "--json"];
            glimpse(&[&["evaluate", "--system", "triplet", "--protocol", protocol][..], &few].concat())
        };
        let report = evaluate("0");
        assert_eq!(report["trials"], trials);
        assert_eq!(report, evaluate("0"));
        assert_ne!(report, evaluate("1"));
        let [low, high] = [0, 1].map(|end| report["interval"][end].as_f64().unwrap());
        let told = score("triplet", protocol, 1)["accuracy"].as_f64().unwrap();
        assert!(low - 0.03 < told && told < high + 0.03, "{protocol}: {told} against {report}");
    }
}

#[test]
fn verification_has_an_area_under_the_curve_and_looks_are_averaged() {
    let verification = ["evaluate", "--system", "siamese", "--protocol", "verification", "--json"];
    let report = glimpse(&[&verification[..], &["--episodes", "30"]].concat());
    assert_eq!(report["trials"], 300);
    assert!(report["accuracy"].as_f64().unwrap() > 0.9 && report["auc"].as_f64().unwrap() > 0.96, "{report}");
    let report = glimpse(&["evaluate", "--system", "triplet", "--looks", "8", "--json"]);
    assert_eq!(report["looks"], 8);
    let told = score("triplet", "official", 8);
    assert_eq!(report["correct"], told["correct"], "scores.json tells what is measured");
    assert_ne!(told["correct"], score("triplet", "official", 1)["correct"]);
}

#[test]
fn every_system_and_every_baseline_stand_in_one_table() {
    let few = ["--protocol", "random-5-way-1-shot", "--episodes", "20"];
    let table = glimpse(&[&["evaluate", "--system", "all", "--json"][..], &few].concat());
    let rows = table["rows"].as_array().unwrap();
    let systems: Vec<&str> = rows.iter().map(|row| row["system"].as_str().unwrap()).collect();
    assert_eq!(systems, ["siamese", "triplet", "relation", "hausdorff", "pixels"]);
    assert!(rows.iter().all(|row| row["trials"] == 100));
    assert!(rows[0]["accuracy"].as_f64() > rows[4]["accuracy"].as_f64(), "{table}");
    assert!(table["published"].as_array().unwrap().iter().any(|p| p["who"] == "people"));
}

#[test]
fn what_there_is_not_is_told_with_what_there_is() {
    for (arguments, told) in [
        (["evaluate", "--protocol", "random-7-way-1-shot"], "random-20-way-1-shot"),
        (["evaluate", "--system", "oracle"], "siamese, triplet, relation"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_glimpse")).args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(told), "{error}");
    }
}

#[test]
fn the_readme_tells_the_scores() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let scores = read("weights/scores.json");
    for row in scores["rows"].as_array().unwrap() {
        let percent =
            |value: &Value| format!("{:.1}", (value.as_f64().unwrap() * 100.0 * 10.0).round() / 10.0);
        let [low, high] = [0, 1].map(|end| percent(&row["interval"][end]));
        let cell = format!("{} ({low} to {high})", percent(&row["accuracy"]));
        assert!(
            readme.contains(&cell),
            "README.md lacks {cell} of {} under {}",
            row["system"],
            row["protocol"]
        );
    }
}
