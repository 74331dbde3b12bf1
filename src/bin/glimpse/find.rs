//! `glimpse evaluate --set`: whether people's drawings find their sign in a set of signs, by its glyph or by other people's drawings of it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use anyhow::{Context, ensure};
use clap::Args;
use glimpse::{
    dataset::{Bitmap, Character, Drawn, DrawnClass, DrawnSet, Part},
    drawing::Strokes,
    recogniser::{Order, Recogniser},
    set::{Sign, SignSet},
};
use pollster::block_on;
use rayon::prelude::*;
use serde::Deserialize;

use crate::{
    data,
    drawn::{OnSets, Row, read_set},
    set::shipped_sets,
    shipped::Network,
};

#[derive(Args)]
pub struct Find {
    /// Find people's drawings in these sets of signs, all at once: of this repository by name, or files. The drawings are Omniglot's, where it has the script of the
    /// first set (`sets/omniglot.json`), or those of --data whose labels are a sign's label, name or LaTeX command. Measured twice: with what the sets hold of each
    /// sign, and with --shots of the drawings in its place
    #[arg(long = "set", value_name = "NAME", value_delimiter = ',')]
    pub sets: Vec<String>,
    /// Rank only the signs that were drawn there, as few as they may be
    #[arg(long, requires = "sets")]
    drawn_only: bool,
}

/// In how many parts drawings are measured.
const EPISODES: usize = 20;

/// Which of Omniglot's characters are which signs.
#[derive(Deserialize)]
struct Script {
    set: String,
    part: String,
    alphabet: String,
    /// Labels, by Omniglot's number of the character.
    characters: Vec<String>,
}

/// Signs that look alike, which count as one, and people's drawings of any of them.
#[derive(Default)]
struct Group<'a> {
    signs: Vec<&'a Sign>,
    drawings: Vec<Strokes>,
}

impl Group<'_> {
    fn glyphs(&self) -> impl Iterator<Item = &Strokes> {
        self.signs.iter().flat_map(|sign| &sign.drawings)
    }
}

/// Such groups by what their signs have in common.
type Groups<'a> = BTreeMap<&'a str, Group<'a>>;

impl Find {
    pub fn measure(&self, networks: &[Network], on: &OnSets) -> anyhow::Result<Vec<Row>> {
        let signs: Vec<Sign> =
            self.sets.iter().map(|name| open(name)).collect::<anyhow::Result<Vec<_>>>()?.concat();
        let drawn = if on.data.is_empty() {
            vec![of_omniglot(&self.sets[0])?]
        } else {
            on.data.iter().map(|name| read_set(name)).collect::<anyhow::Result<_>>()?
        };
        let mut groups = grouped(&signs, &drawn);
        if self.drawn_only {
            groups.retain(|_, group| !group.drawings.is_empty());
        }
        let found = groups.values().filter(|group| !group.drawings.is_empty()).count();
        ensure!(found > 1, "fewer than two of the signs are drawn there");
        let title = |what: &str| {
            let names: Vec<&str> = drawn.iter().map(|set| &*set.name).collect();
            format!("{}, {what}; drawings: {} of {found} signs", self.sets.join(" + "), names.join(" + "))
        };
        let way = groups.len();
        let mut rows = Vec::new();
        for Network { recogniser, .. } in networks {
            let method = recogniser.system().name();
            let ranks = by_glyphs(recogniser, &groups)?;
            rows.push(Row::new(&title("a glyph each"), method, way, 1, &ranks));
            let ranks = by_drawings(recogniser, &groups, on.shots)?;
            rows.push(Row::new(&title("people's drawings"), method, way, on.shots, &ranks));
        }
        Ok(rows)
    }
}

/// The signs of a set.
fn open(name: &str) -> anyhow::Result<Vec<Sign>> {
    let shipped = shipped_sets().join(format!("{name}.json"));
    let path = if shipped.is_file() { &shipped } else { Path::new(name) };
    let json = fs::read(path).with_context(|| format!("reading {name}"))?;
    Ok(SignSet::from_json(&json).with_context(|| name.to_owned())?.signs)
}

