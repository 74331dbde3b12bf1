//! Is the published data read right, is faulty data refused with a clear word, and are invented alphabets fit
//! to stand in for it?

use std::{
    collections::HashMap,
    fs,
    io::{Cursor, Write},
    path::PathBuf,
};

use glimpse::{
    dataset::{
        Bitmap, DataFile, DatasetError, DrawnSet, InventedAlphabet, Mnist, OfficialRun, OfficialRuns,
        Omniglot, Part, Source,
    },
    drawing::{Point, Strokes},
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The published data, or the reason why it cannot be had.
fn published<T>(read: impl FnOnce(&Source) -> Result<T, DatasetError>) -> T {
    read(&Source::new()).unwrap_or_else(|e| panic!("these tests read the published data: {e}"))
}

/// A 1-bit PNG of so many pixels, as Omniglot's are: black ink on white paper.
fn encode(width: u32, height: u32, is_ink: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let row_bytes = width.div_ceil(8) as usize;
    let mut rows = vec![0xff; row_bytes * height as usize];
    for y in 0..height as usize {
        for x in (0..width as usize).filter(|&x| is_ink(x, y)) {
            rows[y * row_bytes + x / 8] &= !(0x80 >> (x % 8));
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header().unwrap().write_image_data(&rows).unwrap();
    file
}

/// A drawing that is one pixel of ink, `column` to the right in the top row.
pub fn dot(column: usize) -> Vec<u8> {
    encode(105, 105, |x, y| (x, y) == (column, 0))
}

/// An archive of files, by their paths.
pub fn zip<'a>(members: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, contents) in members {
        zip.start_file(path, SimpleFileOptions::default()).unwrap();
        zip.write_all(&contents).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An empty folder of its own for one test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    folder
}

mod omniglot {
    use super::*;

    #[test]
    fn the_background_archive_is_the_published_one() {
        let data = published(|source| source.omniglot(Part::Background));
        assert_eq!((data.alphabets.len(), data.characters().count()), (30, 964));
        assert!(data.characters().all(|character| character.drawings.len() == 20));
        assert_eq!(data.alphabets[0].name, "Alphabet_of_the_Magi");
    }

    #[test]
    fn the_evaluation_archive_is_the_published_one() {
        let data = published(|source| source.omniglot(Part::Evaluation));
        assert_eq!((data.alphabets.len(), data.characters().count()), (20, 659));
        assert!(data.characters().all(|character| character.drawings.len() == 20));
    }

    #[test]
    fn ink_is_dark_and_stands_where_the_png_has_it() {
        let bitmap = Bitmap::from_png("a.png", &dot(13)).unwrap();
        assert_eq!(bitmap.pixels().filter(|&ink| ink).count(), 1);
        assert!(bitmap.is_ink(13, 0));
        assert_eq!(bitmap.picture().ink()[13], 1.0);
    }

    #[test]
    fn members_are_sorted_and_those_that_are_no_drawings_passed_over() {
        let zip = zip([
            ("images/B/character02/0003_01.png", dot(3)),
            ("images/B/character01/0002_02.png", dot(2)),
            ("images/B/character01/0002_01.png", dot(1)),
            ("images/A/character01/0001_01.png", dot(0)),
            ("images/.DS_Store", vec![1]),
            ("__MACOSX/images/A/character01/._0001_01.png", vec![1]),
        ]);
        let data = Omniglot::from_zip(&zip).unwrap();
        assert_eq!(data.alphabets.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        let drawings = data.characters().flat_map(|character| &character.drawings);
        assert_eq!(
            drawings.map(|d| d.pixels().position(|ink| ink).unwrap()).collect::<Vec<_>>(),
            [0, 1, 2, 3]
        );
    }

    #[test]
    fn an_unpacked_folder_reads_like_its_archive() {
        let archive =
            zip([("images/A/character01/0001_01.png", dot(0)), ("images/B/character01/0002_01.png", dot(1))]);
        let folder = folder("unpacked");
        ZipArchive::new(Cursor::new(&archive)).unwrap().extract(&folder).unwrap();
        assert_eq!(Omniglot::from_folder(&folder).unwrap(), Omniglot::from_zip(&archive).unwrap());
    }

    #[test]
    fn a_broken_zip_is_refused() {
        let whole = zip([("A/character01/0001_01.png", dot(0))]);
        for broken in [&whole[..whole.len() / 2], b"not a zip", b""] {
            let error = Omniglot::from_zip(broken).unwrap_err();
            assert!(matches!(error, DatasetError::BadArchive(_)), "{error}");
        }
        let mut damaged = whole.clone();
        damaged[60..70].fill(0);
        let error = Omniglot::from_zip(&damaged).unwrap_err();
        assert!(matches!(error, DatasetError::BadArchive(_)), "{error}");
    }

    #[test]
    fn a_zip_of_something_else_is_refused() {
        let error = Omniglot::from_zip(&zip([("cat.png", dot(0))])).unwrap_err();
        assert!(matches!(error, DatasetError::NoPictures { .. }), "{error}");
    }

    #[test]
    fn a_truncated_png_is_refused_by_its_path() {
        let whole = dot(0);
        for length in [0, 20, whole.len() - 30] {
            let zip = zip([("A/character01/0001_01.png", whole[..length].to_vec())]);
            let error = Omniglot::from_zip(&zip).unwrap_err();
            assert!(matches!(error, DatasetError::BadImage { .. }), "{error}");
            assert!(error.to_string().starts_with("A/character01/0001_01.png"), "{error}");
        }
    }

    #[test]
    fn a_picture_of_another_size_is_refused() {
        for (width, height) in [(104, 105), (105, 106), (28, 28)] {
            let zip = zip([("A/character01/0001_01.png", encode(width, height, |_, _| false))]);
            match Omniglot::from_zip(&zip).unwrap_err() {
                DatasetError::WrongSize { width: w, height: h, .. } => assert_eq!((w, h), (width, height)),
                error => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_missing_drawing_and_a_changed_pixel_are_noticed() {
        let mut data = published(|source| source.omniglot(Part::Evaluation));
        data.alphabets[3].characters[2].drawings[5] = Bitmap::from_png("a.png", &dot(0)).unwrap();
        let error = data.check(Part::Evaluation).unwrap_err();
        assert!(matches!(error, DatasetError::WrongDigest { .. }), "{error}");

        data.alphabets[3].characters[2].drawings.pop();
        let error = data.check(Part::Evaluation).unwrap_err();
        assert!(matches!(error, DatasetError::WrongCount { expected: 20, found: 19, .. }), "{error}");

        let error = data.check(Part::Background).unwrap_err();
        assert!(matches!(error, DatasetError::WrongCount { expected: 30, found: 20, .. }), "{error}");
    }
}

mod archives {
    use super::*;

    /// An archive of so many drawings, each of so many bytes once unpacked: a PNG and zeros behind it.
    fn padded(members: usize, bytes: usize) -> Vec<u8> {
        let mut contents = dot(0);
        contents.resize(bytes, 0);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..members {
            zip.start_file(format!("A/character01/{index}_01.png"), SimpleFileOptions::default()).unwrap();
            zip.write_all(&contents).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn refused(zip: &[u8]) -> DatasetError {
        Omniglot::from_zip(zip).unwrap_err()
    }

    #[test]
    fn what_members_unpack_to_is_bounded_one_by_one_and_together() {
        for zip in [padded(1, 1 << 20), padded(400, 60_000)] {
            let error = refused(&zip);
            assert!(matches!(error, DatasetError::TooLarge(_)), "{error}");
        }
        assert!(Omniglot::from_zip(&padded(200, 60_000)).is_ok());
    }

    #[test]
    fn the_number_of_members_is_bounded_whether_they_are_read_or_not() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..40_000 {
            zip.start_file(format!("{index}"), SimpleFileOptions::default()).unwrap();
        }
        let error = refused(&zip.finish().unwrap().into_inner());
        assert!(matches!(error, DatasetError::TooLarge(_)), "{error}");
    }

    #[test]
    fn members_that_overlap_are_bounded_like_all_others() {
        // Every entry of the directory leads to one and the same member of 60 kB.
        let [one, many] = [padded(1, 60_000), padded(400, 60_000)];
        let [one_directory, directory] = [&one, &many].map(|zip| directory(zip));
        let mut entries = many[directory.clone()].to_vec();
        let starts: Vec<usize> =
            entries.windows(4).enumerate().filter(|(_, w)| w == b"PK\x01\x02").map(|(at, _)| at).collect();
        assert_eq!(starts.len(), 400);
        starts.iter().for_each(|at| entries[at + 42..at + 46].fill(0));
        let mut end = many[directory.end..].to_vec();
        end[16..20].copy_from_slice(&(one_directory.start as u32).to_le_bytes());
        let error = refused(&[&one[..one_directory.start], &entries, &end].concat());
        assert!(matches!(error, DatasetError::TooLarge(_)), "{error}");
    }

    #[test]
    fn a_directory_that_holds_fewer_members_than_it_says_is_refused() {
        let mut zip = padded(3, 500);
        let end = directory(&zip).end;
        zip[end + 10] = 4;
        let error = refused(&zip);
        assert!(matches!(&error, DatasetError::BadArchive(why) if why.contains("4 members")), "{error}");
    }

    #[test]
    fn whoever_reads_an_archive_is_told_how_far_it_is() {
        let mut heard = Vec::new();
        Omniglot::from_zip_with(&padded(600, 500), &mut |done, all| heard.push((done, all))).unwrap();
        assert_eq!(heard, [(256, 600), (512, 600), (600, 600)]);
    }

    /// Where the central directory lies.
    fn directory(zip: &[u8]) -> std::ops::Range<usize> {
        let end = zip.len() - 22;
        let start = u32::from_le_bytes(*zip[end + 16..].first_chunk().unwrap());
        start as usize..end
    }

    #[test]
    fn a_picture_that_announces_more_than_it_is_is_refused() {
        let announcing = |width: u32, height: u32| {
            let mut png = dot(0);
            png[16..20].copy_from_slice(&width.to_be_bytes());
            png[20..24].copy_from_slice(&height.to_be_bytes());
            let check = crc32(&png[12..29]);
            png[29..33].copy_from_slice(&check.to_be_bytes());
            Bitmap::from_png("a.png", &png)
        };
        assert!(announcing(105, 105).is_ok());
        for (width, height) in [(u32::MAX, u32::MAX), (1 << 30, 105), (105, 1 << 30), (105, 106)] {
            let read = announcing(width, height);
            assert!(
                matches!(read, Err(DatasetError::BadImage { .. } | DatasetError::WrongSize { .. })),
                "{read:?}"
            );
        }
    }

    /// The checksum of a PNG's chunks.
    fn crc32(bytes: &[u8]) -> u32 {
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        sum.sum()
    }
}

mod official_runs {
    use super::*;

    #[test]
    fn a_run_without_pictures_is_refused() {
        let error = OfficialRuns::from_zip(&zip([("run01/class_labels.txt", Vec::new())])).unwrap_err();
        assert!(matches!(&error, DatasetError::EmptyRun(run) if run == "run01"), "{error}");
    }

    #[test]
    fn there_are_400_trials() {
        let runs = published(Source::official_runs).runs;
        assert_eq!(runs.len(), 20);
        assert!(runs.iter().all(|run| run.support.len() == 20));
        assert_eq!(runs.iter().map(|run| run.queries.len()).sum::<usize>(), 400);
    }

    #[test]
    fn every_trial_asks_for_the_same_character_by_another_drawer_within_one_alphabet() {
        let evaluation = published(|source| source.omniglot(Part::Evaluation));
        let mut places = HashMap::new();
        for (a, alphabet) in evaluation.alphabets.iter().enumerate() {
            for (c, character) in alphabet.characters.iter().enumerate() {
                for (drawer, drawing) in character.drawings.iter().enumerate() {
                    places.insert(drawing.pixels().collect::<Vec<_>>(), (a, c, drawer));
                }
            }
        }
        let place = |drawing: &Bitmap| places[&drawing.pixels().collect::<Vec<_>>()];
        for OfficialRun { support, queries, truth } in published(Source::official_runs).runs {
            let (alphabet, _, one) = place(&support[0]);
            let (_, _, other) = place(&queries[0]);
            assert_ne!(one, other);
            assert!(
                support
                    .iter()
                    .all(|drawing| matches!(place(drawing), (a, _, d) if a == alphabet && d == one))
            );
            for (query, truth) in queries.iter().zip(truth) {
                let (a, character, drawer) = place(query);
                assert_eq!((a, drawer), (alphabet, other));
                assert_eq!(character, place(&support[truth]).1);
            }
        }
    }

    /// A run of two trials with these labels.
    fn run(labels: Option<&[u8]>) -> Result<OfficialRuns, DatasetError> {
        let pictures = ["test/item01", "test/item02", "training/class01", "training/class02"];
        let paths: Vec<String> = pictures.iter().map(|name| format!("all/run01/{name}.png")).collect();
        let members = paths.iter().enumerate().map(|(i, path)| (path.as_str(), dot(i)));
        let labels = labels.map(|text| ("all/run01/class_labels.txt", text.to_vec()));
        OfficialRuns::from_zip(&zip(members.chain(labels)))
    }

    #[test]
    fn the_labels_give_the_truth_in_the_order_of_the_test_pictures() {
        let labels = "run01/test/item02.png run01/training/class01.png\n\
                      run01/test/item01.png run01/training/class02.png\n";
        let runs = run(Some(labels.as_bytes())).unwrap();
        assert_eq!(runs.runs[0].truth, [1, 0]);
        let error = runs.check().unwrap_err();
        assert!(matches!(error, DatasetError::WrongCount { expected: 20, found: 1, .. }), "{error}");
    }

    #[test]
    fn a_label_file_that_does_not_fit_is_refused() {
        let first = "run01/test/item01.png run01/training/class01.png\n";
        let faults: [(&str, Option<Vec<u8>>); 7] = [
            ("missing", None),
            ("not text", Some(vec![0xff, 0xfe, 0x80])),
            ("no line names", Some(first.into())),
            ("names run01/test/item01.png again", Some([first, first].concat().into())),
            ("line 2 is not two paths", Some([first, "run01/test/item02.png\n"].concat().into())),
            (
                "no picture run01/test/item09.png",
                Some("run01/test/item09.png run01/training/class01.png".into()),
            ),
            (
                "no picture run07/training/class01.png",
                Some("run01/test/item01.png run07/training/class01.png".into()),
            ),
        ];
        for (why, labels) in faults {
            let error = run(labels.as_deref()).unwrap_err();
            assert!(matches!(error, DatasetError::BadLabels { .. }), "{error}");
            assert!(
                error.to_string().contains(why) && error.to_string().contains("run01/class_labels.txt"),
                "{error}"
            );
        }
    }

    #[test]
    fn an_archive_without_runs_is_refused() {
        let error = OfficialRuns::from_zip(&zip([("A/character01/0001_01.png", dot(0))])).unwrap_err();
        assert!(matches!(error, DatasetError::NoPictures { .. }), "{error}");
    }
}

mod mnist {
    use super::*;

    /// Two pictures of 2 × 3 and their labels.
    const IMAGES: [u8; 28] =
        [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 0, 51, 255, 0, 0, 0, 1, 2, 3, 4, 5, 6];
    const LABELS: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 7, 2];

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_test_set_is_the_published_one() {
        let set = published(Source::mnist_test);
        assert_eq!(set.pictures().len(), 10_000);
        assert_eq!(set.labels()[..5], [7, 2, 1, 0, 4]);
        assert!(set.pictures().all(|picture| (picture.width(), picture.height()) == (28, 28)));
    }

    #[test]
    fn plain_and_gzipped_files_read_alike_and_255_is_ink() {
        let set = Mnist::from_idx(&IMAGES, &LABELS).unwrap();
        assert_eq!(set, Mnist::from_idx(&gzip(&IMAGES), &gzip(&LABELS)).unwrap());
        let first = set.pictures().next().unwrap();
        assert_eq!((first.width(), first.height()), (2, 3));
        assert_eq!(first.ink(), [0.0, 0.2, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(set.labels(), [7, 2]);
    }

    #[test]
    fn a_faulty_file_is_refused() {
        let zipped = gzip(&IMAGES);
        let mut damaged = zipped.clone();
        damaged[zipped.len() - 8] ^= 1;
        let faults: [(&str, &[u8], &[u8]); 10] = [
            ("11 bytes for 2 × 3 × 2 values", &IMAGES[..27], &LABELS),
            ("cut short", &IMAGES[..9], &LABELS),
            ("cut short", &[], &LABELS),
            ("cut short", &zipped[..20], &LABELS),
            ("gzip", &damaged, &LABELS),
            ("over 12 bytes for 2 × 3 × 2 values", &[&IMAGES[..], &[0]].concat(), &LABELS),
            ("starts with 0x00000801", &LABELS, &LABELS),
            ("starts with 0x00000803", &IMAGES, &IMAGES),
            ("1 bytes for 2 values", &IMAGES, &LABELS[..9]),
            ("1 labels for 2 images", &IMAGES, &[0, 0, 8, 1, 0, 0, 0, 1, 7]),
        ];
        for (why, images, labels) in faults {
            let error = Mnist::from_idx(images, labels).unwrap_err();
            assert!(
                matches!(error, DatasetError::BadIdx { .. }) && error.to_string().contains(why),
                "{error}"
            );
        }
    }

    #[test]
    fn sizes_that_no_published_file_has_are_refused_before_anything_is_read() {
        let header = |sizes: [u32; 3]| {
            let sizes = sizes.map(u32::to_be_bytes);
            [&[0, 0, 8, 3][..], sizes.as_flattened()].concat()
        };
        let huge = [[u32::MAX; 3], [1 << 16, 1 << 16, 1 << 16], [60_000, 28, 28], [1, u32::MAX, 0]];
        for sizes in huge {
            let error = Mnist::from_idx(&header(sizes), &LABELS).unwrap_err();
            assert!(matches!(error, DatasetError::BadIdx { .. }), "{sizes:?}: {error}");
        }
        // 64 MB of zeros in 64 kB.
        let bomb = gzip(&[header([1, 1, 1]), vec![0; 1 << 26]].concat());
        let error = Mnist::from_idx(&bomb, &LABELS).unwrap_err();
        assert!(error.to_string().contains("over 1 bytes for 1 × 1 × 1 values"), "{error}");
    }
}

mod source {
    use super::*;

    #[test]
    fn without_the_files_and_a_network_the_user_is_told_what_to_put_where() {
        let (data, cache) = (folder("no-data"), folder("no-cache"));
        let source =
            Source::in_places(vec![data.clone()], cache).downloading_with(|_| Err("no network".to_owned()));
        let said = source.omniglot(Part::Background).unwrap_err().to_string();
        for part in
            ["omniglot/images_background.zip", &data.display().to_string(), "GLIMPSE_DATA", "no network"]
        {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_download_is_checked_then_kept_in_the_cache() {
        let runs = published(Source::official_runs);
        let whole = repack(&runs);
        let incomplete = repack(&OfficialRuns { runs: runs.runs[..19].to_vec() });
        let cache = folder("cache");
        let downloading = |archive: Result<Vec<u8>, String>| {
            Source::in_places(vec![], cache.clone()).downloading_with(move |file| {
                assert_eq!(file, DataFile::OfficialRuns);
                archive.clone()
            })
        };

        let error = downloading(Ok(incomplete)).official_runs().unwrap_err();
        assert!(matches!(error, DatasetError::InFile { .. }), "{error}");
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);

        assert_eq!(downloading(Ok(whole)).official_runs().unwrap(), runs);
        assert_eq!(downloading(Err("no network".to_owned())).official_runs().unwrap(), runs);
    }

    #[test]
    fn a_faulty_file_in_a_data_folder_is_named() {
        let data = folder("faulty");
        fs::create_dir(data.join("omniglot")).unwrap();
        fs::write(data.join("omniglot/all_runs.zip"), b"not a zip").unwrap();
        let error = Source::in_places(vec![data.clone()], folder("unused")).official_runs().unwrap_err();
        assert!(
            error.to_string().starts_with(&data.join("omniglot/all_runs.zip").display().to_string()),
            "{error}"
        );
    }

    /// The runs as an archive of other bytes than the published one.
    fn repack(runs: &OfficialRuns) -> Vec<u8> {
        let mut members = Vec::new();
        for (number, run) in (1..).zip(&runs.runs) {
            let path = |kind: &str, index: usize| format!("run{number:02}/{kind}{:02}.png", index + 1);
            let drawings = [("training/class", &run.support), ("test/item", &run.queries)];
            for (kind, drawings) in drawings {
                for (index, drawing) in drawings.iter().enumerate() {
                    members.push((path(kind, index), encode(105, 105, |x, y| drawing.is_ink(x, y))));
                }
            }
            let line =
                |(query, &truth)| format!("{} {}\n", path("test/item", query), path("training/class", truth));
            let labels: String = run.truth.iter().enumerate().map(line).collect();
            members.push((format!("run{number:02}/class_labels.txt"), labels.into_bytes()));
        }
        zip(members.iter().map(|(path, contents)| (path.as_str(), contents.clone())))
    }
}

mod invented_alphabets {
    use super::*;

    /// The greater of the two mean distances from points of one drawing to the nearest of the other, each
    /// drawing centred and brought to one size.
    fn difference(a: &Strokes, b: &Strokes) -> f32 {
        let centred = |strokes: &Strokes| -> Vec<Point> {
            let (lo, hi) = strokes.bounds().unwrap();
            let longest = (hi.x - lo.x).max(hi.y - lo.y);
            let (x, y) = ((lo.x + hi.x) / 2.0, (lo.y + hi.y) / 2.0);
            strokes.points().map(|p| Point { x: (p.x - x) / longest, y: (p.y - y) / longest }).collect()
        };
        let mean = |from: &[Point], to: &[Point]| {
            let nearest =
                |p: &Point| to.iter().map(|q| (p.x - q.x).hypot(p.y - q.y)).fold(f32::MAX, f32::min);
            from.iter().map(nearest).sum::<f32>() / from.len() as f32
        };
        let (a, b) = (centred(a), centred(b));
        mean(&a, &b).max(mean(&b, &a))
    }

    #[test]
    fn the_same_seed_gives_the_same_strokes_bit_by_bit() {
        let bits = |seed: u64, characters: usize| {
            let alphabet = InventedAlphabet::new(seed, characters);
            let drawings = (0..5).map(|character| alphabet.draw(character, 3));
            drawings
                .map(|d| d.points().map(|p| (p.x.to_bits(), p.y.to_bits())).collect())
                .collect::<Vec<Vec<_>>>()
        };
        assert_eq!(bits(7, 5), bits(7, 5));
        assert_eq!(bits(7, 5), bits(7, 12));
        assert_ne!(bits(7, 5), bits(8, 5));
        let checksum =
            bits(7, 5).concat().iter().fold(0_u32, |sum, (x, y)| sum.rotate_left(5) ^ x ^ y.rotate_left(16));
        assert_eq!(checksum, 2_378_538_323, "not the strokes that every platform draws");
    }

    #[test]
    fn characters_are_two_to_four_strokes_on_the_paper() {
        for seed in 0..10 {
            let alphabet = InventedAlphabet::new(seed, 20);
            for character in 0..alphabet.characters() {
                let drawing = alphabet.draw(character, 1);
                assert!((2..=4).contains(&drawing.0.len()));
                assert!(drawing.0.iter().all(|stroke| stroke.len() > 5));
                let (lo, hi) = drawing.bounds().unwrap();
                assert!(lo.x >= 0.0 && lo.y >= 0.0 && hi.x <= 105.0 && hi.y <= 105.0);
                assert!((hi.x - lo.x).max(hi.y - lo.y) > 35.0);
            }
        }
    }

    #[test]
    fn drawers_differ_and_yet_a_drawing_is_nearest_to_its_own_character() {
        let (mut nearest_right, mut asked) = (0, 0);
        for seed in 0..10 {
            let alphabet = InventedAlphabet::new(seed, 20);
            let first: Vec<Strokes> = (0..20).map(|character| alphabet.draw(character, 0)).collect();
            for (character, own) in first.iter().enumerate() {
                let again = alphabet.draw(character, 1);
                assert!(again != *own && difference(&again, own) < 0.15);
                let to = |other: &Strokes| difference(&again, other);
                let nearest = (0..20).min_by(|&a, &b| to(&first[a]).total_cmp(&to(&first[b])));
                asked += 1;
                nearest_right += usize::from(nearest == Some(character));
            }
        }
        assert!(nearest_right * 100 >= asked * 97, "{nearest_right} of {asked}");
    }

    #[test]
    fn characters_of_one_alphabet_are_told_apart() {
        for seed in 0..10 {
            let alphabet = InventedAlphabet::new(seed, 20);
            let drawings: Vec<Strokes> = (0..20).map(|character| alphabet.draw(character, 0)).collect();
            for (i, one) in drawings.iter().enumerate() {
                assert!(
                    drawings[..i].iter().all(|other| difference(one, other) > 0.06),
                    "seed {seed}, character {i}"
                );
            }
        }
    }

    #[test]
    fn an_alphabet_of_many_characters_is_finished() {
        assert_eq!(InventedAlphabet::new(1, 100).characters(), 100);
    }
}

#[test]
fn a_set_of_strokes_is_read_and_what_is_none_is_told() {
    let set = r#"{ "name": "signs", "kind": "strokes", "licence": "mine", "classes": {
        "b": [{ "writer": 7, "strokes": [[0, 0, 10, 5.5], [3, 4]] }, { "strokes": [[1, 1, 2, 2]] }], "a": [] } }"#;
    let read = DrawnSet::from_json(set.as_bytes()).unwrap();
    assert_eq!(read.name, "signs");
    let labels: Vec<&str> = read.classes.iter().map(|class| &*class.label).collect();
    assert_eq!(labels, ["a", "b"]);
    let writers: Vec<Option<&str>> =
        read.classes[1].drawings.iter().map(|drawn| drawn.writer.as_deref()).collect();
    assert_eq!(writers, [Some("7"), None]);
    let drawn = Strokes(vec![
        vec![Point { x: 0.0, y: 0.0 }, Point { x: 10.0, y: 5.5 }],
        vec![Point { x: 3.0, y: 4.0 }],
    ]);
    assert_eq!(read.classes[1].drawings[0].strokes, drawn);

    let faults = [
        ("signs", "expected value"),
        (r#"{ "name": "signs", "kind": "strokes" }"#, "classes"),
        (r#"{ "name": "signs", "kind": "pictures", "classes": {} }"#, "pictures"),
        (
            r#"{ "name": "signs", "kind": "strokes", "classes": { "a": [{ "strokes": [[1]] }] } }"#,
            "without a y",
        ),
        (r#"{ "name": "signs", "kind": "strokes", "classes": { "a": [{ "strokes": [[]] }] } }"#, "empty"),
        (
            r#"{ "name": "signs", "kind": "strokes", "classes": { "a": [{ "strokes": [[1e30, 0]] }] } }"#,
            "drawing 0 of \"a\"",
        ),
        (
            r#"{ "name": "signs", "kind": "strokes", "classes": { "a": [{ "strokes": [["x"]] }] } }"#,
            "invalid type",
        ),
    ];
    for (json, told) in faults {
        let error = DrawnSet::from_json(json.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(told), "{json}: {error}");
    }
}
