//! The official one-shot task of Lake, Salakhutdinov and Tenenbaum (2015): 20 runs of 20 trials, published as
//! drawings with one label file a run.

use std::collections::BTreeMap;

use super::{
    Bitmap, DatasetError,
    archive::{self, Member},
    bitmap, expect_count, expect_digest, sha256,
};

/// The official runs in their order: `run01`, `run02`, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialRuns {
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

    /// Reads `runNN/training/*.png`, `runNN/test/*.png` and `runNN/class_labels.txt`, in whatever folder, and
    /// passes over all other members.
    ///
    /// # Errors
    /// [`DatasetError::BadArchive`], [`DatasetError::BadImage`], [`DatasetError::WrongSize`],
    /// [`DatasetError::BadLabels`], or [`DatasetError::NoPictures`] where no member has such a path.
    pub fn from_zip(zip: &[u8]) -> Result<Self, DatasetError> {
        let mut runs: BTreeMap<String, Members> = BTreeMap::new();
        for member in archive::zip_members(zip, |path| place(path).is_some())? {
            let Some((run, kind)) = place(&member.0) else {
                continue;
            };
            let members = runs.entry(run.to_owned()).or_default();
            match kind {
                Kind::Training => members.training.push(member),
                Kind::Test => members.test.push(member),
                Kind::Labels => members.labels = Some(member),
            }
        }
        if runs.is_empty() {
            return Err(DatasetError::NoPictures("paths such as run01/test/item01.png"));
        }
        Ok(Self {
            runs: runs.into_iter().map(|(name, members)| members.read(&name)).collect::<Result<_, _>>()?,
        })
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
enum Kind {
    Training,
    Test,
    Labels,
}

/// The run and kind of the member at `path`; `None` if it is no part of a run.
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

/// The members of one run.
#[derive(Default)]
struct Members {
    training: Vec<Member>,
    test: Vec<Member>,
    labels: Option<Member>,
}

impl Members {
    fn read(mut self, run: &str) -> Result<OfficialRun, DatasetError> {
        self.training.sort();
        self.test.sort();
        let truth = self.truth(run)?;
        Ok(OfficialRun {
            support: bitmap::decode(&self.training)?,
            queries: bitmap::decode(&self.test)?,
            truth,
        })
    }

    /// Reads the labels: for each test picture the index of its training picture.
    fn truth(&self, run: &str) -> Result<Vec<usize>, DatasetError> {
        let path =
            self.labels.as_ref().map_or_else(|| format!("{run}/class_labels.txt"), |(path, _)| path.clone());
        let bad = |why: String| DatasetError::BadLabels { path: path.clone(), why };
        let (_, text) = self.labels.as_ref().ok_or_else(|| bad("it is missing".to_owned()))?;
        let text = std::str::from_utf8(text).map_err(|_| bad("it is not text".to_owned()))?;
        let find = |members: &[Member], named: &str| {
            let same = |path: &str| path == named || path.ends_with(&format!("/{named}"));
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
