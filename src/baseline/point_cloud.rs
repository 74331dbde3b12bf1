//! Recognisers of the dollar family, which compare drawings as clouds of 32 points and learn nothing: $P+ (Vatavu 2017, "Improving Gesture Recognition Accuracy on Touch
//! Screens for Users with Low Vision") and $Q (Vatavu, Anthony & Wobbrock 2018, "$Q: A Super-Quick, Articulation-Invariant Stroke-Gesture Recognizer for Low-Resource
//! Devices"), by their published pseudocode.

use std::{array, f32::consts::PI};

use crate::drawing::{Point, Strokes};

/// Points of a cloud.
const POINTS: usize = 32;
/// Cells a side of $Q's table.
const CELLS: usize = 64;
/// Its whole coordinates, per cell.
const PER_CELL: f32 = 16.0;

/// A drawing as points that are equally far apart along its strokes, scaled to a box whose longer side is 1, their mean at the origin.
#[derive(Debug, Clone)]
pub struct PointCloud {
    points: [Point; POINTS],
    /// How far the line turns at each point, 0…1 for 0…180°; 0 at the first and the last.
    turns: [f32; POINTS],
    /// Of $Q's table the cell of each point, and the nearest point to each cell.
    cells: [(usize, usize); POINTS],
    nearest: Box<[[u8; CELLS]; CELLS]>,
}

impl PointCloud {
    /// The cloud of a drawing; `None` if it has no point.
    pub fn of(strokes: &Strokes) -> Option<Self> {
        let points = scaled(resampled(strokes)?);
        let mean = mean(&points);
        let points = points.map(|p| Point { x: p.x - mean.x, y: p.y - mean.y });
        let mut turns = [0.0; POINTS];
        for (turn, three) in turns[1..].iter_mut().zip(points.windows(3)) {
            let (before, after) = (between(three[0], three[1]), between(three[1], three[2]));
            let lengths = before.x.hypot(before.y) * after.x.hypot(after.y);
            let cosine = (before.x * after.x + before.y * after.y) / lengths;
            // Where two points are one there is no turn.
            *turn = if lengths > 0.0 { cosine.clamp(-1.0, 1.0).acos() / PI } else { 0.0 };
        }
        let whole = whole(&points);
        Some(Self { points, turns, cells: whole.map(cell), nearest: nearest(&whole) })
    }

    /// $P+'s distance: each point is matched with the nearest in place and turn, from whichever cloud comes out nearer.
    pub fn p_plus(&self, other: &Self) -> f32 {
        self.matched_with(other).min(other.matched_with(self))
    }

    fn matched_with(&self, other: &Self) -> f32 {
        let distance = |i: usize, j: usize| {
            let apart = between(self.points[i], other.points[j]);
            (apart.x.powi(2) + apart.y.powi(2) + (self.turns[i] - other.turns[j]).powi(2)).sqrt()
        };
        let mut matched = [false; POINTS];
        let mut sum = 0.0;
        for i in 0..POINTS {
            let (j, least) = least((0..POINTS).map(|j| distance(i, j)));
            matched[j] = true;
            sum += least;
        }
        let left = (0..POINTS).filter(|&j| !matched[j]);
        sum + left.map(|j| least((0..POINTS).map(|i| distance(i, j))).1).sum::<f32>()
    }

    /// $Q's distance: points are matched one to one, greedily and from several beginnings, each counting less than the one before; `least` where it is not less than that.
    pub fn q(&self, other: &Self, mut least: f32) -> f32 {
        let step = POINTS.isqrt();
        let (bounds, others) = (self.bounds(other, step), other.bounds(self, step));
        for (start, (bound, other_bound)) in (0..).step_by(step).zip(bounds.into_iter().zip(others)) {
            if bound < least {
                least = least.min(matched_from(start, &self.points, &other.points, least));
            }
            if other_bound < least {
                least = least.min(matched_from(start, &other.points, &self.points, least));
            }
        }
        least
    }

    /// What [`matched_from`] comes to at least, from every `step`th point.
    fn bounds(&self, other: &Self, step: usize) -> Vec<f32> {
        let nearest: [f32; POINTS] = array::from_fn(|at| {
            let (row, column) = self.cells[at];
            squared(self.points[at], other.points[usize::from(other.nearest[row][column])])
        });
        let weighted = |start: usize| {
            let each = (0..POINTS).map(|at| (POINTS - at) as f32 * nearest[(start + at) % POINTS]);
            each.sum()
        };
        (0..POINTS).step_by(step).map(weighted).collect()
    }
}

