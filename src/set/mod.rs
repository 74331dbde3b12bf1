//! Sets of signs, to find a sign in by drawing it: each with one drawing or more, and what it is called in Unicode, LaTeX, Typst and HTML. One file a set, JSON, which the page, the package and
//! the native program read. With the feature `sets` they are made: from fonts, SVG and pictures. Knows drawings, and nothing of networks.

#[cfg(feature = "sets")]
mod font;
mod line;
#[cfg(feature = "sets")]
mod names;
#[cfg(feature = "sets")]
mod svg;

use std::collections::BTreeSet;

#[cfg(feature = "sets")]
pub use font::{Font, FontError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
#[cfg(feature = "sets")]
pub use svg::picture_from_svg;

use crate::drawing::{Point, Strokes};

/// Signs, one drawing or more of each.
///
/// ```
/// use glimpse::set::SignSet;
///
/// let json = br#"{ "format": "glimpse-set", "version": 1, "name": "Mine", "signs": [
///     { "label": "hook", "name": "A hook", "latex": "\\hook", "drawings": [[[20, 10, 20, 80, 70, 80]]] } ] }"#;
/// let set = SignSet::from_json(json)?;
/// assert_eq!(set.signs[0].label, "hook");
/// # Ok::<(), glimpse::set::SetError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SignSet {
    /// What it is called.
    pub name: String,
    /// Where its drawings come from.
    pub sources: Vec<Source>,
    /// The signs, each label once.
    pub signs: Vec<Sign>,
}

/// A font or another work that drawings are taken from, and its terms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// Which of its versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Its licence: an SPDX identifier, where there is one.
    pub licence: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub copyright: String,
    /// Where it, or its licence, is found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A sign of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// What a ranking calls it: most often the character itself.
    pub label: String,
    /// Its name in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its code points, as `U+03B1`, one space between two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unicode: Option<String>,
    /// What LaTeX calls it, as `\alpha`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latex: Option<String>,
    /// What Typst calls it, as `arrow.r.long`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typst: Option<String>,
    /// What HTML calls it, as `&alpha;`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// What signs that look alike have in common, those of other sets included; `None` where it looks like no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alike: Option<String>,
    /// Which of the sources it is from.
    #[serde(default, skip_serializing_if = "is_first")]
    pub source: usize,
    /// Its drawings, `y` growing downwards.
    #[serde(with = "line")]
    pub drawings: Vec<Strokes>,
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("words and numbers")
}

fn is_first(source: &usize) -> bool {
    *source == 0
}

/// Why a file is no set.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SetError {
    /// It is no JSON, or JSON of something else.
    #[error("this file is no set of signs ({0})")]
    NoSet(String),
    /// It is a set of a newer version.
    #[error("this set is of a newer Glimpse (version {0}); this one reads version {VERSION}")]
    Newer(u64),
    /// A sign is not as it should be.
    #[error("sign {at} ({label:?}) of this set cannot be read: {why}")]
    BadSign {
        /// Its place, from 1.
        at: usize,
        /// Its label, as far as it has one.
        label: String,
        /// What is not as it should be.
        why: String,
    },
}

const FORMAT: &str = "glimpse-set";
const VERSION: u64 = 1;

/// What a set looks like before each sign is read.
#[derive(Deserialize)]
struct Document {
    format: String,
    version: u64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    sources: Vec<Source>,
    #[serde(default)]
    signs: Vec<Value>,
}

impl SignSet {
    /// Signs in one set at most.
    pub const MAX_SIGNS: usize = 20_000;

