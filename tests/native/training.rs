//! Does training repeat itself, go on where it stopped, and learn?

use std::path::{Path, PathBuf};

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Device, Distribution, Tensor},
};
use glimpse::{
    dataset::{InventedAlphabet, sha256},
    drawing::{Augment, Drawing, Pose},
    learn::{
        Annealing, CharacterSet, Distorted, MetricTraining, NewCharacters, Pass, Phase, Pretraining,
        Progress, Recipe, TrainError, Trainer,
    },
    model::{BLOCKS, BlockShape, Encoder, FEATURES, POSES, System, Tied, Weights, WeightsError, batch},
};
use pollster::block_on;

fn invented() -> CharacterSet {
    let alphabet = |seed| {
        let invented = InventedAlphabet::new(seed, 4);
        (0..4).map(|character| (0..4).map(|drawer| invented.draw(character, drawer)).collect()).collect()
    };
    CharacterSet { alphabets: (0..3).map(alphabet).collect() }
}

fn recipe() -> Recipe {
    Recipe {
        seed: 5,
        characters: 4,
        new: NewCharacters { reshaped: 0.0, marked: 0.0, compound: 0.0 },
        pretraining: Some(Pretraining { steps: 6, alphabets: 2, rate: 2e-3, scale: 24.0 }),
        encoder: None,
        trained: 1.0,
        metric: MetricTraining { steps: 14, alphabets: 2, rivals: 1, rate: 1e-3, balance: 0.5, head: 2.0 },
        annealing: Annealing { steps: 2, rate: 1e-4, vary: 0.5 },
        augment: Augment {
            rotate: 5.0,
            shear: 0.1,
            stretch: 0.1,
            elastic: 0.5,
            zoom: 0.0,
            shift: 0.5,
            pen: 0.1,
        },
        distorted: Distorted { joined: 0.0, broken: 0.0, retraced: 0.0, tapped: 0.0 },
        weight_decay: 1e-4,
    }
}

fn trainer(system: System, recipe: Recipe) -> Trainer {
    Trainer::new(system, recipe, invented(), &Device::flex()).unwrap()
}

fn all_steps(trainer: &mut Trainer) -> Vec<Progress> {
    std::iter::from_fn(|| trainer.advance().unwrap()).collect()
}

fn losses(steps: &[Progress]) -> Vec<f32> {
    steps.iter().map(|progress| progress.loss).collect()
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn the_same_seed_gives_the_same_losses_and_every_network_learns() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    for system in System::ALL {
        let first = all_steps(&mut trainer(system, recipe()));
        assert_eq!(losses(&first), losses(&all_steps(&mut trainer(system, recipe()))), "{system}");
        let other = Recipe { seed: 6, ..recipe() };
        assert_ne!(losses(&first), losses(&all_steps(&mut trainer(system, other))), "{system}");

        let metric: Vec<f32> = first.iter().filter(|p| p.phase == Phase::Metric).map(|p| p.loss).collect();
        assert_eq!((first.len(), metric.len()), (22, 14));
        let (early, late) = (metric[..4].iter().sum::<f32>(), metric[10..].iter().sum::<f32>());
        assert!(late < early, "the {system} network's loss went from {early} to {late}");
    }
}

#[test]
fn two_hundred_steps_repeat_to_the_last_bit() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let Recipe { pretraining, metric, .. } = recipe();
    let recipe = Recipe {
        pretraining: pretraining.map(|p| Pretraining { steps: 100, ..p }),
        metric: MetricTraining { steps: 98, ..metric },
        new: NewCharacters { reshaped: 0.5, marked: 0.5, compound: 0.5 },
        distorted: Distorted { joined: 0.5, broken: 0.5, retraced: 0.5, tapped: 0.5 },
        ..recipe()
    };
    let first = losses(&all_steps(&mut trainer(System::Triplet, recipe.clone())));
    assert_eq!(first.len(), 200);
    assert_eq!(first, losses(&all_steps(&mut trainer(System::Triplet, recipe))));
}

#[test]
fn a_resumed_training_goes_on_as_if_it_had_never_stopped() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    for system in System::ALL {
        let whole = losses(&all_steps(&mut trainer(system, recipe())));
        let file = folder("resumed").join("checkpoint");
        let mut first = trainer(system, recipe());
        for _ in 0..8 {
            first.advance().unwrap();
        }
        first.save(&file).unwrap();
        first.save(&file).unwrap();

        let mut second = trainer(system, recipe());
        assert!(second.resume(&file).unwrap());
        assert_eq!(second.step(), 8);
        assert_eq!(losses(&all_steps(&mut second)), whole[8..], "{system}");
    }
}

