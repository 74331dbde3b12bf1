//! Does everything drawn reach the encoder in one form?

use glimpse::{
    dataset::InventedAlphabet,
    drawing::{Augment, Drawing, DrawingError, Picture, PictureError, Point, Pose, SIDE, Strokes},
};
use rand::{Rng, SeedableRng};
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

/// Similarity of two drawings: the cosine of their pixels, each blurred by one pixel.
fn similarity(a: &Drawing, b: &Drawing) -> f32 {
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
        let own = similarity(&pictured, &drawn[index]);
        assert!(own > 0.9, "character {index}: its picture is only {own:.3} like its strokes");
        for (other, drawing) in drawn.iter().enumerate().filter(|(other, _)| *other != index) {
            let strange = similarity(&pictured, drawing);
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
        let same = similarity(&thin, &bold_and_large);
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
    for shade in [0, 128, 255] {
        let flat = Picture::from_rgba(40, 40, &[shade; 40 * 40 * 4]).unwrap();
        assert_eq!(Drawing::from_picture(&flat), Err(DrawingError::Empty), "shade {shade}");
    }
}

/// A stroke through these numbers, x and y in turn.
fn stroke(numbers: &[f32]) -> Vec<Point> {
    numbers.chunks_exact(2).map(|p| Point { x: p[0], y: p[1] }).collect()
}

#[test]
fn strokes_too_small_to_be_lines_are_a_dot() {
    let dot = Drawing::from_strokes(&Strokes(vec![stroke(&[3.0, 4.0])])).unwrap();
    let tiny = [
        [0.0, 0.0, 1e-38, 0.0],
        [0.0, 0.0, 0.0, f32::from_bits(1)],
        [0.0, f32::MIN_POSITIVE, f32::MIN_POSITIVE, 0.0],
        [-1e-12, 0.0, 1e-12, 1e-12],
        // Neighbours in f32.
        [1e9 - 64.0, 0.0, 1e9, 0.0],
        [100.0, 100.0, 100.00001, 100.0],
    ];
    for numbers in tiny {
        let drawn = Drawing::from_strokes(&Strokes(vec![stroke(&numbers)])).unwrap();
        assert!(drawn == dot, "{numbers:?}");
    }
}

#[test]
fn lines_of_any_size_in_any_unit_are_lines() {
    let line = |a: f32, b: f32| Drawing::from_strokes(&Strokes(vec![stroke(&[a, a, b, b])])).unwrap();
    let usual = line(10.0, 90.0);
    for (a, b) in [(0.0, 1e-8), (0.0, 1.0), (-1e9, 1e9), (1e6, 1.001e6)] {
        assert!(similarity(&line(a, b), &usual) > 0.99, "from {a} to {b}");
    }
}

#[test]
fn a_scribble_without_end_is_drawn_in_bounded_time() {
    let zigzag: Vec<Point> =
        (0..1_000_000).map(|i| Point { x: (i % 2) as f32 * 1e9, y: (i % 7) as f32 * 1e8 }).collect();
    let started = std::time::Instant::now();
    let drawn = Drawing::from_strokes(&Strokes(vec![zigzag])).unwrap();
    assert!(drawn.pixels().iter().all(|ink| (0.0..=1.0).contains(ink)));
    assert!(started.elapsed().as_secs_f32() < 1.0, "it took {:?}", started.elapsed());
}

#[test]
fn a_coordinate_that_is_no_finite_number_or_too_large_is_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 2e9, -2e9] {
        for numbers in [[bad, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, bad]] {
            let strokes = Strokes(vec![stroke(&[0.0, 0.0, 10.0, 10.0]), stroke(&numbers)]);
            let refused = Drawing::from_strokes(&strokes);
            assert!(refused.is_err(), "{numbers:?}");
        }
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
    assert!(similarity(&unchanged, &Drawing::from_strokes(strokes).unwrap()) > 0.999);
}

#[test]
fn eight_poses_show_a_drawing_in_eight_ways() {
    let hook =
        Strokes(vec![vec![Point { x: 0.0, y: 0.0 }, Point { x: 0.0, y: 90.0 }, Point { x: 40.0, y: 90.0 }]]);
    let drawn = Pose::ALL.map(|pose| Drawing::from_strokes(&pose.of(&hook)).unwrap());
    assert_eq!(drawn[0], Drawing::from_strokes(&hook).unwrap());
    for (i, one) in drawn.iter().enumerate() {
        assert!(drawn[..i].iter().all(|other| similarity(one, other) < 0.9));
    }
}

