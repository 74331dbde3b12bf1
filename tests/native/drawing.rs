//! Does everything drawn reach the encoder in one form?

use glimpse::{
    dataset::InventedAlphabet,
    drawing::{Augment, Drawing, DrawingError, Picture, PictureError, Point, SIDE, Strokes},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A picture of strokes in a square of 105 × 105, by a round pen of `pen` pixels, enlarged `zoom` times.
fn photograph(strokes: &Strokes, pen: f32, zoom: usize) -> Picture {
    let side = 105 * zoom;
    let mut ink = vec![0.0; side * side];
    let dots = strokes.0.iter().flat_map(|stroke| {
        stroke.windows(2).flat_map(|pair| {
            (0..=20).map(|t| {
                let t = t as f32 / 20.0;
                let (a, b) = (pair[0], pair[1]);
                Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) }
            })
        })
    });
    for dot in dots {
        let (x, y, reach) = (dot.x * zoom as f32, dot.y * zoom as f32, pen * zoom as f32 / 2.0);
        let range =
            |v: f32| (v - reach).floor().max(0.0) as usize..((v + reach).ceil() as usize + 1).min(side);
        for row in range(y) {
            for column in range(x) {
                if (row as f32 + 0.5 - y).hypot(column as f32 + 0.5 - x) <= reach {
                    ink[row * side + column] = 1.0;
                }
            }
        }
    }
    Picture::new(side, side, ink).unwrap()
}

/// Likeness of two drawings: the cosine of their pixels, each blurred by one pixel.
fn likeness(a: &Drawing, b: &Drawing) -> f32 {
    let blurred = |drawing: &Drawing| -> Vec<f32> {
        let at = |x: isize, y: isize| {
            let inside = (0..SIDE as isize).contains(&x) && (0..SIDE as isize).contains(&y);
            if inside { drawing.pixels()[y as usize * SIDE + x as usize] } else { 0.0 }
        };
        let around = |i: usize| {
            let (x, y) = ((i % SIDE) as isize, (i / SIDE) as isize);
            (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| at(x + dx, y + dy))).sum()
        };
        (0..SIDE * SIDE).map(around).collect()
    };
    let (a, b) = (blurred(a), blurred(b));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

fn invented() -> Vec<Strokes> {
    let alphabet = InventedAlphabet::new(7, 20);
    (0..20).map(|character| alphabet.draw(character, 0)).collect()
}

#[test]
fn strokes_and_a_picture_of_them_land_near_each_other() {
    let strokes = invented();
    let drawn: Vec<Drawing> = strokes.iter().map(|s| Drawing::from_strokes(s).unwrap()).collect();
    for (index, one) in strokes.iter().enumerate() {
        let pictured = Drawing::from_picture(&photograph(one, 3.0, 1)).unwrap();
        let own = likeness(&pictured, &drawn[index]);
        assert!(own > 0.9, "character {index}: its picture is only {own:.3} like its strokes");
        for (other, drawing) in drawn.iter().enumerate().filter(|(other, _)| *other != index) {
            let strange = likeness(&pictured, drawing);
            assert!(
                strange < own,
                "character {index} looks more like {other}: {strange:.3} against {own:.3}"
            );
        }
    }
}

#[test]
fn the_width_of_the_pen_and_the_size_of_the_picture_do_not_matter() {
    for (index, one) in invented().iter().enumerate() {
        let thin = Drawing::from_picture(&photograph(one, 2.0, 1)).unwrap();
        let bold_and_large = Drawing::from_picture(&photograph(one, 6.0, 6)).unwrap();
        let same = likeness(&thin, &bold_and_large);
        assert!(same > 0.85, "character {index}: {same:.3}");
    }
}

#[test]
fn size_and_place_of_strokes_do_not_matter() {
    for one in invented() {
        let moved = one.map(|p| Point { x: p.x * 7.5 - 300.0, y: p.y * 7.5 + 40.0 });
        let (here, there) = (Drawing::from_strokes(&one).unwrap(), Drawing::from_strokes(&moved).unwrap());
        for (a, b) in here.pixels().iter().zip(there.pixels()) {
            assert!((a - b).abs() < 0.01, "{a} against {b}");
        }
    }
}

