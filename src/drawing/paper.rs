//! Removes the background of a picture, so that only the ink is left. A picture of two tones, as programs make
//! them, is ink and paper already. In a photo light falls unevenly, shadows cross the paper and the sensor adds
//! noise: there ink is what stands out against the paper around it.
//!
//! The paper of a photo is its grey closing by a square (for light ink: its opening), which fills strokes and keeps
//! the edges of shadows. Ink begins at half of full ink's contrast, and is kept where some of it is surely ink
//! (thresholds with hysteresis: Canny 1986, "A computational approach to edge detection").

use super::grid::Grid;

/// A picture of two tones: so many of its pixels are paper or ink, …
const TWO_TONE: f32 = 0.9;
/// … the paper within this of one tone, on the scale of light, …
const FLAT: f32 = 0.008;
/// … the ink within this of another, …
const SOLID: f32 = 0.1;
/// … and the two at least this far apart, as shadows hardly are.
const APART: f32 = 0.5;

/// Where a photo's ink begins: lines that are paler are printed on the paper.
pub(super) const HALF: f32 = 0.5;
/// Where it begins on flat paper, of which noise takes nothing away.
const FAINTEST: f32 = 0.25;
/// Longest side of a small picture, in pixels: its lines may be paler because they are narrower than a pixel.
const SMALL: usize = 160;
/// Noise takes a tone so far, in steps of 256.
const NEAR: usize = 8;
/// So many of its pixels are of one tone where its paper is flat.
const FLAT_SHARE: f32 = 0.25;

/// Least contrast of full ink to the paper, as a fraction of the lighter one's light, …
const LEAST_CONTRAST: f32 = 0.15;
/// … and in standard deviations of the paper's noise.
const LEAST_OVER_NOISE: f32 = 6.0;
/// What stands out by less is noise, in standard deviations.
const NOISE: f32 = 3.5;
/// Light is taken for at least this when contrast is measured: in the dark all is noise.
const DARK: f32 = 0.1;

/// The paper is estimated on a grid of at most so many cells a side.
const CELLS: usize = 512;
/// Photos are smoothed by two boxes that reach this fraction of the longer side to each side.
const SMOOTH: f32 = 1.0 / 700.0;
/// Dark places that hold a square of this fraction of the shorter side are paper in the shadow.
const SHADOW: f32 = 1.0 / 6.0;
/// Full ink is the pixel that only this fraction of the photo surpasses in contrast.
const FULL_INK: f32 = 0.001;
/// A patch of ink has more than this fraction of full ink's contrast at its strongest place.
const CORE: f32 = 0.65;
/// A patch smaller than this fraction of the square of the pen's width is a speck.
const SPECK: f32 = 0.5;

/// Ink per pixel, from light per pixel, 0.0 (black) to 1.0 (white): 0.0 on paper, 1.0 at full ink; and where ink begins. All is
/// paper where nothing stands out.
pub(super) fn remove(width: usize, height: usize, light: Vec<f32>) -> (Vec<f32>, f32) {
    let light = Grid { width, height, values: light };
    let is_small = width.max(height) <= SMALL;
    if let Some((paper, ink)) = two_tones(&light.values, is_small) {
        let ink = light.map(|v| ((paper - v) / (paper - ink)).clamp(0.0, 1.0));
        // A dot of a small picture is hardly larger than a speck.
        return (if is_small { ink.values } else { without_specks(&ink, FAINTEST, 0.0) }, FAINTEST);
    }
    // Of a small picture ink may fill the rim: around it there is paper.
    let margin = if is_small { width.min(height).div_ceil(4) } else { 0 };
    let around = commonest(&light.values, NEAR);
    let light = smoothed(light);
    let (paper, side) = paper(&light.extended(margin, is_small.then_some(around)));
    let paper = paper.cropped(margin);
    let pairs = || light.values.iter().zip(&paper.values);
    let away: Vec<f32> = pairs().map(|(v, paper)| (paper - v) * side).collect();
    let (middle, noise) = if is_small { of_few(&away) } else { middle_and_spread(&away) };
    let contrast: Vec<f32> = (pairs().zip(&away))
        .map(|((&v, &paper), away)| {
            let away = away - middle;
            if away < NOISE * noise { 0.0 } else { away / v.max(paper).max(DARK) }
        })
        .collect();
    let full = quantile(&contrast, 1.0 - FULL_INK);
    let over_noise = quantile(&away, 1.0 - FULL_INK) - middle >= LEAST_OVER_NOISE * noise;
    if full < LEAST_CONTRAST || !over_noise {
        return (vec![0.0; width * height], HALF);
    }
    let ink = Grid { width, height, values: contrast }.map(|v| (v / full).min(1.0));
    (without_specks(&ink, HALF, CORE), HALF)
}