/// Width and height of photos.
const PHOTO: (usize, usize) = (640, 480);

/// How a photo is taken of a sheet, places running from 0 to 1 in both directions.
struct Photo {
    light: fn(f32, f32) -> f32,
    /// Light that the paper and the ink give back, as a fraction.
    paper: f32,
    ink: f32,
    /// Standard deviation of the sensor's noise.
    noise: f32,
    /// Light that printed lines give back, as a fraction of the paper's.
    rules: f32,
}

const EVEN: Photo = Photo { light: |_, _| 0.9, paper: 1.0, ink: 0.25, noise: 0.02, rules: 1.0 };

impl Photo {
    /// A photo of a picture of ink, in RGBA.
    fn take(&self, ink: &Picture, seed: u64) -> Vec<u8> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (width, height) = PHOTO;
        let (left, top) = ((width - ink.width()) / 2, (height - ink.height()) / 2);
        (0..width * height)
            .flat_map(|i| {
                let (x, y) = (i % width, i / width);
                let inside =
                    (left..left + ink.width()).contains(&x) && (top..top + ink.height()).contains(&y);
                let inked = if inside { ink.ink()[(y - top) * ink.width() + x - left] } else { 0.0 };
                let paper = self.paper * if y % 32 < 2 { self.rules } else { 1.0 };
                let light = (self.light)(x as f32 / width as f32, y as f32 / height as f32);
                let noise: f32 = (0..3).map(|_| rng.random_range(-1.0..1.0)).sum();
                let value = light * (paper + inked * (self.ink - paper)) + self.noise * noise;
                [(value * 255.0).clamp(0.0, 255.0) as u8; 4].with_alpha(255)
            })
            .collect()
    }
}

fn from_rgba((width, height): (usize, usize), rgba: &[u8]) -> Result<Drawing, DrawingError> {
    Drawing::from_picture(&Picture::from_rgba(width, height, rgba).unwrap())
}

#[test]
fn a_photo_of_ink_gives_the_lines_of_the_ink() {
    let gradient: fn(f32, f32) -> f32 = |x, _| 0.9 - 0.55 * x;
    let shadow: fn(f32, f32) -> f32 = |x, y| if x + 0.4 * y > 0.7 { 0.42 } else { 0.88 };
    let soft_shadow: fn(f32, f32) -> f32 = |x, y| 0.85 - 0.45 / (1.0 + ((0.8 - x - 0.5 * y) * 25.0).exp());
    let on_a_desk: fn(f32, f32) -> f32 =
        |x, y| if !(0.07..0.95).contains(&x) || y > 0.9 { 0.2 } else { 0.9 - 0.6 * (x - 0.5).powi(2) };
    let photos = [
        ("in even light", EVEN),
        ("in light from one side", Photo { light: gradient, ..EVEN }),
        ("under the edge of a shadow", Photo { light: shadow, ..EVEN }),
        ("under a soft shadow", Photo { light: soft_shadow, ..EVEN }),
        ("with the desk around", Photo { light: on_a_desk, ..EVEN }),
        ("with much noise", Photo { light: gradient, noise: 0.05, ..EVEN }),
        ("on grey paper", Photo { light: gradient, paper: 0.6, ink: 0.15, ..EVEN }),
        ("by pencil", Photo { light: gradient, ink: 0.6, ..EVEN }),
        ("on paper with pale lines", Photo { light: gradient, rules: 0.8, ..EVEN }),
        ("by chalk on a board", Photo { light: soft_shadow, paper: 0.2, ink: 0.9, ..EVEN }),
    ];
    for (index, one) in invented().iter().take(8).enumerate() {
        let ink = photograph(one, 2.5, 4);
        let clean = Drawing::from_picture(&ink).unwrap();
        for (how, photo) in &photos {
            let photographed = from_rgba(PHOTO, &photo.take(&ink, index as u64)).unwrap();
            let same = similarity(&photographed, &clean);
            assert!(same > 0.95, "character {index} {how}: {same:.3}");
        }
    }
}