    /// Reads a set.
    ///
    /// # Errors
    /// [`SetError`] says what is not as it should be, and of which sign.
    pub fn from_json(json: &[u8]) -> Result<Self, SetError> {
        let no_set = |why: &dyn ToString| SetError::NoSet(why.to_string());
        let document: Document = serde_json::from_slice(json).map_err(|error| no_set(&error))?;
        if document.format != FORMAT {
            return Err(no_set(&format!("its `format` is {:?}, not {FORMAT:?}", document.format)));
        }
        if document.version > VERSION {
            return Err(SetError::Newer(document.version));
        }
        if document.version != VERSION || document.signs.len() > Self::MAX_SIGNS {
            return Err(no_set(&"its version is unknown, or it has too many signs"));
        }
        let mut labels = BTreeSet::new();
        let mut signs = Vec::with_capacity(document.signs.len());
        for (at, value) in document.signs.into_iter().enumerate() {
            let label = value["label"].as_str().unwrap_or_default().to_owned();
            let bad = |why: String| SetError::BadSign { at: at + 1, label: label.clone(), why };
            let sign: Sign = serde_json::from_value(value).map_err(|error| bad(error.to_string()))?;
            sign.check(document.sources.len()).map_err(bad)?;
            if !labels.insert(sign.label.clone()) {
                return Err(bad("another sign has this label".into()));
            }
            signs.push(sign);
        }
        Ok(Self { name: document.name, sources: document.sources, signs })
    }

    /// The set as JSON, a line a sign.
    pub fn to_json(&self) -> String {
        let signs: Vec<String> = self.signs.iter().map(json).collect();
        format!(
            "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"name\":{},\"sources\":{},\"signs\":[\n{}\n]}}\n",
            json(&self.name),
            json(&self.sources),
            signs.join(",\n")
        )
    }
}

impl Sign {
    /// A sign that is a character, with what it is called. Its label is in the normal form NFC, as the page's labels are.
    #[cfg(feature = "sets")]
    pub fn of_character(character: char, drawing: Strokes) -> Self {
        Self {
            label: names::normal(character),
            name: names::unicode(character),
            unicode: Some(format!("U+{:04X}", u32::from(character))),
            latex: names::latex(character).map(str::to_owned),
            typst: names::typst(character),
            html: names::html(character).map(str::to_owned),
            drawings: vec![drawing],
            ..Self::default()
        }
    }

    fn check(&self, sources: usize) -> Result<(), String> {
        if self.label.is_empty() {
            return Err("its `label` is empty".into());
        }
        if self.source > 0 && self.source >= sources {
            return Err(format!("its `source` is {}, and there are {sources}", self.source));
        }
        if self.drawings.is_empty() {
            return Err("it has no drawing".into());
        }
        self.drawings.iter().try_for_each(|drawing| drawing.check().map_err(|error| error.to_string()))
    }
}

/// Side of the square that a set's drawings fit.
const SIDE: f32 = 100.0;

/// Distance from the line that a point may have that is left out, in units of that square.
const TOLERANCE: f32 = 1.0;

/// A drawing with few points, in whole numbers from 0 to 100: what a file of many signs has room for.
pub fn simplified(strokes: &Strokes) -> Strokes {
    let Some((lo, hi)) = strokes.bounds() else { return strokes.clone() };
    let longest = (hi.x - lo.x).max(hi.y - lo.y);
    let scale = if longest > 0.0 { SIDE / longest } else { 0.0 };
    let fitted = strokes.map(|p| Point { x: (p.x - lo.x) * scale, y: (p.y - lo.y) * scale });
    let mut lines: Vec<Vec<Point>> = Vec::new();
    for stroke in fitted.0.iter().filter(|stroke| !stroke.is_empty()) {
        let kept = thinned(stroke).into_iter().map(|p| Point { x: p.x.round(), y: p.y.round() });
        let mut line: Vec<Point> = kept.collect();
        line.dedup();
        lines.push(line);
    }
    Strokes(lines)
}

/// The points of a line without which it would be another (Ramer 1972; Douglas & Peucker 1973).
fn thinned(line: &[Point]) -> Vec<Point> {
    let (Some(&first), Some(&last)) = (line.first(), line.last()) else { return Vec::new() };
    let (dx, dy) = (last.x - first.x, last.y - first.y);
    let length = dx.hypot(dy);
    let away = |p: &Point| match length {
        0.0 => (p.x - first.x).hypot(p.y - first.y),
        _ => ((p.x - first.x) * dy - (p.y - first.y) * dx).abs() / length,
    };
    let furthest = line.iter().map(away).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    match furthest {
        Some((at, distance)) if distance > TOLERANCE => {
            let mut points = thinned(&line[..=at]);
            points.extend(&thinned(&line[at..])[1..]);
            points
        }
        _ if line.len() == 1 => vec![first],
        _ => vec![first, last],
    }
}
