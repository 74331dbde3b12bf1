//! Of whatever comes in, is what goes out finite, bounded, and free of panics? Random inputs, reduced to the smallest that fails:
//! the seed is fixed, and `PROPTEST_CASES` asks for more of them.

use glimpse::{
    drawing::{Augment, Drawing, DrawingError, Picture, PictureError, Point, SIDE, Strokes},
    model::{System, Weights},
    nn,
};
use proptest::{
    collection::{btree_map, vec},
    num,
    prelude::*,
    sample::select,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// So many cases, from a seed that stays.
fn cases(count: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(count),
        rng_seed: proptest::test_runner::RngSeed::Fixed(17),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Coordinates of every size, most of them in range.
fn coordinate() -> impl Strategy<Value = f32> + Clone {
    prop_oneof![
        4 => -1000.0_f32..1000.0,
        2 => -1e9_f32..1e9,
        2 => (-1.0_f32..1.0, -45..9).prop_map(|(v, exponent)| v * 10.0_f32.powi(exponent)),
        1 => select(vec![0.0, -0.0, f32::MIN_POSITIVE, f32::from_bits(1), 1e9, -1e9, 1.0 + f32::EPSILON]),
    ]
}

fn strokes(coordinate: impl Strategy<Value = f32> + Clone) -> impl Strategy<Value = Strokes> {
    let point = (coordinate.clone(), coordinate).prop_map(|(x, y)| Point { x, y });
    vec(vec(point, 0..40), 0..6).prop_map(Strokes)
}

fn parameter_name() -> impl Strategy<Value = String> {
    let letters = vec(proptest::char::range('a', 'z'), 1..=8);
    (letters, select(vec!["", ".weight", ".norm.gamma"]))
        .prop_map(|(letters, ending)| letters.into_iter().chain(ending.chars()).collect())
}

fn is_drawn(drawing: &Drawing) -> bool {
    let pixels = drawing.pixels();
    pixels.len() == SIDE * SIDE
        && pixels.iter().all(|ink| (0.0..=1.0).contains(ink))
        && pixels.iter().any(|ink| *ink > 0.5)
}

const HANDS: Augment =
    Augment { rotate: 20.0, shear: 0.2, stretch: 0.3, elastic: 1.5, zoom: 0.1, shift: 1.0, pen: 0.4 };

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn strokes_in_range_are_drawn_whatever_their_size(strokes in strokes(coordinate())) {
        match Drawing::from_strokes(&strokes) {
            Ok(drawing) => prop_assert!(is_drawn(&drawing)),
            Err(error) => prop_assert!(error == DrawingError::Empty && strokes.points().next().is_none()),
        }
    }

    #[test]
    fn strokes_of_any_floats_are_drawn_or_refused_for_a_coordinate(strokes in strokes(num::f32::ANY)) {
        let in_range = |v: f32| v.abs() <= Strokes::MAX_COORDINATE;
        let good = strokes.points().all(|p| in_range(p.x) && in_range(p.y));
        match Drawing::from_strokes(&strokes) {
            Ok(drawing) => prop_assert!(good && is_drawn(&drawing)),
            Err(DrawingError::BadCoordinate(bad)) => prop_assert!(!good && !in_range(bad)),
            Err(DrawingError::Empty) => prop_assert_eq!(strokes.points().next(), None),
        }
    }

    #[test]
    fn other_hands_draw_finite_and_bounded_too(strokes in strokes(coordinate()), seed: u64) {
        let warped = HANDS.warp(&strokes, &mut ChaCha8Rng::seed_from_u64(seed));
        let drawn = HANDS.draw(&strokes, &mut ChaCha8Rng::seed_from_u64(seed));
        prop_assert_eq!(warped.is_ok(), drawn.is_ok());
        if let (Ok(warped), Ok(drawn)) = (warped, drawn) {
            prop_assert!(warped.points().all(|p| p.x.abs() < 100.0 && p.y.abs() < 100.0), "{:?}", warped);
            // A 32 × 32 map holds a line of at most 16,384 points, and two more a stroke.
            prop_assert!(warped.points().count() <= 16_384 + 2 * strokes.0.len());
            prop_assert!(drawn.pixels().iter().all(|ink| (0.0..=1.0).contains(ink)));
        }
    }

    #[test]
    fn a_long_stroke_comes_to_a_bounded_number_of_points(
        corners in vec((coordinate(), coordinate()), 2..6),
        turns in 1_usize..3_000,
    ) {
        let corner = |i: usize| Point { x: corners[i % corners.len()].0, y: corners[i % corners.len()].1 };
        let long = Strokes(vec![(0..corners.len() * turns).map(corner).collect()]);
        let warped = HANDS.warp(&long, &mut ChaCha8Rng::seed_from_u64(0)).unwrap();
        prop_assert!(warped.points().count() <= 16_384 + 2, "{} points", warped.points().count());
    }

    #[test]
    fn the_lines_of_any_ink_lie_on_the_picture(
        (width, height, ink) in (1_usize..80, 1_usize..80).prop_flat_map(|(width, height)| {
            let value = prop_oneof![3 => select(vec![0.0_f32, 1.0]), 1 => 0.0_f32..=1.0];
            (Just(width), Just(height), vec(value, width * height))
        }),
    ) {
        let lines = Picture::new(width, height, ink).unwrap().strokes();
        // The working size is at most 160 pixels, and a margin.
        let on = |v: f32| (0.0..=162.0).contains(&v);
        prop_assert!(lines.0.iter().all(|line| !line.is_empty()));
        prop_assert!(lines.points().all(|p| on(p.x) && on(p.y)));
        prop_assert!(lines.points().count() <= 4 * 162 * 162);
        if lines.points().next().is_some() {
            prop_assert!(is_drawn(&Drawing::from_strokes(&lines).unwrap()));
        }
    }

    #[test]
    fn ink_that_is_no_ink_is_refused(mut ink in vec(0.0_f32..=1.0, 12), at in 0_usize..12, bad in num::f32::ANY) {
        ink[at] = bad;
        let read = Picture::new(4, 3, ink);
        if (0.0..=1.0).contains(&bad) {
            prop_assert!(read.is_ok());
        } else {
            prop_assert!(matches!(read, Err(PictureError::BadValue(_))), "{:?}", read);
        }
    }

    #[test]
    fn any_pixels_are_a_picture_of_ink_between_0_and_1(
        (width, height, rgba) in (1_usize..60, 1_usize..60).prop_flat_map(|(width, height)| {
            let noise = vec(any::<u8>(), width * height * 4);
            let few = vec(select(vec![0_u8, 1, 127, 128, 254, 255]), width * height * 4);
            (Just(width), Just(height), prop_oneof![noise, few])
        }),
    ) {
        let picture = Picture::from_rgba(width, height, &rgba).unwrap();
        prop_assert!(picture.ink().iter().all(|ink| (0.0..=1.0).contains(ink)));
        match Drawing::from_picture(&picture) {
            Ok(drawing) => prop_assert!(is_drawn(&drawing)),
            Err(error) => prop_assert_eq!(error, DrawingError::Empty),
        }
    }

    #[test]
    fn bytes_of_any_size_are_pixels_of_that_size_only(width in 0_usize..70, height in 0_usize..70, bytes in 0_usize..20_000) {
        let whole = width * height > 0 && bytes == 4 * width * height;
        prop_assert_eq!(Picture::from_rgba(width, height, &vec![9; bytes]).is_ok(), whole);
    }

    #[test]
    fn weights_read_again_are_the_weights_written(
        arrays in btree_map(parameter_name(), vec(-6e4_f32..6e4, 0..40), 0..8),
    ) {
        let mut weights = Weights::default();
        arrays.iter().for_each(|(name, values)| weights.insert(name, values.clone()));
        prop_assert_eq!(&Weights::from_bytes(&weights.to_exact_bytes()).unwrap(), &weights);
        let halved = Weights::from_bytes(&weights.to_bytes()).unwrap();
        for (name, values) in &arrays {
            let read = halved.get(name).unwrap();
            prop_assert_eq!(read.len(), values.len());
            // f16 has eleven bits.
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= b.abs() / 2048.0 + 1e-7;
            prop_assert!(read.iter().zip(values).all(near));
        }
    }

    #[test]
    fn any_bytes_are_weights_or_refused(bytes in vec(any::<u8>(), 0..300), header in vec(any::<char>(), 0..80)) {
        let header = String::from_iter(header);
        let _ = Weights::from_bytes(&bytes);
        let headed = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes].concat();
        let _ = Weights::from_bytes(&headed);
    }

    #[test]
    fn arrays_of_any_shape_are_weights_or_refused(
        entries in vec(
            (
                select(vec!["x", "x.free", ".free", "", "a.norm.gamma.free", "head.Siamese.weight.free",
                    "head.Relation.hidden.weight.free", "a.norm.running_var", "x.free.free"]),
                vec(prop_oneof![0_usize..10, Just(64), Just(usize::MAX), Just(1 << 62)], 0..5),
                any::<bool>(),
            ),
            0..5,
        ),
        fill: u8,
    ) {
        let mut offset = 0_u64;
        let mut parts = Vec::new();
        for (name, shape, half) in &entries {
            let count = shape.iter().fold(1_u64, |n, &s| n.wrapping_mul(s as u64)) % 5000;
            let bytes = count * if *half { 2 } else { 4 };
            let dtype = if *half { "F16" } else { "F32" };
            parts.push(format!(
                r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{offset},{}]}}"#, offset + bytes
            ));
            offset += bytes;
        }
        let header = format!("{{{}}}", parts.join(","));
        let data = vec![fill; offset as usize];
        let file = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat();
        if let Ok(weights) = Weights::from_bytes(&file) {
            prop_assert_eq!(&Weights::from_bytes(&weights.to_exact_bytes()).unwrap(), &weights);
            prop_assert!(nn::Encoder::new(&weights).is_err());
            prop_assert!(System::ALL.iter().all(|&system| nn::Head::new(system, &weights).is_err()));
        }
    }
}

