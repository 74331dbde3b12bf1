//! Does the native program measure what the papers measured?

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use glimpse::dataset::InventedAlphabet;
use serde_json::{Value, json};

/// What a program says, whether it succeeds or not.
fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_glimpse")).args(arguments).output().unwrap()
}

fn glimpse(arguments: &[&str]) -> Value {
    let output = run(arguments);
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

/// The published figure that a system must reach, and decisions that both engines of this build share.
#[test]
fn every_system_reaches_its_paper_and_both_engines_decide_alike() {
    for system in ["siamese", "triplet", "relation"] {
        let evaluate = |engine: &str| {
            let trials = format!("{}/{system}-{engine}.json", env!("CARGO_TARGET_TMPDIR"));
            let official = ["evaluate", "--system", system, "--protocol", "official", "--json"];
            let report = glimpse(&[&official[..], &["--engine", engine, "--trials-file", &trials]].concat());
            let decisions: Value = serde_json::from_slice(&std::fs::read(trials).unwrap()).unwrap();
            (report, decisions)
        };
        let (flex, by_flex) = evaluate("flex");
        let (simd, by_simd) = evaluate("simd");
        for report in [&flex, &simd] {
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
        let alike = (0..400).filter(|&i| by_flex[i]["chosen"] == by_simd[i]["chosen"]).count();
        assert!(alike >= 398, "{system}: {alike} of 400 decisions are the same");

        let row = score(system, "official", 1);
        assert_eq!(row["correct"], flex["correct"], "scores.json tells what is measured");
    }
}

fn read(path: &str) -> Value {
    json_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A row of weights/scores.json.
fn score(system: &str, protocol: &str, views: usize) -> Value {
    let is_it = |row: &&Value| {
        (&row["system"], &row["protocol"], &row["views"]) == (&system.into(), &protocol.into(), &views.into())
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
fn verification_has_an_area_under_the_curve_and_views_are_averaged() {
    let verification = ["evaluate", "--system", "siamese", "--protocol", "verification", "--json"];
    let report = glimpse(&[&verification[..], &["--episodes", "30"]].concat());
    assert_eq!(report["trials"], 300);
    assert!(report["accuracy"].as_f64().unwrap() > 0.9 && report["auc"].as_f64().unwrap() > 0.96, "{report}");
    let report = glimpse(&["evaluate", "--system", "triplet", "--views", "8", "--json"]);
    assert_eq!(report["views"], 8);
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

/// Somebody's own drawings, by every method.
#[test]
fn any_set_of_strokes_is_measured_across_those_who_drew_it() {
    let alphabet = InventedAlphabet::new(8, 6);
    let drawing = |character, drawer| {
        let strokes: Vec<Vec<f32>> = alphabet
            .draw(character, drawer)
            .0
            .iter()
            .map(|stroke| stroke.iter().flat_map(|p| [p.x, p.y]).collect())
            .collect();
        json!({ "writer": format!("drawer {drawer}"), "strokes": strokes })
    };
    let classes: serde_json::Map<String, Value> = (0..6)
        .map(|character| {
            let drawn: Vec<Value> = (0..4).map(|drawer| drawing(character, drawer)).collect();
            (format!("sign {character}"), drawn.into())
        })
        .collect();
    let path = format!("{}/own.json", env!("CARGO_TARGET_TMPDIR"));
    let set = json!({ "name": "own", "kind": "strokes", "classes": classes });
    fs::write(&path, set.to_string()).unwrap();
    let measure = |more: &[&str]| {
        glimpse(
            &[&["evaluate", "--system", "triplet", "--data", &path, "--episodes", "20", "--json"], more]
                .concat(),
        )
    };
    let rows = measure(&["--shots", "2", "--method", "p-plus,q,hausdorff,pixels"]);
    let methods: Vec<&str> =
        rows.as_array().unwrap().iter().map(|row| row["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["triplet", "p-plus", "q", "hausdorff", "pixels"]);
    for row in rows.as_array().unwrap() {
        assert_eq!((&row["set"], &row["way"], &row["shots"]), (&"own".into(), &6.into(), &2.into()));
        assert_eq!((&row["episodes"], &row["trials"]), (&20.into(), &120.into()));
        let number = |name: &str| row[name].as_f64().unwrap();
        assert!(number("top_1") <= number("top_5"), "{row}");
        let [low, high] = [0, 1].map(|end| row["top_1_interval"][end].as_f64().unwrap());
        assert!(low <= number("top_1") && number("top_1") <= high, "{row}");
    }
    assert!(rows[0]["top_1"].as_f64().unwrap() > 0.9, "{rows}");
    assert!(rows[0]["top_1"].as_f64() > rows[4]["top_1"].as_f64(), "pixels do worse");

    let distorted = measure(&["--distort", "broken"]);
    assert_eq!(distorted[0]["set"], "own, queries broken");
    assert_eq!(distorted, measure(&["--distort", "broken"]));
    assert_ne!(distorted[0]["calibration_error"], measure(&[])[0]["calibration_error"]);

    let fine_tune =
        ["evaluate", "--system", "triplet", "--fine-tune", "--tasks", "2", "--json", "--data", &path];
    let tuned = glimpse(&[&fine_tune[..], &["--way", "3", "--shots", "2"]].concat());
    let row = &tuned["rows"][0];
    assert_eq!((&row["data"], &row["protocol"]), (&"own".into(), &"random-3-way-2-shot".into()));
    assert_eq!((&row["tasks"], &row["trials"]), (&2.into(), &6.into()));

    for (wrong, why) in [
        (["--shots", "9"], "9 others by other writers"),
        (["--way", "1"], "two classes or more"),
        (["--episodes", "0"], "--episodes"),
        (["--data", "/nowhere.json"], "/nowhere.json"),
    ] {
        let failed = run(&[&["evaluate", "--data", &path][..], &wrong].concat());
        let told = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert!(
            !failed.status.success() && told.contains(why) && !told.contains("panicked"),
            "{wrong:?}: {told}"
        );
    }
}

#[test]
fn what_there_is_not_is_told_with_what_there_is() {
    for (arguments, told) in [
        (["evaluate", "--protocol", "random-7-way-1-shot"], "random-20-way-1-shot"),
        (["evaluate", "--system", "oracle"], "siamese, triplet, relation"),
    ] {
        let output = run(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(told), "{error}");
    }
}

/// The document with the tables.
const RESULTS: &str = "docs/results.md";

/// A copy of the measured figures, the weights that they are of and the documents that quote them.
fn checkout(name: &str) -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&copy);
    fs::create_dir_all(copy.join("weights/studies")).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(copy.join("docs")).unwrap();
    for document in [RESULTS, "docs/find.md"] {
        fs::copy(root.join(document), copy.join(document)).unwrap();
    }
    for folder in ["weights", "weights/studies"] {
        for entry in fs::read_dir(root.join(folder)).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), copy.join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    copy
}

/// Whether the figures of a checkout are whole and its tables those of them; if not, what is wrong.
fn check(root: &Path) -> Result<(), String> {
    let output = run(&["figures", "--check", "--root", root.to_str().unwrap()]);
    output.status.success().then_some(()).ok_or_else(|| String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_figures_are_whole_and_of_the_shipped_weights_and_the_tables_are_made_of_them() {
    check(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let copy = checkout("figures");
    check(&copy).unwrap();
    let results = fs::read(copy.join(RESULTS)).unwrap();
    let stale = String::from_utf8(results.clone()).unwrap().replace("| official 20 runs |", "| the runs |");
    fs::write(copy.join(RESULTS), stale).unwrap();
    assert!(check(&copy).unwrap_err().contains("run `glimpse figures`"));
    assert!(run(&["figures", "--root", copy.to_str().unwrap()]).status.success());
    assert_eq!(fs::read(copy.join(RESULTS)).unwrap(), results);
}

#[test]
fn whatever_is_wrong_with_a_file_of_figures_is_noticed() {
    /// What is changed, in words and in fact, and what is said of it.
    type Case = (&'static str, fn(&mut Value), &'static str);
    let of_scores: [Case; 14] = [
        ("a row is gone", |file| drop(rows(file).remove(3)), "lacks hausdorff under official"),
        ("a row stands twice", |file| double(rows(file)), "holds siamese under official 2 times"),
        (
            "a row replaces another",
            |file| rows(file)[1] = rows(file)[0].clone(),
            "lacks triplet under official",
        ),
        (
            "a row that is not measured",
            |file| rows(file)[7]["views"] = 4.into(),
            "lacks relation under official in 8 views",
        ),
        (
            "a stale digest",
            |file| file["weights"]["triplet"] = "0".repeat(64).into(),
            "triplet are of other weights",
        ),
        (
            "no digest",
            |file| drop(object(&mut file["weights"]).remove("relation")),
            "relation are of other weights",
        ),
        ("two systems' rows are swapped", |file| swap(rows(file), 0, 2, "system"), "run `glimpse figures`"),
        ("one right more", |file| add(&mut rows(file)[9]["correct"], 1), "do not follow"),
        ("accuracy", |file| rows(file)[9]["accuracy"] = 0.9.into(), "do not follow"),
        ("an end of an interval", |file| rows(file)[9]["interval"][0] = 0.9.into(), "do not follow"),
        ("fewer episodes", |file| add(&mut rows(file)[9]["episodes"], -1), "not of 1000"),
        ("the runs do not sum up", |file| add(&mut rows(file)[0]["per_run"][0], -1), "per_run"),
        ("a field that nobody knows", |file| rows(file)[0]["rank"] = 1.into(), "unknown field `rank`"),
        ("a published figure", |file| file["published"][0]["accuracy"] = 0.99.into(), "published"),
    ];
    let of_fine_tuning: [Case; 10] = [
        (
            "a row is gone",
            |file| drop(rows(file).remove(11)),
            "lacks relation on mnist, random-10-way-5-shot",
        ),
        ("a row stands twice", |file| double(rows(file)), "2 times"),
        ("5-shot rows instead of 1-shot ones", |file| rows(file)[0] = rows(file)[1].clone(), "lacks siamese"),
        (
            "a stale digest",
            |file| file["weights"]["siamese"] = "0".repeat(64).into(),
            "siamese are of other weights",
        ),
        ("another recipe", |file| file["recipes"]["relation"]["steps"] = 51.into(), "another recipe"),
        ("two systems' rows are swapped", |file| swap(rows(file), 3, 7, "system"), "run `glimpse figures`"),
        ("a gain", |file| rows(file)[3]["gain"] = 0.01.into(), "do not follow"),
        ("an accuracy", |file| rows(file)[3]["after"] = 0.5.into(), "do not follow"),
        ("an end of an interval", |file| rows(file)[3]["interval"][1] = 0.5.into(), "do not follow"),
        ("fewer tasks", |file| add(&mut rows(file)[3]["tasks"], -1), "trials"),
    ];
    let of_card: [Case; 5] = [
        ("other weights", |card| card["weights"] = "0".repeat(64).into(), "other weights"),
        ("another system", |card| card["system"] = "relation".into(), "not of relation"),
        ("a row is gone", |card| drop(card["scores"]["held_out"].as_array_mut().unwrap().pop()), "lacks"),
        ("the official score", |card| card["scores"]["official"] = json!({}), "unknown field `official`"),
        ("steps", |card| add(&mut card["steps"], 1), "steps"),
    ];
    let copy = checkout("wrong");
    let of_sets: [Case; 4] = [
        ("a share", |file| rows(file)[0]["top_1"] = 0.5.into(), "says what cannot be"),
        ("more than all", |file| rows(file)[1]["refused"] = 1.5.into(), "says what cannot be"),
        ("a stale digest", |file| file["weights"]["siamese"] = "0".repeat(64).into(), "other weights"),
        ("a field that nobody knows", |file| rows(file)[0]["way_"] = 3.into(), "unknown field"),
    ];
    let of_studies: [Case; 4] = [
        ("a row is gone", |file| drop(rows(file).remove(0)), "lacks relation-alone under official"),
        ("other weights", |file| rows(file)[0]["weights"] = "0".repeat(64).into(), "of other weights"),
        ("one right more", |file| add(&mut rows(file)[0]["row"]["correct"], 1), "do not follow"),
        ("another system", |file| rows(file)[1]["row"]["system"] = "triplet".into(), "of another system"),
    ];
    let files: [(&str, &[Case]); 5] = [
        ("scores.json", &of_scores),
        ("fine-tuning.json", &of_fine_tuning),
        ("sets.json", &of_sets),
        ("studies.json", &of_studies),
        ("triplet.json", &of_card),
    ];
    for (name, changes) in files {
        let path = copy.join("weights").join(name);
        let whole = fs::read(&path).unwrap();
        for (what, change, told) in changes {
            let mut file = json_of(&path);
            change(&mut file);
            fs::write(&path, serde_json::to_vec(&file).unwrap()).unwrap();
            let error = check(&copy).expect_err(what);
            assert!(error.contains(told), "{name}, {what}: {error}");
            fs::write(&path, &whole).unwrap();
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(check(&copy).unwrap_err().contains(name), "half a {name}");
        fs::write(&path, &whole).unwrap();
    }
    check(&copy).unwrap();
}

/// The commit that this checkout is at, where it is one of git.
fn head() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn rows(file: &mut Value) -> &mut Vec<Value> {
    file["rows"].as_array_mut().unwrap()
}

fn object(value: &mut Value) -> &mut serde_json::Map<String, Value> {
    value.as_object_mut().unwrap()
}

fn double(rows: &mut Vec<Value>) {
    rows.push(rows[0].clone());
}

fn swap(rows: &mut [Value], one: usize, other: usize, field: &str) {
    let value = rows[one][field].take();
    rows[one][field] = std::mem::replace(&mut rows[other][field], value);
}

fn add(number: &mut Value, value: i64) {
    *number = (number.as_i64().unwrap() + value).into();
}

#[test]
fn swapped_columns_or_other_weights_are_noticed() {
    let copy = checkout("swapped");
    let results = copy.join(RESULTS);
    let whole = fs::read_to_string(&results).unwrap();
    for row in ["| official 20 runs |", "| MNIST 10-way 5-shot |"] {
        let line = whole.lines().find(|line| line.starts_with(row)).unwrap();
        let mut cells: Vec<&str> = line.split('|').collect();
        let last = if row.contains("official") { 5 } else { 4 };
        cells.swap(3, last);
        assert_ne!(line, cells.join("|"));
        fs::write(&results, whole.replace(line, &cells.join("|"))).unwrap();
        assert!(check(&copy).unwrap_err().contains("tables of docs/results.md"), "{row}");
    }
    fs::write(&results, whole.replacen("<!-- end -->", "", 1)).unwrap();
    assert!(check(&copy).unwrap_err().contains("nothing ends"));
    fs::write(&results, &whole).unwrap();
    check(&copy).unwrap();

    let weights = |system: &str| copy.join(format!("weights/{system}.safetensors"));
    fs::copy(weights("triplet"), weights("siamese")).unwrap();
    assert!(check(&copy).unwrap_err().contains("siamese are of other weights"));
}

#[test]
fn measuring_one_system_keeps_the_rows_of_others_only_if_they_are_of_the_same_weights() {
    let path = checkout("measured").join("weights/scores.json");
    let before = json_of(&path);
    let mut damaged = before.clone();
    rows(&mut damaged)[0]["correct"] = 0.into();
    damaged["weights"]["relation"] = "0".repeat(64).into();
    fs::write(&path, serde_json::to_vec(&damaged).unwrap()).unwrap();

    let measure = ["evaluate", "--system", "siamese", "--write", path.to_str().unwrap()];
    let output = run(&measure);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("lacks relation under official; relation"), "{said}");
    let after = json_of(&path);
    assert_eq!(after["rows"][0], before["rows"][0], "measured anew, the same");
    assert_eq!(after["weights"], before["weights"]);
    assert_eq!(
        after["commit"].as_str().and_then(|commit| commit.split('-').next()).map(str::to_owned),
        head()
    );
    let of_relation = |row: &&Value| row["system"] == "relation";
    let others: Vec<&Value> =
        before["rows"].as_array().unwrap().iter().filter(|row| !of_relation(row)).collect();
    assert_eq!(after["rows"].as_array().unwrap().iter().collect::<Vec<_>>(), others);

    for refused in [&["--episodes", "20"][..], &["--seed", "1"], &["--views", "4"], &["--weights", "other"]] {
        assert!(!run(&[&measure[..], refused].concat()).status.success(), "{refused:?}");
        assert_eq!(json_of(&path), after);
    }
}

/// The official runs are for reporting, so training neither prints nor keeps what it reaches on them.
#[test]
fn training_tells_held_out_scores_alone_and_refuses_a_damaged_checkpoint() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trained");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut recipe = read("weights/triplet.json")["recipe"].take();
    recipe["characters"] = 4.into();
    for phase in ["pretraining", "metric", "annealing"] {
        recipe[phase]["steps"] = 1.into();
    }
    let [recipe_file, checkpoint, out] =
        ["recipe.json", "checkpoint", "weights.safetensors"].map(|name| folder.join(name));
    fs::write(&recipe_file, recipe.to_string()).unwrap();
    let train = || {
        let [recipe, checkpoint, out] = [&recipe_file, &checkpoint, &out].map(|path| path.to_str().unwrap());
        let files = ["--recipe", recipe, "--checkpoint", checkpoint, "--out", out];
        run(&[&["train", "--system", "triplet"][..], &files].concat())
    };

    fs::write(&checkpoint, "half a checkpoint").unwrap();
    let refused = train();
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && error.contains("cannot be read") && error.contains("start anew"),
        "{error}"
    );
    assert_eq!(fs::read(&checkpoint).unwrap(), b"half a checkpoint");
    assert!(!out.exists());

    fs::remove_file(&checkpoint).unwrap();
    let trained = train();
    let said = [&trained.stdout[..], &trained.stderr].map(String::from_utf8_lossy).concat();
    assert!(trained.status.success(), "{said}");
    let scores: Vec<&str> = said.lines().filter(|line| line.starts_with("held out: ")).collect();
    assert!(
        scores.len() == 2 && scores[0].contains("within-alphabet") && scores[1].contains("20-way"),
        "{said}"
    );
    let card = fs::read_to_string(out.with_extension("json")).unwrap();
    assert!(!said.contains("official") && !card.contains("official"), "{said}\n{card}");
}
