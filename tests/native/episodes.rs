//! Are episodes what their protocols say, and the same for the same seed?

use std::collections::{HashMap, HashSet};

use glimpse::{
    dataset::{OfficialRun, OfficialRuns},
    drawing::Drawing,
    engine::Engine,
    episode::{Archive, Episode, EpisodeError, Place, Protocol, across_writers},
    model::System,
    recogniser::Recogniser,
    replay::{ReplayError, Tally, Trial, area_under_curve, decide_together, mean_interval, replay},
};
use pollster::block_on;

/// Three alphabets: 30 characters of 20 drawings, 21 of 20, and 5 of 20.
fn drawings() -> Vec<Vec<usize>> {
    vec![vec![20; 30], vec![20; 21], vec![20; 5]]
}

fn episodes(protocol: Protocol) -> impl Iterator<Item = Episode<Place>> {
    (0..200).map(move |number| protocol.sample(&drawings(), 3, number).unwrap())
}

fn character(place: &Place) -> (usize, usize) {
    (place.alphabet, place.character)
}

#[test]
fn random_episodes_show_distinct_characters_and_never_ask_with_a_drawing_that_they_show() {
    for (way, shots) in [(5, 1), (5, 5), (20, 1), (20, 5)] {
        for episode in episodes(Protocol::Random { way, shots }) {
            assert_eq!((episode.way(), episode.shots, episode.queries.len()), (way, shots, way));
            let characters: HashSet<_> = episode.queries.iter().map(character).collect();
            assert_eq!(characters.len(), way);
            let all: HashSet<_> = episode.support.iter().chain(&episode.queries).collect();
            assert_eq!(all.len(), way * (shots + 1), "a drawing comes twice");
            for (query, truth) in episode.queries.iter().zip(&episode.truth) {
                let own = &episode.support[truth.unwrap() * shots..][..shots];
                assert!(own.iter().all(|shown| character(shown) == character(query)));
            }
        }
    }
}

#[test]
fn tasks_within_an_alphabet_are_shown_by_one_drawer_and_asked_by_another() {
    let mut alphabets = HashSet::new();
    for episode in episodes(Protocol::WithinAlphabet) {
        let all: Vec<&Place> = episode.support.iter().chain(&episode.queries).collect();
        assert!(all.iter().all(|place| place.alphabet == all[0].alphabet));
        let drawers = |places: &[Place]| places.iter().map(|p| p.drawing).collect::<HashSet<_>>();
        let (shows, asks) = (drawers(&episode.support), drawers(&episode.queries));
        assert!(shows.len() == 1 && asks.len() == 1 && shows != asks);
        alphabets.insert(all[0].alphabet);
    }
    assert_eq!(alphabets, HashSet::from([0, 1]), "the third alphabet has too few characters");
}

#[test]
fn half_of_the_pairs_of_verification_show_one_character() {
    let mut same = 0;
    for episode in episodes(Protocol::Verification) {
        let (shown, query) = (&episode.support[0], &episode.queries[0]);
        assert_ne!(shown, query);
        assert_eq!(episode.truth[0].is_some(), character(shown) == character(query));
        same += usize::from(episode.truth[0].is_some());
    }
    assert_eq!(same, 100);
}

#[test]
fn pairs_within_an_alphabet_are_of_one_alphabet_and_show_two_characters_as_often_as_one() {
    let mut alphabets = HashMap::new();
    for episode in episodes(Protocol::VerificationWithinAlphabet) {
        let (shown, query) = (&episode.support[0], &episode.queries[0]);
        assert_ne!(shown, query);
        assert_eq!(shown.alphabet, query.alphabet);
        assert_eq!(episode.truth[0].is_some(), character(shown) == character(query));
        alphabets.entry(shown.alphabet).or_insert([0; 2])[usize::from(episode.truth[0].is_some())] += 1;
    }
    assert_eq!(alphabets.len(), drawings().len());
    assert_eq!(alphabets.values().map(|[different, _]| different).sum::<usize>(), 100);
    let lone = [vec![2], vec![2, 2]];
    let of_two = (0..50).map(|number| Protocol::VerificationWithinAlphabet.sample(&lone, 0, number).unwrap());
    assert!(
        of_two.into_iter().all(|episode| episode.support[0].alphabet == 1),
        "a character alone has no other"
    );
    assert_eq!(Protocol::VerificationWithinAlphabet.sample(&[vec![2], vec![2]], 0, 0), None);
}

