//! Invented alphabets: characters of one imagined script, and other drawers of them. Seeded, for tests and
//! for pages without the archives.
//!
//! Uses only additions, multiplications, divisions and square roots, which round alike everywhere: the same
//! seed gives the same strokes, bit by bit, on every platform.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

use crate::drawing::{Point, Strokes};

/// Characters that look like letters of one script.
///
/// ```
/// let alphabet = glimpse::dataset::InventedAlphabet::new(7, 12);
/// let (mine, yours) = (alphabet.draw(0, 0), alphabet.draw(0, 1));
/// assert_eq!(mine.0.len(), yours.0.len());
/// ```
#[derive(Debug, Clone)]
pub struct InventedAlphabet {
    seed: u64,
    characters: Vec<Skeleton>,
}

/// A character as its inventor meant it: strokes in a square of side 1, y down.
type Skeleton = Vec<Stroke>;

/// The places that a stroke runs through, smoothly but for the corners.
type Stroke = Vec<Key>;

#[derive(Debug, Clone, Copy)]
struct Key {
    at: Point,
    corner: bool,
}

/// What a stroke does between its first and its last place.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gesture {
    Line,
    /// A flat arc.
    Arc,
    /// Half an ellipse.
    Bowl,
    /// Bends one way, then the other.
    Wave,
    /// A line that turns back at its end.
    Hook,
    /// A line that ends in a ring.
    Curl,
    /// Two lines that meet in a right angle.
    Angle,
}

const GESTURES: [Gesture; 7] =
    [Gesture::Line, Gesture::Arc, Gesture::Bowl, Gesture::Wave, Gesture::Hook, Gesture::Curl, Gesture::Angle];

/// Those that give a script its look.
const CURVED: [Gesture; 5] = [Gesture::Arc, Gesture::Bowl, Gesture::Wave, Gesture::Hook, Gesture::Curl];

/// What the characters of one alphabet have in common.
struct Script {
    /// Gestures in use; the more often one stands here, the more often it is used.
    gestures: [Gesture; 6],
    favourite: Gesture,
    /// A stroke of the favourite gesture that many characters start with.
    stem: Stroke,
    /// Strokes start and end near the crossings of these columns and rows.
    columns: [f32; 3],
    rows: [f32; 4],
    /// The side that arcs and hooks turn to, 1 or -1, most of the time.
    hand: f32,
    /// Depth of a bowl as a fraction of the distance between its ends.
    depth: f32,
    /// Radius of a curl's ring.
    ring: f32,
}

/// Two characters of an alphabet differ at least this much, by [`difference`], unless very many are asked
/// for.
const APART: f32 = 0.11;

/// Side of the paper, as in Omniglot.
const SIDE: f32 = 105.0;
/// Side of the square on it in which characters are drawn, before a drawer changes it.
const WRITING: f32 = 72.0;
/// Distance between the points of a stroke, on the paper.
const SPACING: f32 = 2.0;

impl InventedAlphabet {
    /// Invents an alphabet of so many characters. The same seed gives the same first characters whatever
    /// their number.
    pub fn new(seed: u64, characters: usize) -> Self {
        let mut rng = stream(seed, 0);
        let script = Script::invent(&mut rng);
        let mut alphabet: Vec<Skeleton> = Vec::new();
        let mut outlines: Vec<Vec<Point>> = Vec::new();
        let mut apart = APART;
        while alphabet.len() < characters {
            let skeleton = script.character(&mut rng);
            let outline = outline(&skeleton);
            if outlines.iter().all(|other| difference(other, &outline) > apart) {
                alphabet.push(skeleton);
                outlines.push(outline);
                apart = APART;
            } else {
                apart *= 0.995;
            }
        }
        Self { seed, characters: alphabet }
    }

    /// Characters in the alphabet.
    pub fn characters(&self) -> usize {
        self.characters.len()
    }

