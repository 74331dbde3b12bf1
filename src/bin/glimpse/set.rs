//! `glimpse set`: makes sets of signs, from fonts, from pictures, from strokes, or from what was taught.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use flate2::read::GzDecoder;
use glimpse::{
    blocking::Recogniser,
    dataset::DrawnSet,
    drawing::{Drawing, Picture, Point, Strokes},
    model::System,
    set::{Font, Sign, SignSet, Source, picture_from_svg, simplified},
};
use rayon::prelude::*;
use serde::Deserialize;

use crate::figure::write;

#[derive(Args)]
pub struct Set {
    #[command(subcommand)]
    from: From,
}

#[derive(Subcommand)]
enum From {
    /// Of the glyphs of fonts, one a character
    Font {
        /// Fonts (TrueType, OpenType, WOFF, WOFF2); of each character the first that has it is taken
        #[arg(required = true)]
        fonts: Vec<PathBuf>,
        /// Characters and ranges of code points, spaces between: "αβγ U+2200..U+22FF"
        #[arg(long)]
        characters: String,
        #[command(flatten)]
        to: To,
    },
    /// Of pictures in a folder (SVG, PNG), each labelled by its file's name
    Pictures {
        /// The folder
        folder: PathBuf,
        #[command(flatten)]
        to: To,
    },
    /// Of people's strokes, in the form that `glimpse evaluate --data` reads
    Strokes {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        to: To,
    },
    /// Of a collection that the page, or `Glimpse.save`, saved
    Collection {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        to: To,
    },
    /// The sets of this repository, by their recipe, `sets/recipe.json`; `cargo xtask sets` fetches the fonts
    Shipped,
}

#[derive(Args)]
struct To {
    /// The set's name
    #[arg(long)]
    name: String,
    /// Licence of the drawings, where their file does not say it: an SPDX identifier
    #[arg(long)]
    licence: Option<String>,
    /// Whose the drawings are
    #[arg(long)]
    copyright: Option<String>,
    /// Write the set to this file
    #[arg(long, value_name = "FILE")]
    write: PathBuf,
}

impl Set {
    pub fn run(&self) -> anyhow::Result<()> {
        match &self.from {
            From::Font { fonts, characters, to } => {
                let fonts = Fonts::open(fonts, to.licence.as_deref())?;
                let (set, missing) = fonts.set(&to.name, &listed(characters)?);
                if !missing.is_empty() {
                    eprintln!("no font has {missing}");
                }
                to.write(set)
            }
            From::Pictures { folder, to } => to.write(to.of(pictures(folder)?)),
            From::Strokes { file, to } => {
                let set =
                    DrawnSet::from_json(&fs::read(file)?).with_context(|| file.display().to_string())?;
                let sign = |class: glimpse::dataset::DrawnClass| {
                    sign(class.label, class.drawings.iter().map(|drawn| simplified(&drawn.strokes)).collect())
                };
                to.write(to.of(set.classes.into_iter().map(sign).collect()))
            }
            From::Collection { file, to } => to.write(to.of(collection(file)?)),
            From::Shipped => shipped(),
        }
    }
}

impl To {
    fn of(&self, signs: Vec<Sign>) -> SignSet {
        let source = self.licence.as_ref().map(|licence| Source {
            name: self.name.clone(),
            licence: licence.clone(),
            copyright: self.copyright.clone().unwrap_or_default(),
            ..Source::default()
        });
        SignSet { name: self.name.clone(), sources: source.into_iter().collect(), signs }
    }

    fn write(&self, set: SignSet) -> anyhow::Result<()> {
        ensure!(!set.signs.is_empty(), "there is no sign to make a set of");
        let mut sets = [set];
        mark_alike(&mut sets)?;
        let [set] = &sets;
        write(&self.write, set.to_json().as_bytes())?;
        println!("{}: {} signs", self.write.display(), set.signs.len());
        Ok(())
    }
}

/// A sign that is called by its label, and by what the tables say where that is a character.
fn sign(label: String, drawings: Vec<Strokes>) -> Sign {
    let mut characters = label.chars();
    let known = match (characters.next(), characters.next()) {
        (Some(character), None) => Sign::of_character(character, Strokes::default()),
        _ => Sign::default(),
    };
    Sign { label, drawings, ..known }
}

/// Fonts, and what they say of themselves.
struct Fonts(Vec<(Font, Source)>);