#[test]
fn a_photo_of_blank_paper_is_empty() {
    let blank = Picture::new(1, 1, vec![0.0]).unwrap();
    let lights: [fn(f32, f32) -> f32; 3] =
        [|_, _| 0.9, |x, _| 0.9 - 0.55 * x, |x, y| if x + 0.4 * y > 0.7 { 0.42 } else { 0.88 }];
    for (index, light) in lights.into_iter().enumerate() {
        for noise in [0.0, 0.005, 0.02, 0.05] {
            let photo = Photo { light, noise, ..EVEN }.take(&blank, 1);
            assert_eq!(from_rgba(PHOTO, &photo), Err(DrawingError::Empty), "light {index}, noise {noise}");
        }
    }
}

#[test]
fn a_picture_of_two_tones_is_not_touched() {
    for (index, one) in invented().iter().enumerate() {
        // Bold, and cut off close to the ink, so that it runs along the edge.
        let picture = photograph(one, 14.0, 1);
        let rows = || picture.ink().chunks_exact(105);
        let top = rows().position(|row| row.contains(&1.0)).unwrap();
        let bottom = rows().rposition(|row| row.contains(&1.0)).unwrap() + 1;
        let cut = &picture.ink()[105 * top..105 * bottom];
        let rgba: Vec<u8> =
            cut.iter().flat_map(|ink| [255 - (ink * 255.0) as u8; 4].with_alpha(255)).collect();
        let size = (105, bottom - top);
        let kept = Drawing::from_picture(&Picture::new(size.0, size.1, cut.to_vec()).unwrap());
        assert_eq!(from_rgba(size, &rgba), kept, "character {index}");
    }
}

/// A small grey picture of strokes.
#[derive(Clone, Copy)]
struct Scan {
    side: usize,
    /// Blank around the ink's centre lines.
    margin: f32,
    pen: f32,
    /// How much paler a line gets on its way, and again darker.
    fades: f32,
    noise: f32,
    /// Light ink on dark paper.
    inverted: bool,
}

const PLAIN: Scan = Scan { side: 32, margin: 3.0, pen: 1.5, fades: 0.0, noise: 0.0, inverted: false };

impl Scan {
    fn ink(&self, strokes: &Strokes) -> Vec<f32> {
        let (lo, hi) = strokes.bounds().unwrap();
        let scale = (self.side as f32 - 1.0 - 2.0 * self.margin) / (hi.x - lo.x).max(hi.y - lo.y);
        let middle = (self.side as f32 - 1.0) / 2.0;
        let place = |p: Point| Point {
            x: (p.x - (lo.x + hi.x) / 2.0) * scale + middle,
            y: (p.y - (lo.y + hi.y) / 2.0) * scale + middle,
        };
        let mut ink = vec![0.0_f32; self.side * self.side];
        for stroke in strokes.map(place).0 {
            let mut along = 0.0_f32;
            for pair in stroke.windows(2) {
                let length = (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y);
                for t in (0..=20).map(|t| t as f32 / 20.0) {
                    let x = pair[0].x + t * (pair[1].x - pair[0].x);
                    let y = pair[0].y + t * (pair[1].y - pair[0].y);
                    let dark = 1.0 - self.fades * (0.5 + 0.5 * ((along + t * length) * 0.25).sin());
                    for (i, ink) in ink.iter_mut().enumerate() {
                        let away = ((i % self.side) as f32 - x).hypot((i / self.side) as f32 - y);
                        *ink = ink.max(dark * (0.5 + self.pen / 2.0 - away).clamp(0.0, self.pen.min(1.0)));
                    }
                }
                along += length;
            }
        }
        ink
    }

    fn take(&self, ink: &[f32]) -> Result<Drawing, DrawingError> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let light = ink.iter().map(|ink| {
            let noise: f32 = (0..6).map(|_| rng.random::<f32>()).sum::<f32>() - 3.0;
            let light = 1.0 - ink - self.noise + noise * 1.4 * self.noise;
            (if self.inverted { 1.0 - light } else { light } * 255.0) as u8
        });
        let rgba: Vec<u8> = light.flat_map(|light| [light; 4].with_alpha(255)).collect();
        from_rgba((self.side, self.side), &rgba)
    }
}