    /// The character as this drawer draws it: strokes on paper of 105 × 105, y down, with points about 2
    /// apart. A drawer has the same slant, proportions and steadiness in every character.
    ///
    /// # Panics
    /// If `character` is not under [`Self::characters`].
    pub fn draw(&self, character: usize, drawer: u32) -> Strokes {
        let drawer_stream = (u64::from(drawer) + 1) << 32;
        let hand = Hand::of(&mut stream(self.seed, drawer_stream));
        hand.draw(&self.characters[character], &mut stream(self.seed, drawer_stream + 1 + character as u64))
    }
}

impl Script {
    fn invent(rng: &mut ChaCha8Rng) -> Self {
        let favourite = pick(rng, &CURVED);
        let mut script = Self {
            gestures: [
                Gesture::Line,
                Gesture::Line,
                favourite,
                favourite,
                pick(rng, &CURVED),
                pick(rng, &GESTURES),
            ],
            favourite,
            stem: Vec::new(),
            columns: [0.0, between(rng, 0.35, 0.5), between(rng, 0.75, 0.9)],
            rows: [0.0, between(rng, 0.28, 0.36), between(rng, 0.62, 0.7), 1.0],
            hand: if chance(rng, 0.5) { 1.0 } else { -1.0 },
            depth: between(rng, 0.45, 0.65),
            ring: between(rng, 0.12, 0.17),
        };
        script.stem = loop {
            let stem = script.stroke(rng, favourite, None);
            if distance(stem[0].at, stem[stem.len() - 1].at) > 0.7 {
                break stem;
            }
        };
        script
    }

    /// One character of two to four strokes, at least one of them curved, no two of them curved alike.
    fn character(&self, rng: &mut ChaCha8Rng) -> Skeleton {
        let count = pick(rng, &[2, 2, 2, 3, 3, 4]);
        loop {
            let mut gestures: Vec<Gesture> = (0..count).map(|_| pick(rng, &self.gestures)).collect();
            let stemmed = chance(rng, 0.4);
            if stemmed {
                gestures[0] = self.favourite;
            }
            let curved: Vec<Gesture> = gestures.iter().copied().filter(|&g| g != Gesture::Line).collect();
            let alike = curved.iter().enumerate().any(|(i, gesture)| curved[..i].contains(gesture));
            if curved.is_empty() || alike {
                continue;
            }
            let first = if stemmed { self.stem.clone() } else { self.stroke(rng, gestures[0], None) };
            let mut skeleton = vec![first];
            for &gesture in &gestures[1..] {
                let onto = pick(rng, &trace(&skeleton[skeleton.len() - 1], 0.25));
                let from = if chance(rng, 0.75) { Some(onto) } else { None };
                skeleton.push(self.stroke(rng, gesture, from));
            }
            if is_letter(&skeleton) {
                return skeleton;
            }
        }
    }

    /// A stroke from a place, or from any crossing, to a crossing far enough away, most often straight down
    /// or across.
    fn stroke(&self, rng: &mut ChaCha8Rng, gesture: Gesture, from: Option<Point>) -> Stroke {
        let crossing = |rng: &mut ChaCha8Rng| Point { x: pick(rng, &self.columns), y: pick(rng, &self.rows) };
        let from = from.unwrap_or_else(|| crossing(rng));
        let to = loop {
            let mut to = crossing(rng);
            match rng.next_u32() % 4 {
                0 => to.x = from.x,
                1 => to.y = from.y,
                _ => {}
            }
            if distance(from, to) > 0.35 {
                break to;
            }
        };
        let hand = if chance(rng, 0.8) { self.hand } else { -self.hand };
        self.places(gesture, from, to, hand)
    }

