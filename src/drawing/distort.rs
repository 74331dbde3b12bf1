//! What else a pen does than was meant: it stays down between strokes, skips, goes over a line again, or taps the paper.

use rand::{Rng, RngCore};

use super::{Point, Strokes};

/// A way in which a drawing is not as it was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Distortion {
    /// The pen stays down between strokes: a straight line joins the end of each with the start of the next
    Joined,
    /// Every stroke but a short one has a gap or two
    Broken,
    /// A part of a stroke is drawn again, slightly off
    Retraced,
    /// There is a dot more, in the drawing or near it
    Tapped,
}

/// Length of a gap, in parts of the longer side of the drawing's box, as all lengths here.
const GAP: std::ops::Range<f32> = 0.04..0.08;
/// How far off a part is drawn again.
const OFF: std::ops::Range<f32> = 0.02..0.04;
/// How far beside the box a tap may be.
const BESIDE: f32 = 0.25;

impl Distortion {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Joined, Self::Broken, Self::Retraced, Self::Tapped];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Broken => "broken",
            Self::Retraced => "retraced",
            Self::Tapped => "tapped",
        }
    }

    /// The drawing so distorted. The same generator state distorts it alike. Strokes are taken to be in the order in which they were
    /// drawn: those of a picture are not (see [`Strokes::as_written`]).
    pub fn of(self, strokes: &Strokes, rng: &mut impl RngCore) -> Strokes {
        let Some((lo, hi)) = strokes.bounds() else { return strokes.clone() };
        let size = size(lo, hi);
        match self {
            Self::Joined => strokes.unistroke().unwrap_or_else(|| strokes.clone()),
            Self::Broken => Strokes(strokes.0.iter().flat_map(|stroke| broken(stroke, size, rng)).collect()),
            Self::Retraced => {
                let mut twice = strokes.clone();
                twice.0.extend(retraced(strokes, size, rng));
                twice
            }
            Self::Tapped => {
                let mut tapped = strokes.clone();
                let mut within = |lo: f32, hi: f32| rng.random_range(lo - BESIDE * size..=hi + BESIDE * size);
                tapped.0.push(vec![Point { x: within(lo.x, hi.x), y: within(lo.y, hi.y) }]);
                tapped
            }
        }
    }
}

/// The parts of a stroke with one gap, or with two where it is long enough.
fn broken(stroke: &[Point], size: f32, rng: &mut impl RngCore) -> Vec<Vec<Point>> {
    let whole = length(stroke);
    let gap = rng.random_range(GAP) * size;
    let gaps = if whole < 4.0 * gap {
        0
    } else if whole < 8.0 * gap {
        1
    } else {
        rng.random_range(1..=2)
    };
    let mut parts = Vec::new();
    let mut from = 0.0;
    for index in 0..gaps {
        let middle = (index as f32 + rng.random_range(0.25..0.75)) / gaps as f32 * whole;
        parts.push(part(stroke, from, middle - gap / 2.0));
        from = middle + gap / 2.0;
    }
    parts.push(if gaps == 0 { stroke.to_vec() } else { part(stroke, from, whole) });
    parts
}

/// A third to two thirds of a stroke once more, the longer a stroke the more likely it; none of a drawing of dots.
fn retraced(strokes: &Strokes, size: f32, rng: &mut impl RngCore) -> Option<Vec<Point>> {
    let all: f32 = strokes.0.iter().map(|stroke| length(stroke)).sum();
    let mut at = rng.random_range(0.0..1.0) * all;
    let stroke = strokes.0.iter().find(|stroke| {
        at -= length(stroke);
        at < 0.0
    })?;
    let whole = length(stroke);
    let share = rng.random_range(0.33..0.67);
    let from = rng.random_range(0.0..1.0 - share) * whole;
    let off = rng.random_range(OFF) * size;
    let (sin, cos) = rng.random_range(0.0..std::f32::consts::TAU).sin_cos();
    let moved = |p: Point| Point { x: p.x + off * cos, y: p.y + off * sin };
    Some(part(stroke, from, from + share * whole).into_iter().map(moved).collect())
}