#[test]
fn seed_and_number_make_the_episode_and_too_little_data_makes_none() {
    for protocol in Protocol::ALL.into_iter().filter(|p| !matches!(p, Protocol::Official | Protocol::Mnist)) {
        let sample = |seed, number| protocol.sample(&drawings(), seed, number).unwrap();
        assert_eq!(sample(1, 2), sample(1, 2));
        assert_ne!(sample(1, 2), sample(1, 3), "{protocol}");
        assert_ne!(sample(1, 2), sample(2, 2), "{protocol}");
        assert_eq!(protocol.sample(&[vec![1; 4]], 0, 0), None, "{protocol}");
        assert_eq!(protocol.to_string().parse(), Ok(protocol));
    }
    let refused = "random-7-way-1-shot".parse::<Protocol>().unwrap_err();
    assert!(refused.contains("random-20-way-5-shot"), "{refused}");
}

/// What page and program must agree on: this very episode.
#[test]
fn an_episode_is_the_same_on_every_platform() {
    let episode = Protocol::Random { way: 5, shots: 1 }.sample(&drawings(), 0, 0).unwrap();
    let places =
        |those: &[Place]| those.iter().map(|p| (p.alphabet, p.character, p.drawing)).collect::<Vec<_>>();
    assert_eq!(places(&episode.queries), QUERIES);
    assert_eq!(places(&episode.support), SUPPORT);
}

const QUERIES: [(usize, usize, usize); 5] = [(1, 4, 13), (1, 7, 1), (1, 9, 16), (0, 25, 10), (0, 28, 15)];
const SUPPORT: [(usize, usize, usize); 5] = [(1, 4, 11), (1, 7, 3), (1, 9, 11), (0, 25, 8), (0, 28, 16)];

#[test]
fn official_runs_are_given_and_not_sampled() {
    let archive = Archive::Official(OfficialRuns { runs: Vec::new() });
    assert_eq!(archive.protocols().collect::<Vec<_>>(), [Protocol::Official]);
    assert_eq!(archive.episode(Protocol::Official, 0, 0), None);
    assert_eq!(archive.episode(Protocol::WithinAlphabet, 0, 0), None);
}

#[test]
fn a_run_in_which_nothing_is_shown_or_asked_gives_no_episode() {
    let empty = OfficialRun { support: Vec::new(), queries: Vec::new(), truth: Vec::new() };
    let archive = Archive::Official(OfficialRuns { runs: vec![empty] });
    assert_eq!(archive.episode(Protocol::Official, 0, 0), None);
}

#[test]
fn protocols_of_nothing_and_of_more_than_there_is_give_no_episode() {
    for (way, shots) in [(0, 1), (5, 0), (0, 0), (5, usize::MAX), (usize::MAX, 1)] {
        assert_eq!(Protocol::Random { way, shots }.sample(&drawings(), 0, 0), None, "{way}-way {shots}-shot");
    }
}

#[test]
fn what_is_no_episode_is_refused_by_replay() {
    let weights = System::Triplet.weights();
    let recogniser = block_on(Recogniser::open(System::Triplet, Engine::Simd, &weights)).unwrap();
    let replayed = |shots, support, queries, truth: &[Option<usize>]| {
        let drawing = || Drawing::from_pixels(&[0.5; 32 * 32]).unwrap().remove(0);
        let drawings = |count| (0..count).map(|_| drawing()).collect();
        let episode =
            Episode { shots, support: drawings(support), queries: drawings(queries), truth: truth.to_vec() };
        block_on(replay(&recogniser, &episode))
    };
    assert_eq!(replayed(1, 2, 1, &[Some(1)]).unwrap().len(), 1);
    let faults: [(usize, usize, usize, &[Option<usize>]); 7] = [
        (1, 0, 0, &[]),
        (1, 2, 0, &[]),
        (1, 0, 1, &[None]),
        (0, 2, 1, &[Some(0)]),
        (2, 3, 1, &[Some(0)]),
        (1, 2, 2, &[Some(0)]),
        (1, 2, 1, &[Some(2)]),
    ];
    for (shots, support, queries, truth) in faults {
        let refused = replayed(shots, support, queries, truth);
        assert!(
            matches!(refused, Err(ReplayError::Episode(_))),
            "{support} shown, {queries} asked: {refused:?}"
        );
    }
    let empty = replayed(1, 0, 0, &[]);
    assert_eq!(empty, Err(ReplayError::Episode(EpisodeError::Empty { support: 0, queries: 0 })));
}

