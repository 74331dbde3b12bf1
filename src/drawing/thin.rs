//! From a picture to the centre lines of its ink.

use std::collections::HashSet;

use super::{Picture, Point, Strokes};

/// Pictures whose ink is shorter than this on its longer side are enlarged before thinning, in pixels.
const SMALLEST: usize = 64;
/// Pictures whose ink is longer than this are reduced before thinning, in pixels.
const LARGEST: usize = 160;
/// What small and large pictures are brought to, in pixels.
const WORKING: usize = 96;

impl Picture {
    /// The centre lines of the ink, in the pixels of the working size; no stroke at all where the picture is blank.
    pub fn strokes(&self) -> Strokes {
        let Some(ink) = Ink::find(self) else { return Strokes::default() };
        let mut mask = Mask::of(&ink);
        mask.thin();
        trace(&mask)
    }
}

/// The box of a picture that holds its ink.
struct Ink<'a> {
    picture: &'a Picture,
    threshold: f32,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl<'a> Ink<'a> {
    /// Ink is what is nearer to the darkest place than to the lightest; `None` where the two hardly differ.
    fn find(picture: &'a Picture) -> Option<Self> {
        let (least, most) =
            picture.ink().iter().fold((f32::MAX, f32::MIN), |(lo, hi), &v| (lo.min(v), hi.max(v)));
        if most - least < 0.1 {
            return None;
        }
        let threshold = (least + most) / 2.0;
        let rows = || picture.ink().chunks_exact(picture.width());
        let is_ink = |v: &f32| *v > threshold;
        let top = rows().position(|row| row.iter().any(is_ink))?;
        let bottom = rows().rposition(|row| row.iter().any(is_ink))?;
        let left = rows().filter_map(|row| row.iter().position(is_ink)).min()?;
        let right = rows().filter_map(|row| row.iter().rposition(is_ink)).max()?;
        Some(Self { picture, threshold, left, top, width: right - left + 1, height: bottom - top + 1 })
    }

    /// Whether the pixel in column `x` and row `y` of the box is ink.
    fn is_ink(&self, x: usize, y: usize) -> bool {
        self.at(self.left + x, self.top + y) > self.threshold
    }

    /// Whether there is ink at a place of the box between pixels' centres, interpolated linearly.
    fn is_ink_between(&self, x: f32, y: f32) -> bool {
        let (last_x, last_y) = (self.picture.width() - 1, self.picture.height() - 1);
        let x = (x + self.left as f32).clamp(0.0, last_x as f32);
        let y = (y + self.top as f32).clamp(0.0, last_y as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(last_x), (y0 + 1).min(last_y));
        let (tx, ty) = (x - x0 as f32, y - y0 as f32);
        let upper = self.at(x0, y0) * (1.0 - tx) + self.at(x1, y0) * tx;
        let lower = self.at(x0, y1) * (1.0 - tx) + self.at(x1, y1) * tx;
        upper * (1.0 - ty) + lower * ty > self.threshold
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        self.picture.ink()[y * self.picture.width() + x]
    }
}

/// Ink or no ink, with a margin of one blank pixel all round.
struct Mask {
    width: usize,
    height: usize,
    ink: Vec<bool>,
}

impl Mask {
    /// The ink at a size that thins well.
    fn of(ink: &Ink) -> Self {
        let longest = ink.width.max(ink.height);
        if (SMALLEST..=LARGEST).contains(&longest) {
            Self::reduced(ink, 1.0)
        } else if longest > LARGEST {
            Self::reduced(ink, WORKING as f32 / longest as f32)
        } else {
            Self::enlarged(ink, WORKING as f32 / longest as f32)
        }
    }

    /// Keeps the place of every inked pixel, so that thin lines stay whole. `scale` is at most 1.
    fn reduced(ink: &Ink, scale: f32) -> Self {
        let mut mask = Self::blank(ink, scale);
        let place = |v: usize, side: usize| ((v as f32 * scale) as usize).min(side - 3) + 1;
        for y in 0..ink.height {
            for x in (0..ink.width).filter(|&x| ink.is_ink(x, y)) {
                let index = place(y, mask.height) * mask.width + place(x, mask.width);
                mask.ink[index] = true;
            }
        }
        mask
    }

    fn enlarged(ink: &Ink, scale: f32) -> Self {
        let mut mask = Self::blank(ink, scale);
        let source = |v: usize| (v as f32 - 0.5) / scale - 0.5;
        for y in 1..mask.height - 1 {
            for x in 1..mask.width - 1 {
                mask.ink[y * mask.width + x] = ink.is_ink_between(source(x), source(y));
            }
        }
        mask
    }

    fn blank(ink: &Ink, scale: f32) -> Self {
        let scaled = |side: usize| ((side as f32 * scale).round() as usize).max(1) + 2;
        let (width, height) = (scaled(ink.width), scaled(ink.height));
        Self { width, height, ink: vec![false; width * height] }
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
