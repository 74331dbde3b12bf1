//! Are drawings recognised, the same on every engine, and are faults told apart?

use std::{fs, path::Path};

use glimpse::{
    dataset::InventedAlphabet,
    drawing::Drawing,
    engine::{Engine, EngineError},
    model::{Weights, WeightsError},
    recogniser::{RecogniseError, Recogniser, SELF_TEST_TOLERANCE},
};
use pollster::block_on;

fn shipped_bytes() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/siamese.safetensors")).unwrap()
}

fn shipped() -> Weights {
    Weights::from_bytes(&shipped_bytes()).unwrap()
}

fn open(engine: Engine) -> Recogniser {
    block_on(Recogniser::open(engine, &shipped())).unwrap()
}

fn invented(drawer: u32) -> Vec<Drawing> {
    let alphabet = InventedAlphabet::new(11, 12);
    (0..12).map(|character| Drawing::from_strokes(&alphabet.draw(character, drawer)).unwrap()).collect()
}

#[test]
fn one_drawing_teaches_a_character_on_every_engine() {
    for &engine in Engine::BUILT {
        let mut recogniser = open(engine);
        for (character, drawing) in invented(0).iter().enumerate() {
            recogniser.learn(&character.to_string(), drawing);
        }
        let right = |(character, query): (usize, &Drawing)| {
            let ranking = block_on(recogniser.rank(query)).unwrap();
            assert_eq!(ranking.len(), 12);
            assert!(ranking.is_sorted_by(|a, b| a.score >= b.score));
            assert!(ranking.iter().all(|r| (0.0..=1.0).contains(&r.score)));
            ranking[0].label == character.to_string()
        };
        let count = invented(1).iter().enumerate().filter(|&query| right(query)).count();
        assert!(count >= 11, "{engine}: {count} of 12");
    }
}

#[test]
fn every_engine_embeds_a_drawing_alike() {
    let drawings = invented(2);
    let reference = block_on(open(Engine::Flex).embed(&drawings)).unwrap();
    for &engine in Engine::BUILT {
        let recogniser = open(engine);
        assert!(recogniser.self_test_error() <= SELF_TEST_TOLERANCE);
        let own = block_on(recogniser.embed(&drawings)).unwrap();
        let furthest = own.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(own.len() == reference.len() && furthest <= 1e-3, "{engine}: off by {furthest}");
    }
}

#[test]
fn more_drawings_of_a_label_count_as_one_and_forgetting_removes_them_all() {
    let mut recogniser = open(Engine::Flex);
    let (first, second) = (invented(0), invented(1));
    recogniser.learn("a", &first[0]);
    recogniser.learn("b", &first[1]);
    recogniser.learn("a", &second[0]);
    assert_eq!(recogniser.labels(), ["a", "b"]);
    assert_eq!(block_on(recogniser.rank(&second[0])).unwrap()[0].label, "a");
    recogniser.forget("a");
    assert_eq!(recogniser.labels(), ["b"]);
    assert_eq!(block_on(recogniser.rank(&first[0])), Err(RecogniseError::OneClass("b".into())));
    recogniser.forget("b");
    assert_eq!(block_on(recogniser.rank(&first[0])), Err(RecogniseError::NoSupport));
}

#[test]
fn weights_survive_writing_and_reading() {
    assert_eq!(Weights::from_bytes(&shipped().to_bytes()).unwrap(), shipped());
}

#[test]
fn damaged_weights_are_refused() {
    let whole = shipped_bytes();
    for (what, bytes) in
        [("empty", &whole[..0]), ("cut short", &whole[..whole.len() / 2]), ("no weights", b"hello")]
    {
        assert!(matches!(Weights::from_bytes(bytes), Err(WeightsError::Damaged(_))), "{what}");
    }
    let mut not_numbers = whole;
    let end = not_numbers.len();
    not_numbers[end - 2..].copy_from_slice(&[0x00, 0x7e]);
    assert!(matches!(Weights::from_bytes(&not_numbers), Err(WeightsError::Mismatch(_))));
}

#[test]
fn weights_of_another_model_are_refused() {
    let mut wrong_shape = shipped();
    wrong_shape.insert("head.bias", vec![0.0; 2]);
    for weights in [Weights::default(), wrong_shape] {
        let opened = block_on(Recogniser::open(Engine::Flex, &weights)).map(|_| ());
        assert!(matches!(opened, Err(RecogniseError::Weights(WeightsError::Mismatch(_)))), "{opened:?}");
    }
}

#[test]
fn an_engine_that_computes_something_else_fails_its_self_test() {
    let mut disturbed = shipped();
    let mut features = disturbed.get("self_test.features").unwrap().to_vec();
    features[17] += 0.01;
    disturbed.insert("self_test.features", features);
    let opened = block_on(Recogniser::open(Engine::Flex, &disturbed)).map(|_| ());
    let Err(RecogniseError::Engine(EngineError::SelfTest { engine, error })) = opened else {
        panic!("{opened:?}")
    };
    assert!(engine == Engine::Flex && (error - 0.01).abs() < 1e-3, "off by {error}");
}