impl Fonts {
    fn open(files: &[PathBuf], licence: Option<&str>) -> anyhow::Result<Self> {
        let open = |file: &PathBuf| {
            let context = || file.display().to_string();
            let font = Font::from_bytes(&fs::read(file).with_context(context)?).with_context(context)?;
            let source = font.source(licence).with_context(context)?;
            Ok((font, source))
        };
        files.iter().map(open).collect::<anyhow::Result<_>>().map(Self)
    }

    /// A set of characters, and those that no font has.
    fn set(&self, name: &str, characters: &[char]) -> (SignSet, String) {
        let drawn: Vec<Option<(usize, Strokes)>> = characters
            .par_iter()
            .map(|&character| {
                let drawn = |(at, (font, _)): (usize, &(Font, Source))| Some((at, font.strokes(character)?));
                self.0.iter().enumerate().find_map(drawn)
            })
            .collect();
        let mut set = SignSet { name: name.into(), ..SignSet::default() };
        let mut missing = String::new();
        for (&character, drawn) in characters.iter().zip(drawn) {
            let Some((font, strokes)) = drawn else {
                missing.push(character);
                continue;
            };
            let source = &self.0[font].1;
            let at = set.sources.iter().position(|known| known == source).unwrap_or_else(|| {
                set.sources.push(source.clone());
                set.sources.len() - 1
            });
            set.signs.push(Sign { source: at, ..Sign::of_character(character, simplified(&strokes)) });
        }
        (set, missing)
    }
}

/// Characters of a list of them and of ranges, each once.
fn listed(list: &str) -> anyhow::Result<Vec<char>> {
    let code = |text: &str| {
        let number = text.strip_prefix("U+").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        number.and_then(char::from_u32).with_context(|| format!("{text:?} is no code point: write U+03B1"))
    };
    let mut characters = Vec::new();
    for word in list.split_whitespace() {
        match word.split_once("..") {
            Some((first, last)) if first.starts_with("U+") => characters.extend(code(first)?..=code(last)?),
            _ if word.starts_with("U+") && word.len() > 2 => characters.push(code(word)?),
            _ => characters.extend(word.chars()),
        }
    }
    let mut known = HashSet::new();
    characters.retain(|character| known.insert(*character));
    Ok(characters)
}

/// A sign a picture.
fn pictures(folder: &Path) -> anyhow::Result<Vec<Sign>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    files.sort();
    let mut signs = Vec::new();
    for file in files {
        let context = || file.display().to_string();
        let picture =
            match file.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref()
            {
                Some("svg") => picture_from_svg(&fs::read(&file)?).with_context(context)?,
                Some("png") => png(&fs::read(&file)?).with_context(context)?,
                _ => continue,
            };
        let strokes = picture.strokes();
        ensure!(!strokes.0.is_empty(), "{} shows no ink", file.display());
        let label = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        signs.push(sign(label, vec![simplified(&strokes)]));
    }
    ensure!(!signs.is_empty(), "{} holds no .svg and no .png", folder.display());
    Ok(signs)
}

fn png(bytes: &[u8]) -> anyhow::Result<Picture> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("too large")?];
    let info = reader.next_frame(&mut pixels)?;
    let rgba: Vec<u8> = match info.color_type {
        png::ColorType::Rgba => pixels,
        _ => pixels.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
    };
    Ok(Picture::from_rgba(info.width as usize, info.height as usize, &rgba)?)
}

/// What a saved collection holds: its drawings by label, in the order taught.
fn collection(file: &Path) -> anyhow::Result<Vec<Sign>> {
    #[derive(Deserialize)]
    struct Collection {
        support: Vec<Example>,
    }
    #[derive(Deserialize)]
    struct Example {
        label: String,
        drawing: Lines,
    }
    #[derive(Deserialize)]
    struct Lines {
        strokes: Vec<Vec<f32>>,
    }
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    let mut json = Vec::new();
    let no_collection = || format!("{} is no collection that Glimpse saved", file.display());
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(&*bytes).take(1 << 24).read_to_end(&mut json).with_context(no_collection)?;
    } else {
        json = bytes;
    }
    let Collection { support } = serde_json::from_slice(&json).with_context(no_collection)?;
    let mut signs: Vec<Sign> = Vec::new();
    for Example { label, drawing } in support {
        let line = |line: &Vec<f32>| line.chunks_exact(2).map(|p| Point { x: p[0], y: p[1] }).collect();
        let strokes = Strokes(drawing.strokes.iter().map(line).collect());
        strokes.check().with_context(no_collection)?;
        match signs.iter_mut().find(|sign| sign.label == label) {
            Some(sign) => sign.drawings.push(simplified(&strokes)),
            None => signs.push(sign(label, vec![simplified(&strokes)])),
        }
    }
    Ok(signs)
}

