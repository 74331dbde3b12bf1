//! Between JavaScript's values and ours.

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::error::{Fault, fault};
use crate::{drawing::Picture, episode::Episode};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The pictures of an episode: `side × side` bytes each, row by row, 255 = ink; `shots` of each of `way` characters. */
export type EpisodePictures = { side: number; way: number; shots: number; support: Uint8Array[]; queries: Uint8Array[] };
"#;

#[wasm_bindgen]
extern "C" {
    /// See the TypeScript type of this name.
    #[wasm_bindgen(typescript_type = "EpisodePictures")]
    pub type EpisodePictures;
}

impl From<&Episode<Picture>> for EpisodePictures {
    fn from(episode: &Episode<Picture>) -> Self {
        let bytes = |picture: &Picture| {
            let grey: Vec<u8> = picture.ink().iter().map(|ink| (ink * 255.0).round() as u8).collect();
            Uint8Array::from(&grey[..])
        };
        let list = |those: &[Picture]| those.iter().map(bytes).collect::<Array>();
        let pictures = Object::new();
        set(&pictures, "side", episode.queries[0].width());
        set(&pictures, "way", episode.way());
        set(&pictures, "shots", episode.shots);
        set(&pictures, "support", list(&episode.support));
        set(&pictures, "queries", list(&episode.queries));
        pictures.unchecked_into()
    }
}

impl EpisodePictures {
    /// The episode, where the characters of its queries are these.
    pub fn episode(&self, truth: Vec<Option<usize>>) -> Result<Episode<Picture>, Fault> {
        let side = whole(self, "side")?;
        let list = |name| -> Result<Vec<Picture>, Fault> {
            let picture = |bytes: JsValue| {
                let grey = Uint8Array::new(&bytes).to_vec();
                Picture::new(side, side, grey.into_iter().map(|ink| f32::from(ink) / 255.0).collect())
                    .map_err(fault)
            };
            Array::from(&field(self, name)?).iter().map(picture).collect()
        };
        Ok(Episode {
            shots: whole(self, "shots")?,
            support: list("support")?,
            queries: list("queries")?,
            truth,
        })
    }
}

/// A whole number, 0 or more, by its name in an object.
pub fn whole(value: &JsValue, name: &str) -> Result<usize, Fault> {
    match field(value, name)?.as_f64() {
        Some(number) if number >= 0.0 && number.fract() == 0.0 => Ok(number as usize),
        _ => Err(bad(&format!("its `{name}` is no whole number"))),
    }
}

/// What bears this name in an object.
pub fn field(value: &JsValue, name: &str) -> Result<JsValue, Fault> {
    Reflect::get(value, &name.into()).map_err(|_| bad("it is no object"))
}

/// Says why something is no drawing.
pub fn bad(why: &str) -> Fault {
    Fault::new("BadDrawing", &format!("this is not a drawing: {why}"))
}

/// Sets a field of a plain object.
pub fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).expect("plain objects take fields");
}

/// Reports progress, what is done of what there is, to a JavaScript function if there is one. What it throws is dropped.
pub fn reporting_to(listener: Option<Function>) -> impl FnMut(usize, usize) {
    move |done, all| {
        if let Some(listener) = &listener {
            listener.call2(&JsValue::UNDEFINED, &done.into(), &all.into()).ok();
        }
    }
}
