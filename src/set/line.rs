//! Drawings in a file: each a list of strokes, each stroke its coordinates in one list, `x, y, x, y, …`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::drawing::{Point, Strokes};

type Lines<T> = Vec<Vec<Vec<T>>>;

pub fn serialize<S: Serializer>(drawings: &[Strokes], serializer: S) -> Result<S::Ok, S::Error> {
    let whole = drawings.iter().flat_map(Strokes::points).all(|p| p.x.fract() == 0.0 && p.y.fract() == 0.0);
    let line = |stroke: &Vec<Point>| stroke.iter().flat_map(|p| [p.x, p.y]).collect::<Vec<f32>>();
    let lines: Lines<f32> = drawings.iter().map(|drawing| drawing.0.iter().map(line).collect()).collect();
    if !whole {
        return lines.serialize(serializer);
    }
    let whole = |lines: Vec<Vec<f32>>| {
        lines.into_iter().map(|line| line.into_iter().map(|v| v as i64).collect()).collect()
    };
    lines.into_iter().map(whole).collect::<Lines<i64>>().serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Strokes>, D::Error> {
    let drawing = |lines: Vec<Vec<f32>>| -> Result<Strokes, D::Error> {
        if lines.iter().any(|line| line.len() % 2 == 1) {
            return Err(D::Error::custom("a stroke has an x without a y"));
        }
        let stroke = |line: &Vec<f32>| line.chunks_exact(2).map(|p| Point { x: p[0], y: p[1] }).collect();
        Ok(Strokes(lines.iter().map(stroke).collect()))
    };
    Lines::<f32>::deserialize(deserializer)?.into_iter().map(drawing).collect()
}
