//! The face that JavaScript sees: conversions and errors, nothing else. The one place that knows JavaScript.
//!
//! Calls of one [`Session`] must follow one another: await each before the next.

mod convert;
mod error;

use js_sys::{Float32Array, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::{
    dataset::{self, Bitmap, InventedAlphabet},
    engine::Engine,
    episode::Episode,
    model::Weights,
    recogniser::{Ranked, Recogniser},
    replay,
};
use convert::{DrawingLike, drawing, flat, millis_now, to_js};
use error::{Fault, fault};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Pen strokes, each `[x0, y0, x1, y1, …]` in any unit, y growing downwards; or RGBA pixels as in `ImageData`. */
export type DrawingLike =
  | { strokes: number[][] }
  | { width: number; height: number; data: Uint8ClampedArray };

/** A label and the head's probability, 0…1, that the query shows its character. */
export type Ranked = { label: string; score: number };

/** Every label, best first, and the time it took in milliseconds. */
export type Classified = { ranking: Ranked[]; millis: number };

/** One query of a run: `truth` and `chosen` are indices of the run's support; a score, 0…1, for each support drawing. */
export type Trial = { run: number; trial: number; truth: number; chosen: number; correct: boolean; scores: number[] };

/** The pictures of a run: `side × side` bytes each, row by row, 255 = ink. */
export type RunPictures = { side: number; support: Uint8Array[]; queries: Uint8Array[] };
"#;

/// Shows a panic's message and place in the console.
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// A network on this module's engine, and what it was taught.
#[wasm_bindgen]
pub struct Session {
    recogniser: Recogniser,
}

#[wasm_bindgen]
impl Session {
    /// Opens this module's engine, loads weights (safetensors) and runs the self-test.
    ///
    /// Throws `BadWeights`, `NoAdapter`, `SelfTestFailed` or `EngineFailed`.
    pub async fn open(weights: &[u8]) -> Result<Session, Fault> {
        let weights = Weights::from_bytes(weights).map_err(fault)?;
        let [engine, ..] = *Engine::BUILT else { panic!("a module is built with an engine") };
        Ok(Self { recogniser: Recogniser::open(engine, &weights).await.map_err(fault)? })
    }

    /// The engine that computes: `webgpu`, `flex` or `ndarray`.
    #[wasm_bindgen(getter)]
    pub fn engine(&self) -> String {
        self.recogniser.engine().to_string()
    }

    /// Largest difference that the self-test found between this engine's embedding and the stored one.
    #[wasm_bindgen(js_name = selfTestError)]
    pub fn self_test_error(&self) -> f32 {
        self.recogniser.self_test_error()
    }

    /// Remembers one more drawing of `label`.
    ///
    /// Throws `EmptyDrawing`, `BadDrawing`, `WrongSize` or `TooLarge`.
    pub fn learn(&mut self, label: &str, picture: &DrawingLike) -> Result<(), Fault> {
        self.recogniser.learn(label, &drawing(picture)?);
        Ok(())
    }

    /// Forgets every drawing of `label`.
    pub fn forget(&mut self, label: &str) {
        self.recogniser.forget(label);
    }

    /// The labels taught, each once, in the order they were first taught.
    pub fn labels(&self) -> Vec<String> {
        self.recogniser.labels().into_iter().map(String::from).collect()
    }

    /// Ranks the labels taught.
    ///
    /// Throws `NoSupport`, `OneClass`, `EngineFailed`, and what `learn` throws.
    #[wasm_bindgen(unchecked_return_type = "Classified")]
    pub async fn classify(&self, picture: &DrawingLike) -> Result<JsValue, Fault> {
        #[derive(Serialize)]
        struct Classified {
            ranking: Vec<Ranked>,
            millis: f64,
        }
        let started = millis_now();
        let ranking = self.recogniser.rank(&drawing(picture)?).await.map_err(fault)?;
        to_js(&Classified { ranking, millis: millis_now() - started })
    }

    /// The feature vector of a drawing, of L2 norm 1.
    ///
    /// Throws `EngineFailed`, and what `learn` throws.
    pub async fn embed(&self, picture: &DrawingLike) -> Result<Float32Array, Fault> {
        let features = self.recogniser.embed(&[drawing(picture)?]).await.map_err(fault)?;
        Ok(Float32Array::from(&features[..]))
    }

    /// A drawing as the encoder sees it: 28 × 28 bytes, row by row, 255 = ink.
    ///
    /// Throws what `learn` throws.
    pub fn preview(&self, picture: &DrawingLike) -> Result<Vec<u8>, Fault> {
        Ok(drawing(picture)?.pixels().iter().map(|ink| (ink * 255.0).round() as u8).collect())
    }

    /// Every trial of one official run, counted from 0. What was taught plays no part.
    ///
    /// Throws `EmptyDrawing`, `NoRun` or `EngineFailed`.
    #[wasm_bindgen(js_name = replayRun, unchecked_return_type = "Trial[]")]
    pub async fn replay_run(&self, runs: &OfficialRuns, run: usize) -> Result<JsValue, Fault> {
        #[derive(Serialize)]
        struct Trial {
            run: usize,
            trial: usize,
            correct: bool,
            #[serde(flatten)]
            outcome: replay::Trial,
        }
        let episode = Episode::official(runs.run(run)?).map_err(fault)?;
        let outcomes = replay::replay(&self.recogniser, &episode).await.map_err(fault)?;
        let trial = |(trial, outcome): (usize, replay::Trial)| Trial {
            run,
            trial,
            correct: outcome.correct(),
            outcome,
        };
        to_js(&outcomes.into_iter().enumerate().map(trial).collect::<Vec<_>>())
    }
}

/// Lake's official one-shot runs, read from the published archive.
#[wasm_bindgen]
pub struct OfficialRuns {
    runs: dataset::OfficialRuns,
}

#[wasm_bindgen]
impl OfficialRuns {
    /// Reads `all_runs.zip` and makes sure that it is the published one.
    ///
    /// Throws `BadArchive`, `BadImage`, `WrongSize` or `BadLabels`.
    #[wasm_bindgen(constructor)]
    pub fn new(zip: &[u8]) -> Result<OfficialRuns, Fault> {
        let runs = dataset::OfficialRuns::from_zip(zip).map_err(fault)?;
        runs.check().map_err(fault)?;
        Ok(Self { runs })
    }

    /// Number of runs.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.runs.runs.len()
    }

    /// The pictures of one run, counted from 0.
    ///
    /// Throws `NoRun`.
    #[wasm_bindgen(unchecked_return_type = "RunPictures")]
    pub fn pictures(&self, run: usize) -> Result<JsValue, Fault> {
        let run = self.run(run)?;
        let bytes = |bitmap: &Bitmap| {
            let grey: Vec<u8> = bitmap.pixels().map(|ink| if ink { 255 } else { 0 }).collect();
            Uint8Array::from(&grey[..])
        };
        let pictures = js_sys::Object::new();
        let list = |bitmaps: &[Bitmap]| bitmaps.iter().map(bytes).collect::<js_sys::Array>();
        convert::set(&pictures, "side", Bitmap::SIDE);
        convert::set(&pictures, "support", list(&run.support));
        convert::set(&pictures, "queries", list(&run.queries));
        Ok(pictures.into())
    }

    fn run(&self, run: usize) -> Result<&dataset::OfficialRun, Fault> {
        self.runs.runs.get(run).ok_or_else(|| Fault::new("NoRun", &format!("there is no run {run}")))
    }
}

/// Drawings of an invented alphabet, by character and drawer, in a square of 105 × 105: the same seed, the same drawings.
#[wasm_bindgen(unchecked_return_type = "{ strokes: number[][] }[][]")]
pub fn invent(seed: u32, characters: usize, drawers: u32) -> Result<JsValue, Fault> {
    #[derive(Serialize)]
    struct Drawn {
        strokes: Vec<Vec<f32>>,
    }
    let alphabet = InventedAlphabet::new(seed.into(), characters);
    let drawn = |character, drawer| Drawn { strokes: flat(&alphabet.draw(character, drawer)) };
    let by_drawer = |character| (0..drawers).map(|drawer| drawn(character, drawer)).collect();
    to_js(&(0..characters).map(by_drawer).collect::<Vec<Vec<Drawn>>>())
}
