//! Are drawings recognised, the same on every engine, and are faults told apart?

use std::{fs, path::Path};

use glimpse::{
    blocking,
    dataset::{Character, InventedAlphabet, Part, Source},
    drawing::{Drawing, Strokes},
    engine::{Engine, EngineError},
    model::{System, Weights, WeightsError},
    recogniser::{Order, Ranked, RecogniseError, Recogniser, SELF_TEST_TOLERANCE},
};
use pollster::block_on;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

fn shipped_bytes(system: System) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("weights/{system}.safetensors"))).unwrap()
}

fn open(system: System, engine: Engine) -> Recogniser {
    block_on(Recogniser::open(system, engine, &system.weights())).unwrap()
}

/// Every system on every engine.
fn each() -> impl Iterator<Item = (System, Engine)> {
    System::ALL.into_iter().flat_map(|system| Engine::BUILT.iter().map(move |&engine| (system, engine)))
}

fn drawn(drawer: u32) -> Vec<Strokes> {
    let alphabet = InventedAlphabet::new(11, 12);
    (0..12).map(|character| alphabet.draw(character, drawer)).collect()
}

fn invented(drawer: u32) -> Vec<Drawing> {
    drawn(drawer).iter().map(|strokes| Drawing::from_strokes(strokes).unwrap()).collect()
}

#[test]
fn one_drawing_teaches_a_character_to_every_system_on_every_engine() {
    for (system, engine) in each() {
        let mut recogniser = open(system, engine);
        for (character, strokes) in drawn(0).iter().enumerate() {
            block_on(recogniser.learn(&character.to_string(), strokes)).unwrap();
        }
        let right = |(character, query): (usize, &Strokes)| {
            let ranking = block_on(recogniser.rank(query)).unwrap();
            assert_eq!(ranking.len(), 12);
            assert!(ranking.is_sorted_by(|a, b| a.score >= b.score));
            assert!(ranking.iter().all(|r| (0.0..=1.0).contains(&r.score)));
            ranking[0].label == character.to_string()
        };
        let count = drawn(1).iter().enumerate().filter(|&query| right(query)).count();
        assert!(count >= 11, "{system} on {engine}: {count} of 12");
    }
}

#[test]
fn among_many_the_best_are_ranked_as_if_each_were_compared_exactly() {
    let alphabet = InventedAlphabet::new(3, 150);
    let draw = |character, drawer| alphabet.draw(character, drawer);
    let drawing = |character, drawer| Drawing::from_strokes(&draw(character, drawer)).unwrap();
    for system in System::ALL {
        let mut recogniser = open(system, Engine::Simd);
        for character in 0..150 {
            block_on(recogniser.learn(&character.to_string(), &draw(character, 0))).unwrap();
        }
        let support: Vec<Strokes> = (0..150).map(|character| draw(character, 0)).collect();
        let support: Vec<_> = support.iter().map(|strokes| (strokes, Order::Written)).collect();
        let support = block_on(recogniser.encode_support(&support)).unwrap();
        for character in 0..20 {
            let ranking = block_on(recogniser.rank(&draw(character, 1))).unwrap();
            assert!(ranking.is_sorted_by(|a, b| a.similarity >= b.similarity), "{system}: {character}");
            let query = block_on(recogniser.encode(&[drawing(character, 1)])).unwrap();
            let exact = &recogniser.compare(&query, &support)[0];
            let mut order: Vec<usize> = (0..150).collect();
            order.sort_by(|&a, &b| exact[b].total_cmp(&exact[a]));
            for (ranked, &label) in ranking.iter().zip(&order).take(10) {
                assert_eq!(ranked.label, label.to_string(), "{system}: {character}");
                let off = (ranked.similarity - exact[label]).abs();
                assert!(off <= 5e-4, "{system}: {character}: the similarity of {label} is off by {off}");
            }
            let off = ranking[..64]
                .iter()
                .map(|ranked| (ranked.similarity - exact[ranked.label.parse::<usize>().unwrap()]).abs())
                .fold(0.0, f32::max);
            assert!(off <= 5e-3, "{system}: {character}: a similarity is off by {off}");
        }
    }
}

