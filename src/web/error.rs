//! Our errors as JavaScript's: an `Error` whose `name` is the kind and whose message says what to do.

use wasm_bindgen::prelude::*;

#[cfg(feature = "archives")]
use crate::dataset::DatasetError;
#[cfg(feature = "burn")]
use crate::learn::FineTuneError;
use crate::{
    drawing::{DrawingError, PictureError},
    engine::EngineError,
    model::WeightsError,
    recogniser::RecogniseError,
    replay::ReplayError,
};

/// A JavaScript `Error`.
#[derive(Debug)]
pub struct Fault(js_sys::Error);

impl Fault {
    pub fn new(kind: &str, message: &str) -> Self {
        let error = js_sys::Error::new(message);
        error.set_name(kind);
        Self(error)
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        fault.0.into()
    }
}

/// An error by kind.
pub fn fault(error: impl Kind) -> Fault {
    Fault::new(error.kind(), &error.to_string())
}

/// What an error is called on the page.
pub trait Kind: std::error::Error {
    fn kind(&self) -> &'static str;
}

impl Kind for DrawingError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "EmptyDrawing",
            Self::BadCoordinate(_) => "BadDrawing",
        }
    }
}

impl Kind for PictureError {
    fn kind(&self) -> &'static str {
        match self {
            Self::WrongSize { .. } => "WrongSize",
            Self::TooLarge { .. } => "TooLarge",
            Self::BadValue(_) => "BadDrawing",
        }
    }
}

impl Kind for WeightsError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Damaged(_) | Self::Mismatch(_) => "BadWeights",
            Self::Unreadable(_) => "EngineFailed",
        }
    }
}

impl Kind for EngineError {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoAdapter(_) => "NoAdapter",
            Self::SelfTest { .. } => "SelfTestFailed",
            Self::NotBuilt(_) | Self::NotFinite(_) | Self::RecognisesOnly(_) | Self::Stopped(_) => {
                "EngineFailed"
            }
        }
    }
}

impl Kind for RecogniseError {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoSupport => "NoSupport",
            Self::OneClass(_) => "OneClass",
            Self::Drawing(error) => error.kind(),
            Self::Engine(error) => error.kind(),
            Self::Weights(error) => error.kind(),
        }
    }
}

#[cfg(feature = "burn")]
impl Kind for FineTuneError {
    fn kind(&self) -> &'static str {
        match self {
            Self::TooFew(_) => "OneClass",
            Self::BadRecipe(_) => "BadOption",
            Self::Drawing(error) => error.kind(),
            Self::Diverged(_) => "Diverged",
            Self::Engine(error) => error.kind(),
            Self::Weights(error) => error.kind(),
        }
    }
}

impl Kind for ReplayError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Episode(_) => "NoEpisode",
            Self::Engine(error) => error.kind(),
        }
    }
}

#[cfg(feature = "archives")]
impl Kind for DatasetError {
    fn kind(&self) -> &'static str {
        match self {
            Self::BadImage { .. } => "BadImage",
            Self::WrongSize { .. } => "WrongSize",
            Self::BadLabels { .. } => "BadLabels",
            _ => "BadArchive",
        }
    }
}
