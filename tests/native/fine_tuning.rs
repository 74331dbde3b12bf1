//! Does fine-tuning help, repeat itself, and never harm?

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    process::Command,
    time::{Duration, Instant},
};

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Tensor, TensorData},
};
use glimpse::{
    dataset::InventedAlphabet,
    drawing::{Drawing, Strokes},
    engine::{Engine, EngineError},
    learn::{FineTuneError, FineTuneRecipe, FineTuneStep, FineTuner, LastBlock, objective},
    model::{Network, POSES, System, Tied, Weights, WeightsError, batch},
    recogniser::{RecogniseError, Recogniser},
};
use pollster::block_on;

const CHARACTERS: usize = 6;

/// A recogniser that knows invented characters, each by so many drawers.
fn taught(system: System, engine: Engine, drawers: u32) -> Recogniser {
    taught_by(&system.weights(), system, engine, drawers)
}

/// Weights that are off, so that there is something to learn.
fn spoilt(system: System) -> Weights {
    const SCALES: &str = "encoder.blocks.7.norm.gamma";
    let mut spoilt = system.weights();
    let unevenly = |(i, v): (usize, &f32)| v * [0.02, 1.0, 12.0][i / POSES % 3];
    spoilt.insert(SCALES, spoilt.get(SCALES).unwrap().iter().enumerate().map(unevenly).collect());
    block_on(Recogniser::seal(system, Engine::Flex, 0.0, &mut spoilt)).unwrap();
    spoilt
}

/// A recogniser with these weights that knows the characters of [`taught`].
fn taught_by(weights: &Weights, system: System, engine: Engine, drawers: u32) -> Recogniser {
    let mut recogniser = block_on(Recogniser::open(system, engine, weights)).unwrap();
    let alphabet = InventedAlphabet::new(23, CHARACTERS);
    for character in 0..CHARACTERS {
        for drawer in 0..drawers {
            block_on(recogniser.learn(&character.to_string(), &alphabet.draw(character, drawer))).unwrap();
        }
    }
    recogniser
}

fn adopt(recogniser: &mut Recogniser, tuner: &FineTuner) {
    block_on(recogniser.adopt(tuner.best().unwrap(), &mut |_, _| {})).unwrap();
}

fn retune(recogniser: &mut Recogniser, tuned: Option<&Weights>) -> Result<(), RecogniseError> {
    block_on(recogniser.retune(tuned, &mut |_, _| {}))
}

fn recipe(system: System, steps: usize) -> FineTuneRecipe {
    FineTuneRecipe { steps, ..FineTuneRecipe::of(system) }
}

fn all_steps(tuner: &mut FineTuner) -> Vec<FineTuneStep> {
    std::iter::from_fn(|| block_on(tuner.advance()).unwrap()).collect()
}

fn losses(steps: &[FineTuneStep]) -> Vec<f32> {
    steps.iter().filter_map(|step| step.loss).collect()
}

fn query() -> Strokes {
    InventedAlphabet::new(23, CHARACTERS).draw(2, 9)
}

fn ranking(recogniser: &Recogniser) -> Vec<(String, f32)> {
    let ranking = block_on(recogniser.rank(&query())).unwrap();
    ranking.iter().map(|ranked| (ranked.label.to_owned(), ranked.score)).collect()
}

#[test]
fn the_same_seed_gives_the_same_losses_and_another_seed_others() {
    for system in System::ALL {
        let run = |seed| {
            let recipe = FineTuneRecipe { seed, ..recipe(system, 5) };
            losses(&all_steps(&mut taught(system, Engine::Flex, 2).fine_tuner(recipe).unwrap()))
        };
        let first = run(3);
        assert_eq!(first.len(), 5);
        assert_eq!(first, run(3), "{system}");
        assert_ne!(first, run(4), "{system}");
    }
}

/// Gradients of a module's parameters, those that there are.
struct Flattened<'a> {
    gradients: &'a GradientsParams,
    values: Vec<Vec<f32>>,
}

impl ModuleVisitor for Flattened<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.values.extend(self.gradients.get::<D>(parameter.id).map(values));
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// The largest difference, as a share of the largest value.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = |values: &mut dyn Iterator<Item = f32>| values.map(f32::abs).fold(0.0, f32::max);
    largest(&mut a.iter().zip(b).map(|(a, b)| a - b)) / largest(&mut a.iter().copied())
}