/// Ends of a picture's lines that are this near are one place.
const NEAR: f32 = 0.04;
/// The direction that a line has at its end is that of this much of it.
const ALONG: f32 = 0.1;
/// A line goes on in another whose direction differs by at most 45°.
const ONWARD: f32 = -std::f32::consts::FRAC_1_SQRT_2;

impl Strokes {
    /// A picture's lines as a pen may have drawn them. Lines that go on straight across a crossing are one stroke. In half of the drawings
    /// strokes are in the order of writing, from the upper left; in the others each begins near where the one before ended.
    pub fn as_written(&self, rng: &mut impl RngCore) -> Self {
        let Some((lo, hi)) = self.bounds() else { return self.clone() };
        let size = size(lo, hi);
        let mut strokes = through_crossings(&self.0, size);
        if strokes.is_empty() {
            return self.clone();
        }
        strokes.iter_mut().for_each(|stroke| {
            if late(stroke[stroke.len() - 1]) < late(stroke[0]) {
                stroke.reverse();
            }
        });
        strokes.sort_by(|a, b| late(a[0]).total_cmp(&late(b[0])));
        let follows = rng.random_bool(0.5);
        Self(if follows { by_nearest_ends(strokes, rng) } else { strokes })
    }
}

/// How late a place is written, from the upper left to the lower right.
fn late(p: Point) -> f32 {
    p.x + p.y
}

/// A line, and whether it is its last point.
type End = (usize, bool);

/// Lines joined where one goes on in another. Short ones between crossings are left out.
fn through_crossings(lines: &[Vec<Point>], size: f32) -> Vec<Vec<Point>> {
    let near = |a: Point, b: Point| distance(a, b) <= NEAR * size;
    let ends = |line: &[Point]| [line[0], line[line.len() - 1]];
    let is_bridge = |at: usize| {
        let touches = |p: Point| {
            let others = lines.iter().enumerate().filter(|&(other, line)| other != at && line.len() > 1);
            others.into_iter().any(|(_, line)| ends(line).into_iter().any(|end| near(end, p)))
        };
        lines[at].len() > 1 && length(&lines[at]) <= NEAR * size && ends(&lines[at]).into_iter().all(touches)
    };
    let lines: Vec<&Vec<Point>> =
        (0..lines.len()).filter(|&at| !lines[at].is_empty() && !is_bridge(at)).map(|at| &lines[at]).collect();

    let all: Vec<End> =
        (0..lines.len()).filter(|&at| lines[at].len() > 1).flat_map(|at| [(at, false), (at, true)]).collect();
    let place = |(at, last): End| ends(lines[at])[usize::from(last)];
    let inward = |(at, last): End| {
        let whole = length(lines[at]);
        let along = (ALONG * size).min(whole);
        let inner = part(lines[at], if last { whole - along } else { along }, whole);
        let (from, to) = (place((at, last)), inner[0]);
        let far = distance(from, to).max(f32::MIN_POSITIVE);
        [(to.x - from.x) / far, (to.y - from.y) / far]
    };
    let mut pairs: Vec<(f32, End, End)> = Vec::new();
    for (index, &a) in all.iter().enumerate() {
        for &b in &all[index + 1..] {
            if a.0 != b.0 && near(place(a), place(b)) {
                let [u, v] = [inward(a), inward(b)];
                pairs.push((u[0] * v[0] + u[1] * v[1], a, b));
            }
        }
    }
    pairs.retain(|pair| pair.0 < ONWARD);
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut onward = vec![[None; 2]; lines.len()];
    for (_, a, b) in pairs {
        let free = |(at, last): End| onward[at][usize::from(last)].is_none();
        if free(a) && free(b) {
            onward[a.0][usize::from(a.1)] = Some(b);
            onward[b.0][usize::from(b.1)] = Some(a);
        }
    }

    let mut strokes = Vec::new();
    let mut done = vec![false; lines.len()];
    // From free ends first; what is left then are loops.
    let free = all.iter().copied().filter(|&(at, last)| onward[at][usize::from(last)].is_none());
    let starts: Vec<End> = free.chain((0..lines.len()).map(|at| (at, false))).collect();
    for start in starts {
        let (mut stroke, mut next) = (Vec::new(), Some(start));
        while let Some((at, last)) = next.filter(|&(at, _)| !done[at]) {
            done[at] = true;
            let points = lines[at].iter().copied();
            if last {
                stroke.extend(points.rev())
            } else {
                stroke.extend(points)
            }
            next = onward[at][usize::from(!last)];
        }
        if !stroke.is_empty() {
            strokes.push(stroke);
        }
    }
    strokes
}

