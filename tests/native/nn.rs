//! Do our own kernels compute the network that was trained?

use std::{fs, path::Path};

use burn::{
    module::Module,
    tensor::{Tensor, TensorData},
};
use glimpse::{
    dataset::{Character, InventedAlphabet, Part, Source},
    drawing::Drawing,
    engine::Engine,
    model::{FEATURES, Network, POSES, System, Weights, WeightsError, batch},
    nn::{Encoder, Head},
};
use pollster::block_on;
use rand::{
    Rng, SeedableRng,
    seq::{IndexedRandom, index::sample},
};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

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
        // Ours lie pose by pose, channels of a pixel side by side.
        let maps = network.encoder.begin(batch(&drawings, &device));
        let [count, channels, side, _] = maps.dims();
        let maps = maps.reshape([count, channels / POSES, POSES, side * side]).permute([0, 3, 2, 1]);
        let maps = maps.into_data().try_to_vec::<f32>().unwrap();
        let off = furthest(&Encoder::new(&weights).unwrap().begin(&drawings).concat(), &maps);
        assert!(off <= 1e-3, "{system}: a map before the last block is off by {off}");

        let similarity = network.head.similarity(features.clone().narrow(0, 0, 3), features);
        let similarity = similarity.into_data().try_to_vec::<f32>().unwrap();
        let head = Head::new(system, &weights).unwrap();
        let queries = &theirs[..3 * FEATURES];
        let off = furthest(&head.similarity(queries, &theirs), &similarity);
        assert!(off <= 1e-3, "{system}: a similarity is off by {off}");
        let index = head.index(&theirs);
        let all: Vec<usize> = (0..index.len()).collect();
        let found = queries.as_chunks().0.iter().flat_map(|query| head.search(query, &index, &all));
        let off = furthest(&found.collect::<Vec<f32>>(), &similarity);
        assert!(off <= 5e-3, "{system}: a similarity found by search is off by {off}");
    }
}

#[test]
fn weights_that_are_not_tied_over_poses_are_refused() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let device = block_on(Engine::Flex.open()).unwrap();
    let network = Network::new(System::Triplet, &device).materialize();
    let weights = block_on(Weights::of_module(&network)).unwrap();
    assert!(matches!(Encoder::new(&weights), Err(WeightsError::Mismatch(_))));
    assert!(Encoder::new(&weights.tied()).is_ok());
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

/// Random 20-way 1-shot tasks of background characters: whom does a query resemble most, by features as they are, and as an index keeps them?
#[test]
fn features_in_sixteen_bits_decide_like_those_in_thirty_two() {
    const WAY: usize = 20;
    let background = Source::new().omniglot(Part::Background).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let characters: Vec<&Character> = background.alphabets.iter().flat_map(|a| &a.characters).collect();
    let characters: Vec<&Character> = characters.choose_multiple(&mut rng, 200).copied().collect();
    let drawings: Vec<Drawing> = characters
        .par_iter()
        .flat_map(|character| &character.drawings)
        .map(|bitmap| Drawing::from_strokes(&bitmap.picture().strokes()).unwrap())
        .collect();
    for (system, tasks) in [(System::Siamese, 1000), (System::Triplet, 1000), (System::Relation, 50)] {
        let weights = weights(system);
        let head = Head::new(system, &weights).unwrap();
        let features = Encoder::new(&weights).unwrap().encode(&drawings);
        let (features, _) = features.as_chunks::<FEATURES>();
        let index = head.index(features.as_flattened());
        let mut others = 0;
        for _ in 0..tasks {
            let way = sample(&mut rng, characters.len(), WAY).into_vec();
            let drawn = |rng: &mut ChaCha8Rng| -> Vec<usize> {
                way.iter().map(|character| character * 20 + rng.random_range(0..20)).collect()
            };
            let (support, queries) = (drawn(&mut rng), drawn(&mut rng));
            let of = |rows: &[usize]| rows.iter().flat_map(|&row| features[row]).collect::<Vec<f32>>();
            let kept: Vec<f32> = support.iter().flat_map(|&row| index.features(row)).collect();
            let exact = head.similarity(&of(&queries), &of(&support));
            let found = head.similarity(&of(&queries), &kept);
            let best = |row: &[f32]| (0..WAY).max_by(|&a, &b| row[a].total_cmp(&row[b]));
            let rows = exact.chunks(WAY).zip(found.chunks(WAY));
            others += rows.filter(|(exact, found)| best(exact) != best(found)).count();
        }
        println!("{system}: {others} of {} trials are decided otherwise", tasks * WAY);
        assert!(
            others * 1000 <= tasks * WAY,
            "{system}: {others} of {} trials are decided otherwise",
            tasks * WAY
        );
    }
}
