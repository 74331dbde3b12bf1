//! Sets of signs: their file, how they are made, and those of this repository.

use std::{collections::HashMap, fs, io::Write, path::PathBuf, process::Command};

use flate2::{Compression, write::GzEncoder};
use glimpse::{
    blocking::Recogniser,
    drawing::{Point, Strokes},
    model::System,
    set::{Font, FontError, SetError, Sign, SignSet, picture_from_svg, simplified},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<(String, SignSet)> {
    let mut sets: Vec<(String, SignSet)> = fs::read_dir(root().join("sets"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.ends_with(".json")
                && !["omniglot.json", "recipe.json", "package.json", "package-lock.json"].contains(&name)
        })
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let set = SignSet::from_json(&fs::read(&path).expect("a file"))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, set)
        })
        .collect();
    sets.sort_by(|a, b| a.0.cmp(&b.0));
    sets
}

fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory").len()
}

#[test]
fn the_sets_that_ship_hold_enough_signs_in_few_bytes_each_with_a_licence() {
    let sets = shipped();
    let terms = fs::read_to_string(root().join("sets/licences.txt")).expect("a file");
    let mut signs = 0;
    for (name, set) in &sets {
        assert!(!set.sources.is_empty(), "{name} has no source");
        for source in &set.sources {
            assert_eq!(source.licence, "OFL-1.1", "{name}: {}", source.name);
            assert!(!source.copyright.is_empty(), "{name}: {source:?}");
            let package = source.name.trim_end_matches(" Thin").to_lowercase().replace(' ', "-");
            assert!(terms.contains(&format!("{package}: ")), "{package} is not in licences.txt");
        }
        assert!(
            set.signs.iter().all(|sign| sign.source < set.sources.len() && sign.unicode.is_some()),
            "{name}"
        );
        let bytes = gzip(set.to_json().as_bytes());
        if set.signs.len() > 300 {
            assert!(bytes <= 100 * set.signs.len(), "{name}: {bytes} bytes for {} signs", set.signs.len());
        }
        signs += set.signs.len();
    }
    assert!(signs >= 1_500, "{signs} signs in all");
    let mathematics = &sets.iter().find(|(name, _)| name == "mathematics").expect("a set").1;
    assert!(mathematics.signs.len() >= 300);
    let with = |has: fn(&Sign) -> bool| mathematics.signs.iter().filter(|sign| has(sign)).count();
    assert!(
        with(|sign| sign.latex.is_some()) > 200
            && with(|sign| sign.typst.is_some()) > 200
            && with(|sign| sign.html.is_some()) > 200
    );
}

#[test]
fn signs_are_called_what_the_tables_say() {
    let sets = shipped();
    let sign = |label: &str| {
        sets.iter().flat_map(|(_, set)| &set.signs).find(|sign| sign.label == label).expect("a sign")
    };
    let alpha = sign("α");
    assert_eq!(alpha.name.as_deref(), Some("Greek small letter alpha"));
    assert_eq!(
        [&alpha.unicode, &alpha.latex, &alpha.typst, &alpha.html].map(Option::as_deref),
        [Some("U+03B1"), Some("\\alpha"), Some("alpha"), Some("&alpha;")]
    );
    let implies = sign("⟹");
    assert_eq!(
        [&implies.latex, &implies.typst].map(Option::as_deref),
        [Some("\\Longrightarrow"), Some("arrow.r.double.long")]
    );
    assert_eq!(sign("∑").latex.as_deref(), Some("\\sum"));
    assert_eq!(sign("≤").html.as_deref(), Some("&le;"));
}

#[test]
fn signs_that_look_alike_share_a_key_and_others_do_not() {
    let sets = shipped();
    let keys: HashMap<&str, &str> = (sets.iter().flat_map(|(_, set)| &set.signs))
        .map(|sign| (&*sign.label, sign.alike.as_deref().unwrap_or(&sign.label)))
        .collect();
    for group in ["AΑА", "O0○oо", "XxΧ×", "μµ", "−-", "Σ∑", "HΗН"] {
        let first = group.chars().next().expect("a sign").to_string();
        for sign in group.chars().map(String::from) {
            assert_eq!(keys[&*sign], keys[&*first], "{sign} and {first}");
        }
    }
    for [a, b] in [["A", "Δ"], ["≤", "≥"], ["θ", "Φ"], ["シ", "ツ"], ["→", "←"], ["2", "Z"], ["5", "S"]]
    {
        assert_ne!(keys[a], keys[b], "{a} and {b}");
    }
}