/// From any stroke to the one with the nearest end, and so on.
fn by_nearest_ends(mut strokes: Vec<Vec<Point>>, rng: &mut impl RngCore) -> Vec<Vec<Point>> {
    let mut ordered = vec![strokes.swap_remove(rng.random_range(0..strokes.len()))];
    while !strokes.is_empty() {
        let last = &ordered[ordered.len() - 1];
        let from = last[last.len() - 1];
        let ends = |at: usize| [(at, false, strokes[at][0]), (at, true, strokes[at][strokes[at].len() - 1])];
        let nearest = (0..strokes.len())
            .flat_map(ends)
            .min_by(|a, b| distance(a.2, from).total_cmp(&distance(b.2, from)));
        let (at, backwards, _) = nearest.expect("a stroke is left");
        let mut stroke = strokes.swap_remove(at);
        if backwards {
            stroke.reverse();
        }
        ordered.push(stroke);
    }
    ordered
}

/// The longer side of a box.
fn size(lo: Point, hi: Point) -> f32 {
    (hi.x - lo.x).max(hi.y - lo.y)
}

fn distance(a: Point, b: Point) -> f32 {
    (b.x - a.x).hypot(b.y - a.y)
}

fn length(stroke: &[Point]) -> f32 {
    stroke.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
}