/// Where paper is blank, the four pixels that are pooled are alike, and so are those that they were made of: whichever is taken for the
/// largest, the gradient is the same. Of these drawings no two other pixels are so alike that rounding decides.
#[test]
fn the_last_block_by_hand_computes_what_the_module_and_its_autodiff_compute() {
    let device = block_on(Engine::Flex.open()).unwrap();
    let alphabet = InventedAlphabet::new(32, 6);
    let drawn = |drawer| (0..6).map(move |character| (character, drawer));
    let drawings = drawn(0).chain(drawn(1)).map(|(character, drawer)| alphabet.draw(character, drawer));
    let drawings: Vec<Drawing> = drawings.map(|strokes| Drawing::from_strokes(&strokes).unwrap()).collect();
    for system in System::ALL {
        let mut weights = system.weights();
        let (gamma, sign) = ("encoder.blocks.7.norm.gamma", [1.0, -0.5, 2.0]);
        let signed =
            weights.get(gamma).unwrap().iter().enumerate().map(|(i, v)| v * sign[i / POSES % 3]).collect();
        weights.insert(gamma, signed);
        let network = weights.into_module(Network::new(system, &device)).unwrap();
        let maps = network.encoder.begin(batch(&drawings, &device));
        let Network { encoder, head } = network.freeze().set_require_grad(true).train();
        let loss = |features: Tensor<2>| {
            let (queries, support) = (features.clone().narrow(0, 0, 6), features.narrow(0, 6, 6));
            objective(&head, head.similarity(queries, support), 0.5)
        };
        let features = encoder.finish_by_product(maps.clone().autodiff());
        let expected = GradientsParams::from_grads(loss(features.clone()).backward(), &encoder);
        let mut expected = Flattened { gradients: &expected, values: Vec::new() };
        encoder.visit(&mut expected);

        let mut block = LastBlock::new(&weights).unwrap();
        let [count, channels, side, _] = maps.dims();
        let by_pose = maps.reshape([count, channels / POSES, POSES, side * side]).permute([0, 3, 2, 1]);
        let maps = values(by_pose);
        let pass = block.forward(&maps.chunks_exact(maps.len() / count).collect::<Vec<_>>());
        let off = apart(&values(features.clone()), pass.features());
        assert!(off <= 1e-4, "{system}: features are off by {off}");
        let own = Tensor::<2>::from_data(TensorData::new(pass.features().to_vec(), features.dims()), &device);
        let own = own.autodiff().require_grad();
        let upstream = own.grad(&loss(own.clone()).backward()).unwrap();
        let gradients = block.backward(&pass, &values(upstream)).parameters();
        assert_eq!(expected.values.len(), gradients.len());
        let [kernel, norms @ ..] = &mut expected.values[..] else { unreachable!("three parameters") };
        *kernel = Tied::kernel(128, 64).tied(kernel);
        for norm in norms {
            let mean = |poses: &[f32; POSES]| [poses.iter().sum::<f32>() / POSES as f32; POSES];
            *norm = norm.as_chunks().0.iter().flat_map(mean).collect();
        }
        for (name, (expected, own)) in
            ["kernel", "gamma", "beta"].iter().zip(expected.values.iter().zip(&gradients))
        {
            let off = apart(expected, own);
            assert!(off <= 2e-4, "{system}: the gradient of the {name} is off by {off}");
        }
    }
}

#[test]
fn the_network_before_is_measured_first_and_the_best_one_kept() {
    for system in System::ALL {
        for drawers in [1, 4] {
            let mut recogniser = taught(system, Engine::Flex, drawers);
            let mut tuner = recogniser.fine_tuner(recipe(system, 10)).unwrap();
            let steps = all_steps(&mut tuner);
            let measured: Vec<_> = steps.iter().filter_map(|s| s.measured.map(|m| (s.step, m))).collect();
            assert_eq!((measured[0].0, measured[measured.len() - 1].0), (0, 10), "{system}");
            let best = tuner.best().unwrap();
            assert_eq!(measured.iter().find(|(step, _)| *step == best.step).unwrap().1, best.measured);
            for (step, other) in &measured {
                let beaten = (other.accuracy, -other.loss) > (best.measured.accuracy, -best.measured.loss);
                assert!(!beaten, "{system}: step {step} was better than {}", best.step);
            }
            adopt(&mut recogniser, &tuner);
            assert_eq!(ranking(&recogniser)[0].0, "2", "{system}");
        }
    }
}

