//! Is the form that only recognises the network that was trained?

use std::{fs, path::Path};

use burn::{
    module::Module,
    tensor::{Tensor, TensorData},
};
use glimpse::{
    dataset::InventedAlphabet,
    drawing::Drawing,
    engine::Engine,
    inference::{Encoder, Head},
    model::{FEATURES, Network, System, Weights, batch},
};
use pollster::block_on;

fn weights(system: System) -> Weights {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("weights/{system}.safetensors"));
    Weights::from_bytes(&fs::read(path).unwrap()).unwrap()
}

fn drawings(count: usize) -> Vec<Drawing> {
    let alphabet = InventedAlphabet::new(5, count);
    (0..count).map(|character| Drawing::from_strokes(&alphabet.draw(character, 0)).unwrap()).collect()
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn encoder_and_heads_compute_what_burns_modules_do() {
    let device = block_on(Engine::Flex.open()).unwrap();
    for system in System::ALL {
        let weights = weights(system);
        let network = weights.into_module(Network::new(system, &device)).unwrap();
        // More than go through a block together, and not a multiple of it.
        let drawings = drawings(11);
        let features = network.encoder.forward(batch(&drawings, &device));
        let theirs = features.clone().into_data().try_to_vec::<f32>().unwrap();
        let ours = Encoder::new(&weights).unwrap().encode(&drawings);
        let off = furthest(&ours, &theirs);
        assert!(off <= 1e-5, "{system}: an embedding is off by {off}");
        let maps = network.encoder.begin(batch(&drawings, &device)).permute([0, 2, 3, 1]);
        let maps = maps.into_data().try_to_vec::<f32>().unwrap();
        let off = furthest(&Encoder::new(&weights).unwrap().begin(&drawings), &maps);
        assert!(off <= 1e-3, "{system}: a map before the last block is off by {off}");

        let similarity = network.head.similarity(features.clone().narrow(0, 0, 3), features);
        let similarity = similarity.into_data().try_to_vec::<f32>().unwrap();
        let head = Head::new(system, &weights).unwrap();
        let queries = &theirs[..3 * FEATURES];
        let off = furthest(&head.similarity(queries, &theirs), &similarity);
        assert!(off <= 1e-3, "{system}: a similarity is off by {off}");
        let shown = head.shown(&theirs);
        let rough: Vec<f32> =
            queries.chunks(FEATURES).flat_map(|query| head.look_through(query, &shown)).collect();
        let off = furthest(&rough, &similarity);
        assert!(off <= 0.1, "{system}: a similarity at first look is off by {off}");
    }
}

#[test]
fn weights_that_are_not_tied_over_poses_are_computed_with_too() {
    let device = block_on(Engine::Flex.open()).unwrap();
    let network = Network::new(System::Triplet, &device).materialize();
    let weights = block_on(Weights::of_module(&network)).unwrap();
    let drawings = drawings(3);
    let theirs = network.encoder.forward(batch(&drawings, &device)).into_data();
    let ours = Encoder::new(&weights).unwrap().encode(&drawings);
    let off = furthest(&ours, &theirs.try_to_vec::<f32>().unwrap());
    assert!(off <= 1e-5, "an embedding is off by {off}");
}

#[test]
fn a_drawing_is_embedded_alike_alone_and_among_others() {
    let encoder = Encoder::new(&weights(System::Siamese)).unwrap();
    let drawings = drawings(9);
    let together = encoder.encode(&drawings);
    for (drawing, features) in drawings.iter().zip(together.chunks_exact(FEATURES)) {
        assert_eq!(encoder.encode(std::slice::from_ref(drawing)), features);
    }
}

#[test]
fn an_empty_picture_is_no_special_case() {
    let blank = Drawing::from_pixels(&[0.0; 32 * 32]).unwrap();
    let device = block_on(Engine::Flex.open()).unwrap();
    let weights = weights(System::Siamese);
    let network = weights.into_module(Network::new(System::Siamese, &device)).unwrap();
    let theirs: Tensor<2> = network.encoder.forward(batch(&blank, &device));
    let theirs: TensorData = theirs.into_data();
    let off = furthest(&Encoder::new(&weights).unwrap().encode(&blank), &theirs.try_to_vec::<f32>().unwrap());
    assert!(off <= 1e-5, "off by {off}");
}