#[test]
fn small_grey_pictures_give_the_lines_of_their_ink() {
    let scans = [
        ("plain", PLAIN),
        ("of 20 pixels", Scan { side: 20, margin: 1.0, pen: 1.2, ..PLAIN }),
        ("by a pen finer than a pixel", Scan { pen: 0.7, ..PLAIN }),
        ("with lines that fade", Scan { fades: 0.7, ..PLAIN }),
        ("with lines that fade, larger", Scan { side: 64, fades: 0.7, ..PLAIN }),
        ("cut off at the ink", Scan { margin: 0.0, pen: 2.5, ..PLAIN }),
        ("light on dark, cut off", Scan { margin: 0.0, pen: 2.5, inverted: true, ..PLAIN }),
        ("with noise, cut off", Scan { margin: 0.0, pen: 2.5, noise: 0.03, ..PLAIN }),
    ];
    for (how, scan) in scans {
        let like = |one: &Strokes| {
            let drawn = Drawing::from_strokes(one).unwrap();
            scan.take(&scan.ink(one)).map_or(0.0, |seen| similarity(&seen, &drawn))
        };
        let alike: Vec<f32> = invented().iter().map(like).collect();
        let mean = alike.iter().sum::<f32>() / alike.len() as f32;
        println!("{how}: {mean:.3}");
        assert!(mean > 0.85, "{how}: {mean:.3} in the mean, {alike:.2?}");
    }
}

#[test]
fn a_neighbours_ink_at_the_rim_plays_no_part() {
    for (index, one) in invented().iter().enumerate() {
        let mut ink = PLAIN.ink(one);
        let alone = PLAIN.take(&ink).unwrap();
        // The end of a line, over the right edge.
        (8..18).for_each(|y| ink[y * 32 + 31] = 1.0);
        assert_eq!(PLAIN.take(&ink).unwrap(), alone, "character {index}");
        // What is drawn up to the edge itself stays.
        let cut = Scan { margin: 0.0, ..PLAIN };
        let inked = |drawing: &Drawing| drawing.pixels().iter().sum::<f32>();
        let stays = inked(&cut.take(&cut.ink(one)).unwrap()) / inked(&alone);
        assert!((0.9..1.1).contains(&stays), "character {index}: {stays:.2} of its ink");
    }
}

#[test]
fn specks_are_dropped_and_dots_stay() {
    let (width, height) = (300, 200);
    let draw = |discs: &[(f32, f32, f32)]| {
        let at = |i: usize, &(x, y, radius): &(f32, f32, f32)| {
            let from_line = (i / width).abs_diff(100) <= 3 && (60..200).contains(&(i % width));
            from_line || ((i % width) as f32 - x).hypot((i / width) as f32 - y) <= radius
        };
        let dark = |i: usize| discs.iter().any(|disc| at(i, disc));
        let rgba: Vec<u8> =
            (0..width * height).flat_map(|i| [if dark(i) { 20 } else { 250 }; 4].with_alpha(255)).collect();
        Picture::from_rgba(width, height, &rgba).unwrap().strokes().0.len()
    };
    let dot = (230.0, 100.0, 4.0);
    assert_eq!(draw(&[dot]), 2);
    assert_eq!(draw(&[dot, (20.0, 20.0, 1.0), (280.0, 190.0, 0.5)]), 2);
}

#[test]
fn what_is_cut_out_of_a_picture_is_paper() {
    let ink = photograph(&invented()[3], 2.5, 4);
    let photo = EVEN.take(&ink, 1);
    let round: Vec<u8> = photo
        .chunks_exact(4)
        .enumerate()
        .flat_map(|(i, p)| {
            let (x, y) = ((i % PHOTO.0) as f32 - 320.0, (i / PHOTO.0) as f32 - 240.0);
            [p[0], p[1], p[2], if x.hypot(y) > 330.0 { 0 } else { 255 }]
        })
        .collect();
    let same = similarity(&from_rgba(PHOTO, &round).unwrap(), &Drawing::from_picture(&ink).unwrap());
    assert!(same > 0.95, "{same:.3}");
}

/// A figure of about 100 units: a triangle with a bar and a dot.
fn figure() -> Vec<Vec<Point>> {
    Strokes::new(&[
        &[(10.0, 90.0), (50.0, 5.0), (90.0, 90.0), (10.0, 90.0)],
        &[(30.0, 60.0), (75.0, 55.0)],
        &[(50.0, 110.0)],
    ])
    .0
}

