//! Do heads and objectives compute the formulas of their papers?

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use glimpse::{
    learn::{contrast_loss, pair_loss, relation_loss, triplet_loss},
    model::{FEATURES, Head, Network, System},
};

/// Two characters: `[same, different]` and `[different, same]`.
const SQUARE: [[f32; 2]; 2] = [[2.0, -1.0], [0.5, 1.0]];

fn square(values: [[f32; 2]; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::from(values), &Device::flex())
}

fn scalar(tensor: Tensor<1>) -> f64 {
    f64::from(tensor.into_scalar::<f32>())
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-5 * a.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn the_contrast_is_the_cross_entropy_of_naming_the_own_column_and_the_own_row() {
    let rows = -sigmoid(2.0 + 1.0).ln() - sigmoid(1.0 - 0.5).ln();
    let columns = -sigmoid(2.0 - 0.5).ln() - sigmoid(1.0 + 1.0).ln();
    close(scalar(contrast_loss(square(SQUARE))), (rows + columns) / 4.0);
}

#[test]
fn kochs_objective_is_the_cross_entropy_of_same_and_different_pairs() {
    let same = -sigmoid(2.0).ln() - sigmoid(1.0).ln();
    let different = -sigmoid(1.0).ln() - sigmoid(-0.5).ln();
    // With two characters each has one pair of either kind, so any balance weighs them alike.
    close(scalar(pair_loss(square(SQUARE), 1.0)), (same + different) / 2.0);
    close(scalar(pair_loss(square(SQUARE), 0.0)), (same + different) / 2.0);
}

#[test]
fn hoffers_objective_is_the_square_error_of_the_soft_max_over_two_distances() {
    let distances = [[1.0, 3.0], [0.5, 2.0]];
    // Anchor 0: d⁺ = 1, d⁻ = 3. Anchor 1: d⁺ = 2, d⁻ = 0.5. The paper's loss is d₊² with d₊ = e^d⁺ / (e^d⁺ + e^d⁻).
    let softmax = |near: f64, far: f64| near.exp() / (near.exp() + far.exp());
    let expected = (softmax(1.0, 3.0).powi(2) + softmax(2.0, 0.5).powi(2)) / 2.0;
    close(scalar(triplet_loss(square(distances))), expected);
}

#[test]
fn sungs_objective_is_the_square_error_of_the_relation_scores() {
    let same = (1.0 - sigmoid(2.0)).powi(2) + (1.0 - sigmoid(1.0)).powi(2);
    let different = sigmoid(-1.0).powi(2) + sigmoid(0.5).powi(2);
    close(scalar(relation_loss(square(SQUARE), 1.0)), (same + different) / 2.0);
}

fn features(drawings: usize) -> Tensor<2> {
    let raw = Tensor::<2>::random([drawings, FEATURES], Distribution::Normal(0.0, 1.0), &Device::flex());
    raw.clone() / raw.square().sum_dim(1).sqrt()
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn the_triplet_head_gives_euclidean_distances() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let (queries, support) = (features(2), features(3));
    let head = Network::new(System::Triplet, &Device::flex()).head;
    let similarity = values(head.similarity(queries.clone(), support.clone()));
    let (queries, support) = (values(queries), values(support));
    for (pair, similarity) in similarity.iter().enumerate() {
        let (q, s) = (&queries[pair / 3 * FEATURES..], &support[pair % 3 * FEATURES..]);
        let squares = q.iter().zip(s).take(FEATURES).map(|(a, b)| (a - b).powi(2));
        close(f64::from(*similarity), -10.0 * f64::from(squares.sum::<f32>().sqrt()));
    }
}

#[test]
fn every_head_compares_a_pair_alike_whatever_is_compared_beside_it() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let (queries, support) = (features(3), features(4));
    for system in System::ALL {
        let head: Head = Network::new(system, &Device::flex()).head;
        let all = values(head.similarity(queries.clone(), support.clone()));
        for (pair, similarity) in all.iter().enumerate() {
            let query = queries.clone().narrow(0, pair / 4, 1);
            let alone = values(head.similarity(query, support.clone().narrow(0, pair % 4, 1)));
            assert!((alone[0] - similarity).abs() < 1e-4, "{system}: {} is not {similarity}", alone[0]);
        }
    }
}

#[test]
fn an_untrained_relation_module_scores_by_differences_only() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    // Its first layer weighs the support as much as the query, with the other sign.
    let (a, b) = (features(1), features(1));
    let head = Network::new(System::Relation, &Device::flex()).head;
    let same = |x: &Tensor<2>| values(head.similarity(x.clone(), x.clone()))[0];
    assert!((same(&a) - same(&b)).abs() < 1e-5);
    assert_ne!(values(head.similarity(a.clone(), b))[0], same(&a));
}
