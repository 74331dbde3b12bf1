//! The official one-shot task of Lake, Salakhutdinov and Tenenbaum (2015): 20 runs of 20 trials, published as
//! drawings with one label file a run.

use std::collections::BTreeMap;

use super::{Bitmap, DatasetError, archive, archive::Wanted, expect_count, expect_digest, sha256};

const WANTED: Wanted = Wanted {
    takes: |path| place(&path.to_ascii_lowercase()).is_some(),
    what: "the pictures of all_runs.zip, such as run01/test/item01.png",
};

/// The official runs in their order: `run01`, `run02`, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialRuns {
    /// The runs.
    pub runs: Vec<OfficialRun>,
}

/// One run: which of the support drawings shows the same character as each query?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialRun {
    /// One drawing of each character: `class01`, `class02`, …
    pub support: Vec<Bitmap>,
    /// What to recognise, the same characters by another drawer: `item01`, `item02`, …
    pub queries: Vec<Bitmap>,
    /// For each query the index in `support` of its character.
    pub truth: Vec<usize>,
}

impl OfficialRuns {
    /// Runs published.
    pub const RUNS: usize = 20;
    /// Support drawings, and queries, of each published run.
    pub const WAYS: usize = 20;
    /// [`Self::digest`] of the published archive.
    pub const DIGEST: &'static str = "85cb627a1c170a5603bafa36d0a67f86fd439b47dbb625d23ab8831efddf7e44";

    /// Reads `runNN/training/*.png`, `runNN/test/*.png` and `runNN/class_labels.txt`, in whatever folder and in capitals or not, and
    /// passes over all other members. A zip archive that holds nothing but another one is read as that.
    ///
    /// # Errors
    /// [`DatasetError::BadArchive`], [`DatasetError::TooLarge`], [`DatasetError::BadImage`], [`DatasetError::WrongSize`],
    /// [`DatasetError::BadLabels`], [`DatasetError::EmptyRun`], or [`DatasetError::NoPictures`] where no member has such a path.
    pub fn from_zip(zip: &[u8]) -> Result<Self, DatasetError> {
        Self::from_zip_with(zip, &mut |_, _| {})
    }

    /// The same, calling `progress` with the number of members done and of all members, every few hundred of them and at the
    /// end.
    ///
    /// # Errors
    /// As [`Self::from_zip`].
    pub fn from_zip_with(zip: &[u8], progress: &mut dyn FnMut(usize, usize)) -> Result<Self, DatasetError> {
        let mut runs: BTreeMap<String, Members> = BTreeMap::new();
        for (path, contents) in archive::read_zip(zip, &WANTED, Contents::read, progress)? {
            let path = path.to_ascii_lowercase();
            let Some((run, kind)) = place(&path) else {
                continue;
            };
            let members = runs.entry(run.to_owned()).or_default();
            match contents {
                Contents::Drawing(drawing) if kind == Kind::Training => {
                    members.training.push((path, drawing))
                }
                Contents::Drawing(drawing) => members.test.push((path, drawing)),
                Contents::Labels(text) => members.labels = Some((path, text)),
            }
        }
        let runs = runs.into_iter().map(|(name, members)| members.sorted(name));
        Ok(Self { runs: runs.collect::<Result<_, _>>()? })
    }

    /// SHA-256, in hexadecimal, over each run's support drawings, its queries, and its truth, one byte a
    /// query. Pixels count as in [`super::Omniglot::digest`].
    pub fn digest(&self) -> String {
        let truth: Vec<Vec<u8>> =
            self.runs.iter().map(|run| run.truth.iter().map(|&index| index as u8).collect()).collect();
        sha256(self.runs.iter().zip(&truth).flat_map(|(run, truth)| {
            run.support.iter().chain(&run.queries).map(Bitmap::packed).chain([truth.as_slice()])
        }))
    }

    /// Whether these are all the published runs, pixel by pixel and label by label.
    ///
    /// # Errors
    /// [`DatasetError::WrongCount`] or [`DatasetError::WrongDigest`].
    pub fn check(&self) -> Result<(), DatasetError> {
        expect_count(|| "official runs".to_owned(), Self::RUNS, self.runs.len())?;
        for (index, run) in self.runs.iter().enumerate() {
            let number = index + 1;
            expect_count(|| format!("training pictures in run {number}"), Self::WAYS, run.support.len())?;
            expect_count(|| format!("test pictures in run {number}"), Self::WAYS, run.queries.len())?;
        }
        expect_digest("the official runs", Self::DIGEST, self.digest())
    }
}

