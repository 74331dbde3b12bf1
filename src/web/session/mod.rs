//! A network on an engine, and what it was taught.
//!
//! Calls of one [`Session`] must follow one another: await each before the next.

mod convert;

use js_sys::{Float32Array, Function, Object, Uint32Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{
    convert::{EpisodePictures, reporting_to, set},
    error::{Fault, fault},
};
#[cfg(all(feature = "webgpu", target_family = "wasm"))]
use crate::engine::on_device_lost;
#[cfg(feature = "burn")]
use crate::learn::{FineTuneRecipe, FineTuner};
use crate::{
    dataset::InventedAlphabet,
    drawing::Drawing,
    engine::Engine,
    model::{System, Weights},
    recogniser::{Classification, Ranked, Recogniser},
    replay,
};
use convert::{DrawingLike, drawing, flat, millis_now, order, strokes, to_js};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Pen strokes, each `[x0, y0, x1, y1, …]` in any unit, y growing downwards, in the order drawn unless `traced`; or RGBA pixels as in `ImageData`. */
export type DrawingLike =
  | { strokes: number[][]; traced?: boolean }
  | { width: number; height: number; data: Uint8ClampedArray };

/**
 * Labels, best match first, by their places among those taught, in the order first taught; for each, `scores`, the chance in 0…1 that it is right, the sign being one of those taught, and `similarity`,
 * the head's own output, higher is more alike: a logit of `siamese` and `relation`, minus the distance of `triplet`. `familiarity`, 0…1, says
 * how well the sign is known at all: under 0.5 lies one in twenty of the signs taught. And the time it took in milliseconds.
 */
export type Classified = {
  places: Uint32Array;
  scores: Float32Array;
  similarity: Float32Array;
  familiarity: number;
  millis: number;
};

/** Where drawings lie, in units of feature distance; `explained` is the share, 0…1, of the support's variance shown. */
export type FeatureMap = {
  support: { label: string; x: number; y: number }[];
  query?: { x: number; y: number };
  explained: number;
};

/**
 * One query of an episode: `truth` and `chosen` are indices of characters shown, or null for none of them; a score, 0…1,
 * for each character shown.
 */
export type Outcome = {
  trial: number;
  truth: number | null;
  chosen: number | null;
  correct: boolean;
  scores: number[];
};

/** How a network does on held-out variations of the drawings taught, of 120 characters at most: share right, 0…1, objective, how many. */
export type Measured = { accuracy: number; loss: number; drawings: number };

/** How far fine-tuning is; `measured` where this step measured; `best` is the step of the best network so far. */
export type FineTuneStep = { step: number; steps: number; loss?: number; measured?: Measured; best: number };
"#;

/// A network on this module's engine, and what it was taught.
#[wasm_bindgen]
pub struct Session {
    recogniser: Recogniser,
}

#[wasm_bindgen]
impl Session {
    /// Opens this module's engine, loads the weights (safetensors) of a system and runs the self-test.
    ///
    /// Throws `BadWeights`, `NoAdapter`, `SelfTestFailed`, `NoSystem` or `EngineFailed`.
    pub async fn open(system: &str, weights: &[u8]) -> Result<Session, Fault> {
        let known = System::ALL.into_iter().find(|known| known.name() == system);
        let system =
            known.ok_or_else(|| Fault::new("NoSystem", &format!("there is no system called {system}")))?;
        let weights = Weights::from_bytes(weights).map_err(fault)?;
        let [engine, ..] = *Engine::BUILT else { panic!("a module is built with an engine") };
        let recogniser = Recogniser::open(system, engine, &weights).await.map_err(fault)?;
        Ok(Self { recogniser })
    }

    /// The network: `siamese`, `triplet` or `relation`.
    #[wasm_bindgen(getter)]
    pub fn system(&self) -> String {
        self.recogniser.system().to_string()
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
    /// Throws `EmptyDrawing`, `BadDrawing`, `WrongSize`, `TooLarge` or `EngineFailed`.
    pub async fn learn(&mut self, label: &str, picture: &DrawingLike) -> Result<(), Fault> {
        self.recogniser.learn_in(order(picture)?, label, &strokes(picture)?).await.map_err(fault)
    }

    /// Forgets every drawing of `label`.
    pub fn forget(&mut self, label: &str) {
        self.recogniser.forget(label);
    }

    /// Ranks the labels taught; answers with the best `limit` of them, with all if none is given.
    ///
    /// Throws `NoSupport`, `OneClass`, `EngineFailed`, and what `learn` throws.
    #[wasm_bindgen(unchecked_return_type = "Classified")]
    pub async fn classify(&self, picture: &DrawingLike, limit: Option<usize>) -> Result<JsValue, Fault> {
        let started = millis_now();
        let Classification { mut ranking, familiarity } =
            self.recogniser.classify(&strokes(picture)?).await.map_err(fault)?;
        ranking.truncate(limit.unwrap_or(usize::MAX));
        let numbers =
            |of: fn(&Ranked) -> f32| Float32Array::from(&ranking.iter().map(of).collect::<Vec<_>>()[..]);
        let places: Vec<u32> = ranking.iter().map(|ranked| ranked.place as u32).collect();
        let classified = Object::new();
        set(&classified, "places", Uint32Array::from(&places[..]));
        set(&classified, "scores", numbers(|ranked| ranked.score));
        set(&classified, "similarity", numbers(|ranked| ranked.similarity));
        set(&classified, "familiarity", familiarity);
        set(&classified, "millis", millis_now() - started);
        Ok(classified.into())
    }

    /// The feature vector of a drawing, of L2 norm 1.
    ///
    /// Throws `EngineFailed`, and what `learn` throws.
    pub async fn embed(&self, picture: &DrawingLike) -> Result<Float32Array, Fault> {
        let features = self.recogniser.embed(&[drawing(picture)?]).await.map_err(fault)?;
        Ok(Float32Array::from(&features[..]))
    }

    /// The feature vectors of drawings as the encoder sees them, 32 × 32 numbers in 0…1 each, row by row, 1 = ink.
    ///
    /// Throws `WrongSize`, `BadDrawing` or `EngineFailed`.
    #[wasm_bindgen(js_name = embedPixels)]
    pub async fn embed_pixels(&self, pixels: &[f32]) -> Result<Float32Array, Fault> {
        let drawings = Drawing::from_pixels(pixels).map_err(fault)?;
        Ok(Float32Array::from(&self.recogniser.embed(&drawings).await.map_err(fault)?[..]))
    }

    /// A drawing as the encoder sees it: 32 × 32 bytes, row by row, 255 = ink.
    ///
    /// Throws what `learn` throws.
    pub fn preview(&self, picture: &DrawingLike) -> Result<Vec<u8>, Fault> {
        Ok(drawing(picture)?.pixels().iter().map(|ink| (ink * 255.0).round() as u8).collect())
    }

    /// The drawings taught, and a query if one is given, in the two dimensions in which those taught differ most.
    ///
    /// Throws `NoSupport`, `EngineFailed`, and what `learn` throws.
    #[wasm_bindgen(unchecked_return_type = "FeatureMap")]
    pub async fn map(&self, query: Option<DrawingLike>) -> Result<JsValue, Fault> {
        let query = query.map(|query| strokes(&query)).transpose()?;
        to_js(&self.recogniser.map(query.as_ref()).await.map_err(fault)?)
    }

    /// Puts parameters that fine-tuning changed, as `tunedBy` gives them, into place; without any, the trained ones. `onprogress` is called with the number of drawings embedded
    /// anew and that of all, every few dozen.
    ///
    /// Throws `BadWeights`, `SelfTestFailed` or `EngineFailed`; the network then stays as it is.
    pub async fn retune(
        &mut self,
        tuned: Option<Vec<u8>>,
        #[wasm_bindgen(unchecked_optional_param_type = "(done: number, total: number) => void")]
        onprogress: Option<Function>,
    ) -> Result<(), Fault> {
        let tuned = tuned.map(|bytes| Weights::from_bytes(&bytes)).transpose().map_err(fault)?;
        self.recogniser.retune(tuned.as_ref(), &mut reporting_to(onprogress)).await.map_err(fault)
    }

    /// Every trial of an episode; `truth` has the index of each query's character, −1 where it is not shown. What was taught
    /// plays no part.
    ///
    /// Throws `EmptyDrawing`, `WrongSize`, `BadDrawing`, `NoEpisode` or `EngineFailed`.
    #[wasm_bindgen(unchecked_return_type = "Outcome[]")]
    pub async fn replay(&self, pictures: &EpisodePictures, truth: &[i32]) -> Result<JsValue, Fault> {
        #[derive(Serialize)]
        struct Outcome {
            trial: usize,
            correct: bool,
            #[serde(flatten)]
            outcome: replay::Trial,
        }
        let truth = truth.iter().map(|&character| usize::try_from(character).ok()).collect();
        let drawings = pictures.episode(truth)?.map(Drawing::from_picture).transpose().map_err(fault)?;
        let outcomes = replay::replay(&self.recogniser, &drawings).await.map_err(fault)?;
        let outcome =
            |(trial, outcome): (usize, replay::Trial)| Outcome { trial, correct: outcome.correct(), outcome };
        to_js(&outcomes.into_iter().enumerate().map(outcome).collect::<Vec<_>>())
    }
}

#[cfg(feature = "burn")]
#[wasm_bindgen]
impl Session {
    /// Fine-tuning of this network on drawings of each character, which need not have been taught; this session stays as it is.
    /// Without `steps` as many as its recipe says; 10,000 at most.
    ///
    /// Throws `OneClass`, `BadOption`, and what `learn` throws.
    #[wasm_bindgen(js_name = fineTuning)]
    pub fn fine_tuning(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DrawingLike[][]")] support: Vec<js_sys::Array>,
        steps: Option<usize>,
        seed: Option<u32>,
    ) -> Result<FineTuning, Fault> {
        let mut recipe = FineTuneRecipe::of(self.recogniser.system());
        recipe.steps = steps.unwrap_or(recipe.steps);
        recipe.seed = seed.map_or(recipe.seed, u64::from);
        let of_character = |drawings: &js_sys::Array| {
            drawings.iter().map(|drawing| strokes(drawing.unchecked_ref())).collect()
        };
        let support = support.iter().map(of_character).collect::<Result<_, Fault>>()?;
        Ok(FineTuning { tuner: self.recogniser.fine_tuner_on(support, recipe).map_err(fault)? })
    }

    /// The parameters that the best network of a fine-tuning changed, as safetensors; nothing if none did.
    ///
    /// Throws `BadWeights` or `EngineFailed`.
    #[wasm_bindgen(js_name = tunedBy)]
    pub async fn tuned_by(&self, tuning: &FineTuning) -> Result<Option<Vec<u8>>, Fault> {
        let Some(best) = tuning.tuner.best() else { return Ok(None) };
        let tuned = self.recogniser.tuned_by(best).await.map_err(fault)?;
        Ok(tuned.map(|tuned| tuned.to_exact_bytes()))
    }
}

/// Fine-tuning under way.
#[cfg(feature = "burn")]
#[wasm_bindgen]
pub struct FineTuning {
    tuner: FineTuner,
}

#[cfg(feature = "burn")]
#[wasm_bindgen]
impl FineTuning {
    /// Does the next part of the work; nothing once all steps are done.
    ///
    /// Throws `Diverged` or `EngineFailed`.
    #[wasm_bindgen(unchecked_return_type = "FineTuneStep | undefined")]
    pub async fn advance(&mut self) -> Result<JsValue, Fault> {
        match self.tuner.advance().await.map_err(fault)? {
            Some(step) => to_js(&step),
            None => Ok(JsValue::UNDEFINED),
        }
    }
}

/// Calls `callback` with the reason once this module's WebGPU device is lost, at once if it is. Devices that the page opened play no
/// part.
#[cfg(all(feature = "webgpu", target_family = "wasm"))]
#[wasm_bindgen(js_name = whenDeviceLost)]
pub fn when_device_lost(#[wasm_bindgen(unchecked_param_type = "(why: string) => void")] callback: Function) {
    on_device_lost(move |why| {
        callback.call1(&JsValue::UNDEFINED, &why.into()).ok();
    });
}

/// The centre lines of a picture's ink, as `{ strokes }` in pixels of a working size; strokes stay as they are.
///
/// Throws `EmptyDrawing`, `BadDrawing`, `WrongSize` or `TooLarge`.
#[wasm_bindgen(unchecked_return_type = "{ strokes: number[][] }")]
pub fn trace(picture: &DrawingLike) -> Result<JsValue, Fault> {
    let strokes = strokes(picture)?;
    strokes.check().map_err(fault)?;
    to_js(&Drawn { strokes: flat(&strokes) })
}

/// Strokes as JavaScript has them.
#[derive(Serialize)]
struct Drawn {
    strokes: Vec<Vec<f32>>,
}

/// Drawings of an invented alphabet, by character and drawer, in a square of 105 × 105: the same seed, the same drawings.
#[wasm_bindgen(unchecked_return_type = "{ strokes: number[][] }[][]")]
pub fn invent(seed: u32, characters: usize, drawers: u32) -> Result<JsValue, Fault> {
    let alphabet = InventedAlphabet::new(seed.into(), characters);
    let drawn = |character, drawer| Drawn { strokes: flat(&alphabet.draw(character, drawer)) };
    let by_drawer = |character| (0..drawers).map(|drawer| drawn(character, drawer)).collect();
    to_js(&(0..characters).map(by_drawer).collect::<Vec<Vec<Drawn>>>())
}
