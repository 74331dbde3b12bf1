//! SVG as pictures of signs.

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree},
};

use super::SetError;
use crate::drawing::Picture;

/// Longer side of the picture of an SVG, in pixels.
const LONGEST: f32 = 400.0;

/// The picture that an SVG shows. Text in it is not shown, nor are pictures.
///
/// # Errors
/// [`SetError::NoSet`] if it is no SVG.
pub fn picture_from_svg(svg: &[u8]) -> Result<Picture, SetError> {
    let no_svg = |why: String| SetError::NoSet(format!("no SVG: {why}"));
    let tree = Tree::from_data(svg, &Options::default()).map_err(|error| no_svg(error.to_string()))?;
    let size = tree.size();
    let scale = LONGEST / size.width().max(size.height());
    let side = |length: f32| ((length * scale).ceil() as u32).max(1);
    let mut pixmap =
        Pixmap::new(side(size.width()), side(size.height())).ok_or_else(|| no_svg("no size".into()))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    let rgba: Vec<u8> = pixmap
        .pixels()
        .iter()
        .flat_map(|pixel| {
            let colour = pixel.demultiply();
            [colour.red(), colour.green(), colour.blue(), colour.alpha()]
        })
        .collect();
    Picture::from_rgba(pixmap.width() as usize, pixmap.height() as usize, &rgba)
        .map_err(|error| no_svg(error.to_string()))
}

/// What covers a pixmap as ink.
pub(super) fn picture(pixmap: &Pixmap) -> Picture {
    let ink = pixmap.pixels().iter().map(|pixel| f32::from(pixel.alpha()) / 255.0).collect();
    Picture::new(pixmap.width() as usize, pixmap.height() as usize, ink).expect("of its own size")
}