/// The tone that most pixels are near, within so many steps of 256.
fn commonest(light: &[f32], near: usize) -> f32 {
    let mut counts = [0; 256];
    light.iter().for_each(|v| counts[(v * 255.0).round() as usize] += 1);
    let around =
        |tone: usize| counts[tone.saturating_sub(near)..(tone + near + 1).min(256)].iter().sum::<usize>();
    (0..256).max_by_key(|&tone| around(tone)).unwrap_or_default() as f32 / 255.0
}

/// The tones of paper and ink, where the paper is all of one tone: where nearly all pixels are either, and in a small picture, whose lines are hardly wider than a
/// pixel, where many are paper.
fn two_tones(light: &[f32], is_small: bool) -> Option<(f32, f32)> {
    let paper = commonest(light, 0);
    let (least, greatest) = light.iter().fold((1.0_f32, 0.0_f32), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let ink = if paper - least > greatest - paper { least } else { greatest };
    let share =
        |is: &dyn Fn(f32) -> bool| light.iter().filter(|&&v| is(v)).count() as f32 / light.len() as f32;
    let is_paper = |v: f32| (v - paper).abs() <= FLAT;
    let apart = (paper - ink).abs();
    let two = apart >= APART && share(&|v| is_paper(v) || (v - ink).abs() <= SOLID) >= TWO_TONE;
    let flat = is_small && apart >= LEAST_CONTRAST && share(&is_paper) >= FLAT_SHARE;
    (two || flat).then_some((paper, ink))
}

/// The paper's light behind each pixel, and the side that ink is on: 1.0 if it is darker, -1.0 if it is lighter.
fn paper(light: &Grid) -> (Grid, f32) {
    let cell = light.width.max(light.height).div_ceil(CELLS);
    let cells = light.reduced(cell);
    let reach = (cells.width.min(cells.height) as f32 * SHADOW / 2.0).ceil() as usize;
    // Ink is rarer than the paper around it: the distribution's longer tail is on its side.
    let around = cells.blurred(reach * 3 / 2);
    let skew: f32 = cells.values.iter().zip(&around.values).map(|(v, mean)| (v - mean).powi(3)).sum();
    let side = if skew > 0.0 { -1.0 } else { 1.0 };
    let closed = cells.map(|v| v * side).closed(reach).map(|v| v * side);
    (closed.enlarged(cell, light.width, light.height), side)
}

/// Freed of noise finer than a pen.
fn smoothed(light: Grid) -> Grid {
    match (light.width.max(light.height) as f32 * SMOOTH).round() as usize {
        0 => light,
        reach => light.blurred(reach).blurred(reach),
    }
}

/// The median, and the standard deviation that values spread normally around it would have.
fn middle_and_spread(values: &[f32]) -> (f32, f32) {
    let middle = quantile(values, 0.5);
    let distances: Vec<f32> = values.iter().map(|v| (v - middle).abs()).collect();
    (middle, 1.4826 * quantile(&distances, 0.5))
}

/// The same of a small picture, of which half may be ink: by the lower half alone.
fn of_few(values: &[f32]) -> (f32, f32) {
    let [low, middle] = [0.05, 0.25].map(|q| quantile(values, q));
    // In standard deviations from 0.97, where all is paper, to 1.28, where half is.
    (middle, (middle - low) / 1.1)
}

/// The value that the fraction `q` of the values lies below, from some ten thousand of them.
fn quantile(values: &[f32], q: f32) -> f32 {
    let mut some: Vec<f32> = values.iter().copied().step_by(values.len().div_ceil(1 << 16)).collect();
    let index = ((some.len() - 1) as f32 * q).round() as usize;
    *some.select_nth_unstable_by(index, f32::total_cmp).1
}

/// Takes away what no pen leaves: patches of what has more ink than `faintest` that nowhere have more than `core`, and those much smaller than
/// the pen's line is wide.
fn without_specks(ink: &Grid, faintest: f32, core: f32) -> Vec<f32> {
    let mut patches = ink.patches(faintest);
    patches.retain(|patch| patch.iter().any(|&i| ink.values[i] > core));
    let pen = ink.pen(&patches, faintest);
    let mut kept = vec![0.0; ink.values.len()];
    for patch in patches.iter().filter(|patch| patch.len() as f32 >= SPECK * pen * pen) {
        patch.iter().flat_map(|&i| ink.around(i)).for_each(|i| kept[i] = ink.values[i]);
    }
    kept
}
