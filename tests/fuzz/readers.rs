//! The readers that are fuzzed, each as a function of a file's bytes. The fuzz targets call them, and so does the native test that
//! replays the corpus.

use glimpse::{
    dataset::{Bitmap, Mnist, OfficialRuns, Omniglot},
    drawing::Drawing,
    model::{System, Weights},
    nn,
};

/// Both readers of zip archives.
pub fn zip(file: &[u8]) {
    let _ = OfficialRuns::from_zip(file);
    let _ = Omniglot::from_zip(file);
}

/// The reader of PNG pictures.
pub fn png(file: &[u8]) {
    let _ = Bitmap::from_png("fuzzed.png", file);
}

/// The reader of MNIST's IDX files, given a file of images and one of labels.
pub fn idx(file: &[u8]) {
    const IMAGES: [u8; 18] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255];
    const LABELS: [u8; 9] = [0, 0, 8, 1, 0, 0, 0, 1, 7];
    for set in [Mnist::from_idx(file, &LABELS), Mnist::from_idx(&IMAGES, file)].into_iter().flatten() {
        for picture in set.pictures() {
            let _ = Drawing::from_picture(&picture);
        }
    }
}

/// The reader of weights, what writes them, and the networks made of them.
pub fn safetensors(file: &[u8]) {
    let Ok(weights) = Weights::from_bytes(file) else { return };
    assert!(
        Weights::from_bytes(&weights.to_exact_bytes()).is_ok_and(|again| again == weights),
        "read, written, read"
    );
    if let Ok(encoder) = nn::Encoder::new(&weights) {
        let drawing = Drawing::from_pixels(&[0.5; 32 * 32]).expect("these are a drawing's pixels");
        let features = encoder.encode(&drawing);
        for system in System::ALL {
            if let Ok(head) = nn::Head::new(system, &weights) {
                let query = features.first_chunk().expect("one drawing");
                head.search(query, &head.index(&features), &[0]);
            }
        }
    }
}