/// Each drawing of background characters as a label of its own: those of one character are as alike as labels can be.
#[test]
fn a_search_through_thousands_finds_whom_each_comparison_would_find() {
    const SHOWN: usize = 6;
    /// Of these none may be missing among twice as many.
    const BEST: usize = 10;
    let background = Source::new().omniglot(Part::Background).unwrap();
    let drawn = |drawer: usize| -> Vec<Strokes> {
        let characters: Vec<&Character> = background.characters().collect();
        characters.par_iter().map(|character| character.drawings[drawer].picture().strokes()).collect()
    };
    let support: Vec<Strokes> = (0..SHOWN).flat_map(drawn).collect();
    let queries: Vec<Strokes> = drawn(SHOWN).into_iter().step_by(10).collect();
    let drawings = |strokes: &[Strokes]| -> Vec<Drawing> {
        strokes.iter().map(|strokes| Drawing::from_strokes(strokes).unwrap()).collect()
    };
    let bias = System::Siamese.weights().get("head.Siamese.bias").unwrap()[0];
    // The similarity of what does not differ at all.
    for (system, nearest) in [(System::Siamese, bias), (System::Triplet, 0.0)] {
        let mut recogniser = blocking::Recogniser::open(system, &system.weights()).unwrap();
        for (at, strokes) in support.iter().enumerate() {
            recogniser.learn_in(Order::Traced, &at.to_string(), strokes).unwrap();
        }
        let shown = recogniser.encode(&drawings(&support)).unwrap();
        let asked = recogniser.encode(&drawings(&queries)).unwrap();
        let (mut missed, mut furthest) = (0, 0.0_f32);
        for (query, exact) in queries.iter().zip(recogniser.compare(&asked, &shown)) {
            let ranking = recogniser.rank(query).unwrap();
            assert_eq!(ranking.len(), support.len());
            let mut order: Vec<usize> = (0..support.len()).collect();
            order.sort_by(|&a, &b| exact[b].total_cmp(&exact[a]));
            let less = exact[order[0]] - exact[ranking[0].place];
            assert!(less <= 5e-3, "{system}: a label is best that is less alike by {less}");
            let found: Vec<&str> = ranking[..2 * BEST].iter().map(|ranked| ranked.label).collect();
            missed += order[..BEST].iter().filter(|best| !found.contains(&&*best.to_string())).count();
            let off = |ranked: &Ranked| {
                let exact = exact[ranked.place];
                (ranked.similarity - exact).abs() / (nearest - exact).max(1.0)
            };
            furthest = ranking.iter().map(off).fold(furthest, f32::max);
        }
        let all = BEST * queries.len();
        println!(
            "{system}: {missed} of {all} missed; no distance is off by more than {furthest:.3} of itself"
        );
        assert!(
            missed * 1000 <= all,
            "{system}: {missed} of {all} that are among the best were not found so"
        );
        assert!(furthest <= 0.2, "{system}: a distance is off by {furthest} of itself");
    }
}

#[test]
fn every_engine_embeds_and_compares_alike() {
    let drawings = invented(2);
    let furthest = |a: &[f32], b: &[f32]| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    let compare = |recogniser: &Recogniser| {
        let features = block_on(recogniser.encode(&drawings)).unwrap();
        recogniser.compare(&features.select(&[3, 4]).unwrap(), &features).concat()
    };
    for (system, engine) in each() {
        let (recogniser, reference) = (open(system, engine), open(system, Engine::Flex));
        assert!(recogniser.self_test_error() <= SELF_TEST_TOLERANCE);
        let embed = |recogniser: &Recogniser| block_on(recogniser.embed(&drawings)).unwrap();
        let off = furthest(&embed(&recogniser), &embed(&reference));
        assert!(off <= 1e-3, "{system} on {engine}: an embedding is off by {off}");
        let off = furthest(&compare(&recogniser), &compare(&reference));
        assert!(off <= 2e-2, "{system} on {engine}: a similarity is off by {off}");
    }
}

