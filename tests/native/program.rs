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

#[test]
fn the_siamese_network_reaches_its_paper_and_both_cpu_engines_decide_alike() {
    let evaluate = |engine: &str| {
        let trials = format!("{}/{engine}.json", env!("CARGO_TARGET_TMPDIR"));
        let report = glimpse(&[
            "evaluate",
            "--system",
            "siamese",
            "--protocol",
            "official",
            "--engine",
            engine,
            "--json",
            "--trials-file",
            &trials,
        ]);
        let decisions: Value = serde_json::from_slice(&std::fs::read(trials).unwrap()).unwrap();
        (report, decisions)
    };
    let (flex, by_flex) = evaluate("flex");
    let (ndarray, by_ndarray) = evaluate("ndarray");
    for report in [&flex, &ndarray] {
        assert_eq!(report["trials"], 400);
        assert!(report["accuracy"].as_f64().unwrap() >= 0.92, "Koch et al. reach 92.0 %: {report}");
        let [low, high] = [0, 1].map(|end| report["interval"][end].as_f64().unwrap());
        assert!(low < report["accuracy"].as_f64().unwrap() && report["accuracy"].as_f64().unwrap() < high);
        let sum: u64 =
            report["per_run"].as_array().unwrap().iter().map(|right| right.as_u64().unwrap()).sum();
        assert_eq!(report["correct"], sum);
    }
    let alike = (0..400).filter(|&i| by_flex[i]["chosen"] == by_ndarray[i]["chosen"]).count();
    assert!(alike >= 398, "{alike} of 400 decisions are the same");

    let card = concat!(env!("CARGO_MANIFEST_DIR"), "/weights/siamese.json");
    let card: Value = serde_json::from_slice(&std::fs::read(card).unwrap()).unwrap();
    assert_eq!(card["scores"]["official"]["correct"], flex["correct"], "the card tells what is measured");
}
