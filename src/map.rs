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
    /// Share, 0…1, of the support's variance that the plane shows.
    pub explained: f32,
}

/// A drawing taught, and where it lies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Landmark {
    pub label: String,
    #[serde(flatten)]
    pub at: Position,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Position {
    pub x: f32,
    pub y: f32,
}

/// Turns of power iteration; it stops sooner where nothing moves any more.
const TURNS: usize = 500;

impl FeatureMap {
    /// Projects the labels and feature vectors of the support, and a query's vector; none without a support.
    pub fn of<const WIDTH: usize>(
        support: &[(&str, &[f32; WIDTH])],
        query: Option<&[f32; WIDTH]>,
    ) -> Option<Self> {
        let count = support.len();
        if count == 0 {
            return None;
        }
        let mean: [f32; WIDTH] =
            std::array::from_fn(|j| support.iter().map(|(_, row)| row[j]).sum::<f32>() / count as f32);
        let centred = |row: &[f32; WIDTH]| row.iter().zip(&mean).map(|(v, m)| v - m).collect::<Vec<f32>>();
        let rows: Vec<Vec<f32>> = support.iter().map(|(_, row)| centred(row)).collect();

        // The components of few long vectors, by their small matrix of products.
        let mut products: Vec<Vec<f64>> =
            rows.iter().map(|a| rows.iter().map(|b| f64::from(dot(a, b))).collect()).collect();
        let variance: f64 = (0..count).map(|i| products[i][i]).sum();
        let axes: [Axis; 2] = std::array::from_fn(|_| Axis::take(&mut products));

        let at = |of: &dyn Fn(&Axis) -> f64| Position { x: of(&axes[0]) as f32, y: of(&axes[1]) as f32 };
        let landmark = |(i, (label, _)): (usize, &(&str, _))| Landmark {
            label: label.to_string(),
            at: at(&|axis| axis.shares[i] * axis.length),
        };
        let query = query.map(|query| {
            let query = centred(query);
            let along: Vec<f64> = rows.iter().map(|row| f64::from(dot(row, &query))).collect();
            at(&|axis| axis.project(&along))
        });
        let shown: f64 = axes.iter().map(|axis| axis.length.powi(2)).sum();
        let explained = if variance > 0.0 { (shown / variance).min(1.0) as f32 } else { 1.0 };
        Some(Self { support: support.iter().enumerate().map(landmark).collect(), query, explained })
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

    /// Where a vector lies along the axis, by its products with the support's vectors.
    fn project(&self, products: &[f64]) -> f64 {
        if self.length < 1e-9 {
            return 0.0;
        }
        products.iter().zip(&self.shares).map(|(a, b)| a * b).sum::<f64>() / self.length
    }
}

fn unit(vector: Vec<f64>) -> Vec<f64> {
    let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    if length < 1e-12 { vec![0.0; vector.len()] } else { vector.into_iter().map(|v| v / length).collect() }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
