//! Takes the paper away from a picture, so that only the ink is left. A picture of two tones, as programs make
//! them, is ink and paper already. In a photo light falls unevenly, shadows cross the paper and the sensor adds
//! noise: there ink is what stands out against the paper around it.
//!
//! The paper of a photo is its grey closing by a square (for light ink: its opening), which fills strokes and keeps
//! the edges of shadows. Ink begins at half of full ink's contrast, and is kept where some of it is surely ink
//! (thresholds with hysteresis: Canny 1986, "A computational approach to edge detection").

/// A picture of two tones: so many of its pixels are paper or ink, …
const TWO_TONE: f32 = 0.9;
/// … the paper within this of one tone, on the scale of light, …
const FLAT: f32 = 0.008;
/// … the ink within this of another, …
const SOLID: f32 = 0.1;
/// … and the two at least this far apart, as shadows hardly are.
const APART: f32 = 0.5;

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

/// Ink per pixel, from light per pixel, 0.0 (black) to 1.0 (white): 0.0 on paper, 1.0 at full ink, and ink begins
/// at 0.5. All is paper where nothing stands out.
pub(super) fn remove(width: usize, height: usize, light: Vec<f32>) -> Vec<f32> {
    let light = Grid { width, height, values: light };
    if let Some((paper, ink)) = two_tones(&light.values) {
        return without_specks(light.map(|v| ((paper - v) / (paper - ink)).clamp(0.0, 1.0)), 0.0);
    }
    let light = light.smoothed();
    let (paper, side) = paper(&light);
    let pairs = || light.values.iter().zip(&paper.values);
    let away: Vec<f32> = pairs().map(|(v, paper)| (paper - v) * side).collect();
    let (middle, noise) = middle_and_spread(&away);
    let contrast: Vec<f32> = (pairs().zip(&away))
        .map(|((&v, &paper), away)| {
            let away = away - middle;
            if away < NOISE * noise { 0.0 } else { away / v.max(paper).max(DARK) }
        })
        .collect();
    let full = quantile(&contrast, 1.0 - FULL_INK);
    let over_noise = quantile(&away, 1.0 - FULL_INK) - middle >= LEAST_OVER_NOISE * noise;
    if full < LEAST_CONTRAST || !over_noise {
        return vec![0.0; width * height];
    }
    without_specks(Grid { width, height, values: contrast }.map(|v| (v / full).min(1.0)), CORE)
}