    fn places(&self, gesture: Gesture, from: Point, to: Point, hand: f32) -> Stroke {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = distance(from, to);
        // `along` from 0 at the first place to 1 at the last, `aside` of the line between them.
        let key = |(along, aside): (f32, f32)| Key {
            at: Point {
                x: from.x + along * dx - hand * aside * dy,
                y: from.y + along * dy + hand * aside * dx,
            },
            corner: false,
        };
        let smooth = |places: &[(f32, f32)]| places.iter().copied().map(key).collect();
        const DIAGONAL: f32 = std::f32::consts::FRAC_1_SQRT_2;
        match gesture {
            Gesture::Line => smooth(&[(0.0, 0.0), (1.0, 0.0)]),
            Gesture::Arc => smooth(&[(0.0, 0.0), (0.25, 0.13), (0.5, 0.18), (0.75, 0.13), (1.0, 0.0)]),
            Gesture::Bowl => {
                let (least, most) = ((1.0 - DIAGONAL) / 2.0, (1.0 + DIAGONAL) / 2.0);
                let shoulder = DIAGONAL * self.depth;
                smooth(&[(0.0, 0.0), (least, shoulder), (0.5, self.depth), (most, shoulder), (1.0, 0.0)])
            }
            Gesture::Wave => smooth(&[(0.0, 0.0), (0.25, 0.16), (0.5, 0.0), (0.75, -0.16), (1.0, 0.0)]),
            Gesture::Hook | Gesture::Curl => {
                let r = self.ring / length;
                let end = 1.0 - r;
                let ring = [
                    (0.0, 0.0),
                    (0.5 * end, 0.0),
                    (end, 0.0),
                    (end + DIAGONAL * r, (1.0 - DIAGONAL) * r),
                    (1.0, r),
                    (end + DIAGONAL * r, (1.0 + DIAGONAL) * r),
                    (end, 2.0 * r),
                    (end - DIAGONAL * r, (1.0 + DIAGONAL) * r),
                    (end - r, r),
                    (end - DIAGONAL * r, (1.0 - DIAGONAL) * r),
                    (end, 0.0),
                ];
                smooth(if gesture == Gesture::Hook { &ring[..7] } else { &ring })
            }
            Gesture::Angle => {
                let corner = if dx.abs().min(dy.abs()) < 0.2 {
                    key((0.5, 0.35)).at
                } else if hand > 0.0 {
                    Point { x: from.x, y: to.y }
                } else {
                    Point { x: to.x, y: from.y }
                };
                vec![key((0.0, 0.0)), Key { at: corner, corner: true }, key((1.0, 0.0))]
            }
        }
    }
}

/// Whether the strokes make one well-spread shape: as tall or wide as others, no stroke on top of another,
/// all of them near enough to each other.
fn is_letter(skeleton: &[Stroke]) -> bool {
    let lines: Vec<Vec<Point>> = skeleton.iter().map(|stroke| trace(stroke, 0.04)).collect();
    let strokes = Strokes(lines.clone());
    let Some((lo, hi)) = strokes.bounds() else {
        return false;
    };
    let (width, height) = (hi.x - lo.x, hi.y - lo.y);
    let spread = width > 0.45 && height > 0.6 && width.max(height) < 1.15;
    let length = 0.04 * strokes.points().count() as f32;
    let in_touch = |(i, line): (usize, &Vec<Point>)| {
        let others = || lines.iter().enumerate().filter(|&(j, _)| j != i).flat_map(|(_, other)| other);
        let close = |reach: f32| line.iter().filter(|p| others().any(|q| distance(**p, *q) < reach)).count();
        close(0.06) > 0 && (close(0.08) as f32) < 0.3 * line.len() as f32
    };
    spread && (1.5..3.8).contains(&length) && lines.iter().enumerate().all(in_touch)
}

/// How one drawer draws.
struct Hand {
    /// Cosine and sine of the turn.
    turn: (f32, f32),
    slant: f32,
    /// Width and height of what is drawn, as factors.
    size: (f32, f32),
    /// Greatest displacement of a stroke's places, as a fraction of the character's side.
    looseness: f32,
    /// Greatest tremble of the pen, on the paper.
    tremble: f32,
}

