//! Do the distances that no network decides say when there is none?

use glimpse::{
    baseline::{Ink, PointCloud, modified_hausdorff, pixel_distance},
    dataset::InventedAlphabet,
    drawing::{Picture, Point, Strokes},
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

/// $P's cloud distance by its pseudocode (Vatavu, Anthony & Wobbrock 2012) with $Q's weights and squares, and nothing that makes it quick.
fn by_pseudocode(a: &[(f32, f32)], b: &[(f32, f32)]) -> f32 {
    let n = a.len();
    let from = |start: usize, a: &[(f32, f32)], b: &[(f32, f32)]| {
        let mut unmatched: Vec<usize> = (0..n).collect();
        let (mut i, mut weight, mut sum) = (start, n as f32, 0.0);
        loop {
            let distance = |j: usize| (a[i].0 - b[j].0).powi(2) + (a[i].1 - b[j].1).powi(2);
            let at = (0..unmatched.len())
                .min_by(|&x, &y| distance(unmatched[x]).total_cmp(&distance(unmatched[y])))
                .unwrap();
            sum += weight * distance(unmatched.remove(at));
            weight -= 1.0;
            i = (i + 1) % n;
            if i == start {
                return sum;
            }
        }
    };
    let step = (n as f32).sqrt().floor() as usize;
    (0..n).step_by(step).map(|start| from(start, a, b).min(from(start, b, a))).fold(f32::INFINITY, f32::min)
}

/// A line of 32 points that are equally far apart, and what the dollar family makes of it: its box a unit wide, its mean at the origin.
fn scattered(seed: usize) -> (Strokes, Vec<(f32, f32)>) {
    let mut direction = seed as f32;
    let mut points = vec![(0.0_f32, 0.0_f32)];
    while points.len() < 32 {
        direction += ((points.len() * (seed + 3)) % 7) as f32 * 0.35 - 1.0;
        let (x, y) = points[points.len() - 1];
        points.push((x + direction.cos(), y + direction.sin()));
    }
    let strokes = Strokes(vec![points.iter().map(|&(x, y)| Point { x, y }).collect()]);
    let range = |of: fn(&(f32, f32)) -> f32| {
        points.iter().map(of).fold((f32::MAX, f32::MIN), |(lo, hi), v| (lo.min(v), hi.max(v)))
    };
    let ((left, right), (top, bottom)) = (range(|p| p.0), range(|p| p.1));
    let size = (right - left).max(bottom - top);
    let mean = |of: fn(&(f32, f32)) -> f32| points.iter().map(of).sum::<f32>() / 32.0;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    (strokes, points.iter().map(|p| ((p.0 - x) / size, (p.1 - y) / size)).collect())
}

#[test]
fn q_finds_what_its_slow_form_finds() {
    let lines: Vec<_> = (0..40).map(scattered).collect();
    let (mut pairs, mut same) = (0, 0);
    for (i, (a, a_points)) in lines.iter().enumerate() {
        for (b, b_points) in &lines[i + 1..] {
            let (quick, slow) = (
                PointCloud::of(a).unwrap().q(&PointCloud::of(b).unwrap(), f32::INFINITY),
                by_pseudocode(a_points, b_points),
            );
            assert!(quick >= slow * 0.999, "{quick} is less than {slow}");
            pairs += 1;
            same += usize::from(quick <= slow * 1.001);
        }
    }
    // Its table is as coarse as a cell: now and then a beginning is passed over that would be a little better.
    assert!(same * 100 >= pairs * 97, "{same} of {pairs} are the same");
}

#[test]
fn the_dollar_family_does_not_mind_size_place_order_and_direction() {
    let alphabet = InventedAlphabet::new(4, 12);
    let cloud = |strokes: &Strokes| PointCloud::of(strokes).unwrap();
    for character in 0..12 {
        let drawn = alphabet.draw(character, 0);
        let moved = drawn.map(|p| Point { x: 3.0 * p.x - 70.0, y: 3.0 * p.y + 20.0 });
        let backwards =
            Strokes(drawn.0.iter().rev().map(|stroke| stroke.iter().rev().copied().collect()).collect());
        let other = cloud(&alphabet.draw((character + 1) % 12, 0));
        let own = cloud(&drawn);
        for same in [&moved, &backwards].map(cloud) {
            assert!(own.p_plus(&same) < 0.3 * own.p_plus(&other), "{character}");
            let least = f32::INFINITY;
            assert!(own.q(&same, least) < 0.3 * own.q(&other, least), "{character}");
        }
        assert_eq!((own.p_plus(&own), own.q(&own, f32::INFINITY)), (0.0, 0.0));
    }
    assert!(PointCloud::of(&Strokes(vec![vec![]])).is_none());
    // A tap has no size and turns nowhere.
    let tap = cloud(&Strokes::new(&[&[(5.0, 5.0)]]));
    assert!(tap.p_plus(&cloud(&alphabet.draw(0, 0))).is_finite() && tap.p_plus(&tap) == 0.0);
}