/// The tones of paper and ink, where nearly all pixels are either.
fn two_tones(light: &[f32]) -> Option<(f32, f32)> {
    let mut counts = [0; 256];
    light.iter().for_each(|v| counts[(v * 255.0).round() as usize] += 1);
    let most = (0..256).max_by_key(|&tone| counts[tone])?;
    let paper = most as f32 / 255.0;
    let (least, greatest) = light.iter().fold((1.0_f32, 0.0_f32), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let ink = if paper - least > greatest - paper { least } else { greatest };
    let either = light.iter().filter(|&&v| (v - paper).abs() <= FLAT || (v - ink).abs() <= SOLID).count();
    let two = (paper - ink).abs() >= APART && either as f32 >= TWO_TONE * light.len() as f32;
    two.then_some((paper, ink))
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

/// The median, and the standard deviation that values spread normally around it would have.
fn middle_and_spread(values: &[f32]) -> (f32, f32) {
    let middle = quantile(values, 0.5);
    let distances: Vec<f32> = values.iter().map(|v| (v - middle).abs()).collect();
    (middle, 1.4826 * quantile(&distances, 0.5))
}

/// The value that the fraction `q` of the values lies below, from some ten thousand of them.
fn quantile(values: &[f32], q: f32) -> f32 {
    let mut some: Vec<f32> = values.iter().copied().step_by(values.len().div_ceil(1 << 16)).collect();
    let index = ((some.len() - 1) as f32 * q).round() as usize;
    *some.select_nth_unstable_by(index, f32::total_cmp).1
}

/// Takes away what no pen leaves: patches that nowhere have more ink than `core`, and those much smaller than the
/// pen's line is wide.
fn without_specks(ink: Grid, core: f32) -> Vec<f32> {
    let Grid { width, height, values: ink } = ink;
    let around = |i: usize| {
        let (x, y) = (i % width, i / width);
        let columns = x.saturating_sub(1)..(x + 2).min(width);
        (y.saturating_sub(1)..(y + 2).min(height))
            .flat_map(move |y| columns.clone().map(move |x| y * width + x))
    };
    let mut patches = Vec::new();
    let mut seen = vec![false; ink.len()];
    for start in 0..ink.len() {
        if ink[start] <= 0.5 || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut patch = vec![start];
        let mut at = 0;
        while at < patch.len() {
            let here = patch[at];
            patch.extend(around(here).filter(|&i| ink[i] > 0.5 && !std::mem::replace(&mut seen[i], true)));
            at += 1;
        }
        if patch.iter().any(|&i| ink[i] > core) {
            patches.push(patch);
        }
    }
    // A line's area is its width times half its outline, of which its right and lower edges are half.
    let area = patches.iter().map(Vec::len).sum::<usize>();
    let edges = |&i: &usize| {
        let right = i % width + 1 == width || ink[i + 1] <= 0.5;
        let lower = i + width >= ink.len() || ink[i + width] <= 0.5;
        right as usize + lower as usize
    };
    let half_outline: usize = patches.iter().flatten().map(edges).sum();
    let pen = area as f32 / half_outline.max(1) as f32;

    let mut kept = vec![0.0; ink.len()];
    for patch in patches.iter().filter(|patch| patch.len() as f32 >= SPECK * pen * pen) {
        patch.iter().flat_map(|&i| around(i)).for_each(|i| kept[i] = ink[i]);
    }
    kept
}

/// Numbers in rows.
struct Grid {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Grid {
    fn from_fn(width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(width * height);
        (0..height).for_each(|y| values.extend((0..width).map(|x| value(x, y))));
        Self { width, height, values }
    }

    fn map(mut self, f: impl Fn(f32) -> f32) -> Self {
        self.values.iter_mut().for_each(|v| *v = f(*v));
        self
    }

    fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// The mean of each square of `cell` values a side.
    fn reduced(&self, cell: usize) -> Self {
        Self::from_fn(self.width.div_ceil(cell), self.height.div_ceil(cell), |x, y| {
            let columns = x * cell..((x + 1) * cell).min(self.width);
            let rows = y * cell..((y + 1) * cell).min(self.height);
            let count = columns.len() * rows.len();
            rows.map(|y| self.row(y)[columns.clone()].iter().sum::<f32>()).sum::<f32>() / count as f32
        })
    }

    /// Undoes [`Self::reduced`], linear between the cells' centres.
    fn enlarged(&self, cell: usize, width: usize, height: usize) -> Self {
        let place = |v: usize, side: usize| {
            let at = ((v as f32 + 0.5) / cell as f32 - 0.5).clamp(0.0, (side - 1) as f32);
            (at as usize, (at as usize + 1).min(side - 1), at.fract())
        };
        let columns: Vec<_> = (0..width).map(|x| place(x, self.width)).collect();
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let (above, below, t) = place(y, self.height);
            let (above, below) = (self.row(above), self.row(below));
            let between = |x: usize| above[x] + t * (below[x] - above[x]);
            values.extend(
                columns.iter().map(|&(left, right, t)| between(left) * (1.0 - t) + between(right) * t),
            );
        }
        Self { width, height, values }
    }

    /// Freed of noise finer than a pen.
    fn smoothed(self) -> Self {
        match (self.width.max(self.height) as f32 * SMOOTH).round() as usize {
            0 => self,
            reach => self.blurred(reach).blurred(reach),
        }
    }

    /// The mean of the square that reaches `reach` to each side of a value. Beyond the edge all is as at the edge.
    fn blurred(&self, reach: usize) -> Self {
        let share = 1.0 / (2 * reach + 1) as f32;
        let around = |i: usize, side: usize| ((i + reach).min(side - 1), i.saturating_sub(reach + 1));
        let mut sums = vec![0.0; self.width];
        let add = |sums: &mut [f32], y: usize, times: f32| {
            sums.iter_mut().zip(self.row(y)).for_each(|(sum, v)| *sum += times * v);
        };
        add(&mut sums, 0, (reach + 1) as f32);
        (0..reach).for_each(|y| add(&mut sums, y.min(self.height - 1), 1.0));
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..self.height {
            let (enters, leaves) = around(y, self.height);
            add(&mut sums, enters, 1.0);
            add(&mut sums, leaves, -1.0);
            let mut sum = sums[0] * (reach + 1) as f32;
            sum += (0..reach).map(|x| sums[x.min(self.width - 1)]).sum::<f32>();
            values.extend((0..self.width).map(|x| {
                let (enters, leaves) = around(x, self.width);
                sum += sums[enters] - sums[leaves];
                sum * share * share
            }));
        }
        Self { width: self.width, height: self.height, values }
    }

    /// The grey closing by a square that reaches `reach` to each side. Beyond the edge all is as at the edge.
    fn closed(&self, reach: usize) -> Self {
        let margin = 2 * reach;
        let inside = |v: usize, side: usize| v.saturating_sub(margin).min(side - 1);
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        let mut padded =
            Self::from_fn(width, height, |x, y| self.row(inside(y, self.height))[inside(x, self.width)]);
        for side in [1.0, -1.0] {
            padded = padded.map(|v| v * side);
            greatest(&mut padded.values, reach, 1);
            greatest(&mut padded.values, reach, width);
            padded = padded.map(|v| v * side);
        }
        Self::from_fn(self.width, self.height, |x, y| padded.row(y + margin)[x + margin])
    }
}

/// Each value becomes the greatest of those up to `reach` steps before and after it; the first and the last `reach`
/// steps of `values`, and of each row where a step is within it, are undefined.
fn greatest(values: &mut [f32], reach: usize, step: usize) {
    let window = 2 * reach + 1;
    let mut covered = 1;
    while covered < window {
        let more = covered.min(window - covered);
        for i in 0..values.len() - more * step {
            values[i] = values[i].max(values[i + more * step]);
        }
        covered += more;
    }
    values.copy_within(..values.len() - reach * step, reach * step);
}