#[test]
fn a_network_that_was_spoilt_learns_to_tell_the_characters_apart_again() {
    for system in System::ALL {
        let recogniser = taught_by(&spoilt(system), system, Engine::Flex, 4);

        let mut tuner = recogniser.fine_tuner(recipe(system, 30)).unwrap();
        let before = all_steps(&mut tuner).iter().find_map(|step| step.measured).unwrap();
        let after = tuner.best().unwrap().measured;
        assert!(after.loss < 0.7 * before.loss, "{system}: {before:?} {after:?}");
        assert!(after.accuracy >= before.accuracy, "{system}: {before:?} {after:?}");
    }
}

#[test]
fn only_the_last_block_moves_and_what_changed_takes_any_engine_there() {
    for system in System::ALL {
        let weights = spoilt(system);
        let mut recogniser = taught_by(&weights, system, Engine::Flex, 2);
        assert_eq!(block_on(recogniser.tuned()), Ok(None), "nothing was tuned yet");
        let trained = ranking(&recogniser);
        let mut tuner = recogniser.fine_tuner(FineTuneRecipe { rate: 1e-3, ..recipe(system, 10) }).unwrap();
        all_steps(&mut tuner);
        let best = tuner.best().unwrap();
        assert!(best.step > 0, "{system}: a step helps");
        adopt(&mut recogniser, &tuner);
        let tuned = block_on(recogniser.tuned()).unwrap().unwrap();
        for (array, moved) in [
            ("encoder.blocks.6.convolution.weight", false),
            ("encoder.blocks.7.norm.running_mean", false),
            ("encoder.blocks.7.convolution.weight", true),
            ("encoder.blocks.7.norm.gamma", true),
        ] {
            assert_eq!(tuned.get(array).is_some(), moved, "{system}: {array}");
        }
        let head: &[&str] = match system {
            System::Siamese => &["head.Siamese.weight", "head.Siamese.bias"],
            System::Triplet => &["head.Triplet.scale"],
            System::Relation => &["head.Relation.hidden.weight", "head.Relation.first_norm.running_mean"],
        };
        for array in head {
            let stays = tuned.get(array).is_some() && tuned.get(array) == weights.get(array);
            assert!(stays, "{system}: {array} stays, and comes along");
        }
        let after = ranking(&recogniser);
        assert_ne!(after, trained, "{system}");

        let file = Weights::from_bytes(&tuned.to_exact_bytes()).unwrap();
        let mut elsewhere = taught_by(&weights, system, Engine::Simd, 2);
        retune(&mut elsewhere, Some(&file)).unwrap();
        for (here, there) in after.iter().zip(&ranking(&elsewhere)) {
            assert_eq!(here.0, there.0, "{system}");
            assert!((here.1 - there.1).abs() < 1e-4, "{system}: {here:?} {there:?}");
        }

        retune(&mut recogniser, None).unwrap();
        assert_eq!(ranking(&recogniser), trained, "{system}: the trained weights are back");
    }
}

#[test]
fn weights_that_do_not_fit_are_refused_and_change_nothing() {
    let mut siamese = taught(System::Siamese, Engine::Flex, 1);
    let before = ranking(&siamese);

    let mut triplet = taught(System::Triplet, Engine::Flex, 1);
    let mut tuner = triplet.fine_tuner(FineTuneRecipe { rate: 1e-3, ..recipe(System::Triplet, 3) }).unwrap();
    all_steps(&mut tuner);
    adopt(&mut triplet, &tuner);
    let foreign = block_on(triplet.tuned()).unwrap().unwrap();
    let refused = retune(&mut siamese, Some(&foreign));
    assert!(matches!(refused, Err(RecogniseError::Weights(WeightsError::Mismatch(_)))), "{refused:?}");

    let mut altered = Weights::default();
    altered.insert("encoder.blocks.7.norm.gamma", vec![2.0; 128]);
    let own = block_on(siamese.embed(&[Drawing::from_strokes(&query()).unwrap()])).unwrap();
    altered.insert("self_test.features", own);
    let refused = retune(&mut siamese, Some(&altered));
    assert!(matches!(refused, Err(RecogniseError::Engine(EngineError::SelfTest { .. }))), "{refused:?}");
    assert_eq!(ranking(&siamese), before);
}

