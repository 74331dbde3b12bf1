//! Is a weights file from anywhere either read whole or refused, and never more than it says?

use std::collections::HashMap;

use glimpse::{
    model::{System, Weights, WeightsError},
    nn,
};
use half::f16;
use safetensors::{Dtype, tensor::TensorView};

/// A safetensors file of these arrays of zeros, written without looking at what they mean.
fn file(arrays: &[(&str, Dtype, &[usize])]) -> Vec<u8> {
    let size = |dtype: Dtype, shape: &[usize]| {
        shape.iter().product::<usize>() * if dtype == Dtype::F16 { 2 } else { 4 }
    };
    let data: Vec<Vec<u8>> = arrays.iter().map(|&(_, dtype, shape)| vec![0; size(dtype, shape)]).collect();
    let views = arrays
        .iter()
        .zip(&data)
        .map(|(&(name, dtype, shape), data)| (name, TensorView::new(dtype, shape.to_vec(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// A safetensors file with a header of one's own.
fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn refused(file: &[u8]) -> WeightsError {
    Weights::from_bytes(file).unwrap_err()
}

#[test]
fn a_free_part_without_values_is_refused() {
    for shape in
        [&[1, 0, 3, 3][..], &[0, 8, 3, 3], &[0, 0, 3, 3], &[usize::MAX / 4, 0, 3, 3], &[usize::MAX, 0, 3, 3]]
    {
        let error = refused(&file(&[("x.free", Dtype::F32, shape)]));
        assert!(matches!(error, WeightsError::Mismatch(_)), "{shape:?}: {error}");
    }
    for (name, shape) in
        [("head.Relation.hidden.weight.free", &[8, 0][..]), ("a.norm.gamma.free", &[0]), (".free", &[0])]
    {
        let error = refused(&file(&[(name, Dtype::F32, shape)]));
        assert!(matches!(error, WeightsError::Mismatch(_)), "{name}: {error}");
    }
}

#[test]
fn an_array_that_comes_whole_and_as_its_free_part_is_refused() {
    let error = refused(&file(&[("x", Dtype::F32, &[8, 1, 3, 3]), ("x.free", Dtype::F32, &[1, 1, 3, 3])]));
    assert!(matches!(&error, WeightsError::Mismatch(why) if why.contains("x comes twice")), "{error}");
}

#[test]
fn a_variance_below_zero_is_refused() {
    let mut weights = Weights::default();
    weights.insert("encoder.blocks.0.norm.running_var", vec![1.0, 0.0, -1e-6, 1.0]);
    let error = refused(&weights.to_exact_bytes());
    assert!(matches!(&error, WeightsError::Mismatch(why) if why.contains("running_var")), "{error}");
    weights.insert("encoder.blocks.0.norm.running_var", vec![1.0, 0.0, 1e-6, 1.0]);
    assert_eq!(Weights::from_bytes(&weights.to_exact_bytes()).unwrap(), weights);
}

#[test]
fn values_that_are_no_finite_numbers_are_refused_in_both_types() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let single = bad.to_le_bytes();
        let half = f16::from_f32(bad).to_le_bytes();
        for (dtype, data) in [(Dtype::F32, &single[..]), (Dtype::F16, &half)] {
            let view = TensorView::new(dtype, vec![1], data).unwrap();
            let error = refused(&safetensors::serialize([("x", view)], None).unwrap());
            assert!(matches!(error, WeightsError::Mismatch(_)), "{bad} as {dtype:?}: {error}");
        }
    }
}

#[test]
fn a_file_far_larger_than_any_network_is_refused() {
    let error = refused(&file(&[("x", Dtype::F32, &[1 << 23])]));
    assert!(matches!(&error, WeightsError::Damaged(why) if why.contains("bytes")), "{error}");
    // 8 MB that would be made whole to 8 times as many values.
    let error = refused(&file(&[
        ("x.free", Dtype::F16, &[64, 4096, 3, 3]),
        ("y.free", Dtype::F16, &[64, 1024, 3, 3]),
    ]));
    assert!(matches!(&error, WeightsError::Mismatch(why) if why.contains("values")), "{error}");
}

#[test]
fn faulty_headers_are_refused() {
    let huge = "{".to_owned() + &" ".repeat(1 << 20);
    let deep = "[".repeat(100_000);
    let twice = r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    let overflowing =
        format!(r#"{{"x":{{"dtype":"F32","shape":[{0},{0},{0}],"data_offsets":[0,4]}}}}"#, u64::MAX);
    let backwards = r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#;
    let headers = ["", "{", "null", r#"{"x":1}"#, &huge, &deep, twice, &overflowing, backwards];
    for header in headers {
        let error = refused(&with_header(header, &[0; 8]));
        assert!(matches!(error, WeightsError::Damaged(_)), "{:.80}: {error}", header);
    }
    // Sound, but for as many arrays as no network has.
    let arrays: Vec<String> = (0..2000)
        .map(|index| format!(r#""{index}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#))
        .collect();
    let error = refused(&with_header(&format!("{{{}}}", arrays.join(",")), &[]));
    assert!(matches!(&error, WeightsError::Damaged(why) if why.contains("header")), "{error}");
    for length in [0, 1, u64::MAX, u64::MAX / 2, 1 << 32] {
        let error = refused(&[&u64::to_le_bytes(length)[..], &[b'{'; 8]].concat());
        assert!(matches!(error, WeightsError::Damaged(_)), "a header of {length} bytes: {error}");
    }
}

#[test]
fn a_shipped_file_with_one_array_changed_makes_no_network() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/weights/triplet.safetensors");
    let bytes = std::fs::read(path).unwrap();
    let shipped = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert!(nn::Head::new(System::Triplet, &Weights::from_bytes(&bytes).unwrap()).is_ok());
    for (changed, _) in shipped.tensors().iter().filter(|(name, _)| name.starts_with("encoder.")) {
        let views: HashMap<String, TensorView> = shipped
            .tensors()
            .into_iter()
            .map(|(name, view)| {
                let zero = TensorView::new(view.dtype(), vec![0], &[]).unwrap();
                let view = if name == *changed { zero } else { view };
                (name, view)
            })
            .collect();
        let read = Weights::from_bytes(&safetensors::serialize(views, None).unwrap());
        let made = read.and_then(|weights| nn::Encoder::new(&weights).map(|_| ()));
        assert!(matches!(made, Err(WeightsError::Mismatch(_))), "{changed}: {made:?}");
    }
}