/// Omniglot's drawings of a set's script.
fn of_omniglot(set: &str) -> anyhow::Result<DrawnSet> {
    let scripts: Vec<Script> = serde_json::from_slice(&fs::read(shipped_sets().join("omniglot.json"))?)?;
    let script = scripts.into_iter().find(|script| script.set == set);
    let script =
        script.with_context(|| format!("Omniglot has no drawings of {set}: name some with --data"))?;
    let part = if script.part == "background" { Part::Background } else { Part::Evaluation };
    let omniglot = data().omniglot(part)?;
    let alphabet = omniglot.alphabets.iter().find(|alphabet| alphabet.name == script.alphabet);
    let alphabet = alphabet.with_context(|| format!("there is no alphabet {}", script.alphabet))?;
    ensure!(alphabet.characters.len() == script.characters.len(), "{set}: a label each is wanted");
    let class = |(character, label): (&Character, String)| {
        let drawn = |(drawer, drawing): (usize, &Bitmap)| Drawn {
            writer: Some(drawer.to_string()),
            strokes: drawing.picture().strokes(),
        };
        let drawings = character.drawings.iter().enumerate().map(drawn).collect();
        DrawnClass { label, drawings }
    };
    let classes = alphabet.characters.iter().zip(script.characters).map(class).collect();
    Ok(DrawnSet { name: format!("Omniglot, {}", script.alphabet), classes })
}

/// Signs by what those that look alike have in common, with the drawings of classes that bear a sign's label, name or command.
fn grouped<'a>(signs: &'a [Sign], drawn: &[DrawnSet]) -> Groups<'a> {
    let mut groups = Groups::new();
    let mut called: HashMap<&str, &str> = HashMap::new();
    for sign in signs {
        let key = sign.alike.as_ref().unwrap_or(&sign.label);
        groups.entry(key).or_default().signs.push(sign);
        for name in [Some(&sign.label), sign.latex.as_ref(), sign.name.as_ref()].into_iter().flatten() {
            called.entry(name).or_insert(key);
        }
    }
    for class in drawn.iter().flat_map(|set| &set.classes) {
        // Detexify puts package and encoding before a command.
        let command = class.label.split_once("-_").map(|(_, command)| format!("\\{command}"));
        let names = [Some(&*class.label), command.as_deref()];
        let key = names.into_iter().flatten().find_map(|name| called.get(name));
        if let Some(group) = key.and_then(|key| groups.get_mut(key)) {
            group.drawings.extend(class.drawings.iter().map(|drawn| drawn.strokes.clone()));
        }
    }
    groups
}

/// Per episode, of each trial how many signs came before the right one.
type Ranks = Vec<Vec<usize>>;

fn by_glyphs(recogniser: &Recogniser, groups: &Groups) -> anyhow::Result<Ranks> {
    let mut recogniser = recogniser.clone();
    let mut episodes = vec![Vec::new(); EPISODES];
    for (key, group) in groups {
        teach(&mut recogniser, key, group.glyphs())?;
        for (at, drawing) in group.drawings.iter().enumerate() {
            episodes[at % EPISODES].push((*key, drawing));
        }
    }
    episodes.retain(|queries| !queries.is_empty());
    episodes.iter().map(|queries| ranks(&recogniser, queries)).collect()
}

/// With so many drawings in the place of a sign's glyphs, other ones each episode, and all others asked for.
fn by_drawings(recogniser: &Recogniser, groups: &Groups, shots: usize) -> anyhow::Result<Ranks> {
    let episode = |episode: usize| {
        let mut recogniser = recogniser.clone();
        let mut queries = Vec::new();
        for (key, group) in groups {
            let count = group.drawings.len();
            if count <= shots {
                teach(&mut recogniser, key, group.glyphs())?;
                continue;
            }
            let mut turned: Vec<&Strokes> = group.drawings.iter().collect();
            turned.rotate_left(episode * shots % count);
            let (support, others) = turned.split_at(shots);
            teach(&mut recogniser, key, support.iter().copied())?;
            queries.extend(others.iter().map(|drawing| (*key, *drawing)));
        }
        ensure!(!queries.is_empty(), "no sign has more than {shots} drawings");
        ranks(&recogniser, &queries)
    };
    (0..EPISODES).map(episode).collect()
}

fn teach<'a>(
    recogniser: &mut Recogniser,
    label: &str,
    drawings: impl Iterator<Item = &'a Strokes>,
) -> anyhow::Result<()> {
    let mut taught: Vec<&Strokes> = Vec::new();
    for drawing in drawings {
        if !taught.contains(&drawing) {
            block_on(recogniser.learn_in(Order::Traced, label, drawing))?;
            taught.push(drawing);
        }
    }
    Ok(())
}

fn ranks(recogniser: &Recogniser, queries: &[(&str, &Strokes)]) -> anyhow::Result<Vec<usize>> {
    let rank = |(label, drawing): &(&str, &Strokes)| {
        let ranking = block_on(recogniser.rank(drawing))?;
        Ok(ranking.iter().position(|ranked| ranked.label == *label).unwrap_or(ranking.len()))
    };
    queries.par_iter().map(rank).collect()
}
