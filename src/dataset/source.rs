//! Finds the published files on this machine, or downloads them. The one place of the module that knows files and the
//! network.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{DatasetError, Mnist, OfficialRuns, Omniglot, Part};

/// A published file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFile {
    Omniglot(Part),
    OfficialRuns,
    MnistTestImages,
    MnistTestLabels,
}

impl DataFile {
    /// Its place in a data folder.
    pub fn path(self) -> &'static str {
        match self {
            Self::Omniglot(Part::Background) => "omniglot/images_background.zip",
            Self::Omniglot(Part::Evaluation) => "omniglot/images_evaluation.zip",
            Self::OfficialRuns => "omniglot/all_runs.zip",
            Self::MnistTestImages => "mnist/t10k-images-idx3-ubyte.gz",
            Self::MnistTestLabels => "mnist/t10k-labels-idx1-ubyte.gz",
        }
    }

    /// Where it is published.
    pub fn url(self) -> &'static str {
        macro_rules! omniglot {
            ($path:literal) => {
                concat!("https://raw.githubusercontent.com/brendenlake/omniglot/master/python/", $path)
            };
        }
        macro_rules! mnist {
            ($path:literal) => {
                concat!("https://storage.googleapis.com/cvdf-datasets/mnist/", $path)
            };
        }
        match self {
            Self::Omniglot(Part::Background) => omniglot!("images_background.zip"),
            Self::Omniglot(Part::Evaluation) => omniglot!("images_evaluation.zip"),
            Self::OfficialRuns => omniglot!("one-shot-classification/all_runs.zip"),
            Self::MnistTestImages => mnist!("t10k-images-idx3-ubyte.gz"),
            Self::MnistTestLabels => mnist!("t10k-labels-idx1-ubyte.gz"),
        }
    }
}

/// Where the published files are looked for, and downloaded to where they are in no such place.
///
/// In order: `$GLIMPSE_DATA`, `../shared/data` beside this crate and beside the current folder, then the cache,
/// `glimpse/data` in `$XDG_CACHE_HOME` or `~/.cache`. Only the cache is ever written.
#[derive(Debug, Clone)]
pub struct Source {
    folders: Vec<PathBuf>,
    cache: PathBuf,
    on_download: fn(DataFile),
}

/// A file's contents and where they were, or are to be kept once they are known to be right.
struct Found {
    path: PathBuf,
    bytes: Vec<u8>,
    downloaded: bool,
}

impl Source {
    /// Longest that one download may take.
    const PATIENCE: Duration = Duration::from_secs(600);
    /// Largest file taken from the network, in bytes; the largest published one has 10 MB.
    const LARGEST: u64 = 64 << 20;