/// Where this repository keeps its sets.
pub fn shipped_sets() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sets")
}

/// How a set of this repository is made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    /// The file's name without its ending.
    file: String,
    name: String,
    /// Fonts of Fontsource: a package's name, a subset of it, a weight: `noto-sans/greek-100`.
    fonts: Vec<String>,
    /// See `--characters`.
    #[serde(default)]
    characters: String,
    /// Of these, those that LaTeX or Typst have a name for.
    #[serde(default)]
    named: String,
}

fn shipped() -> anyhow::Result<()> {
    let folder = shipped_sets();
    let recipes: Vec<Recipe> = serde_json::from_slice(&fs::read(folder.join("recipe.json"))?)?;
    let mut sets = Vec::new();
    for recipe in &recipes {
        let place = |font: &String| {
            let (package, file) = font.split_once('/').with_context(|| format!("{font} names no subset"))?;
            let name = format!("@fontsource/{package}/files/{package}-{file}-normal.woff2");
            Ok(folder.join("node_modules").join(name))
        };
        let fonts: Vec<PathBuf> = recipe.fonts.iter().map(place).collect::<anyhow::Result<_>>()?;
        let named = listed(&recipe.named)?.into_iter().filter(|&character| {
            let sign = Sign::of_character(character, Strokes::default());
            sign.latex.is_some() || sign.typst.is_some()
        });
        let mut characters = listed(&recipe.characters)?;
        characters.extend(named.filter(|character| !characters.contains(character)).collect::<Vec<_>>());
        let (set, missing) = Fonts::open(&fonts, None)?.set(&recipe.name, &characters);
        if !missing.is_empty() {
            eprintln!("{}: no font has {missing}", recipe.file);
        }
        sets.push(set);
    }
    mark_alike(&mut sets)?;
    for (recipe, set) in recipes.iter().zip(&sets) {
        write(&folder.join(format!("{}.json", recipe.file)), set.to_json().as_bytes())?;
        println!("{}: {} signs", recipe.file, set.signs.len());
    }
    Ok(())
}

/// Siamese's similarity of two drawings from which on nobody could distinguish them by shape: that of O and 0, or of ν and v.
const ALIKE: f32 = 15.0;

/// Marks signs that no drawing can distinguish: each that is like one before it has that one's label in common with it.
fn mark_alike(sets: &mut [SignSet]) -> anyhow::Result<()> {
    let recogniser = Recogniser::open(System::Siamese, &System::Siamese.weights())?;
    let signs: Vec<&Sign> = sets.iter().flat_map(|set| &set.signs).collect();
    let drawings: Vec<Drawing> =
        signs.iter().map(|sign| Drawing::from_strokes(&sign.drawings[0])).collect::<Result<_, _>>()?;
    let features = recogniser.encode(&drawings)?;
    let mut firsts: Vec<usize> = Vec::new();
    let mut alike: HashMap<usize, Vec<usize>> = HashMap::new();
    for at in 0..signs.len() {
        let select = |rows: &[usize]| features.select(rows).expect("embedded before");
        let similarity = recogniser.compare(&select(&[at]), &select(&firsts)).concat();
        let best = (0..firsts.len()).max_by(|&a, &b| similarity[a].total_cmp(&similarity[b]));
        match best.filter(|&best| similarity[best] >= ALIKE) {
            Some(best) => alike.entry(firsts[best]).or_default().push(at),
            None => firsts.push(at),
        }
    }
    let mut keys: Vec<Option<String>> = vec![None; signs.len()];
    for (first, others) in alike {
        let key = &signs[first].label;
        for at in others.into_iter().chain([first]) {
            keys[at] = Some(key.clone());
        }
    }
    for (sign, key) in sets.iter_mut().flat_map(|set| &mut set.signs).zip(keys) {
        sign.alike = key;
    }
    Ok(())
}
