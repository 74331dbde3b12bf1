//! Glyphs of fonts as pictures of signs.

use resvg::tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Transform};
use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
    outline::{DrawSettings, OutlinePen},
    string::StringId,
};

use super::{Source, svg::picture};
use crate::drawing::{Picture, Strokes};

/// A font: TrueType, OpenType, WOFF or WOFF2.
pub struct Font(Vec<u8>);

/// Why a file is no font of use.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FontError {
    /// No font's bytes, or damaged.
    #[error("this is no font that can be read ({0}): TrueType, OpenType, WOFF and WOFF2 are")]
    NoFont(String),
    /// Nothing in it says on which terms it may be used.
    #[error("the font does not say on which terms it may be used: name its licence")]
    NoLicence,
}

/// Height of an em in pixels, a side of the picture of a glyph, and what is free around it.
const EM: f32 = 400.0;
const MARGIN: f32 = 8.0;

/// Share of an em from which on a part of a glyph is solid, and drawn by its outline, as people draw ♠ and ■: a centre line would say nothing of it.
const SOLID: f32 = 0.18;

/// Width in pixels that such an outline has.
const RIM: usize = 6;

/// Share of an em up to which a whole glyph is a dot, and stays one.
const DOT: f32 = 0.3;

impl Font {
    /// Reads a font.
    ///
    /// # Errors
    /// [`FontError::NoFont`] says what is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FontError> {
        let no_font = |why: String| FontError::NoFont(why);
        let data = match bytes.get(..4) {
            Some(b"wOF2") => wuff::decompress_woff2(bytes).map_err(|error| no_font(format!("{error:?}")))?,
            Some(b"wOFF") => wuff::decompress_woff1(bytes).map_err(|error| no_font(format!("{error:?}")))?,
            _ => bytes.to_vec(),
        };
        FontRef::new(&data).map_err(|error| no_font(error.to_string()))?;
        Ok(Self(data))
    }

    fn face(&self) -> FontRef<'_> {
        FontRef::new(&self.0).expect("read before")
    }

    /// What it says of itself: name, version, licence, whose it is. A licence that it does not name may be given.
    ///
    /// # Errors
    /// [`FontError::NoLicence`] if neither does.
    pub fn source(&self, licence: Option<&str>) -> Result<Source, FontError> {
        let face = self.face();
        let said = |id: StringId| {
            face.localized_strings(id)
                .english_or_first()
                .map(|said| said.to_string())
                .filter(|said| !said.is_empty())
        };
        let (terms, url) = (said(StringId::LICENSE_DESCRIPTION), said(StringId::LICENSE_URL));
        let open = [&terms, &url].into_iter().flatten().any(|said| {
            ["openfontlicense", "/OFL", "SIL Open Font License"].iter().any(|name| said.contains(name))
        });
        let family = said(StringId::TYPOGRAPHIC_FAMILY_NAME).or_else(|| said(StringId::FAMILY_NAME));
        let version = said(StringId::VERSION_STRING).unwrap_or_default();
        Ok(Source {
            name: family.unwrap_or_default(),
            version: version.split(';').next().unwrap_or_default().trim_start_matches("Version ").into(),
            licence: match licence {
                Some(licence) => licence.into(),
                None if open => "OFL-1.1".into(),
                None => terms.ok_or(FontError::NoLicence)?,
            },
            copyright: said(StringId::COPYRIGHT_NOTICE).unwrap_or_default(),
            url: url.unwrap_or_default(),
        })
    }

    /// The centre lines of a character's glyph, of what is solid in it the outline; `None` where the font has none, or one without ink.
    pub fn strokes(&self, character: char) -> Option<Strokes> {
        let path = self.outline(character)?;
        let size = path.bounds().width().max(path.bounds().height());
        let filled = filled(&path);
        let strokes = if size > DOT * EM { hollowed(&filled) } else { filled }.strokes();
        (!strokes.0.is_empty()).then_some(strokes)
    }

    fn outline(&self, character: char) -> Option<Path> {
        let face = self.face();
        let glyph = face.outline_glyphs().get(face.charmap().map(character)?)?;
        let mut pen = Pen(PathBuilder::new());
        glyph.draw(DrawSettings::unhinted(Size::new(EM), LocationRef::default()), &mut pen).ok()?;
        let path = pen.0.finish()?;
        let (left, top) = (path.bounds().left(), path.bounds().top());
        path.transform(Transform::from_translate(MARGIN - left, MARGIN - top))
    }
}

/// A glyph with its ink.
fn filled(path: &Path) -> Picture {
    let side = |length: f32| (length + 2.0 * MARGIN).ceil() as u32;
    let mut pixmap =
        Pixmap::new(side(path.bounds().width()), side(path.bounds().height())).expect("a side or more");
    let paint = Paint { anti_alias: true, ..Paint::default() };
    pixmap.fill_path(path, &paint, FillRule::Winding, Transform::identity(), None);
    picture(&pixmap)
}

/// The same, but for the inside of what is solid: where a square of a side of [`SOLID`] fits into the ink.
fn hollowed(picture: &Picture) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let half = (SOLID * EM / 2.0) as usize;
    let ink: Vec<bool> = picture.ink().iter().map(|&ink| ink > 0.5).collect();
    let flipped = |mask: Vec<bool>| mask.into_iter().map(|is| !is).collect::<Vec<bool>>();
    let shrunk = |mask: Vec<bool>, by: usize| flipped(grown(&flipped(mask), width, by));
    let solid = grown(&shrunk(ink, half), width, half);
    let inside = shrunk(solid, RIM);
    let ink = picture.ink().iter().zip(inside).map(|(&ink, inside)| if inside { 0.0 } else { ink });
    Picture::new(width, height, ink.collect()).expect("of the same size")
}

/// What is at most so many pixels away, along and across, from what is marked.
fn grown(mask: &[bool], width: usize, by: usize) -> Vec<bool> {
    let height = mask.len() / width;
    let near = |mask: &[bool], length: usize, lines: usize, at: &dyn Fn(usize, usize) -> usize| {
        let mut grown = vec![false; mask.len()];
        for line in 0..lines {
            for place in (0..length).filter(|&place| mask[at(line, place)]) {
                (place.saturating_sub(by)..(place + by + 1).min(length))
                    .for_each(|near| grown[at(line, near)] = true);
            }
        }
        grown
    };
    let along = near(mask, width, height, &|row, column| row * width + column);
    near(&along, height, width, &|column, row| row * width + column)
}

/// Takes an outline, whose `y` grows upwards.
struct Pen(PathBuilder);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, -y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, -y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.quad_to(cx, -cy, x, -y);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.0.cubic_to(ax, -ay, bx, -by, x, -y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