/// Matches each point of a cloud, from one on, with the nearest of another's that is left; gives up at `least`.
fn matched_from(start: usize, points: &[Point; POINTS], others: &[Point; POINTS], least: f32) -> f32 {
    let mut left: Vec<Point> = others.to_vec();
    let mut sum = 0.0;
    for at in 0..POINTS {
        let point = points[(start + at) % POINTS];
        let (index, distance) = self::least(left.iter().map(|&other| squared(point, other)));
        left.remove(index);
        sum += (POINTS - at) as f32 * distance;
        if sum >= least {
            break;
        }
    }
    sum
}

/// Points equally far apart along the strokes, from the first to the last.
fn resampled(strokes: &Strokes) -> Option<[Point; POINTS]> {
    let pairs = || strokes.0.iter().flat_map(|stroke| stroke.windows(2));
    let length: f32 = pairs().map(|pair| squared(pair[0], pair[1]).sqrt()).sum();
    let first = *strokes.0.iter().flatten().next()?;
    let last = *strokes.0.iter().flatten().last()?;
    let spacing = length / (POINTS - 1) as f32;
    let mut points = Vec::with_capacity(POINTS);
    points.push(first);
    let mut since = 0.0;
    for pair in pairs() {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let left = squared(from, to).sqrt();
            if left == 0.0 || since + left < spacing || points.len() == POINTS {
                since += left;
                break;
            }
            let t = (spacing - since) / left;
            from = Point { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
            points.push(from);
            since = 0.0;
        }
    }
    // Rounding may leave the last one out.
    points.resize(POINTS, last);
    points.try_into().ok()
}

/// The longer side of the box becomes 1, its corner the origin.
fn scaled(points: [Point; POINTS]) -> [Point; POINTS] {
    let range = |of: fn(&Point) -> f32| {
        points.iter().map(of).fold((f32::MAX, f32::MIN), |(lo, hi), v| (lo.min(v), hi.max(v)))
    };
    let ((left, right), (top, bottom)) = (range(|p| p.x), range(|p| p.y));
    let size = (right - left).max(bottom - top).max(f32::MIN_POSITIVE);
    points.map(|p| Point { x: (p.x - left) / size, y: (p.y - top) / size })
}

/// $Q's coordinates: whole numbers around the middle of its table.
fn whole(points: &[Point; POINTS]) -> [Point; POINTS] {
    let most = CELLS as f32 * PER_CELL - 1.0;
    let whole = |v: f32| ((v + 1.0) / 2.0 * most).round();
    points.map(|p| Point { x: whole(p.x), y: whole(p.y) })
}

fn cell(point: Point) -> (usize, usize) {
    let cell = |v: f32| ((v / PER_CELL).round() as usize).min(CELLS - 1);
    (cell(point.y), cell(point.x))
}

/// The index of the nearest point to each cell.
fn nearest(whole: &[Point; POINTS]) -> Box<[[u8; CELLS]; CELLS]> {
    let mut table = Box::new([[0; CELLS]; CELLS]);
    for (y, row) in table.iter_mut().enumerate() {
        for (x, index) in row.iter_mut().enumerate() {
            let distance =
                |p: &Point| (p.x / PER_CELL - x as f32).powi(2) + (p.y / PER_CELL - y as f32).powi(2);
            *index = least(whole.iter().map(distance)).0 as u8;
        }
    }
    table
}

/// The least number and its index, the first among equals.
fn least(numbers: impl Iterator<Item = f32>) -> (usize, f32) {
    numbers
        .enumerate()
        .fold((0, f32::INFINITY), |best, (at, number)| if number < best.1 { (at, number) } else { best })
}

fn mean(points: &[Point; POINTS]) -> Point {
    let sum = |of: fn(&Point) -> f32| points.iter().map(of).sum::<f32>() / POINTS as f32;
    Point { x: sum(|p| p.x), y: sum(|p| p.y) }
}

fn between(a: Point, b: Point) -> Point {
    Point { x: b.x - a.x, y: b.y - a.y }
}

fn squared(a: Point, b: Point) -> f32 {
    (a.x - b.x).powi(2) + (a.y - b.y).powi(2)
}
