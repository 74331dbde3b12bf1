//! Does training repeat itself, go on where it stopped, and learn?

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use glimpse::{
    dataset::InventedAlphabet,
    drawing::Augment,
    learn::{CharacterSet, Pairs, Phase, Pretraining, Progress, Recipe, TrainError, Trainer},
};

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
        pretraining: Pretraining { steps: 6, batch: 16, rate: 2e-3, scale: 24.0 },
        pairs: Pairs { steps: 14, alphabets: 2, characters: 4, rate: 1e-3, balance: 0.5 },
        augment: Augment {
            rotate: 5.0,
            shear: 0.1,
            stretch: 0.1,
            elastic: 0.5,
            zoom: 0.0,
            shift: 0.5,
            pen: 0.1,
        },
        weight_decay: 1e-4,
    }
}

fn trainer(recipe: Recipe) -> Trainer {
    Trainer::new(recipe, invented(), &Device::flex()).unwrap()
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

/// Engines seed one generator a process, so trainings follow one another.
static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn the_same_seed_gives_the_same_losses_and_the_network_learns() {
    let _turn = ONE_AT_A_TIME.lock();
    let first = all_steps(&mut trainer(recipe()));
    assert_eq!(losses(&first), losses(&all_steps(&mut trainer(recipe()))));
    assert_ne!(losses(&first), losses(&all_steps(&mut trainer(Recipe { seed: 6, ..recipe() }))));

    let pairs: Vec<f32> = first.iter().filter(|p| p.phase == Phase::Pairs).map(|p| p.loss).collect();
    assert_eq!((first.len(), pairs.len()), (20, 14));
    let (early, late) = (pairs[..4].iter().sum::<f32>(), pairs[10..].iter().sum::<f32>());
    assert!(late < early, "the loss went from {early} to {late}");
}

#[test]
fn a_resumed_training_goes_on_as_if_it_had_never_stopped() {
    let _turn = ONE_AT_A_TIME.lock();
    let whole = losses(&all_steps(&mut trainer(recipe())));
    let folder = folder("resumed");
    let mut first = trainer(recipe());
    for _ in 0..8 {
        first.advance().unwrap();
    }
    first.save(&folder).unwrap();
    first.save(&folder).unwrap();

    let mut second = trainer(recipe());
    assert!(second.resume(&folder).unwrap());
    assert_eq!(second.step(), 8);
    assert_eq!(losses(&all_steps(&mut second)), whole[8..]);
}

#[test]
fn a_checkpoint_of_another_recipe_or_a_damaged_one_is_refused() {
    let _turn = ONE_AT_A_TIME.lock();
    let folder = folder("refused");
    let mut fresh = trainer(recipe());
    assert!(!fresh.resume(&folder).unwrap(), "there is nothing to go on from");
    fresh.save(&folder).unwrap();
    let mut other = trainer(Recipe { seed: 6, ..recipe() });
    assert!(matches!(other.resume(&folder), Err(TrainError::OtherRecipe(_))));
    std::fs::write(folder.join("progress.json"), "{").unwrap();
    assert!(matches!(fresh.resume(&folder), Err(TrainError::Checkpoint(..))));
}

#[test]
fn a_set_too_small_for_the_recipe_is_refused() {
    let _turn = ONE_AT_A_TIME.lock();
    let mut greedy = recipe();
    greedy.pairs.characters = 5;
    let refused = Trainer::new(greedy, invented(), &Device::flex()).map(|_| ());
    assert!(matches!(refused, Err(TrainError::TooFew { needed: 2, found: 0, .. })), "{refused:?}");
}