#[test]
fn a_stray_mark_far_away_moves_nothing() {
    let drawn = |strokes: Vec<Vec<Point>>| Drawing::from_strokes(&Strokes(strokes)).unwrap();
    let alone = drawn(figure());
    for direction in 0..8 {
        let (sin, cos) = (f32::from(direction as u8) * 45f32.to_radians()).sin_cos();
        for away in [170.0, 250.0, 400.0] {
            let at = |dx: f32, dy: f32| Point { x: 50.0 + away * cos + dx, y: 50.0 + away * sin + dy };
            let marks = [
                vec![vec![at(0.0, 0.0)]],
                vec![vec![at(0.0, 0.0), at(0.8, 0.3)]],
                vec![vec![at(0.0, 0.0), at(9.0, 4.0)]],
                vec![vec![at(0.0, 0.0)], vec![at(3.0, 2.0)]],
            ];
            for (kind, mark) in marks.into_iter().enumerate() {
                // Whether the mark comes first or last.
                let last = drawn([figure(), mark.clone()].concat());
                let first = drawn([mark, figure()].concat());
                assert!(last == alone && first == alone, "mark {kind}, {away} away, direction {direction}");
            }
        }
    }
}

#[test]
fn what_belongs_to_a_drawing_is_not_stray() {
    let dash = |x: f32, y: f32| vec![Point { x, y }, Point { x: x + 4.0, y }];
    let dot = |x: f32, y: f32| vec![Point { x, y }];
    let drawings = [
        ("the dot of an i", vec![vec![Point { x: 0.0, y: 30.0 }, Point { x: 0.0, y: 90.0 }], dot(0.0, 5.0)]),
        ("two dots", vec![dot(0.0, 0.0), dot(0.0, 50.0)]),
        ("a dotted line", (0..20).map(|i| dash(i as f32 * 12.0, 0.0)).collect()),
        ("four corners", vec![dash(0.0, 0.0), dash(100.0, 0.0), dash(0.0, 100.0), dash(100.0, 100.0)]),
        (
            "halves far apart",
            vec![figure()[0].clone(), figure()[0].iter().map(|p| Point { x: p.x + 300.0, y: p.y }).collect()],
        ),
    ];
    for (name, strokes) in drawings {
        let whole = Drawing::from_strokes(&Strokes(strokes.clone())).unwrap();
        for gone in 0..strokes.len() {
            let mut less = strokes.clone();
            less.remove(gone);
            // The ends and the middle of a dotted line alone may look the same without one.
            let without = Drawing::from_strokes(&Strokes(less)).unwrap();
            assert_ne!(whole, without, "{name} without stroke {gone}");
        }
    }
}

/// A picture of ink in these colours, with so many pixels of a frame.
fn coloured(picture: &Picture, paper: [u8; 3], ink: [u8; 3], frame: Option<(usize, [u8; 3])>) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let (thick, colour) = frame.unwrap_or((0, paper));
    let pixel = |i: usize| {
        let (x, y) = (i % width, i / width);
        if x.min(y) < thick || x + thick >= width || y + thick >= height {
            return colour;
        }
        let inked = picture.ink()[i];
        [0, 1, 2]
            .map(|c| (f32::from(paper[c]) + inked * (f32::from(ink[c]) - f32::from(paper[c]))).round() as u8)
    };
    (0..width * height)
        .flat_map(pixel)
        .collect::<Vec<_>>()
        .chunks_exact(3)
        .flat_map(|p| [p[0], p[1], p[2], 255])
        .collect()
}

/// Invented characters by a pen without a rim, large and small.
fn pictures() -> impl Iterator<Item = (Picture, Drawing)> {
    invented().into_iter().take(6).flat_map(|one| [1, 4].map(|zoom| photograph(&one, 3.0, zoom))).map(
        |picture| {
            let drawing = Drawing::from_picture(&picture).unwrap();
            (picture, drawing)
        },
    )
}

