//! From a picture to the centre lines of its ink.

use std::collections::HashSet;

use super::{Picture, Point, Strokes, grid::Grid, paper::HALF};

/// Pictures whose ink is shorter than this on its longer side are enlarged before thinning, in pixels.
const SMALLEST: usize = 64;
/// Pictures whose ink is longer than this are reduced before thinning, in pixels.
const LARGEST: usize = 160;
/// The size that small and large pictures are scaled to, in pixels.
const WORKING: usize = 96;

/// How far a line's halo reaches, in pixels of a small picture.
const HALO: f32 = 2.0;
/// What is paler than this share of the darkest place within a halo is none.
const SHARE: f32 = 0.62;
/// … unless it is a line of its own: darker by this share than what lies on both sides.
const RIDGE: f32 = 0.12;
/// Pixels of the longer side of a picture that was not small, where it is taken to be as sharp as it could be.
const FINE: f32 = 48.0;
/// Full ink is as dark as this fraction of the ink at most.
const FULL: f32 = 0.75;
/// Patches that are nowhere as dark as this fraction of full ink are noise, …
const CORE: f32 = 0.35;
/// … unless they reach this far, as a fraction of all ink's longer side.
const FAR: f32 = 0.15;
/// A patch smaller than this fraction of the square of the pen's width is a speck.
const SPECK: f32 = 0.25;

/// A neighbour's ink lies within this of the rim, as a fraction of the shorter side.
const RIM: f32 = 0.15;
/// A frame lies within so many pixels of the rim, or within this fraction of the shorter side, …
const FRAME: (usize, f32) = (3, 0.02);
/// … and along this fraction of it.
const AROUND: f32 = 0.9;

impl Picture {
    /// The centre lines of the ink, in the pixels of the working size; no stroke at all where the picture is blank.
    pub fn strokes(&self) -> Strokes {
        let Some(mut mask) = Mask::of(self) else { return Strokes::default() };
        mask.thin();
        trace(&mask)
    }
}