#[test]
fn a_score_of_one_half_is_the_similarity_of_the_threshold() {
    for system in System::ALL {
        let threshold = system.weights().get("threshold").unwrap()[0];
        let recogniser = open(system, Engine::Flex);
        assert_eq!(recogniser.score(threshold), 0.5);
        assert!(recogniser.score(threshold + 1.0) > 0.7 && recogniser.score(threshold - 1.0) < 0.3);
    }
}

/// On alphabets that training did not see, their strokes put into an order as a hand may.
#[test]
fn what_was_written_is_known_without_lifting_the_pen_too() {
    let background = Source::new().omniglot(Part::Background).unwrap();
    let held_out = |name: &str| ["Futurama", "Hebrew", "Malay_(Jawi_-_Arabic)"].contains(&name);
    let alphabets = background.alphabets.iter().filter(|alphabet| held_out(&alphabet.name));
    let characters: Vec<&Character> = alphabets.flat_map(|alphabet| &alphabet.characters).collect();
    let by = |drawer: usize| -> Vec<Strokes> {
        let mut rng = ChaCha8Rng::seed_from_u64(drawer as u64);
        let written =
            |character: &&Character| character.drawings[drawer].picture().strokes().as_written(&mut rng);
        characters.iter().map(written).collect()
    };
    let (support, asked) = (by(0), [by(1), by(2), by(3)]);
    for system in System::ALL {
        let taught = |order| {
            let mut recogniser = open(system, Engine::Simd);
            for (character, strokes) in support.iter().enumerate() {
                block_on(recogniser.learn_in(order, &character.to_string(), strokes)).unwrap();
            }
            recogniser
        };
        let right = |recogniser: &Recogniser, of: fn(&Strokes) -> Strokes| -> usize {
            let is_right = |(character, strokes): &(usize, &Strokes)| {
                let ranking = block_on(recogniser.rank(&of(strokes))).unwrap();
                ranking[0].label == character.to_string()
            };
            asked.iter().map(|drawn| drawn.iter().enumerate().filter(is_right).count()).sum()
        };
        let [written, traced] = [Order::Written, Order::Traced].map(taught);
        let joined = |strokes: &Strokes| strokes.unistroke().unwrap_or_else(|| strokes.clone());
        let [of_written, of_traced] = [&written, &traced].map(|taught| right(taught, joined));
        let [whole, before] = [&written, &traced].map(|taught| right(taught, Strokes::clone));
        println!("{system}: joined {of_traced} to {of_written}, as they are {before} to {whole} of 264");
        assert!(of_written >= of_traced + 10, "{system}: joined {of_written}, {of_traced} of traced ones");
        assert!(whole + 6 >= before, "{system}: as they are {whole}, {before} of traced ones");
    }
    let line = Strokes::new(&[&[(0.0, 0.0), (9.0, 1.0)], &[]]);
    assert_eq!(line.unistroke(), None);
    let recogniser = open(System::Triplet, Engine::Simd);
    let encoded = |order| block_on(recogniser.encode_support(&[(&line, order)])).unwrap();
    assert_eq!(
        recogniser.compare(&encoded(Order::Written), &encoded(Order::Traced)),
        recogniser.compare(&encoded(Order::Traced), &encoded(Order::Traced)),
        "one stroke is one anyway"
    );
}

