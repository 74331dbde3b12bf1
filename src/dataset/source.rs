//! Finds the published files on this machine, or downloads them. The one place of the module that knows files
//! and the network.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{DatasetError, Mnist, OfficialRuns, Omniglot, Part};
use crate::file::write_whole;

/// A published file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFile {
    /// One of Omniglot's archives.
    Omniglot(Part),
    /// The official runs, as Lake et al. published them.
    OfficialRuns,
    /// The pictures of MNIST's test set.
    MnistTestImages,
    /// The labels of MNIST's test set.
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

    /// Longest that one download may take.
    const PATIENCE: Duration = Duration::from_secs(600);
    /// Largest file taken from the network, in bytes; the largest published one has 10 MB.
    const LARGEST: u64 = 64 << 20;

    /// Downloads it from where it is published.
    ///
    /// # Errors
    /// What the network answered, in words.
    pub fn download(self) -> Result<Vec<u8>, String> {
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_global(Some(Self::PATIENCE));
        let response = ureq::Agent::new_with_config(config.build()).get(self.url()).call();
        response
            .and_then(|mut response| response.body_mut().with_config().limit(Self::LARGEST).read_to_vec())
            .map_err(|e| e.to_string())
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
/// In order: `$GLIMPSE_DATA`, `../shared/data` beside this crate and beside the current folder, then the
/// cache, `glimpse/data` in `$XDG_CACHE_HOME` or `~/.cache`. Only the cache is ever written.
pub struct Source {
    folders: Vec<PathBuf>,
    cache: PathBuf,
    download: Download,
}

type Download = Box<dyn Fn(DataFile) -> Result<Vec<u8>, String>>;

/// A file's contents.
struct Found {
    /// The path or the address it came from.
    origin: String,
    bytes: Vec<u8>,
    /// Where to keep it once it is known to be right, if it was downloaded.
    keep_at: Option<PathBuf>,
}

impl Source {
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
        Self { folders, cache, download: Box::new(DataFile::download) }
    }

    /// Downloads by other means than [`DataFile::download`], or with a word to the user before it.
    pub fn downloading_with(self, download: impl Fn(DataFile) -> Result<Vec<u8>, String> + 'static) -> Self {
        Self { download: Box::new(download), ..self }
    }

    /// One part of Omniglot, from its archive or its unpacked folder, whole and checked.
    ///
    /// # Errors
    /// [`DatasetError::NotFound`] if it is nowhere and cannot be downloaded, [`DatasetError::InFile`] if it
    /// is not the published one, [`DatasetError::Io`] if it cannot be read or kept.
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
                return checked(Omniglot::from_folder(&unpacked))
                    .map_err(|e| in_file(&unpacked.display().to_string(), e));
            }
        }
        let found = self.load(file)?;
        let data = checked(Omniglot::from_zip(&found.bytes)).map_err(|e| in_file(&found.origin, e))?;
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
        let runs = read.map_err(|e| in_file(&found.origin, e))?;
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
        let set = read.map_err(|e| in_file(&images.origin, e))?;
        images.keep()?;
        labels.keep()?;
        Ok(set)
    }

    fn load(&self, file: DataFile) -> Result<Found, DatasetError> {
        let folders = || self.folders.iter().chain([&self.cache]);
        if let Some(path) = folders().map(|folder| folder.join(file.path())).find(|path| path.exists()) {
            let bytes = fs::read(&path).map_err(|e| io(&path, e))?;
            return Ok(Found { origin: path.display().to_string(), bytes, keep_at: None });
        }
        let bytes = (self.download)(file).map_err(|why| DatasetError::NotFound {
            file: file.path(),
            folders: folders().map(|folder| folder.display().to_string()).collect(),
            url: file.url(),
            why,
        })?;
        Ok(Found { origin: file.url().to_owned(), bytes, keep_at: Some(self.cache.join(file.path())) })
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
        let Some(path) = &self.keep_at else { return Ok(()) };
        write_whole(path, &self.bytes).map_err(|e| io(path, e))
    }
}

fn io(path: &Path, source: std::io::Error) -> DatasetError {
    DatasetError::Io { path: path.display().to_string(), source }
}

fn in_file(path: &str, source: DatasetError) -> DatasetError {
    DatasetError::InFile { path: path.to_owned(), source: Box::new(source) }
}
