//! Between JavaScript's drawings and ours.

use js_sys::{Reflect, Uint8ClampedArray};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::{
    drawing::{Drawing, Picture, Point, Strokes},
    recogniser::Order,
    web::{
        convert::{bad, field, whole},
        error::{Fault, fault},
    },
};

#[wasm_bindgen]
extern "C" {
    /// Strokes or pixels: see the TypeScript type of this name.
    #[wasm_bindgen(typescript_type = "DrawingLike")]
    pub type DrawingLike;
}

/// A drawing from strokes or from pixels.
pub fn drawing(value: &DrawingLike) -> Result<Drawing, Fault> {
    Drawing::from_strokes(&strokes(value)?).map_err(fault)
}

/// Strokes, or the centre lines of pixels' ink.
pub fn strokes(value: &DrawingLike) -> Result<Strokes, Fault> {
    let strokes = field(value, "strokes")?;
    if !strokes.is_undefined() {
        return paired(strokes);
    }
    let data: Uint8ClampedArray =
        field(value, "data")?.dyn_into().map_err(|_| bad("it has neither `strokes` nor pixel `data`"))?;
    let (width, height) = (whole(value, "width")?, whole(value, "height")?);
    let picture = Picture::from_rgba(width, height, &data.to_vec()).map_err(fault)?;
    Ok(picture.strokes())
}

/// What the order of its strokes is.
pub fn order(value: &DrawingLike) -> Result<Order, Fault> {
    let is_traced = field(value, "strokes")?.is_undefined() || field(value, "traced")?.is_truthy();
    Ok(if is_traced { Order::Traced } else { Order::Written })
}

/// Strokes as lists of numbers, x and y in turn.
pub fn flat(strokes: &Strokes) -> Vec<Vec<f32>> {
    strokes.0.iter().map(|stroke| stroke.iter().flat_map(|p| [p.x, p.y]).collect()).collect()
}

fn paired(strokes: JsValue) -> Result<Strokes, Fault> {
    let lists: Vec<Vec<f32>> = serde_wasm_bindgen::from_value(strokes)
        .map_err(|_| bad("`strokes` is no list of lists of numbers"))?;
    if lists.iter().any(|list| list.len() % 2 == 1) {
        return Err(bad("a stroke has an x without a y"));
    }
    let points = |list: Vec<f32>| list.chunks_exact(2).map(|p| Point { x: p[0], y: p[1] }).collect();
    Ok(Strokes(lists.into_iter().map(points).collect()))
}

/// A plain JavaScript value of anything that serialises.
pub fn to_js(value: &impl Serialize) -> Result<JsValue, Fault> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| Fault::new("EngineFailed", &error.to_string()))
}

/// Milliseconds on the page's or the worker's own clock.
pub fn millis_now() -> f64 {
    let performance = Reflect::get(&js_sys::global(), &"performance".into()).ok();
    performance
        .and_then(|p| p.dyn_into::<web_sys::Performance>().ok())
        .map_or_else(js_sys::Date::now, |p| p.now())
}