#[test]
fn a_map_shows_every_drawing_taught_and_the_query_beside_its_like() {
    for system in System::ALL {
        let mut recogniser = open(system, Engine::Flex);
        assert_eq!(block_on(recogniser.map(None)), Err(RecogniseError::NoSupport));
        for (character, strokes) in drawn(0).iter().enumerate().take(3) {
            block_on(recogniser.learn_in(Order::Traced, &character.to_string(), strokes)).unwrap();
        }
        let map = block_on(recogniser.map(Some(&drawn(0)[1]))).unwrap();
        assert_eq!(map.support.iter().map(|l| l.label.as_str()).collect::<Vec<_>>(), ["0", "1", "2"]);
        assert!((map.explained - 1.0).abs() < 1e-4, "three drawings lie in a plane: {}", map.explained);
        let (query, landmark) = (map.query.unwrap(), map.support[1].at);
        assert!((query.x - landmark.x).abs() < 1e-3 && (query.y - landmark.y).abs() < 1e-3, "{map:?}");
        // Distances in the plane are those of the features.
        let features = block_on(recogniser.embed(&invented(0)[..2])).unwrap();
        let (a, b) = features.split_at(features.len() / 2);
        let apart: f32 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let (a, b) = (map.support[0].at, map.support[1].at);
        assert!(((a.x - b.x).hypot(a.y - b.y) - apart).abs() < 1e-3);
    }
}

#[test]
fn more_drawings_of_a_label_count_as_one_and_forgetting_removes_them_all() {
    let mut recogniser = open(System::Siamese, Engine::Flex);
    let (first, second) = (drawn(0), drawn(1));
    for (label, strokes) in [("a", &first[0]), ("b", &first[1]), ("a", &second[0])] {
        block_on(recogniser.learn(label, strokes)).unwrap();
    }
    assert_eq!(recogniser.labels(), ["a", "b"]);
    assert_eq!(block_on(recogniser.rank(&second[0])).unwrap()[0].label, "a");
    recogniser.forget("a");
    assert_eq!(recogniser.labels(), ["b"]);
    assert_eq!(block_on(recogniser.rank(&first[0])), Err(RecogniseError::OneClass("b".into())));
    recogniser.forget("b");
    assert_eq!(block_on(recogniser.rank(&first[0])), Err(RecogniseError::NoSupport));
}

#[test]
fn what_is_forgotten_leaves_no_trace() {
    for system in System::ALL {
        let (mut forgetful, mut other) = (open(system, Engine::Simd), open(system, Engine::Simd));
        for (place, label) in ["a", "b", "a", "c", "d", "b"].into_iter().enumerate() {
            block_on(forgetful.learn(label, &drawn(0)[place])).unwrap();
            if label != "b" {
                block_on(other.learn(label, &drawn(0)[place])).unwrap();
            }
        }
        forgetful.forget("b");
        forgetful.forget("nothing known");
        assert_eq!(forgetful.labels(), ["a", "c", "d"]);
        for query in drawn(1) {
            assert_eq!(block_on(forgetful.rank(&query)), block_on(other.rank(&query)), "{system}");
        }
    }
}

#[test]
fn the_blocking_recogniser_answers_as_the_async_one_on_simd() {
    for system in System::ALL {
        let mut plain = blocking::Recogniser::open(system, &system.weights()).unwrap();
        let mut other = open(system, Engine::Simd);
        assert_eq!(plain.rank(&drawn(1)[0]), Err(RecogniseError::NoSupport));
        for (character, strokes) in drawn(0).iter().enumerate() {
            plain.learn(&character.to_string(), strokes).unwrap();
            block_on(other.learn(&character.to_string(), strokes)).unwrap();
        }
        plain.forget("3");
        other.forget("3");
        assert_eq!(plain.labels(), other.labels());
        assert_eq!(plain.rank(&drawn(1)[0]), block_on(other.rank(&drawn(1)[0])));
        assert_eq!(plain.map(Some(&drawn(1)[0])), block_on(other.map(Some(&drawn(1)[0]))));
        let features = plain.encode(&invented(1)).unwrap();
        assert_eq!(plain.compare(&features, &features), other.compare(&features, &features));
        assert_eq!(plain.retune(None, &mut |_, _| {}), Ok(()));
    }
}

