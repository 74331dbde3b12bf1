//! Features in two dimensions, to look at: a projection onto the principal components of the support.

use serde::Serialize;

/// Where drawings lie, in units of feature distance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureMap {
    /// Each drawing taught.
    pub support: Vec<Landmark>,
    /// The query, projected onto the same plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<Position>,
    /// Share, 0…1, of the variance that the plane shows, among the drawings that laid it.
    pub explained: f32,
}

/// A drawing taught, and where it lies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Landmark {
    /// Its label.
    pub label: String,
    #[serde(flatten)]
    /// Its place.
    pub at: Position,
}

/// A place on the map, in units of feature distance from the mean of the support.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Position {
    /// Along the first principal component.
    pub x: f32,
    /// Along the second.
    pub y: f32,
}

/// Turns of power iteration; it stops sooner where nothing moves any more.
const TURNS: usize = 500;

/// Drawings that lay the map, at most: an even sample of the support where there are more.
const LAYING: usize = 512;

impl FeatureMap {
    /// Projects the feature vectors of the support, one for each label, and a query's; none without a support.
    pub fn of<const WIDTH: usize>(
        labels: &[&str],
        support: impl Fn(usize) -> [f32; WIDTH],
        query: Option<&[f32; WIDTH]>,
    ) -> Option<Self> {
        let count = labels.len();
        if count == 0 {
            return None;
        }
        let mut mean = [0.0; WIDTH];
        for row in 0..count {
            mean.iter_mut().zip(support(row)).for_each(|(mean, value)| *mean += value / count as f32);
        }
        let centred = |row: &[f32; WIDTH]| row.iter().zip(&mean).map(|(v, m)| v - m).collect::<Vec<f32>>();
        let laying = count.min(LAYING);
        let rows: Vec<Vec<f32>> = (0..laying).map(|i| centred(&support(i * count / laying))).collect();

        // The components of few long vectors, by their small matrix of products.
        let mut products: Vec<Vec<f64>> =
            rows.iter().map(|a| rows.iter().map(|b| f64::from(dot(a, b))).collect()).collect();
        let variance: f64 = (0..laying).map(|i| products[i][i]).sum();
        let axes: [Axis; 2] = std::array::from_fn(|_| Axis::take(&mut products));
        let directions = axes.each_ref().map(|axis| axis.direction(&rows));

        let at = |row: &[f32; WIDTH]| {
            let row = centred(row);
            let [x, y] = directions.each_ref().map(|direction| dot(direction, &row));
            Position { x, y }
        };
        let landmark =
            |(row, label): (usize, &&str)| Landmark { label: label.to_string(), at: at(&support(row)) };
        let landmarks = labels.iter().enumerate().map(landmark);
        let shown: f64 = axes.iter().map(|axis| axis.length.powi(2)).sum();
        let explained = if variance > 0.0 { (shown / variance).min(1.0) as f32 } else { 1.0 };
        Some(Self { support: landmarks.collect(), query: query.map(at), explained })
    }
}

/// A principal component, as a mix of the support's vectors.
struct Axis {
    /// Each vector's place along the axis, of unit length together.
    shares: Vec<f64>,
    /// Length of the vectors along the axis, together.
    length: f64,
}

impl Axis {
    /// The strongest component of a matrix of products, which is then taken out of it.
    fn take(products: &mut [Vec<f64>]) -> Self {
        let count = products.len();
        // Starts with the longest vector, so that the same support gives the same axis.
        let longest =
            (0..count).fold(0, |best, i| if products[i][i] > products[best][best] { i } else { best });
        let mut shares = unit(products[longest].clone());
        let mut strength = 0.0;
        for _ in 0..TURNS {
            let next: Vec<f64> =
                products.iter().map(|row| row.iter().zip(&shares).map(|(a, b)| a * b).sum()).collect();
            strength = next.iter().map(|v| v * v).sum::<f64>().sqrt();
            let next = unit(next);
            let moved: f64 = next.iter().zip(&shares).map(|(a, b)| (a - b).abs()).sum();
            shares = next;
            if moved < 1e-9 {
                break;
            }
        }
        for (row, a) in products.iter_mut().zip(&shares) {
            row.iter_mut().zip(&shares).for_each(|(value, b)| *value -= strength * a * b);
        }
        Self { shares, length: strength.max(0.0).sqrt() }
    }

    /// The axis itself, of unit length, by the vectors that it is a mix of; zero where they do not differ.
    fn direction(&self, rows: &[Vec<f32>]) -> Vec<f32> {
        let mut direction = vec![0.0; rows[0].len()];
        if self.length > 1e-9 {
            for (row, share) in rows.iter().zip(&self.shares) {
                let weight = (share / self.length) as f32;
                direction.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        direction
    }
}

fn unit(vector: Vec<f64>) -> Vec<f64> {
    let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    if length < 1e-12 { vec![0.0; vector.len()] } else { vector.into_iter().map(|v| v / length).collect() }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
