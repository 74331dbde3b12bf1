//! What no network decides: the Modified Hausdorff Distance that Lake et al. 2015 compare with.

use crate::drawing::Picture;

/// Ink of a picture as places, centred on their mean, in pixels.
fn places(picture: &Picture) -> Vec<(f64, f64)> {
    let inked = picture.ink().iter().enumerate().filter(|(_, ink)| **ink > 0.5);
    let raw: Vec<(f64, f64)> =
        inked.map(|(i, _)| ((i / picture.width()) as f64, (i % picture.width()) as f64)).collect();
    let count = raw.len() as f64;
    let (sum_y, sum_x) = raw.iter().fold((0.0, 0.0), |(y, x), p| (y + p.0, x + p.1));
    raw.into_iter().map(|(y, x)| (y - sum_y / count, x - sum_x / count)).collect()
}

/// Modified Hausdorff Distance of two pictures' ink, in pixels: the larger of the two mean distances from a place of
/// one to the nearest place of the other (Dubuisson & Jain 1994). Infinite if one of them is blank.
pub fn modified_hausdorff(a: &Picture, b: &Picture) -> f64 {
    let (a, b) = (places(a), places(b));
    if a.is_empty() || b.is_empty() {
        return f64::INFINITY;
    }
    let mean_nearest = |from: &[(f64, f64)], to: &[(f64, f64)]| {
        let nearest = |p: &(f64, f64)| {
            to.iter().map(|q| (p.0 - q.0).powi(2) + (p.1 - q.1).powi(2)).fold(f64::INFINITY, f64::min).sqrt()
        };
        from.iter().map(nearest).sum::<f64>() / from.len() as f64
    };
    mean_nearest(&a, &b).max(mean_nearest(&b, &a))
}