/// The shipped weights of every system, one array of each filled with a value.
fn filled(system: System, name: usize, value: f32) -> Weights {
    let path = format!("{}/weights/{system}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let mut weights = Weights::from_bytes(&bytes).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut names: Vec<&str> = file.names().into_iter().map(|name| name.trim_end_matches(".free")).collect();
    names.sort_unstable();
    let name = names[name % names.len()];
    let size = weights.get(name).unwrap().len();
    weights.insert(name, vec![value; size]);
    weights
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn networks_of_any_finite_weights_compare_without_a_panic(
        system in select(System::ALL.to_vec()),
        name: usize,
        value in prop_oneof![coordinate(), select(vec![f32::MAX, f32::MIN, 0.0])],
    ) {
        let weights = filled(system, name, value);
        let drawings = Drawing::from_pixels(&[0.5; 2 * SIDE * SIDE]).unwrap();
        let features = nn::Encoder::new(&weights).unwrap().encode(&drawings);
        let head = nn::Head::new(system, &weights).unwrap();
        let index = head.index(&features);
        let query = features.first_chunk().unwrap();
        prop_assert_eq!(head.search(query, &index, &[0, 1]).len(), 2);
        prop_assert_eq!(head.estimate(query, &index).is_none_or(|all| all.len() == 2), true);
        prop_assert_eq!(head.similarity(&features, &features).len(), 4);
    }
}
