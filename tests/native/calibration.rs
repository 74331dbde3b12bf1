//! What similarities mean: labels of several drawings, chances, and signs that were never taught.

use glimpse::{
    blocking::Recogniser,
    dataset::{Bitmap, Character, Part, Source},
    drawing::{Drawing, Strokes},
    engine::Engine,
    episode::{Episode, with_untaught},
    model::{Calibration, System, Taught, Weights, familiarity},
    recogniser::{self, Classification},
    replay::{Bin, Trial, calibration_error, reliability, replay, risk_by_coverage},
};
use pollster::block_on;

const TWENTY: Taught = Taught { labels: 20.0, drawings: 1.0 };

#[test]
fn a_label_of_several_drawings_is_as_alike_as_something_between_their_mean_and_the_nearest() {
    for system in System::ALL {
        let calibration = Calibration::of(system, &system.weights()).unwrap();
        assert_eq!(calibration.of_label(&[-3.5]), -3.5);
        assert_eq!(calibration.of_label(&[-3.5; 4]), -3.5);
        for drawings in [[-1.0, -9.0, -8.0], [2.0, 1.5, -30.0], [-500.0, -1.0, -600.0]] {
            let (nearest, mean) =
                (drawings.into_iter().fold(f32::MIN, f32::max), drawings.iter().sum::<f32>() / 3.0);
            let between = calibration.of_label(&drawings);
            assert!(mean < between && between < nearest, "{system}: {between} of {drawings:?}");
            // By label, in whatever order they were taught.
            let [a, b, c] = drawings;
            assert_eq!(calibration.of_labels(&[a, -7.0, b, c], &[1, 0, 1, 1], 2), [-7.0, between]);
        }
    }
}

#[test]
fn scores_are_chances() {
    for system in System::ALL {
        let calibration = Calibration::of(system, &system.weights()).unwrap();
        for of_labels in [
            vec![-1.0, -2.0, -4.0],
            vec![0.0; 7],
            vec![-1e6, 1e6, 0.0],
            (0..1000).map(|i| -(i as f32)).collect(),
        ] {
            for log_odds in [f32::MIN, -9.0, -2.0, 0.0, 9.0] {
                let scores = calibration.scores(&of_labels, log_odds, TWENTY);
                assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{system}: they add up to 1");
                let order = |i: &usize, j: &usize| of_labels[*i] >= of_labels[*j] && scores[*i] >= scores[*j];
                let mut by_similarity: Vec<usize> = (0..of_labels.len()).collect();
                by_similarity.sort_by(|&i, &j| of_labels[j].total_cmp(&of_labels[i]));
                assert!(by_similarity.is_sorted_by(order), "{system}: {of_labels:?}");
            }
        }
        let best = |log_odds: f32| calibration.scores(&[-1.0, -2.0, -4.0], log_odds, TWENTY)[0];
        assert_eq!(best(0.0), best(5.0), "{system}");
        assert!(
            best(-9.0) <= best(-2.0) && best(-2.0) <= best(0.0),
            "{system}: less sure of what is like nothing"
        );
        assert_eq!(familiarity(0.0), 0.5);
        let known: Vec<f32> =
            (-200..200).map(|best| familiarity(calibration.log_odds(best as f32, TWENTY))).collect();
        assert!(known.is_sorted() && known.iter().all(|f| (0.0..=1.0).contains(f)), "{system}");
    }
}

#[test]
fn weights_whose_calibration_says_nothing_are_refused() {
    let with = |numbers: &[f32]| {
        let mut weights: Weights = System::Triplet.weights();
        weights.insert(Calibration::NAME, numbers.to_vec());
        weights
    };
    let numbers = [1.0; 9];
    assert_eq!(Calibration::of(System::Triplet, &with(&numbers)).unwrap().slope, 1.0, "the weights' own");
    for (at, value) in [(0, 0.0), (0, -1.0), (7, 0.0), (7, -2.0), (3, f32::NAN)] {
        let mut numbers = numbers;
        numbers[at] = value;
        assert!(Recogniser::open(System::Triplet, &with(&numbers)).is_err(), "number {at} is {value}");
    }
    assert!(Recogniser::open(System::Triplet, &with(&numbers[1..])).is_err(), "eight numbers");
}