#[test]
fn no_drawing_and_no_such_drawing_are_no_panic() {
    for (system, engine) in each() {
        let recogniser = open(system, engine);
        assert_eq!(block_on(recogniser.embed(&[])), Ok(Vec::new()), "{system} on {engine}");
    }
    let recogniser = open(System::Relation, Engine::Simd);
    let features = block_on(recogniser.encode(&invented(0)[..2])).unwrap();
    assert!(features.select(&[0, 2]).is_none());
    let none = features.select(&[]).unwrap();
    assert_eq!((features.len(), none.len()), (2, 0));
    assert_eq!(recogniser.compare(&features, &none), [[0.0; 0]; 2]);
    assert!(recogniser.compare(&none, &features).is_empty());
}

#[test]
fn a_similarity_that_is_not_finite_is_an_error_and_no_answer() {
    let mut weights = System::Triplet.weights();
    weights.insert("head.Triplet.scale", vec![f32::MAX]);
    let mut recogniser = block_on(Recogniser::open(System::Triplet, Engine::Simd, &weights)).unwrap();
    for (label, strokes) in [("a", &drawn(0)[0]), ("b", &drawn(0)[1])] {
        block_on(recogniser.learn(label, strokes)).unwrap();
    }
    let ranked = block_on(recogniser.rank(&drawn(1)[0]));
    assert_eq!(ranked, Err(RecogniseError::Engine(EngineError::NotFinite(Engine::Simd))));
}

#[test]
fn weights_that_no_network_computes_with_are_not_opened() {
    for (system, engine) in each() {
        for (name, value) in [
            ("encoder.blocks.3.norm.running_var", -1e-6),
            ("encoder.blocks.0.convolution.weight", f32::NAN),
            ("threshold", f32::INFINITY),
        ] {
            let mut weights = system.weights();
            weights.insert(name, vec![value; system.weights().get(name).unwrap().len()]);
            let opened = block_on(Recogniser::open(system, engine, &weights)).map(|_| ());
            let refused = matches!(opened, Err(RecogniseError::Weights(WeightsError::Mismatch(_))));
            assert!(refused, "{system} on {engine}: {name}: {opened:?}");
        }
    }
}

#[test]
fn weights_survive_writing_and_reading() {
    for system in System::ALL {
        assert_eq!(Weights::from_bytes(&system.weights().to_bytes()).unwrap(), system.weights());
        assert!(shipped_bytes(system).len() <= 150_000, "{system} is larger than 150 kB");
    }
}

#[test]
fn damaged_weights_are_refused() {
    let whole = shipped_bytes(System::Siamese);
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
    let mut wrong_shape = System::Siamese.weights();
    wrong_shape.insert("head.Siamese.bias", vec![0.0; 2]);
    for weights in [Weights::default(), wrong_shape, System::Triplet.weights(), System::Relation.weights()] {
        let opened = block_on(Recogniser::open(System::Siamese, Engine::Flex, &weights)).map(|_| ());
        assert!(matches!(opened, Err(RecogniseError::Weights(WeightsError::Mismatch(_)))), "{opened:?}");
    }
}

#[test]
fn an_engine_that_computes_something_else_fails_its_self_test() {
    let mut disturbed = System::Triplet.weights();
    let mut features = disturbed.get("self_test.features").unwrap().to_vec();
    features[17] += 0.01;
    disturbed.insert("self_test.features", features);
    let opened = block_on(Recogniser::open(System::Triplet, Engine::Flex, &disturbed)).map(|_| ());
    let Err(RecogniseError::Engine(EngineError::SelfTest { engine, error })) = opened else {
        panic!("{opened:?}")
    };
    assert!(engine == Engine::Flex && (error - 0.01).abs() < 1e-3, "off by {error}");
}
