//! Sets of strokes by many people: classes of drawings, each with who drew it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::DatasetError;
use crate::drawing::{Point, Strokes};

/// A set of strokes.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnSet {
    /// Its name.
    pub name: String,
    /// Drawings by what they show, in the order of the labels.
    pub classes: Vec<DrawnClass>,
}

/// Drawings of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnClass {
    /// What they show.
    pub label: String,
    /// The drawings.
    pub drawings: Vec<Drawn>,
}

/// A drawing of somebody's.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Who drew it; `None` where nobody knows, which counts as somebody else each time.
    pub writer: Option<String>,
    /// What was drawn.
    pub strokes: Strokes,
}

#[derive(Deserialize)]
struct SetFile {
    name: String,
    kind: String,
    classes: BTreeMap<String, Vec<DrawingFile>>,
}

#[derive(Deserialize)]
struct DrawingFile {
    #[serde(default)]
    writer: Value,
    strokes: Vec<Vec<f32>>,
}

impl DrawnSet {
    /// Reads a set from JSON: `{ "name", "kind": "strokes", "classes": { label: [{ "writer", "strokes": [[x0, y0, x1, y1, …], …] }, …] } }`, y
    /// growing downwards. Other fields play no part.
    ///
    /// # Errors
    /// [`DatasetError::BadSet`] says what is not so, or which drawing is none.
    pub fn from_json(json: &[u8]) -> Result<Self, DatasetError> {
        let bad = |why: String| DatasetError::BadSet(why);
        let SetFile { name, kind, classes } =
            serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
        if kind != "strokes" {
            return Err(bad(format!("its `kind` is {kind:?}, and only \"strokes\" are read")));
        }
        let drawn = |label: &str, (at, DrawingFile { writer, strokes }): (usize, DrawingFile)| {
            let bad = |why: String| bad(format!("drawing {at} of {label:?}: {why}"));
            if strokes.iter().any(|stroke| stroke.len() % 2 == 1) {
                return Err(bad("a stroke has an x without a y".into()));
            }
            let points =
                |stroke: &Vec<f32>| stroke.chunks_exact(2).map(|p| Point { x: p[0], y: p[1] }).collect();
            let strokes = Strokes(strokes.iter().map(points).collect());
            strokes.check().map_err(|error| bad(error.to_string()))?;
            let writer = match writer {
                Value::Null => None,
                Value::String(writer) => Some(writer),
                other => Some(other.to_string()),
            };
            Ok(Drawn { writer, strokes })
        };
        let class = |(label, drawings): (String, Vec<DrawingFile>)| {
            let drawings = drawings.into_iter().enumerate().map(|drawing| drawn(&label, drawing));
            Ok(DrawnClass { drawings: drawings.collect::<Result<_, DatasetError>>()?, label })
        };
        Ok(Self { name, classes: classes.into_iter().map(class).collect::<Result<_, _>>()? })
    }
}