    /// The usual places; see [`Source`].
    pub fn new() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let beside = |folder: &Path| folder.join("../shared/data");
        let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders: Vec<PathBuf> = variable("GLIMPSE_DATA").into_iter().collect();
        folders.push(beside(crate_root));
        folders
            .extend(std::env::current_dir().ok().filter(|here| here != crate_root).map(|here| beside(&here)));
        let caches = variable("XDG_CACHE_HOME").or_else(|| Some(std::env::home_dir()?.join(".cache")));
        Self::in_places(folders, caches.unwrap_or_else(std::env::temp_dir).join("glimpse/data"))
    }

    /// Other places: `folders`, which are only read, then `cache`.
    pub fn in_places(folders: Vec<PathBuf>, cache: PathBuf) -> Self {
        Self { folders, cache, on_download: |_| () }
    }

    /// Calls `announce` before each download.
    pub fn on_download(self, announce: fn(DataFile)) -> Self {
        Self { on_download: announce, ..self }
    }

    /// One part of Omniglot, from its archive or its unpacked folder, whole and checked.
    ///
    /// # Errors
    /// [`DatasetError::NotFound`] if it is nowhere and cannot be downloaded, [`DatasetError::InFile`] if it is not the
    /// published one, [`DatasetError::Io`] if it cannot be read or kept.
    pub fn omniglot(&self, part: Part) -> Result<Omniglot, DatasetError> {
        let file = DataFile::Omniglot(part);
        let unpacked = Path::new(file.path()).with_extension("");
        let checked =
            |read: Result<Omniglot, DatasetError>| read.and_then(|data| data.check(part).map(|()| data));
        for folder in &self.folders {
            if folder.join(file.path()).exists() {
                break;
            }
            let unpacked = folder.join(&unpacked);
            if unpacked.is_dir() {
                return checked(Omniglot::from_folder(&unpacked)).map_err(|e| in_file(&unpacked, e));
            }
        }
        let found = self.load(file)?;
        let data = checked(Omniglot::from_zip(&found.bytes)).map_err(|e| in_file(&found.path, e))?;
        found.keep()?;
        Ok(data)
    }

    /// The official runs, all of them and checked.
    ///
    /// # Errors
    /// As [`Self::omniglot`].
    pub fn official_runs(&self) -> Result<OfficialRuns, DatasetError> {
        let found = self.load(DataFile::OfficialRuns)?;
        let read = OfficialRuns::from_zip(&found.bytes).and_then(|runs| runs.check().map(|()| runs));
        let runs = read.map_err(|e| in_file(&found.path, e))?;
        found.keep()?;
        Ok(runs)
    }

    /// MNIST's test set, all of it and checked.
    ///
    /// # Errors
    /// As [`Self::omniglot`].
    pub fn mnist_test(&self) -> Result<Mnist, DatasetError> {
        let (images, labels) = (self.load(DataFile::MnistTestImages)?, self.load(DataFile::MnistTestLabels)?);
        let read =
            Mnist::from_idx(&images.bytes, &labels.bytes).and_then(|set| set.check_test().map(|()| set));
        let set = read.map_err(|e| in_file(images.path.parent().unwrap_or(&images.path), e))?;
        images.keep()?;
        labels.keep()?;
        Ok(set)
    }

    fn load(&self, file: DataFile) -> Result<Found, DatasetError> {
        let mut places = self.folders.iter().chain([&self.cache]).map(|folder| folder.join(file.path()));
        if let Some(path) = places.find(|path| path.exists()) {
            let bytes = fs::read(&path).map_err(|e| io(&path, e))?;
            return Ok(Found { path, bytes, downloaded: false });
        }
        (self.on_download)(file);
        let bytes = download(file.url()).map_err(|e| DatasetError::NotFound {
            file: file.path(),
            folders: self
                .folders
                .iter()
                .chain([&self.cache])
                .map(|folder| folder.display().to_string())
                .collect(),
            url: file.url(),
            why: e.to_string(),
        })?;
        Ok(Found { path: self.cache.join(file.path()), bytes, downloaded: true })
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::new()
    }
}

impl Found {
    /// Writes a download to its place, in one step, so that no other process reads half a file.
    fn keep(&self) -> Result<(), DatasetError> {
        if !self.downloaded {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        let unfinished = self.path.with_extension(format!("{}.part", std::process::id()));
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&unfinished, &self.bytes))
            .and_then(|()| fs::rename(&unfinished, &self.path))
            .map_err(|e| io(&self.path, e))
    }
}

fn download(url: &str) -> Result<Vec<u8>, ureq::Error> {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_global(Some(Source::PATIENCE));
    let mut response = ureq::Agent::new_with_config(config.build()).get(url).call()?;
    response.body_mut().with_config().limit(Source::LARGEST).read_to_vec()
}

fn io(path: &Path, source: std::io::Error) -> DatasetError {
    DatasetError::Io { path: path.display().to_string(), source }
}

fn in_file(path: &Path, source: DatasetError) -> DatasetError {
    DatasetError::InFile { path: path.display().to_string(), source: Box::new(source) }
}