/// On alphabets that training did not see, the same that everything was chosen by: tests hold what was fitted, and a change of
/// weights, rule or line shows here first.
#[test]
fn what_was_never_taught_is_refused_and_a_score_is_how_often_it_is_right() {
    const HELD_OUT: [&str; 3] = ["Futurama", "Hebrew", "Malay_(Jawi_-_Arabic)"];
    let background = Source::new().omniglot(Part::Background).unwrap();
    let alphabets = background.alphabets.iter().filter(|alphabet| HELD_OUT.contains(&&*alphabet.name));
    let characters: Vec<&Character> = alphabets.flat_map(|alphabet| &alphabet.characters).collect();
    let drawers: Vec<String> = (0..20).map(|drawer| drawer.to_string()).collect();
    let writers: Vec<Vec<Option<&str>>> =
        characters.iter().map(|_| drawers.iter().map(|drawer| Some(&**drawer)).collect()).collect();
    let drawn: Vec<Vec<Drawing>> = (characters.iter())
        .map(|character| {
            let drawing = |d: &Bitmap| Drawing::from_picture(&d.picture()).unwrap();
            character.drawings.iter().map(drawing).collect()
        })
        .collect();
    for system in System::ALL {
        let recogniser =
            block_on(recogniser::Recogniser::open(system, Engine::Simd, &system.weights())).unwrap();
        for shots in [1, 5] {
            let replayed = |number| -> Vec<Trial> {
                let task = with_untaught(&writers, 20, shots, 7, number).unwrap();
                let Episode { support, queries, truth, .. } =
                    task.map(|place| drawn[place.character][place.drawing].clone());
                let episode = Episode { shots, support, queries, truth };
                block_on(replay(&recogniser, &episode)).unwrap()
            };
            let trials: Vec<Trial> = (0..40).flat_map(replayed).collect();
            let (taught, untaught): (Vec<&Trial>, Vec<&Trial>) =
                trials.iter().partition(|trial| trial.truth.is_some());
            let refused = |trials: &[&Trial]| {
                let unknown =
                    trials.iter().filter(|trial| trial.familiarity.unwrap() < Classification::LINE).count();
                unknown as f64 / trials.len() as f64
            };
            let (lost, refused) = (refused(&taught), refused(&untaught));
            let error = calibration_error(&reliability(taught));
            println!(
                "{system}, {shots} of each: lost {lost:.3}, refused {refused:.3}, calibration error {error:.3}"
            );
            assert!(
                lost <= 0.1 && refused >= 0.6,
                "{system}, {shots} of each: lost {lost}, refused {refused}"
            );
            assert!(error <= 0.06, "{system}, {shots} of each: scores are off by {error}");
        }
    }
}

#[test]
fn the_answer_says_whether_a_sign_is_known() {
    let line = |x: f32, y: f32| Strokes::new(&[&[(0.0, 0.0), (x, y)]]);
    let zigzag = Strokes::new(&[
        &[(0.0, 0.0), (20.0, 60.0), (40.0, 0.0), (60.0, 60.0), (80.0, 0.0)],
        &[(0.0, 80.0), (80.0, 80.0)],
    ]);
    for system in System::ALL {
        let mut recogniser = Recogniser::open(system, &system.weights()).unwrap();
        recogniser.learn("rising", &line(50.0, -50.0)).unwrap();
        recogniser.learn("level", &line(50.0, 0.0)).unwrap();
        let known = recogniser.classify(&line(52.0, -49.0)).unwrap();
        assert!(known.is_known() && known.ranking[0].label == "rising", "{system}: {known:?}");
        let unknown = recogniser.classify(&zigzag).unwrap();
        assert!(!unknown.is_known() && unknown.ranking.len() == 2, "{system}: {unknown:?}");
    }
}

#[test]
fn reliability_and_risk_are_those_of_the_trials() {
    let trial = |score: f32, right: bool| Trial {
        truth: Some(usize::from(!right)),
        chosen: Some(0),
        familiarity: None,
        scores: vec![score, 0.1],
    };
    // Ten of 0.95 of which nine are right, four of 0.55 of which one is.
    let sure = (0..10).map(|i| trial(0.95, i != 3));
    let unsure = (0..4).map(|i| trial(0.55, i == 0));
    let trials: Vec<Trial> = sure.chain(unsure).chain([trial(1.0, true)]).collect();
    let bins = reliability(&trials);
    let told: Vec<(usize, f64)> = bins.iter().map(|bin| (bin.trials, (100.0 * bin.right).round())).collect();
    assert_eq!(told, [(4, 25.0), (11, 91.0)], "the score of 1 is in the last bin");
    let expected = (4.0 * 0.3 + 11.0 * (10.5 / 11.0 - 10.0 / 11.0)) / 15.0;
    assert!((calibration_error(&bins) - expected).abs() < 1e-6);
    assert_eq!(calibration_error(&[]), 0.0);
    assert_eq!(calibration_error(&[Bin { trials: 3, score: 0.5, right: 0.5 }]), 0.0);
    let risk = risk_by_coverage(&trials, 3);
    let expected = [1.0 / 5.0, 1.0 / 10.0, 4.0 / 15.0];
    assert!(risk.iter().zip(expected).all(|(risk, expected)| (risk - expected).abs() < 1e-9), "{risk:?}");
}