#[test]
fn ink_that_is_as_light_as_its_paper_is_known_by_its_colour() {
    let pairs = [
        ("red on dark green", [0, 102, 0], [200, 0, 0]),
        ("dark green on red", [200, 0, 0], [0, 102, 0]),
        ("blue on brown", [70, 40, 10], [30, 30, 200]),
        ("magenta on grey", [110, 110, 110], [255, 30, 120]),
        ("pink on light green", [150, 220, 150], [255, 170, 230]),
    ];
    for (index, (picture, drawing)) in pictures().enumerate() {
        let size = (picture.width(), picture.height());
        for (what, paper, ink) in pairs {
            let read = from_rgba(size, &coloured(&picture, paper, ink, None));
            let same = similarity(&read.unwrap_or_else(|error| panic!("{index}, {what}: {error}")), &drawing);
            assert!(same > 0.95, "picture {index}, {what}: {same:.3}");
        }
    }
}

#[test]
fn every_ink_on_a_paper_counts_however_light_it_is() {
    for (index, (picture, drawing)) in pictures().enumerate() {
        let size = (picture.width(), picture.height());
        let [red, black] = [[200, 0, 0], [0, 0, 0]].map(|ink| coloured(&picture, [0, 102, 0], ink, None));
        // The upper half by one pen, the lower half by another.
        let half = red.len() / 2;
        let both = [&red[..half], &black[half..]].concat();
        let same = similarity(&from_rgba(size, &both).unwrap(), &drawing);
        assert!(same > 0.95, "picture {index}: {same:.3}");
    }
}

#[test]
fn a_photo_tells_ink_by_its_colour_where_it_is_as_light_as_the_paper() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for (index, one) in invented().iter().take(4).enumerate() {
        let ink = photograph(one, 2.5, 4);
        let mut photo = coloured(&ink, [0, 102, 0], [200, 0, 0], None);
        for (i, value) in photo.iter_mut().enumerate().filter(|(i, _)| i % 4 < 3) {
            let light = 0.7 + 0.3 * (i / 4 % ink.width()) as f32 / ink.width() as f32;
            *value = (f32::from(*value) * light + rng.random_range(-6.0..6.0)).clamp(0.0, 255.0) as u8;
        }
        let read = from_rgba((ink.width(), ink.height()), &photo).unwrap();
        let same = similarity(&read, &Drawing::from_picture(&ink).unwrap());
        assert!(same > 0.95, "character {index}: {same:.3}");
    }
}

#[test]
fn a_thin_frame_around_a_picture_is_no_ink() {
    let [white, black, blue] = [[255; 3], [0; 3], [40, 60, 200]];
    for (index, (picture, _)) in pictures().enumerate() {
        let size = (picture.width(), picture.height());
        let bare = from_rgba(size, &coloured(&picture, white, black, None)).unwrap();
        for (thick, colour) in [(1, black), (2, black), (2, blue), (2, [120; 3]), (3, black)] {
            let framed = from_rgba(size, &coloured(&picture, white, black, Some((thick, colour)))).unwrap();
            let same = similarity(&framed, &bare);
            assert!(same > 0.98, "picture {index}, {thick} pixels of {colour:?}: {same:.3}");
        }
        let inverse = from_rgba(size, &coloured(&picture, black, white, Some((2, white)))).unwrap();
        assert!(similarity(&inverse, &bare) > 0.98, "picture {index}, white on black");
    }
}

#[test]
fn a_square_that_was_cut_out_close_is_drawn() {
    let square =
        coloured(&Picture::new(40, 40, vec![0.0; 1600]).unwrap(), [255; 3], [0; 3], Some((2, [0; 3])));
    assert_eq!(Picture::from_rgba(40, 40, &square).unwrap().strokes().0.len(), 1);
    // A bar from side to side is part of it.
    let bar = (0..1600).map(|i| f32::from(u8::from((19..21).contains(&(i / 40))))).collect();
    let barred = coloured(&Picture::new(40, 40, bar).unwrap(), [255; 3], [0; 3], Some((2, [0; 3])));
    assert!(Picture::from_rgba(40, 40, &barred).unwrap().strokes().0.len() > 2);
}

#[test]
fn black_on_white_is_read_as_by_lightness_alone() {
    for (picture, _) in pictures() {
        let rgba = coloured(&picture, [255; 3], [0; 3], None);
        let read = Picture::from_rgba(picture.width(), picture.height(), &rgba).unwrap();
        assert_eq!(read.strokes(), picture.strokes());
    }
}