/// Ink between the least and the most of a picture, 0…1, and where it begins; `None` where the two hardly differ.
fn relative(picture: &Picture) -> Option<(Grid, f32)> {
    let ink = picture.ink();
    let (least, most) = ink.iter().fold((f32::MAX, f32::MIN), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    if most - least < 0.1 {
        return None;
    }
    // Where there are but two values nothing is faint.
    let is_grey = ink.iter().any(|&v| v != least && v != most);
    let values = ink.iter().map(|v| (v - least) / (most - least)).collect();
    let faintest = if is_grey { picture.faintest() } else { HALF };
    Some((Grid { width: picture.width(), height: picture.height(), values }, faintest))
}

/// Scales full ink to 1: the darkest place may be where lines cross.
fn darken(ink: &mut Grid, faintest: f32) {
    let mut inked: Vec<f32> = ink.values.iter().copied().filter(|&v| v > faintest).collect();
    let at = ((inked.len() - 1) as f32 * FULL) as usize;
    let full = *inked.select_nth_unstable_by(at, f32::total_cmp).1;
    ink.values.iter_mut().for_each(|v| *v = (*v / full).min(1.0));
}

/// Takes away a thin frame around the picture, where there is something in it that keeps away from it.
fn erase_frame(ink: &mut Grid, faintest: f32) {
    let (width, height) = (ink.width, ink.height);
    let reach = FRAME.0.max((width.min(height) as f32 * FRAME.1) as usize);
    let is_near = |&i: &usize| {
        let (x, y) = (i % width, i / width);
        x < reach || y < reach || x + reach >= width || y + reach >= height
    };
    // Most pictures have none, as the middle of the upper side shows.
    if (0..reach.min(height)).all(|y| ink.row(y)[width / 2] <= faintest) {
        return;
    }
    let least = AROUND * 2.0 * (width + height) as f32;
    let is_frame = |patch: &Vec<usize>| patch.len() as f32 >= least && patch.iter().all(is_near);
    let (frames, rest): (Vec<_>, Vec<_>) = ink.patches(faintest).into_iter().partition(is_frame);
    if !rest.is_empty() {
        frames.into_iter().flatten().for_each(|i| ink.values[i] = 0.0);
    }
}

/// Takes away what of a neighbour's ink reaches over the rim: patches that lie along it, of a drawing that else keeps away from it.
fn erase_neighbours(ink: &mut Grid, faintest: f32) {
    let (width, height) = (ink.width, ink.height);
    let patches = ink.patches(faintest);
    let reach = (width.min(height) as f32 * RIM) as usize;
    let touches =
        |&i: &usize| [0, width - 1].contains(&(i % width)) || [0, height - 1].contains(&(i / width));
    let is_near = |&i: &usize| {
        let (x, y) = (i % width, i / width);
        x < reach || y < reach || x + reach >= width || y + reach >= height
    };
    let (along, rest): (Vec<_>, Vec<_>) =
        patches.into_iter().partition(|patch| patch.iter().any(touches) && patch.iter().all(is_near));
    let at_a_side = |is_there: &dyn Fn(usize, usize) -> bool| {
        along.iter().flatten().any(|&i| is_there(i % width, i / width))
    };
    // Ink at two opposite sides was cut out close.
    let is_cut_close = at_a_side(&|x, _| x == 0) && at_a_side(&|x, _| x == width - 1)
        || at_a_side(&|_, y| y == 0) && at_a_side(&|_, y| y == height - 1);
    if !rest.is_empty() && !is_cut_close && !rest.iter().flatten().any(touches) {
        along.into_iter().flatten().for_each(|i| ink.values[i] = 0.0);
    }
}

/// Takes away patches that are too faint and too short to be a line, or much smaller than the pen's line is wide.
fn erase_specks(ink: &mut Grid, faintest: f32) {
    let patches = ink.patches(faintest);
    let pen = ink.pen(&patches, faintest);
    let far = FAR * ink.width.max(ink.height) as f32;
    for patch in patches {
        let reach = |place: fn(usize, usize) -> usize| {
            let places = || patch.iter().map(|&i| place(i, ink.width));
            places().max().unwrap_or(0) - places().min().unwrap_or(0)
        };
        let is_dark = patch.iter().any(|&i| ink.values[i] >= CORE);
        let is_far = reach(|i, width| i % width).max(reach(|i, width| i / width)) as f32 >= far;
        if !(is_dark || is_far) || (patch.len() as f32) < SPECK * pen * pen {
            patch.into_iter().for_each(|i| ink.values[i] = 0.0);
        }
    }
}

/// The box that holds a picture's ink, in pixels.
struct Frame {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Frame {
    /// Of what is above `faintest`; `None` where nothing is.
    fn of(ink: &Grid, faintest: f32) -> Option<Self> {
        let rows = || ink.values.chunks_exact(ink.width);
        let is_ink = |v: &f32| *v > faintest;
        let top = rows().position(|row| row.iter().any(is_ink))?;
        let bottom = rows().rposition(|row| row.iter().any(is_ink))?;
        let left = rows().filter_map(|row| row.iter().position(is_ink)).min()?;
        let right = rows().filter_map(|row| row.iter().rposition(is_ink)).max()?;
        Some(Self { left, top, width: right - left + 1, height: bottom - top + 1 })
    }

    /// Pixels of the working size that a pixel becomes.
    fn scale(&self) -> f32 {
        let longest = self.width.max(self.height);
        if (SMALLEST..=LARGEST).contains(&longest) { 1.0 } else { WORKING as f32 / longest as f32 }
    }

    /// How large the pixels are that lines are blurred by, in those of the working size: the picture's own where it was small.
    fn pixel(&self) -> f32 {
        let longest = self.width.max(self.height).min(WORKING);
        self.scale().max(longest as f32 / FINE)
    }

    /// Its ink at a size that thins well, with a margin of one blank pixel all round.
    fn sized(&self, ink: &Grid) -> Grid {
        let &Self { left, top, width, height } = self;
        let scale = self.scale();
        let scaled = |side: usize| ((side as f32 * scale).round() as usize).max(1) + 2;
        let mut sized = Grid::from_fn(scaled(width), scaled(height), |_, _| 0.0);
        let (wide, high) = (sized.width, sized.height);
        if scale > 1.0 {
            let source = |v: usize, first: usize| (v as f32 - 0.5) / scale - 0.5 + first as f32;
            for (x, y) in (1..high - 1).flat_map(|y| (1..wide - 1).map(move |x| (x, y))) {
                sized.values[y * wide + x] = ink.between(source(x, left), source(y, top));
            }
        } else {
            // Keeps the place of every pixel's ink, so that thin lines stay whole.
            let place = |v: usize, side: usize| ((v as f32 * scale) as usize).min(side - 3) + 1;
            for y in 0..height {
                for (x, v) in ink.row(top + y)[left..][..width].iter().enumerate() {
                    let at = place(y, high) * wide + place(x, wide);
                    sized.values[at] = sized.values[at].max(*v);
                }
            }
        }
        sized
    }
}

/// Takes away what is paler than its surroundings and no line of its own: a line's blurred rim, or paper between two lines. `pixel` is how large a pixel
/// of a small picture is here.
fn erase_halos(ink: &mut Grid, pixel: f32, faintest: f32) {
    let darkest = ink.dilated((HALO * pixel).round() as usize).values;
    let step = pixel.round().max(1.0) as usize;
    let is_line = |i: usize| ink.values[i] > SHARE * darkest[i] || ink.is_ridge(i, step, RIDGE * darkest[i]);
    let is_ink = |i: &usize| ink.values[*i] > faintest && is_line(*i);
    let halo: Vec<usize> = (0..darkest.len()).filter(|i| !is_ink(i)).collect();
    halo.into_iter().for_each(|i| ink.values[i] = 0.0);
}

/// Ink or no ink, with a margin of one blank pixel all round.
struct Mask {
    width: usize,
    ink: Vec<bool>,
}

impl Mask {
    /// The ink at a size that thins well.
    fn of(picture: &Picture) -> Option<Self> {
        let (mut ink, faintest) = relative(picture)?;
        erase_frame(&mut ink, faintest);
        let is_flat = faintest < HALF;
        if is_flat {
            erase_neighbours(&mut ink, faintest);
            darken(&mut ink, faintest);
        }
        let frame = Frame::of(&ink, faintest)?;
        let mut sized = frame.sized(&ink);
        if is_flat {
            erase_halos(&mut sized, frame.pixel(), faintest);
            erase_specks(&mut sized, faintest);
        }
        Some(Self { width: sized.width, ink: sized.values.iter().map(|v| *v > faintest).collect() })
    }

    /// The eight neighbours of pixel `i`, clockwise from the one above.
    fn around(&self, i: usize) -> [usize; 8] {
        let w = self.width;
        [i - w, i - w + 1, i + 1, i + w + 1, i + w, i + w - 1, i - 1, i - w - 1]
    }

    /// Thins the ink to lines one pixel wide (Zhang & Suen 1984, "A fast parallel algorithm for thinning digital patterns").
    fn thin(&mut self) {
        let mut candidates: Vec<usize> = (0..self.ink.len()).filter(|&i| self.ink[i]).collect();
        loop {
            let before = candidates.len();
            for second in [false, true] {
                let erased: Vec<usize> =
                    candidates.iter().copied().filter(|&i| self.erasable(i, second)).collect();
                for i in erased {
                    // Dots of 2 × 2 pixels would vanish whole: their last pixel stays.
                    self.ink[i] = self.around(i).iter().all(|&j| !self.ink[j]);
                }
                candidates.retain(|&i| self.ink[i]);
            }
            if candidates.len() == before {
                return;
            }
        }
    }

    fn erasable(&self, i: usize, second: bool) -> bool {
        let n = self.around(i).map(|j| self.ink[j]);
        let neighbours = n.iter().filter(|&&inked| inked).count();
        let rises = (0..8).filter(|&k| !n[k] && n[(k + 1) % 8]).count();
        let [up, right, down, left] = [n[0], n[2], n[4], n[6]];
        let open = if second { !(up && left && (right || down)) } else { !(right && down && (up || left)) };
        (2..=6).contains(&neighbours) && rises == 1 && open
    }

    /// The pixels that a line through `i` goes on to: a diagonal only where no straight step leads to the same place.
    fn next(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        let n = self.around(i);
        (0..8)
            .filter(move |&k| {
                let straight = k % 2 == 0;
                self.ink[n[k]] && (straight || !(self.ink[n[k - 1]] || self.ink[n[(k + 1) % 8]]))
            })
            .map(move |k| n[k])
    }
}

/// Follows one-pixel lines from end to end and crossing to crossing, then whatever closed loops are left.
fn trace(mask: &Mask) -> Strokes {
    let mut walked = HashSet::new();
    let inked = || (0..mask.ink.len()).filter(|&i| mask.ink[i]);
    let starts = inked().filter(|&i| mask.next(i).count() != 2).chain(inked());
    let mut strokes = Vec::new();
    for start in starts {
        if mask.next(start).next().is_none() && walked.insert((start, start)) {
            strokes.push(vec![start]);
        }
        for second in mask.next(start) {
            if !walked.insert((start.min(second), start.max(second))) {
                continue;
            }
            let mut line = vec![start, second];
            loop {
                let here = line[line.len() - 1];
                if mask.next(here).count() != 2 {
                    break;
                }
                let Some(onward) = mask.next(here).find(|&j| walked.insert((here.min(j), here.max(j))))
                else {
                    break;
                };
                line.push(onward);
            }
            strokes.push(line);
        }
    }
    let point = |i: usize| Point { x: (i % mask.width) as f32, y: (i / mask.width) as f32 };
    Strokes(strokes.into_iter().map(|line| smooth(line.into_iter().map(point).collect())).collect())
}

/// Takes the staircase out of a traced line; its ends stay where they are.
fn smooth(line: Vec<Point>) -> Vec<Point> {
    (0..2).fold(line, |line, _| {
        let mut smoothed = line.clone();
        for (to, three) in smoothed.iter_mut().skip(1).zip(line.windows(3)) {
            to.x = (three[0].x + 2.0 * three[1].x + three[2].x) / 4.0;
            to.y = (three[0].y + 2.0 * three[1].y + three[2].y) / 4.0;
        }
        smoothed
    })
}
