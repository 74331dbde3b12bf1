//! Omniglot's archives (Lake, Salakhutdinov, Tenenbaum 2015, "Human-level concept learning through
//! probabilistic program induction"): 50 alphabets, 1,623 characters, each drawn by the same number of
//! people.

use super::{Bitmap, DatasetError, archive, archive::Wanted, expect_count, expect_digest, sha256};

const WANTED: Wanted = Wanted {
    takes: |path| Place::of(path).is_some(),
    what: "Omniglot's images, such as Angelic/character01/0965_01.png",
};

/// The two parts Omniglot is published in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// 30 alphabets, 964 characters: what systems train on.
    Background,
    /// 20 alphabets, 659 characters: looked at to report, never to choose.
    Evaluation,
}

/// Alphabets of Omniglot drawings, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omniglot {
    /// The alphabets.
    pub alphabets: Vec<Alphabet>,
}

/// One alphabet, its characters sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alphabet {
    /// The name of its folder, such as `Japanese_(hiragana)`.
    pub name: String,
    /// Its characters.
    pub characters: Vec<Character>,
}

/// One character, its drawings sorted by file name, which in the published archives is by drawer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Character {
    /// The name of its folder, such as `character01`.
    pub name: String,
    /// Its drawings, 105 × 105 pixels each.
    pub drawings: Vec<Bitmap>,
}

impl Part {
    /// Drawings of each character, one by each drawer.
    pub const DRAWERS: usize = 20;

    /// Name of its archive, less `.zip`, and of the folder in it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Background => "images_background",
            Self::Evaluation => "images_evaluation",
        }
    }

    /// Number of its alphabets.
    pub fn alphabets(self) -> usize {
        match self {
            Self::Background => 30,
            Self::Evaluation => 20,
        }
    }

    /// Number of its characters.
    pub fn characters(self) -> usize {
        match self {
            Self::Background => 964,
            Self::Evaluation => 659,
        }
    }

    /// [`Omniglot::digest`] of the published archive.
    pub fn digest(self) -> &'static str {
        match self {
            Self::Background => "9c3332a29fc6dfe1ebfa338ed67d11316c9ccdade8ee267c5969e2d28eb54843",
            Self::Evaluation => "8f5313fc09877bee2f3af3cf5dd8ce6c28f28bca0459249557982a15ac5f7170",
        }
    }
}

impl Omniglot {
    /// Reads every member whose path ends in `<alphabet>/characterNN/IIII_DD.png`, in capitals or not, and passes over all others. A zip archive that holds
    /// nothing but another one is read as that.
    ///
    /// # Errors
    /// [`DatasetError::BadArchive`], [`DatasetError::TooLarge`], [`DatasetError::BadImage`], [`DatasetError::WrongSize`], or
    /// [`DatasetError::NoPictures`] where no member has such a path.
    pub fn from_zip(zip: &[u8]) -> Result<Self, DatasetError> {
        Self::from_zip_with(zip, &mut |_, _| {})
    }

    /// The same, calling `progress` with the number of members done and of all members, every few hundred of them and at the
    /// end.
    ///
    /// # Errors
    /// As [`Self::from_zip`].
    pub fn from_zip_with(zip: &[u8], progress: &mut dyn FnMut(usize, usize)) -> Result<Self, DatasetError> {
        archive::read_zip(zip, &WANTED, Bitmap::from_png, progress).map(Self::from_drawings)
    }

    /// The same from an unpacked archive; the folder may be the archive's own or any folder around it.
    ///
    /// # Errors
    /// As [`Self::from_zip`], with [`DatasetError::Io`] for [`DatasetError::BadArchive`].
    #[cfg(not(target_family = "wasm"))]
    pub fn from_folder(folder: &std::path::Path) -> Result<Self, DatasetError> {
        archive::read_folder(folder, &WANTED, Bitmap::from_png).map(Self::from_drawings)
    }

    /// Sorts drawings, each with its path, into alphabets.
    fn from_drawings(mut drawings: Vec<(String, Bitmap)>) -> Self {
        drawings.sort_by(|(a, _), (b, _)| Place::of(a).cmp(&Place::of(b)));
        let mut alphabets: Vec<Alphabet> = Vec::new();
        for (path, drawing) in drawings {
            let Some(place) = Place::of(&path) else {
                continue;
            };
            if alphabets.last().is_none_or(|last| last.name != place.alphabet) {
                alphabets.push(Alphabet { name: place.alphabet.to_owned(), characters: Vec::new() });
            }
            let characters = &mut alphabets.last_mut().expect("one was pushed").characters;
            if characters.last().is_none_or(|last| last.name != place.character) {
                characters.push(Character { name: place.character.to_owned(), drawings: Vec::new() });
            }
            characters.last_mut().expect("one was pushed").drawings.push(drawing);
        }
        Self { alphabets }
    }

    /// Every character of every alphabet.
    pub fn characters(&self) -> impl Iterator<Item = &Character> {
        self.alphabets.iter().flat_map(|alphabet| &alphabet.characters)
    }

    /// SHA-256, in hexadecimal, over every drawing's pixels in the order alphabet, character, file name, each
    /// compared byte by byte. A drawing counts as its 105 rows from the top, each row as 14 bytes: one bit a
    /// pixel, the leftmost in the highest bit, 1 = ink, the last 7 bits 0.
    pub fn digest(&self) -> String {
        sha256(self.characters().flat_map(|character| &character.drawings).map(Bitmap::packed))
    }

    /// Whether this is the whole published `part`, pixel by pixel.
    ///
    /// # Errors
    /// [`DatasetError::WrongCount`] or [`DatasetError::WrongDigest`].
    pub fn check(&self, part: Part) -> Result<(), DatasetError> {
        let name = part.name();
        expect_count(|| format!("alphabets in {name}"), part.alphabets(), self.alphabets.len())?;
        expect_count(|| format!("characters in {name}"), part.characters(), self.characters().count())?;
        for alphabet in &self.alphabets {
            for character in &alphabet.characters {
                let what = || format!("drawings of {}/{}", alphabet.name, character.name);
                expect_count(what, Part::DRAWERS, character.drawings.len())?;
            }
        }
        expect_digest(name, part.digest(), self.digest())
    }
}

/// Where a drawing's path puts it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    alphabet: &'a str,
    character: &'a str,
    file: &'a str,
}

impl<'a> Place<'a> {
    /// Reads `…/<alphabet>/characterNN/IIII_DD.png`; anything else is no drawing.
    fn of(path: &'a str) -> Option<Self> {
        let mut parts = path.rsplit('/');
        let (file, character, alphabet) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (name, format) = file.rsplit_once('.')?;
        let (image, drawer) = name.split_once('_')?;
        let (kind, nth) = character.split_at_checked("character".len())?;
        let named = kind.eq_ignore_ascii_case("character") && format.eq_ignore_ascii_case("png");
        let published = named && number(image) && number(drawer) && number(nth);
        published.then_some(Self { alphabet, character, file })
    }
}
