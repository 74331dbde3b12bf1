//! The published data that episodes are made of.

use js_sys::{Function, Int32Array, Object};
use wasm_bindgen::prelude::*;

use super::{
    convert::{EpisodePictures, reporting_to, set},
    error::{Fault, fault},
};
use crate::{
    dataset::{Mnist, OfficialRuns, Omniglot, Part},
    episode::{self, Protocol},
};

/// Published data that episodes are made of.
#[wasm_bindgen]
pub struct Archive {
    archive: episode::Archive,
}

#[wasm_bindgen]
impl Archive {
    /// Reads `all_runs.zip`, Lake's official one-shot runs, and makes sure that it is the published one. `onread` is called every
    /// few hundred members with the number of those read and of all.
    ///
    /// Throws `BadArchive`, `BadImage`, `WrongSize` or `BadLabels`.
    pub fn official(zip: &[u8], onread: Option<Function>) -> Result<Archive, Fault> {
        let runs = OfficialRuns::from_zip_with(zip, &mut reporting_to(onread)).map_err(fault)?;
        runs.check().map_err(fault)?;
        Ok(Self { archive: episode::Archive::Official(runs) })
    }

    /// Reads `images_evaluation.zip`, Omniglot's 20 evaluation alphabets, and makes sure that it is the published one. `onread` is
    /// called every few hundred members with the number of those read and of all.
    ///
    /// Throws `BadArchive`, `BadImage` or `WrongSize`.
    pub fn evaluation(zip: &[u8], onread: Option<Function>) -> Result<Archive, Fault> {
        let omniglot = Omniglot::from_zip_with(zip, &mut reporting_to(onread)).map_err(fault)?;
        omniglot.check(Part::Evaluation).map_err(fault)?;
        Ok(Self { archive: episode::Archive::Omniglot(omniglot) })
    }

    /// Reads MNIST's test set, two IDX files, gzipped or not, and makes sure that it is the published one.
    ///
    /// Throws `BadArchive`.
    pub fn mnist(images: &[u8], labels: &[u8]) -> Result<Archive, Fault> {
        let set = Mnist::from_idx(images, labels).map_err(fault)?;
        set.check_test().map_err(fault)?;
        Ok(Self { archive: episode::Archive::mnist(set) })
    }

    /// The protocols whose episodes are made of this data.
    pub fn protocols(&self) -> Vec<String> {
        self.archive.protocols().map(|protocol| protocol.to_string()).collect()
    }

    /// One episode of a protocol, counted from 0: its pictures, and the index of each query's character, −1 where it is not shown.
    ///
    /// Throws `NoEpisode`.
    #[wasm_bindgen(unchecked_return_type = "{ pictures: EpisodePictures; truth: Int32Array }")]
    pub fn episode(&self, protocol: &str, seed: u32, episode: u32) -> Result<JsValue, Fault> {
        let no_episode = |why: String| Fault::new("NoEpisode", &why);
        let protocol: Protocol = protocol.parse().map_err(no_episode)?;
        let missing = || no_episode(format!("this data gives no episode {episode} of {protocol}"));
        let episode = self.archive.episode(protocol, seed.into(), episode.into()).ok_or_else(missing)?;
        let truth: Vec<i32> =
            episode.truth.iter().map(|truth| truth.map_or(-1, |truth| truth as i32)).collect();
        let found = Object::new();
        set(&found, "pictures", EpisodePictures::from(&episode.map(|place| self.archive.picture(place))));
        set(&found, "truth", Int32Array::from(&truth[..]));
        Ok(found.into())
    }
}