impl Hand {
    fn of(rng: &mut ChaCha8Rng) -> Self {
        let half = between(rng, -0.045, 0.045);
        let (size, stretch) = (between(rng, 0.85, 1.1), between(rng, -0.1, 0.1));
        Self {
            turn: ((1.0 - half * half) / (1.0 + half * half), 2.0 * half / (1.0 + half * half)),
            slant: between(rng, -0.16, 0.16),
            size: (size * (1.0 + stretch), size * (1.0 - stretch)),
            looseness: between(rng, 0.015, 0.045),
            tremble: between(rng, 0.3, 0.9),
        }
    }

    fn draw(&self, skeleton: &[Stroke], rng: &mut ChaCha8Rng) -> Strokes {
        let moved = skeleton.iter().map(|stroke| self.loosen(stroke, rng)).collect::<Vec<_>>();
        let lines = Strokes(moved.iter().map(|keys| trace(keys, SPACING / WRITING)).collect());
        let (lo, hi) = lines.bounds().expect("a skeleton has strokes");
        let centre = mix(lo, hi, 0.5);
        let drift = Point { x: between(rng, -4.0, 4.0), y: between(rng, -4.0, 4.0) };
        let placed = lines.map(|p| {
            let (x, y) = ((p.x - centre.x) * self.size.0 * WRITING, (p.y - centre.y) * self.size.1 * WRITING);
            let x = x - self.slant * y;
            let (cos, sin) = self.turn;
            Point { x: cos * x - sin * y + drift.x + SIDE / 2.0, y: sin * x + cos * y + drift.y + SIDE / 2.0 }
        });
        Strokes(placed.0.iter().map(|line| self.tremble(line, rng)).collect())
    }

    /// Misses a stroke's places a little, its two ends most, and starts or ends it too soon or too late.
    fn loosen(&self, stroke: &[Key], rng: &mut ChaCha8Rng) -> Stroke {
        let mut around = |most: f32| Point { x: between(rng, -most, most), y: between(rng, -most, most) };
        let (first, last) = (around(self.looseness), around(self.looseness));
        let end = stroke.len() - 1;
        let mut keys: Stroke = stroke
            .iter()
            .enumerate()
            .map(|(i, key)| {
                let reach = distance(key.at, stroke[if i == 0 { 1 } else { i - 1 }].at);
                let (way, own) = (mix(first, last, i as f32 / end as f32), around(self.looseness * reach));
                Key { at: Point { x: key.at.x + way.x + own.x, y: key.at.y + way.y + own.y }, ..*key }
            })
            .collect();
        keys[0].at = mix(keys[0].at, keys[1].at, between(rng, -0.06, 0.06));
        keys[end].at = mix(keys[end].at, keys[end - 1].at, between(rng, -0.08, 0.06));
        keys
    }

    /// Displaces a line smoothly, another way every 7 points, and keeps it on the paper.
    fn tremble(&self, line: &[Point], rng: &mut ChaCha8Rng) -> Vec<Point> {
        const EVERY: usize = 7;
        let mut around = || between(rng, -self.tremble, self.tremble);
        let ways: Vec<Point> =
            (0..line.len() / EVERY + 2).map(|_| Point { x: around(), y: around() }).collect();
        let on_paper = |v: f32| v.clamp(2.0, SIDE - 2.0);
        let tremble = |(index, p): (usize, &Point)| {
            let t = (index % EVERY) as f32 / EVERY as f32;
            let way = mix(ways[index / EVERY], ways[index / EVERY + 1], t * t * (3.0 - 2.0 * t));
            Point { x: on_paper(p.x + way.x), y: on_paper(p.y + way.y) }
        };
        line.iter().enumerate().map(tremble).collect()
    }
}