#[test]
fn a_system_begins_with_the_encoder_of_another() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let mut first = trainer(System::Triplet, recipe());
    all_steps(&mut first);
    let learnt = block_on(Weights::of_module(&first.network())).unwrap();

    let mut second = trainer(System::Siamese, Recipe { pretraining: None, ..recipe() });
    second.begin_with(&learnt).unwrap();
    let taken = block_on(Weights::of_module(&second.network())).unwrap();
    assert_eq!(taken.encoder(), learnt.encoder());
    assert!(!taken.encoder().is_empty());
    let phases: Vec<Phase> = all_steps(&mut second).iter().map(|progress| progress.phase).collect();
    assert_eq!(phases[..14], [Phase::Metric; 14]);
    assert_eq!(phases[14..], [Phase::Annealing; 2]);
    let moved = block_on(Weights::of_module(&second.network())).unwrap();
    assert_ne!(moved.encoder(), learnt.encoder());

    let halves = Recipe { trained: 0.5, pretraining: None, ..recipe() };
    let mut third = trainer(System::Siamese, halves);
    third.begin_with(&learnt).unwrap();
    all_steps(&mut third);
    let mixed = block_on(Weights::of_module(&third.network())).unwrap();
    assert_eq!(mixed.encoder(), moved.encoder().mixed(0.5, &learnt.encoder()));

    let refused = trainer(System::Siamese, recipe()).begin_with(&Weights::default());
    assert!(matches!(refused, Err(WeightsError::Mismatch(_))));
}

#[test]
fn a_checkpoint_of_another_recipe_is_refused() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let file = folder("refused").join("checkpoint");
    let mut fresh = trainer(System::Siamese, recipe());
    assert!(!fresh.resume(&file).unwrap(), "there is nothing to go on from");
    fresh.save(&file).unwrap();
    let mut other = trainer(System::Siamese, Recipe { seed: 6, ..recipe() });
    assert!(matches!(other.resume(&file), Err(TrainError::OtherRecipe(_))));
    let mut other = trainer(System::Siamese, Recipe { encoder: Some("of others".into()), ..recipe() });
    assert!(matches!(other.resume(&file), Err(TrainError::OtherRecipe(_))));
    let mut other = trainer(System::Triplet, recipe());
    assert!(matches!(other.resume(&file), Err(TrainError::OtherRecipe(_))));
}

#[test]
fn a_damaged_checkpoint_is_refused_and_neither_it_nor_the_training_changes() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let file = folder("damaged").join("checkpoint");
    let mut trained = trainer(System::Siamese, recipe());
    trained.advance().unwrap();
    trained.save(&file).unwrap();
    let whole = std::fs::read(&file).unwrap();

    let mut fresh = trainer(System::Siamese, recipe());
    let refuses = |fresh: &mut Trainer, bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        match fresh.resume(&file) {
            Err(error @ TrainError::Unreadable(..)) => assert!(error.to_string().contains("start anew")),
            other => panic!("{} of {} bytes: {other:?}", bytes.len(), whole.len()),
        }
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "the file stays as it is");
        assert_eq!(fresh.step(), 0);
    };
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        refuses(&mut fresh, &whole[..length]);
    }
    for place in (1..20).map(|part| part * whole.len() / 20) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        refuses(&mut fresh, &bytes);
    }
    let losses_of_fresh = losses(&all_steps(&mut fresh));
    assert_eq!(losses_of_fresh, losses(&all_steps(&mut trainer(System::Siamese, recipe()))));
}

#[test]
fn checkpoints_whose_names_differ_after_a_dot_are_written_at_once() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let folder = folder("neighbours");
    let trainers = [(System::Relation, "relation.v2"), (System::Siamese, "relation.v3")]
        .map(|(system, name)| (trainer(system, recipe()), system, folder.join(name)));
    std::thread::scope(|scope| {
        for (trainer, _, file) in &trainers {
            scope.spawn(move || (0..40).for_each(|_| trainer.save(file).unwrap()));
        }
    });
    for (_, system, file) in &trainers {
        assert!(trainer(*system, recipe()).resume(file).unwrap());
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "nothing else stays");
}

/// A child process, this test run again, saves without end, and is killed at some moment of it, again and again.
#[test]
fn a_training_that_is_killed_while_it_saves_goes_on_from_a_whole_checkpoint() {
    use std::{
        process::{Command, Stdio},
        time::Duration,
    };

    const CHECKPOINT: &str = "GLIMPSE_TEST_CHECKPOINT";
    let _turn = crate::RANDOM_NUMBERS.lock();
    if let Some(file) = std::env::var_os(CHECKPOINT) {
        let mut trainer = trainer(System::Triplet, recipe());
        assert!(trainer.resume(Path::new(&file)).unwrap());
        trainer.advance().unwrap();
        loop {
            trainer.save(Path::new(&file)).unwrap();
        }
    }

    let folder = folder("killed");
    let file = folder.join("triplet.v2");
    let mut first = trainer(System::Triplet, recipe());
    first.advance().unwrap();
    first.save(&file).unwrap();
    let began = std::fs::metadata(&file).unwrap().modified().unwrap();
    let name = "training::a_training_that_is_killed_while_it_saves_goes_on_from_a_whole_checkpoint";
    for millis in [0, 1, 2, 3, 5, 8, 13, 21] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHECKPOINT, &file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while std::fs::metadata(&file).unwrap().modified().unwrap() == began {
            assert!(child.try_wait().unwrap().is_none(), "the child goes on");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        child.wait().unwrap();

        let mut next = trainer(System::Triplet, recipe());
        assert!(next.resume(&file).expect("a whole checkpoint"));
        assert!(next.step() >= 2, "step {}", next.step());
    }
}

