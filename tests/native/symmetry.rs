//! Are networks the same in every pose, and does a file hold one of eight?

use burn::{module::Module, tensor::Device};
use glimpse::{
    dataset::InventedAlphabet,
    drawing::{Drawing, Pose, Strokes},
    engine::Engine,
    model::{Network, POSES, System, Weights, WeightsError},
    recogniser::Recogniser,
};
use pollster::block_on;

fn drawn() -> Vec<Strokes> {
    let alphabet = InventedAlphabet::new(7, 6);
    (0..6).map(|character| alphabet.draw(character, 0)).collect()
}

fn random(system: System) -> Weights {
    block_on(Weights::of_module(&Network::new(system, &Device::flex()).materialize())).unwrap()
}

/// Greatest difference in the similarity of two drawings between poses that both are held in.
fn unlike_in_poses(system: System, weights: &Weights) -> f32 {
    let mut weights = weights.clone();
    block_on(Recogniser::seal(system, Engine::Flex, 0.0, &mut weights)).unwrap();
    let recogniser = block_on(Recogniser::open(system, Engine::Flex, &weights)).unwrap();
    let in_pose = |pose: Pose| {
        let held: Vec<Drawing> =
            drawn().iter().map(|strokes| Drawing::from_strokes(&pose.of(strokes)).unwrap()).collect();
        let features = block_on(recogniser.encode(&held)).unwrap();
        recogniser.compare(&features, &features).concat()
    };
    let upright = in_pose(Pose::ALL[0]);
    let furthest =
        |other: &Vec<f32>| other.iter().zip(&upright).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    Pose::ALL[1..].iter().map(|&pose| furthest(&in_pose(pose))).fold(0.0, f32::max)
}

#[test]
fn drawings_are_as_alike_in_whatever_pose_both_are_held() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    for system in System::ALL {
        for weights in [&system.weights(), &random(system).tied(), &random(system).tied_by_first_pose()] {
            let off = unlike_in_poses(system, weights);
            assert!(off < 1e-2, "{system}: a similarity differs by {off}");
        }
        assert!(unlike_in_poses(system, &random(system)) > 1e-2, "{system}: weights that are not tied");
    }
}

#[test]
fn of_tied_weights_a_file_holds_one_pose() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    for system in System::ALL {
        let whole = random(system);
        let tied = whole.clone().tied_by_first_pose();
        let bytes = tied.to_exact_bytes();
        assert_eq!(Weights::from_bytes(&bytes).unwrap(), tied, "{system}");
        let [free, whole] = [bytes.len(), whole.to_exact_bytes().len()];
        assert!(free < whole / (POSES - 1), "{system}: {free} of {whole} bytes");
    }
}

#[test]
fn a_free_part_of_what_is_not_tied_is_refused() {
    for name in ["head.Triplet.scale.free", "encoder.blocks.0.convolution.weight.free", ".free"] {
        let mut weights = Weights::default();
        weights.insert(name, vec![1.0; 8]);
        let read = Weights::from_bytes(&weights.to_exact_bytes());
        assert!(matches!(read, Err(WeightsError::Mismatch(_))), "{name}: {read:?}");
    }
}
