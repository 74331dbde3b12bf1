//! Do the distances that no network decides say when there is none?

use glimpse::{
    baseline::{Ink, modified_hausdorff, pixel_distance},
    drawing::Picture,
    map::FeatureMap,
};

/// A picture with these pixels inked.
fn inked(width: usize, height: usize, places: &[(usize, usize)]) -> Ink {
    let mut ink = vec![0.0; width * height];
    places.iter().for_each(|&(x, y)| ink[y * width + x] = 1.0);
    Ink::of(&Picture::new(width, height, ink).unwrap())
}

#[test]
fn pictures_of_other_sizes_have_no_distance_by_pixels() {
    let small = inked(2, 3, &[(0, 0)]);
    assert_eq!(pixel_distance(&small, &inked(2, 3, &[(1, 2)])), Ok(2.0_f64.sqrt()));
    for other in [inked(3, 2, &[(0, 0)]), inked(2, 4, &[(0, 0)]), inked(1, 1, &[])] {
        let refused = pixel_distance(&small, &other).unwrap_err().to_string();
        assert!(refused.contains("2 × 3"), "{refused}");
    }
}

#[test]
fn the_hausdorff_distance_of_ink_does_not_depend_on_the_paper_around_it() {
    let square = [(1, 1), (2, 1), (1, 2), (2, 2)];
    assert_eq!(modified_hausdorff(&inked(4, 4, &square), &inked(9, 5, &square)), 0.0);
    assert_eq!(modified_hausdorff(&inked(4, 4, &square), &inked(9, 5, &[])), f64::INFINITY);
}

#[test]
fn a_map_of_nothing_is_none_and_of_one_drawing_a_point() {
    let drawing = |_| [0.0, 1.0, 0.0];
    assert_eq!(FeatureMap::of(&[], drawing, None), None);
    assert_eq!(FeatureMap::of(&[], drawing, Some(&[1.0, 0.0, 0.0])), None);
    let map = FeatureMap::of(&["a"], drawing, Some(&[1.0, 0.0, 0.0])).unwrap();
    assert!(map.support.len() == 1 && map.query.is_some() && map.explained == 1.0, "{map:?}");
}

#[test]
fn a_map_of_many_drawings_is_laid_by_a_sample_of_them_and_places_every_one() {
    // Of a plane in eight dimensions a map loses nothing.
    let vectors: Vec<[f32; 8]> = (0..20_000)
        .map(|i| {
            let (x, y) = ((i % 141) as f32, (i / 141) as f32);
            [x, y, x + y, x - y, 0.0, 0.0, 0.0, 1.0]
        })
        .collect();
    let labels = vec!["a"; vectors.len()];
    let started = std::time::Instant::now();
    let map = FeatureMap::of(&labels, |row| vectors[row], Some(&vectors[77])).unwrap();
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert_eq!(map.support.len(), vectors.len());
    assert_eq!(map.query, Some(map.support[77].at));
    assert!(map.explained > 0.999, "{}", map.explained);
    for (a, b) in [(0, 1), (5, 19_999), (141, 7_000), (12_345, 12_346)] {
        let (p, q) = (map.support[a].at, map.support[b].at);
        let on_map = (p.x - q.x).hypot(p.y - q.y);
        let apart: f32 = vectors[a].iter().zip(&vectors[b]).map(|(v, w)| (v - w).powi(2)).sum::<f32>().sqrt();
        assert!((on_map - apart).abs() < 0.01 * apart, "{on_map} on the map, {apart} apart");
    }
}