#[test]
fn weights_that_no_network_computes_with_are_refused_and_change_nothing() {
    for system in System::ALL {
        let mut recogniser = taught(system, Engine::Simd, 1);
        let before = ranking(&recogniser);
        let own = system.weights();
        let array = |name: &str, value: f32| {
            let mut tuned = Weights::default();
            tuned.insert(name, vec![value; own.get(name).unwrap().len()]);
            tuned
        };
        let with_self_test = |mut tuned: Weights| {
            tuned.insert("self_test.features", own.get("self_test.features").unwrap().to_vec());
            tuned
        };
        let (variances, scales) = ("encoder.blocks.7.norm.running_var", "encoder.blocks.7.norm.gamma");
        let head = match system {
            System::Siamese => "head.Siamese.bias",
            System::Triplet => "head.Triplet.scale",
            System::Relation => "head.Relation.score.bias",
        };
        for (what, tuned) in [
            ("variances below 0", array(variances, -1.0)),
            ("variances below 0, with a self-test", with_self_test(array(variances, -1.0))),
            ("no self-test", array(scales, 1.0)),
            ("a head without a self-test", array(head, 1.0)),
            ("a threshold that is no number", with_self_test(array("threshold", f32::NAN))),
            ("a head that is not finite", with_self_test(array(head, f32::INFINITY))),
            ("a head so large that no similarity is finite", with_self_test(array(head, f32::MAX))),
        ] {
            let refused = retune(&mut recogniser, Some(&tuned));
            if what.contains("so large") && system != System::Triplet {
                // Added to a similarity, it leaves it finite.
                refused.unwrap();
                retune(&mut recogniser, None).unwrap();
            } else {
                let mismatch = matches!(refused, Err(RecogniseError::Weights(WeightsError::Mismatch(_))));
                assert!(mismatch, "{system}: {what}: {refused:?}");
            }
            assert_eq!(ranking(&recogniser), before, "{system}: {what}");
        }
    }
}

#[test]
fn embedding_the_support_anew_tells_how_far_it_is_and_changes_nothing_if_it_ends_on_the_way() {
    for system in System::ALL {
        let mut recogniser = taught(system, Engine::Simd, 25);
        let before = ranking(&recogniser);
        let mut tuned = Weights::default();
        tuned.insert("threshold", vec![1.0]);
        tuned.insert("self_test.features", system.weights().get("self_test.features").unwrap().to_vec());
        let mut calls = Vec::new();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            block_on(recogniser.retune(Some(&tuned), &mut |done, total| {
                calls.push((done, total));
                assert!(done < 128, "the second call ends it");
            }))
        }));
        assert!(ended.is_err() && calls == [(64, 150), (128, 150)], "{system}: {calls:?}");
        assert_eq!(ranking(&recogniser), before, "{system}");

        let mut calls = Vec::new();
        block_on(recogniser.retune(Some(&tuned), &mut |done, total| calls.push((done, total)))).unwrap();
        assert_eq!(calls, [(64, 150), (128, 150), (150, 150)], "{system}");
        assert_eq!(recogniser.score(1.0), 0.5, "{system}: another threshold is in place");
    }
}

#[test]
fn a_recipe_that_cannot_be_followed_is_refused() {
    let recogniser = taught(System::Siamese, Engine::Flex, 1);
    let own = || FineTuneRecipe::of(System::Siamese);
    for recipe in [
        FineTuneRecipe { steps: 4_000_000_000, ..own() },
        FineTuneRecipe { characters: 1, ..own() },
        FineTuneRecipe { characters: 4_000_000_000, ..own() },
        FineTuneRecipe { variations: 0, ..own() },
        FineTuneRecipe { rate: f64::NAN, ..own() },
        FineTuneRecipe { lone_rate: f64::INFINITY, ..own() },
        FineTuneRecipe { balance: -1.0, ..own() },
    ] {
        let refused = recogniser.fine_tuner(recipe.clone()).err();
        assert!(matches!(refused, Some(FineTuneError::BadRecipe(_))), "{recipe:?}: {refused:?}");
    }
    let mut nothing_learnt = recogniser.fine_tuner(FineTuneRecipe { steps: 0, ..own() }).unwrap();
    assert!(losses(&all_steps(&mut nothing_learnt)).is_empty());
    assert_eq!(nothing_learnt.best().unwrap().step, 0);
}