fn trial(score: f32, same: bool) -> Trial {
    Trial {
        truth: same.then_some(0),
        chosen: (score >= 0.5).then_some(0),
        familiarity: None,
        scores: vec![score],
    }
}

#[test]
fn the_area_under_the_curve_is_the_share_of_pairs_in_the_right_order() {
    let trials = [trial(0.9, true), trial(0.8, false), trial(0.7, true), trial(0.2, false)];
    assert_eq!(area_under_curve(&trials), Some(0.75));
    assert_eq!(area_under_curve(&[trial(0.5, true), trial(0.5, false)]), Some(0.5));
    assert_eq!(area_under_curve(&trials[..1]), None);
    let tally: Tally = trials.iter().map(Trial::correct).collect();
    assert_eq!((tally.trials, tally.correct), (4, 3));
}

#[test]
fn queries_decided_together_share_the_labels_and_what_is_plain_stays() {
    let trials = |scores: &[&[f32]]| -> Vec<Trial> {
        let trial = |(truth, scores): (usize, &&[f32])| Trial {
            truth: Some(truth),
            chosen: Some(0),
            familiarity: None,
            scores: scores.to_vec(),
        };
        scores.iter().enumerate().map(trial).collect()
    };
    let chosen = |trials: &[Trial]| trials.iter().map(|trial| trial.chosen).collect::<Vec<_>>();
    // The second is more like the first label, too, but the first query far more.
    let mut task = trials(&[&[0.98, 0.01, 0.01], &[0.5, 0.4, 0.1], &[0.0, 0.1, 0.9]]);
    decide_together(&mut task);
    assert_eq!(chosen(&task), [Some(0), Some(1), Some(2)]);
    for label in 0..3 {
        let sum: f32 = task.iter().map(|trial| trial.scores[label]).sum();
        assert!((sum - 1.0).abs() < 1e-3, "label {label}: {sum}");
        let sum: f32 = task[label].scores.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "query {label}: {sum}");
    }
    // Certain by themselves, to the last bit: still numbers, still chosen.
    let mut task = trials(&[&[1.0, 0.0], &[0.0, 1.0], &[1.0, 0.0], &[0.0, 1.0]]);
    decide_together(&mut task);
    assert_eq!(chosen(&task), [Some(0), Some(1), Some(0), Some(1)]);
    assert!(task.iter().flat_map(|trial| &trial.scores).all(|score| score.is_finite()));
}

#[test]
fn nobody_who_asks_of_a_class_has_shown_it() {
    // Three writers twice each; one who drew all there is; nobody knows who.
    let classes = [
        vec![Some("a"), Some("a"), Some("b"), Some("b"), Some("c"), Some("c")],
        vec![Some("a"); 4],
        vec![None; 3],
        vec![Some("b"), None, None],
    ];
    let mut asked = HashSet::new();
    for number in 0..100 {
        let episode = across_writers(&classes, 20, 2, 1, number).unwrap();
        assert_eq!(
            (episode.shots, episode.queries.len()),
            (2, 3),
            "whoever drew all of a class cannot ask of it"
        );
        episode.check().unwrap();
        for (query, shown) in episode.queries.iter().zip(episode.support.chunks(2)) {
            let writer = |place: &Place| classes[place.character][place.drawing];
            assert_ne!(query.character, 1);
            assert_ne!(shown[0], shown[1]);
            for shown in shown {
                assert_eq!(shown.character, query.character);
                assert_ne!(shown, query);
                assert!(writer(query).is_none() || writer(shown) != writer(query));
            }
            asked.insert(*query);
        }
        assert_eq!(
            across_writers(&classes, 20, 2, 1, number),
            Some(episode),
            "the same seed, the same episode"
        );
    }
    assert_eq!(asked.len(), 12, "every drawing asks that can");
    assert_eq!(across_writers(&classes, 20, 5, 1, 0), None);
    assert_eq!(across_writers(&classes[1..2], 20, 1, 1, 0), None);
}

#[test]
fn an_interval_by_episodes_is_as_wide_as_they_differ() {
    assert_eq!(mean_interval(&[0.5; 9]), (0.5, [0.5, 0.5]));
    let (mean, [low, high]) = mean_interval(&[0.0, 1.0, 0.0, 1.0]);
    // Standard deviation √(1/3), of four.
    let half = 1.959_964 * (1.0_f64 / 12.0).sqrt();
    assert_eq!(mean, 0.5);
    assert!((low - (0.5 - half).max(0.0)).abs() < 1e-9 && (high - (0.5 + half).min(1.0)).abs() < 1e-9);
}