/// What a member of a run is.
#[derive(PartialEq, Eq)]
enum Kind {
    Training,
    Test,
    Labels,
}

/// What a member of a run holds.
#[expect(clippy::large_enum_variant, reason = "nearly all are drawings, and there are some hundreds")]
enum Contents {
    Drawing(Bitmap),
    Labels(Vec<u8>),
}

impl Contents {
    fn read(path: &str, contents: &[u8]) -> Result<Self, DatasetError> {
        match place(&path.to_ascii_lowercase()) {
            Some((_, Kind::Labels)) => Ok(Self::Labels(contents.to_owned())),
            _ => Bitmap::from_png(path, contents).map(Self::Drawing),
        }
    }
}

/// The run and kind of the member at `path`, in small letters; `None` if it is no part of a run.
fn place(path: &str) -> Option<(&str, Kind)> {
    let is_run = |name: &&str| name.strip_prefix("run").is_some_and(|n| n.parse::<u32>().is_ok());
    let mut parts = path.rsplit('/');
    let (file, folder) = (parts.next()?, parts.next()?);
    if file == "class_labels.txt" {
        return Some(folder).filter(is_run).map(|run| (run, Kind::Labels));
    }
    let kind = match folder {
        "training" => Kind::Training,
        "test" => Kind::Test,
        _ => return None,
    };
    let picture = file.ends_with(".png") && !file.starts_with('.');
    parts.next().filter(is_run).filter(|_| picture).map(|run| (run, kind))
}

/// The members of one run, each with its path.
#[derive(Default)]
struct Members {
    training: Vec<(String, Bitmap)>,
    test: Vec<(String, Bitmap)>,
    labels: Option<(String, Vec<u8>)>,
}

impl Members {
    /// The run of these members, whose drawings are sorted by their paths.
    fn sorted(mut self, run: String) -> Result<OfficialRun, DatasetError> {
        if self.training.is_empty() || self.test.is_empty() {
            return Err(DatasetError::EmptyRun(run));
        }
        let by_path = |(a, _): &(String, Bitmap), (b, _): &(String, Bitmap)| a.cmp(b);
        self.training.sort_by(by_path);
        self.test.sort_by(by_path);
        let truth = self.truth(&run)?;
        let drawings =
            |members: Vec<(String, Bitmap)>| members.into_iter().map(|(_, drawing)| drawing).collect();
        Ok(OfficialRun { support: drawings(self.training), queries: drawings(self.test), truth })
    }

    /// Reads the labels: for each test picture the index of its training picture.
    fn truth(&self, run: &str) -> Result<Vec<usize>, DatasetError> {
        let path =
            self.labels.as_ref().map_or_else(|| format!("{run}/class_labels.txt"), |(path, _)| path.clone());
        let bad = |why: String| DatasetError::BadLabels { path: path.clone(), why };
        let (_, text) = self.labels.as_ref().ok_or_else(|| bad("it is missing".to_owned()))?;
        let text = std::str::from_utf8(text).map_err(|_| bad("it is not text".to_owned()))?;
        let find = |members: &[(String, Bitmap)], named: &str| {
            let wanted = named.replace('\\', "/").to_ascii_lowercase();
            let same = |path: &str| path == wanted || path.ends_with(&format!("/{wanted}"));
            let index = members.iter().position(|(path, _)| same(path));
            index.ok_or_else(|| bad(format!("there is no picture {named}")))
        };

        let mut truth = vec![None; self.test.len()];
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let [test, training] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                return Err(bad(format!("line {number} is not two paths")));
            };
            let query = find(&self.test, test)?;
            if truth[query].replace(find(&self.training, training)?).is_some() {
                return Err(bad(format!("line {number} names {test} again")));
            }
        }
        let unnamed = |query: usize| bad(format!("no line names {}", self.test[query].0));
        truth.into_iter().enumerate().map(|(query, index)| index.ok_or_else(|| unnamed(query))).collect()
    }
}