/// Peak memory is a process's own, so each fine-tuning has one: this test once more.
#[cfg(target_os = "linux")]
#[test]
fn two_thousand_characters_are_fine_tuned_on_in_bounded_memory_and_in_pieces() {
    const THIS: &str =
        "fine_tuning::two_thousand_characters_are_fine_tuned_on_in_bounded_memory_and_in_pieces";
    const TASK: &str = "GLIMPSE_FINE_TUNE";
    if let Ok(task) = env::var(TASK) {
        return fine_tune_two_thousand(
            System::ALL.into_iter().find(|system| task == system.to_string()).unwrap(),
        );
    }
    for system in System::ALL {
        let child = Command::new(env::current_exe().unwrap())
            .args([THIS, "--exact", "--nocapture"])
            .env(TASK, system.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{said} {}", String::from_utf8_lossy(&child.stderr));
        let said = said.lines().find(|line| line.contains("peak")).unwrap();
        println!("{said}");
    }
}

#[cfg(target_os = "linux")]
fn fine_tune_two_thousand(system: System) {
    let device = block_on(Engine::Flex.open()).unwrap();
    let weights = system.weights();
    let network = weights.into_module(Network::new(system, &device)).unwrap();
    let alphabet = InventedAlphabet::new(31, 50);
    let support = (0..2000).map(|label| vec![alphabet.draw(label % 50, label as u32 / 50)]).collect();
    let recipe = recipe(system, 10);
    let mut tuner = FineTuner::new(&network, &device, Engine::Flex, &weights, support, recipe).unwrap();
    let (mut steps, mut longest) = (Vec::new(), Duration::ZERO);
    loop {
        let started = Instant::now();
        let Some(step) = block_on(tuner.advance()).unwrap() else { break };
        longest = longest.max(started.elapsed());
        steps.push(step);
    }
    assert_eq!(losses(&steps).len(), 10);
    assert_eq!(tuner.best().unwrap().measured.drawings, 120);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1000;
    println!("{system}: peak {peak} MB, at most {longest:?} at once");
    assert!(peak < 150, "{system}: {peak} MB");
}

#[test]
fn fifty_characters_in_twenty_hands_are_no_more_than_it_takes() {
    let mut recogniser =
        block_on(Recogniser::open(System::Siamese, Engine::Flex, &System::Siamese.weights())).unwrap();
    let alphabet = InventedAlphabet::new(29, 50);
    for character in 0..50 {
        for drawer in 0..20 {
            block_on(recogniser.learn(&character.to_string(), &alphabet.draw(character, drawer))).unwrap();
        }
    }
    let mut tuner = recogniser.fine_tuner(recipe(System::Siamese, 4)).unwrap();
    let steps = all_steps(&mut tuner);
    assert_eq!(losses(&steps).len(), 4);
    assert_eq!(tuner.best().unwrap().measured.drawings, 50);
    adopt(&mut recogniser, &tuner);
    assert_eq!(ranking(&recogniser).len(), 50);
}

#[test]
fn fine_tuning_needs_two_characters_and_says_so() {
    let mut recogniser =
        block_on(Recogniser::open(System::Siamese, Engine::Flex, &System::Siamese.weights())).unwrap();
    let refused = |recogniser: &Recogniser| {
        let refused = recogniser.fine_tuner(FineTuneRecipe::of(System::Siamese)).err().unwrap();
        (refused.clone(), refused.to_string())
    };
    assert_eq!(refused(&recogniser).0, FineTuneError::TooFew(0));
    block_on(recogniser.learn("a", &InventedAlphabet::new(23, 1).draw(0, 0))).unwrap();
    let (error, words) = refused(&recogniser);
    assert_eq!(error, FineTuneError::TooFew(1));
    assert!(words.contains("teach another"), "{words}");
}