#[test]
fn a_set_comes_back_as_it_was_written() {
    for (name, set) in shipped() {
        assert_eq!(SignSet::from_json(set.to_json().as_bytes()).as_ref(), Ok(&set), "{name}");
    }
    let fractions = Strokes::new(&[&[(0.25, 1.5), (3.0, 4.75)], &[(9.0, 9.0)]]);
    let sign =
        Sign { label: "\"\\\n".into(), drawings: vec![fractions.clone(), fractions], ..Sign::default() };
    let set = SignSet { name: "Two".into(), signs: vec![sign], ..SignSet::default() };
    assert_eq!(SignSet::from_json(set.to_json().as_bytes()), Ok(set));
}

#[test]
fn what_is_no_set_is_refused_by_saying_which_sign_and_why() {
    let set =
        |signs: &str| format!(r#"{{"format":"glimpse-set","version":1,"sources":[],"signs":[{signs}]}}"#);
    let good = r#"{"label":"a","drawings":[[[0,0,1,1]]]}"#;
    assert!(SignSet::from_json(set(good).as_bytes()).is_ok());
    for (signs, said) in [
        (r#"{"label":"b","drawings":[]}"#.to_owned(), "no drawing"),
        (r#"{"label":"b","drawings":[[[]]]}"#.into(), "empty"),
        (r#"{"label":"b","drawings":[[[0,1,2]]]}"#.into(), "an x without a y"),
        (r#"{"label":"b","drawings":[[[0,1e30]]]}"#.into(), "coordinate"),
        (r#"{"label":"","drawings":[[[0,0,1,1]]]}"#.into(), "`label` is empty"),
        (r#"{"drawings":[[[0,0,1,1]]]}"#.into(), "label"),
        (r#"{"label":"b"}"#.into(), "drawings"),
        (r#"{"label":"b","drawings":[[[0,0,1,1]]],"colour":"red"}"#.into(), "colour"),
        (r#"{"label":"b","drawings":[[[0,0,1,1]]],"source":3}"#.into(), "source"),
        (r#"{"label":"b","drawings":[[[0,0,1,1]]],"latex":3}"#.into(), "string"),
        (good.into(), "another sign"),
    ] {
        let error = SignSet::from_json(set(&format!("{good},{signs}")).as_bytes()).expect_err(&signs);
        assert!(matches!(&error, SetError::BadSign { at: 2, .. }), "{signs}: {error}");
        assert!(error.to_string().contains(said), "{signs}: {error}");
    }
    assert_eq!(SignSet::from_json(br#"{"format":"glimpse-set","version":2}"#), Err(SetError::Newer(2)));
    for other in ["", "[]", "{}", "\u{1f}", r#"{"format":"glimpse-collection","version":1}"#] {
        assert!(matches!(SignSet::from_json(other.as_bytes()), Err(SetError::NoSet(_))), "{other}");
    }
}

#[test]
fn a_simplified_drawing_is_the_same_line_in_fewer_points() {
    let circle = |at: usize| {
        let angle = at as f32 / 200.0 * std::f32::consts::TAU;
        Point { x: 1e6 + 3.0 * angle.cos(), y: -3.0 * angle.sin() }
    };
    let drawn = Strokes(vec![(0..=200).map(circle).collect(), vec![circle(0)]]);
    let simple = simplified(&drawn);
    assert_eq!(simple.0.len(), 2);
    assert!(simple.0[0].len() < 40 && simple.0[0].len() > 8, "{} points", simple.0[0].len());
    for point in simple.points() {
        assert!(
            point.x.fract() == 0.0 && (0.0..=100.0).contains(&point.x) && (0.0..=100.0).contains(&point.y)
        );
        let radius = (point.x - 50.0).hypot(point.y - 50.0);
        assert!((radius - 50.0).abs() < 1.5, "{radius}");
    }
    let dot = simplified(&Strokes::new(&[&[(4.0, 4.0)]]));
    assert_eq!(dot, Strokes::new(&[&[(0.0, 0.0)]]));
}

/// A font of the site's, of npm's packages.
fn font() -> Vec<u8> {
    let file =
        root().join("node_modules/@fontsource/alegreya-sans/files/alegreya-sans-latin-400-normal.woff2");
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}; run npm ci first", file.display()))
}

#[test]
fn a_glyph_is_recognised_as_its_letter_in_another_font() {
    let font = Font::from_bytes(&font()).expect("a font");
    let latin = &shipped().into_iter().find(|(name, _)| name == "latin").expect("a set").1;
    let mut recogniser = Recogniser::open(System::Siamese, &System::Siamese.weights()).expect("opens");
    for sign in &latin.signs {
        recogniser.learn(sign.alike.as_ref().unwrap_or(&sign.label), &sign.drawings[0]).expect("ink");
    }
    let letters = "ABDEFGHKLMNPRTXYZ".chars();
    let found = letters.clone().filter(|&letter| {
        let best =
            recogniser.rank(&font.strokes(letter).expect("a glyph")).expect("ranked")[0].label.to_owned();
        best == letter.to_string() || best == letter.to_lowercase().to_string()
    });
    assert!(found.count() >= 15, "of {}", letters.count());
    assert!(font.strokes('字').is_none() && font.strokes(' ').is_none());
}

#[test]
fn a_font_says_its_terms_or_is_refused() {
    let source = Font::from_bytes(&font()).expect("a font").source(None).expect("terms");
    assert_eq!((&*source.licence, &*source.name), ("OFL-1.1", "Alegreya Sans"));
    for bytes in [&b"wOF2 and no more"[..], b"wOFF", b"", b"\0\x01\0\0garbage"] {
        assert!(matches!(Font::from_bytes(bytes), Err(FontError::NoFont(_))));
    }
}

#[test]
fn an_svg_becomes_centre_lines() {
    let cross = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M1 5H9M5 1V9" stroke="#06c" stroke-width="1"/></svg>"##;
    let strokes = picture_from_svg(cross).expect("an SVG").strokes();
    let (lo, hi) = strokes.bounds().expect("ink");
    assert!((hi.x - lo.x) / (hi.y - lo.y) > 0.9 && strokes.0.len() <= 5, "{strokes:?}");
    assert!(picture_from_svg(b"<html>").is_err());
}

/// The native program makes a set of a folder of pictures, of strokes and of a collection, and refuses what is none.
#[test]
fn the_program_makes_sets() {
    let folder = std::env::temp_dir().join(format!("glimpse-sets-{}", std::process::id()));
    fs::create_dir_all(folder.join("pictures")).expect("a folder");
    let svg = |path: &str| {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="{path}" fill="none" stroke="black"/></svg>"#
        )
    };
    fs::write(folder.join("pictures/α.svg"), svg("M1 8L8 1")).expect("written");
    fs::write(folder.join("pictures/hook.svg"), svg("M2 1V7H7")).expect("written");
    fs::write(folder.join("strokes.json"), r#"{"name":"S","kind":"strokes","classes":{"bar":[{"strokes":[[0,0,9,0]]}],"hook":[{"strokes":[[0,0,0,9,9,9]]},{"strokes":[[1,0,0,8,9,9]]}]}}"#).expect("written");
    let collection = r#"{"format":"glimpse-collection","version":1,"support":[{"label":"bar","drawing":{"strokes":[[0,0,9,0]]}},{"label":"hook","drawing":{"strokes":[[0,0,0,9,9,9]]}}],"tuned":{}}"#;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(collection.as_bytes()).expect("to memory");
    fs::write(folder.join("mine.glimpse"), packed.finish().expect("to memory")).expect("written");

    let made = |from: &str, file: &str| {
        let out = folder.join("set.json");
        let _ = fs::remove_file(&out);
        let done = Command::new(env!("CARGO_BIN_EXE_glimpse"))
            .args(["set", from])
            .arg(folder.join(file))
            .args(["--name", "Mine", "--licence", "CC0-1.0", "--write"])
            .arg(&out)
            .output()
            .expect("runs");
        match done.status.success() {
            true => Ok(SignSet::from_json(&fs::read(&out).expect("written")).expect("a set")),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        }
    };
    let labels = |set: &SignSet| set.signs.iter().map(|sign| sign.label.clone()).collect::<Vec<_>>();
    let pictures = made("pictures", "pictures").expect("made");
    assert_eq!(labels(&pictures), ["hook", "α"]);
    assert_eq!(pictures.signs[1].latex.as_deref(), Some("\\alpha"));
    assert_eq!(pictures.sources[0].licence, "CC0-1.0");
    let strokes = made("strokes", "strokes.json").expect("made");
    assert_eq!((labels(&strokes), strokes.signs[1].drawings.len()), (vec!["bar".into(), "hook".into()], 2));
    assert_eq!(labels(&made("collection", "mine.glimpse").expect("made")), ["bar", "hook"]);
    assert!(made("collection", "strokes.json").expect_err("none").contains("no collection"));
    assert!(made("pictures", "strokes.json").is_err());
    fs::write(folder.join("pictures/empty.svg"), svg("")).expect("written");
    assert!(made("pictures", "pictures").expect_err("no ink").contains("empty.svg"));
    let _ = fs::remove_dir_all(&folder);
}