#[test]
fn a_set_too_small_for_the_recipe_is_refused() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let mut greedy = recipe();
    greedy.characters = 5;
    let refused = Trainer::new(System::Siamese, greedy, invented(), &Device::flex()).map(|_| ());
    assert!(matches!(refused, Err(TrainError::TooFew { needed: 2, found: 0, .. })), "{refused:?}");
}

#[derive(Default)]
struct Flattened<'a> {
    gradients: Option<&'a GradientsParams>,
    values: Vec<Vec<f32>>,
}

impl ModuleVisitor for Flattened<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let tensor = match self.gradients {
            Some(gradients) => gradients.get::<D>(parameter.id),
            None => Some(parameter.val()),
        };
        self.values.extend(tensor.map(|tensor| tensor.into_data().try_to_vec().unwrap()));
    }
}

#[test]
fn the_pass_by_hand_computes_what_the_module_and_its_autodiff_compute() {
    let _turn = crate::RANDOM_NUMBERS.lock();
    let device = Device::flex().autodiff();
    // By these weights no value is so near to 0, and no two that are pooled so alike, that rounding decides where a gradient goes.
    device.seed(1);
    let alphabet = InventedAlphabet::new(3, 5);
    // In all poses, so that each channel of a filter sees the same.
    let drawings: Vec<Drawing> = (0..5)
        .map(|character| alphabet.draw(character, 0))
        .flat_map(|strokes| Pose::ALL.map(|pose| Drawing::from_strokes(&pose.of(&strokes)).unwrap()))
        .collect();
    let weigh = Tensor::<2>::random([drawings.len(), FEATURES], Distribution::Default, &device);

    let module = Encoder::new(&device).materialize();
    let tied = block_on(Weights::of_module(&module)).unwrap().tied_by_first_pose();
    let module = tied.into_module(module).unwrap();
    let by_hand = module.clone().load_record(module.clone().into_record());
    let features = module.forward(batch(&drawings, &device));
    let expected = GradientsParams::from_grads((features.clone() * weigh.clone()).sum().backward(), &module);

    let pass = Pass::forward(&by_hand, &drawings);
    let own_features = pass.features(&device).require_grad();
    let mut all = (own_features.clone() * weigh).sum().backward();
    let upstream = own_features.grad_remove(&mut all).unwrap();
    let mut gradients = GradientsParams::new();
    pass.backward(&by_hand, upstream, &mut gradients);

    let vec = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().unwrap();
    let apart = |a: &[f32], b: &[f32]| {
        assert_eq!(a.len(), b.len());
        let length = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
        length(&mut a.iter().zip(b).map(|(a, b)| a - b)) / length(&mut a.iter().copied()).max(1e-3)
    };
    let off = apart(&vec(features), &vec(own_features));
    assert!(off < 1e-4, "the features are off by {off}");
    let flattened = |gradients| {
        let mut visitor = Flattened { gradients: Some(gradients), values: Vec::new() };
        module.visit(&mut visitor);
        visitor.values
    };
    let (expected, gradients) = (flattened(&expected), flattened(&gradients));
    assert_eq!((expected.len(), gradients.len()), (3 * BLOCKS.len(), 3 * BLOCKS.len()));
    let mean = |poses: &[f32; POSES]| [poses.iter().sum::<f32>() / POSES as f32; POSES];
    for (index, (expected, own)) in expected.iter().zip(&gradients).enumerate() {
        let BlockShape { input, out, .. } = BLOCKS[index / 3];
        let expected = match index % 3 {
            0 => Tied::kernel(out, input).tied(expected),
            _ => expected.as_chunks().0.iter().flat_map(mean).collect(),
        };
        assert!(apart(&expected, own) < 1e-3, "a gradient is off by {}", apart(&expected, own));
    }
    let (mut averages, mut own) = (Flattened::default(), Flattened::default());
    module.valid().visit(&mut averages);
    by_hand.valid().visit(&mut own);
    for (expected, own) in averages.values.iter().zip(&own.values) {
        assert!(apart(expected, own) < 1e-4);
    }
}

#[test]
fn the_shipped_weights_were_trained_by_the_recipe_that_training_follows_by_default() {
    for system in System::ALL {
        let card = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("weights/{system}.json"));
        let card: serde_json::Value = serde_json::from_slice(&std::fs::read(card).unwrap()).unwrap();
        assert_eq!(serde_json::from_value::<Recipe>(card["recipe"].clone()).unwrap(), Recipe::of(system));
    }
    let triplet = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/triplet.safetensors")).unwrap();
    assert_eq!(Recipe::of(System::Siamese).encoder, Some(sha256([&triplet[..]])));
}