#[test]
fn white_on_black_and_ink_on_transparent_read_as_black_on_white() {
    let picture = photograph(&invented()[3], 3.0, 1);
    let rgba = |paint: fn(f32) -> [u8; 4]| {
        let bytes: Vec<u8> = picture.ink().iter().flat_map(|&ink| paint(ink)).collect();
        Drawing::from_picture(&Picture::from_rgba(105, 105, &bytes).unwrap()).unwrap()
    };
    let black_on_white = rgba(|ink| [255 - (ink * 255.0) as u8; 4].with_alpha(255));
    let white_on_black = rgba(|ink| [(ink * 255.0) as u8; 4].with_alpha(255));
    let on_transparent = rgba(|ink| [40, 40, 40, (ink * 255.0) as u8]);
    assert_eq!(black_on_white, white_on_black);
    assert_eq!(black_on_white, on_transparent);
}

trait WithAlpha {
    fn with_alpha(self, alpha: u8) -> Self;
}

impl WithAlpha for [u8; 4] {
    fn with_alpha(self, alpha: u8) -> Self {
        [self[0], self[1], self[2], alpha]
    }
}

#[test]
fn small_dots_survive_thinning() {
    let mut ink = vec![0.0; 105 * 105];
    for (x, y) in [(30, 50), (31, 50), (30, 51), (31, 51), (70, 50), (71, 50), (70, 51), (71, 51), (90, 50)] {
        ink[y * 105 + x] = 1.0;
    }
    let strokes = Picture::new(105, 105, ink).unwrap().strokes();
    assert_eq!(strokes.0.len(), 3, "{strokes:?}");
}

#[test]
fn a_single_point_is_a_drawing_and_nothing_is_not() {
    let dot = Strokes(vec![vec![Point { x: 3.0, y: 4.0 }]]);
    assert!(Drawing::from_strokes(&dot).unwrap().pixels().iter().any(|ink| *ink > 0.5));
    assert_eq!(Drawing::from_strokes(&Strokes::default()), Err(DrawingError::Empty));
    assert_eq!(Drawing::from_strokes(&Strokes(vec![vec![]])), Err(DrawingError::Empty));
    let lost = Strokes(vec![vec![Point { x: f32::NAN, y: 0.0 }]]);
    assert_eq!(Drawing::from_strokes(&lost), Err(DrawingError::Empty));
    for shade in [0, 128, 255] {
        let flat = Picture::from_rgba(40, 40, &[shade; 40 * 40 * 4]).unwrap();
        assert_eq!(Drawing::from_picture(&flat), Err(DrawingError::Empty), "shade {shade}");
    }
}

#[test]
fn pictures_of_impossible_sizes_are_refused() {
    let wrong = |width, height, found| {
        let expected = if width * height == 0 { 4 } else { width * height * 4 };
        PictureError::WrongSize { width, height, expected, found }
    };
    assert_eq!(Picture::from_rgba(10, 10, &[0; 399]), Err(wrong(10, 10, 399)));
    assert_eq!(Picture::from_rgba(0, 10, &[]), Err(wrong(0, 10, 0)));
    assert_eq!(Picture::from_rgba(5000, 1, &[]), Err(PictureError::TooLarge { width: 5000, height: 1 }));
}

#[test]
fn a_seed_decides_how_a_drawing_is_varied() {
    let augment =
        Augment { rotate: 15.0, shear: 0.2, stretch: 0.3, elastic: 1.2, zoom: 0.1, shift: 1.5, pen: 0.4 };
    let strokes = &invented()[0];
    let varied = |seed| augment.draw(strokes, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
    assert_eq!(varied(1), varied(1));
    assert_ne!(varied(1), varied(2));
    let still =
        Augment { rotate: 0.0, shear: 0.0, stretch: 0.0, elastic: 0.0, zoom: 0.0, shift: 0.0, pen: 0.0 };
    let unchanged = still.draw(strokes, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    assert!(likeness(&unchanged, &Drawing::from_strokes(strokes).unwrap()) > 0.999);
}