/// What of a stroke lies between two places along it, its ends included.
fn part(stroke: &[Point], from: f32, to: f32) -> Vec<Point> {
    let at = |place: f32| {
        let mut left = place;
        for pair in stroke.windows(2) {
            let step = distance(pair[0], pair[1]);
            if left <= step && step > 0.0 {
                let t = left / step;
                return Point {
                    x: pair[0].x + t * (pair[1].x - pair[0].x),
                    y: pair[0].y + t * (pair[1].y - pair[0].y),
                };
            }
            left -= step;
        }
        stroke[stroke.len() - 1]
    };
    let mut points = vec![at(from)];
    let mut along = 0.0;
    for pair in stroke.windows(2) {
        along += distance(pair[0], pair[1]);
        if from < along && along < to {
            points.push(pair[1]);
        }
    }
    points.push(at(to));
    points
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{dataset::InventedAlphabet, drawing::Picture};

    fn distorted(distortion: Distortion, strokes: &Strokes, seed: u64) -> Strokes {
        distortion.of(strokes, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    fn invented() -> Strokes {
        InventedAlphabet::new(1, 1).draw(0, 0)
    }

    fn ink(strokes: &Strokes) -> f32 {
        strokes.0.iter().map(|stroke| length(stroke)).sum()
    }

    fn extent(strokes: &Strokes) -> f32 {
        let (lo, hi) = strokes.bounds().unwrap();
        size(lo, hi)
    }

    #[test]
    fn a_joined_drawing_is_one_stroke_through_the_same_points_in_the_same_order() {
        let equals = Strokes::new(&[&[(0.0, 0.0), (9.0, 0.0)], &[(0.0, 4.0), (9.0, 4.0)]]);
        let z = Strokes::new(&[&[(0.0, 0.0), (9.0, 0.0), (0.0, 4.0), (9.0, 4.0)]]);
        assert_eq!(distorted(Distortion::Joined, &equals, 1), z);
    }

    #[test]
    fn a_broken_drawing_lacks_one_gap_or_two_of_each_long_stroke() {
        let whole = Strokes::new(&[&[(0.0, 0.0), (50.0, 0.0), (100.0, 0.0)], &[(0.0, 5.0), (9.0, 5.0)]]);
        for seed in 0..50 {
            let broken = distorted(Distortion::Broken, &whole, seed);
            let gaps = broken.0.len() - 2;
            assert!((1..=2).contains(&gaps));
            let lacking = (ink(&whole) - ink(&broken)) / gaps as f32;
            assert!((3.99..8.01).contains(&lacking), "{lacking}");
            assert_eq!(broken.0.last(), whole.0.last(), "a short stroke stays whole");
            assert_eq!(broken.bounds(), whole.bounds());
        }
    }

    #[test]
    fn a_retraced_drawing_has_a_part_of_a_stroke_twice() {
        let once = invented();
        for seed in 0..50 {
            let twice = distorted(Distortion::Retraced, &once, seed);
            let (again, before) = twice.0.split_last().unwrap();
            assert_eq!(before, once.0);
            let near = |p: &Point| once.points().any(|q| distance(*p, q) < 0.15 * extent(&once));
            assert!(length(again) > 0.0 && again.iter().all(near));
        }
        let dot = Strokes::new(&[&[(1.0, 1.0)]]);
        assert_eq!(distorted(Distortion::Retraced, &dot, 1), dot);
    }

    #[test]
    fn a_tapped_drawing_has_a_dot_more() {
        let clean = invented();
        for seed in 0..50 {
            let tapped = distorted(Distortion::Tapped, &clean, seed);
            let (tap, before) = tapped.0.split_last().unwrap();
            assert_eq!((before, tap.len()), (&clean.0[..], 1));
            assert!(extent(&tapped) <= 1.5 * extent(&clean));
        }
    }

    #[test]
    fn a_seed_decides_how_a_drawing_is_distorted_and_nothing_stays_nothing() {
        for distortion in Distortion::ALL {
            assert_eq!(distorted(distortion, &invented(), 1), distorted(distortion, &invented(), 1));
            assert_eq!(distorted(distortion, &Strokes::default(), 1), Strokes::default());
        }
    }

    #[test]
    fn a_cross_in_a_picture_is_written_as_two_strokes() {
        let is_ink = |x: usize, y: usize| {
            x.abs_diff(40) < 3 && (5..75).contains(&y) || y.abs_diff(30) < 3 && (9..71).contains(&x)
        };
        let ink = (0..80 * 80).map(|i| f32::from(u8::from(is_ink(i % 80, i / 80)))).collect();
        let traced = Picture::new(80, 80, ink).unwrap().strokes();
        assert!(traced.0.len() >= 4);
        for seed in 0..10 {
            let written = traced.as_written(&mut ChaCha8Rng::seed_from_u64(seed));
            let mut lengths: Vec<f32> = written.0.iter().map(|stroke| length(stroke)).collect();
            lengths.sort_by(f32::total_cmp);
            assert_eq!(lengths.len(), 2, "{lengths:?}");
            assert!((54.0..64.0).contains(&lengths[0]) && (62.0..74.0).contains(&lengths[1]), "{lengths:?}");
        }
    }

    #[test]
    fn strokes_written_are_the_same_ink_from_the_upper_left_or_from_end_to_end() {
        let drawn = invented();
        let written = [0, 1, 2, 3].map(|seed| drawn.as_written(&mut ChaCha8Rng::seed_from_u64(seed)));
        for strokes in &written {
            assert!((ink(strokes) - ink(&drawn)).abs() < 0.1 * extent(&drawn));
        }
        assert!(written.iter().any(|strokes| strokes.0.is_sorted_by(|a, b| late(a[0]) <= late(b[0]))));
    }
}