/// The line through a stroke's places, with points `spacing` apart; the last two may be closer.
fn trace(stroke: &[Key], spacing: f32) -> Vec<Point> {
    /// Straight pieces that a curve between two places is made of.
    const PIECES: usize = 12;
    let mut fine = vec![stroke[0].at];
    for (i, pair) in stroke.windows(2).enumerate() {
        let (a, b) = (pair[0].at, pair[1].at);
        let mirrored = |p: Point, q: Point| Point { x: 2.0 * p.x - q.x, y: 2.0 * p.y - q.y };
        let before = if i == 0 || pair[0].corner { mirrored(a, b) } else { stroke[i - 1].at };
        let after = if i + 2 == stroke.len() || pair[1].corner { mirrored(b, a) } else { stroke[i + 2].at };
        fine.extend((1..=PIECES).map(|k| catmull_rom([before, a, b, after], k as f32 / PIECES as f32)));
    }

    let mut line = vec![fine[0]];
    let mut left = spacing;
    for pair in fine.windows(2) {
        let length = distance(pair[0], pair[1]);
        let mut at = left;
        while at <= length {
            line.push(mix(pair[0], pair[1], at / length));
            at += spacing;
        }
        left = at - length;
    }
    line.push(fine[fine.len() - 1]);
    line
}

/// The centripetal Catmull-Rom spline between the middle two of four places, `t` from 0 to 1 (Barry & Goldman
/// 1988).
fn catmull_rom(places: [Point; 4], t: f32) -> Point {
    let mut knots = [0.0; 4];
    for i in 1..4 {
        knots[i] = knots[i - 1] + distance(places[i - 1], places[i]).sqrt().max(1e-3);
    }
    let at = knots[1] + t * (knots[2] - knots[1]);
    let part = |i: usize, j: usize| (at - knots[i]) / (knots[j] - knots[i]);
    let [p, q, r, s] = places;
    let (pq, qr, rs) = (mix(p, q, part(0, 1)), mix(q, r, part(1, 2)), mix(r, s, part(2, 3)));
    mix(mix(pq, qr, part(0, 2)), mix(qr, rs, part(1, 3)), part(1, 2))
}

/// Points along a character, its box centred on 0 and its longer side 1.
fn outline(skeleton: &[Stroke]) -> Vec<Point> {
    let lines = Strokes(skeleton.iter().map(|stroke| trace(stroke, 0.05)).collect());
    let (lo, hi) = lines.bounds().expect("a skeleton has strokes");
    let (centre, longest) = (mix(lo, hi, 0.5), (hi.x - lo.x).max(hi.y - lo.y));
    lines.points().map(|p| Point { x: (p.x - centre.x) / longest, y: (p.y - centre.y) / longest }).collect()
}

/// The modified Hausdorff distance of Dubuisson and Jain (1994): the greater of the two mean distances from
/// the points of one to the nearest of the other.
fn difference(a: &[Point], b: &[Point]) -> f32 {
    let mean_nearest = |from: &[Point], to: &[Point]| {
        let nearest = |p: Point| to.iter().map(|&q| distance(p, q)).fold(f32::MAX, f32::min);
        from.iter().map(|&p| nearest(p)).sum::<f32>() / from.len() as f32
    };
    mean_nearest(a, b).max(mean_nearest(b, a))
}

fn distance(a: Point, b: Point) -> f32 {
    let (x, y) = (b.x - a.x, b.y - a.y);
    (x * x + y * y).sqrt()
}

fn mix(a: Point, b: Point, t: f32) -> Point {
    Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) }
}

/// A generator of its own for each use of a seed.
fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    rng
}

/// Evenly from `lo` to below `hi`.
fn between(rng: &mut ChaCha8Rng, lo: f32, hi: f32) -> f32 {
    lo + (hi - lo) * (rng.next_u32() >> 8) as f32 / (1 << 24) as f32
}

fn chance(rng: &mut ChaCha8Rng, probability: f32) -> bool {
    between(rng, 0.0, 1.0) < probability
}

fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    from[rng.next_u32() as usize % from.len()]
}
