//! What no network decides: the distances that Lake et al. 2015 compare with, and recognisers of the dollar family.

mod point_cloud;

use crate::drawing::Picture;
pub use point_cloud::PointCloud;

/// A picture, and the places of its ink.
#[derive(Debug, Clone)]
pub struct Ink {
    /// Width and height in pixels.
    size: (usize, usize),
    pixels: Vec<f32>,
    /// Row and column of each inked pixel, centred on their mean, in pixels.
    places: Vec<(f64, f64)>,
}

/// Two pictures are not of one size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a picture of {} × {} pixels has no distance by pixels to one of {} × {}: bring them to one size", .0.0, .0.1, .1.0, .1.1)]
pub struct SizesDiffer((usize, usize), (usize, usize));

impl Ink {
    /// The ink of a picture: pixels over 0.5.
    pub fn of(picture: &Picture) -> Self {
        let inked = picture.ink().iter().enumerate().filter(|(_, ink)| **ink > 0.5);
        let raw: Vec<(f64, f64)> =
            inked.map(|(i, _)| ((i / picture.width()) as f64, (i % picture.width()) as f64)).collect();
        let count = raw.len() as f64;
        let (sum_y, sum_x) = raw.iter().fold((0.0, 0.0), |(y, x), p| (y + p.0, x + p.1));
        let places = raw.into_iter().map(|(y, x)| (y - sum_y / count, x - sum_x / count)).collect();
        let size = (picture.width(), picture.height());
        Self { size, pixels: picture.ink().to_vec(), places }
    }
}

/// Modified Hausdorff Distance of the ink of two pictures, whatever their sizes, in pixels: the larger of the two mean distances from a place of
/// one to the nearest place of the other (Dubuisson & Jain 1994). Infinite if one of them is blank.
pub fn modified_hausdorff(a: &Ink, b: &Ink) -> f64 {
    let (a, b) = (&a.places, &b.places);
    if a.is_empty() || b.is_empty() {
        return f64::INFINITY;
    }
    let mean_nearest = |from: &[(f64, f64)], to: &[(f64, f64)]| {
        let nearest = |p: &(f64, f64)| {
            to.iter().map(|q| (p.0 - q.0).powi(2) + (p.1 - q.1).powi(2)).fold(f64::INFINITY, f64::min).sqrt()
        };
        from.iter().map(nearest).sum::<f64>() / from.len() as f64
    };
    mean_nearest(a, b).max(mean_nearest(b, a))
}

/// Euclidean (L2) distance of two pictures of one size, pixel by pixel, ink = 1.
///
/// # Errors
/// [`SizesDiffer`] if they are not of one size.
pub fn pixel_distance(a: &Ink, b: &Ink) -> Result<f64, SizesDiffer> {
    if a.size != b.size {
        return Err(SizesDiffer(a.size, b.size));
    }
    let squares = a.pixels.iter().zip(&b.pixels).map(|(a, b)| f64::from(a - b).powi(2));
    Ok(squares.sum::<f64>().sqrt())
}
