//! How light the pixels of a picture are, by which its ink is told from its paper; or what their colour is, where that does not tell.

/// A picture's paper is of one colour where so many of its pixels …
const FLAT_SHARE: f32 = 0.25;
/// … are within this of it, black being at 1.0 from white.
const FLAT: f32 = 0.008;
/// Lightness hides what is further from the paper than this …
const FAR: f32 = 0.25;
/// … and as light within this, …
const AS_LIGHT: f32 = 0.1;
/// … where it is more than this fraction of the picture.
const HIDDEN_SHARE: f32 = 0.001;

/// Red, green and blue, 0 to 255 each.
type Colour = [f32; 3];

/// Light per pixel, 0.0 (black) to 1.0 (white). Ink on nothing is black on white, whatever its colour; what was cut out
/// of a picture is like its paper. On paper of one colour, on which something is as light as it is, the light is how near a pixel is to that colour.
pub fn light(rgba: &[u8]) -> Vec<f32> {
    let pixels = || rgba.chunks_exact(4);
    let lumas = || pixels().map(|p| luma(colour(p)));
    if pixels().all(|p| p[3] >= 128) {
        return match hiding(rgba) {
            Some(paper) => nearness(rgba, paper).collect(),
            None => lumas().collect(),
        };
    }
    let cover = |p: &[u8]| p[3] as f32 / 255.0;
    let mut opaque: Vec<f32> =
        pixels().zip(lumas()).filter(|(p, _)| p[3] > 250).map(|(_, light)| light).collect();
    let (least, most) = opaque.iter().fold((1.0_f32, 0.0_f32), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    if opaque.len() < rgba.len() / 8 || most - least < 0.1 {
        return pixels().map(|p| 1.0 - cover(p)).collect();
    }
    let half = opaque.len() / 2;
    let paper = *opaque.select_nth_unstable_by(half, f32::total_cmp).1;
    pixels().zip(lumas()).map(|(p, light)| paper + cover(p) * (light - paper)).collect()
}

/// How near each pixel is to the commonest hue, 0.0 to 1.0, however light it is.
pub fn hue(rgba: &[u8]) -> Vec<f32> {
    let as_light = |p: &[u8]| {
        let light = luma(colour(p));
        let [red, green, blue] = colour(p).map(|v| ((v / 255.0 - light + 1.0) / 2.0 * 255.0) as u8);
        [red, green, blue, 255]
    };
    let even: Vec<u8> = rgba.chunks_exact(4).flat_map(as_light).collect();
    // Differences were halved to fit bytes.
    nearness(&even, commonest(&even)).map(|near| (2.0 * near - 1.0).max(0.0)).collect()
}

/// The colour of the paper, where it is one that lightness does not tell from all else.
fn hiding(rgba: &[u8]) -> Option<Colour> {
    let paper = commonest(rgba);
    let is_hidden =
        |p: &&[u8]| distance(colour(p), paper) > FAR && (luma(colour(p)) - luma(paper)).abs() < AS_LIGHT;
    let share = |count: usize| count as f32 / (rgba.len() / 4) as f32;
    let hidden = share(rgba.chunks_exact(4).filter(is_hidden).count());
    let flat = share(nearness(rgba, paper).filter(|near| *near >= 1.0 - FLAT).count());
    (hidden > HIDDEN_SHARE && flat >= FLAT_SHARE).then_some(paper)
}

/// The mean of the pixels that are nearly of the commonest colour.
fn commonest(rgba: &[u8]) -> Colour {
    let bin = |p: &[u8]| p[..3].iter().fold(0, |bin, v| bin << 5 | usize::from(v >> 3));
    let mut counts = vec![0_u32; 1 << 15];
    rgba.chunks_exact(4).for_each(|p| counts[bin(p)] += 1);
    let fullest = (0..counts.len()).max_by_key(|&bin| counts[bin]).unwrap_or_default();
    let mut sum = [0_u64; 3];
    for p in rgba.chunks_exact(4).filter(|p| bin(p) == fullest) {
        sum.iter_mut().zip(p).for_each(|(sum, &v)| *sum += u64::from(v));
    }
    sum.map(|sum| sum as f32 / counts[fullest] as f32)
}

fn nearness(rgba: &[u8], to: Colour) -> impl Iterator<Item = f32> + '_ {
    rgba.chunks_exact(4).map(move |p| 1.0 - distance(colour(p), to))
}

fn colour(p: &[u8]) -> Colour {
    [p[0], p[1], p[2]].map(f32::from)
}

fn luma([red, green, blue]: Colour) -> f32 {
    (0.299 * red + 0.587 * green + 0.114 * blue) / 255.0
}

/// How far two colours are apart, black from white by 1.0.
fn distance(a: Colour, b: Colour) -> f32 {
    (a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / 3.0).sqrt() / 255.0
}
