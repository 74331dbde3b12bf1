//! Writes what fuzzing starts from: small files that are right, made here of nothing but dots.

use std::{
    collections::HashMap,
    fs,
    io::{Cursor, Write},
    path::Path,
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn main() -> std::io::Result<()> {
    let seeds = [("zip", zips()), ("png", pngs()), ("idx", idx()), ("safetensors", weights())];
    for (target, files) in seeds {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        for (index, file) in files.iter().enumerate() {
            fs::write(folder.join(index.to_string()), file)?;
        }
        println!("{}: {} files", folder.display(), files.len());
    }
    Ok(())
}

/// A picture of 105 × 105 with one dot.
fn png(color: png::ColorType, depth: png::BitDepth, edit: impl Fn(&mut png::Info)) -> Vec<u8> {
    let mut info = png::Info::with_size(105, 105);
    (info.color_type, info.bit_depth) = (color, depth);
    if color == png::ColorType::Indexed {
        info.palette = Some(vec![0, 0, 0, 255, 255, 255].into());
    }
    edit(&mut info);
    let mut file = Vec::new();
    let bits = color.samples() * depth as usize;
    let mut data = vec![0xff; (105 * bits).div_ceil(8) * 105];
    data[5] = 0;
    if color == png::ColorType::Indexed && depth as usize > 1 {
        data.iter_mut().for_each(|value| *value = u8::from(*value > 0));
    }
    let mut writer = png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_image_data(&data).unwrap();
    writer.finish().unwrap();
    file
}

fn pngs() -> Vec<Vec<u8>> {
    use png::{BitDepth::*, ColorType::*};
    let kinds = [
        (Grayscale, One),
        (Grayscale, Two),
        (Grayscale, Eight),
        (Grayscale, Sixteen),
        (GrayscaleAlpha, Eight),
        (Rgb, Eight),
        (Rgba, Eight),
        (Rgba, Sixteen),
        (Indexed, One),
        (Indexed, Eight),
    ];
    let mut files: Vec<_> = kinds.into_iter().map(|(color, depth)| png(color, depth, |_| {})).collect();
    files.push(png(Indexed, One, |info| info.trns = Some(vec![0, 255].into())));
    files.push(png(Grayscale, One, |info| {
        info.source_gamma = Some(png::ScaledFloat::new(1.0));
        info.pixel_dims = Some(png::PixelDimensions { xppu: 1, yppu: 1, unit: png::Unit::Meter });
    }));
    files
}

fn zipped(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, contents) in members {
        zip.start_file(*path, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(contents).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn zips() -> Vec<Vec<u8>> {
    let dot = png(png::ColorType::Grayscale, png::BitDepth::One, |_| {});
    let labels = b"run01/test/item01.png run01/training/class01.png\n";
    let run: [(&str, &[u8]); 3] = [
        ("run01/test/item01.png", &dot),
        ("run01/training/class01.png", &dot),
        ("run01/class_labels.txt", labels),
    ];
    let alphabet: [(&str, &[u8]); 2] = [("A/character01/1_1.png", &dot), ("A/character02/2_1.png", &dot)];
    let methods = [CompressionMethod::Stored, CompressionMethod::Deflated];
    methods
        .into_iter()
        .flat_map(|method| [zipped(method, &run), zipped(method, &alphabet), zipped(method, &[])])
        .collect()
}

fn idx() -> Vec<Vec<u8>> {
    let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 255, 0, 0, 255, 0];
    let labels = [0, 0, 8, 1, 0, 0, 0, 1, 7];
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    vec![images.to_vec(), labels.to_vec(), gzip(&images), gzip(&labels)]
}

/// A file of few arrays, whole and tied, and files with the shapes of each system's own and ones for values.
fn weights() -> Vec<Vec<u8>> {
    let file = |arrays: Vec<(String, Dtype, Vec<usize>)>| {
        let data: Vec<Vec<u8>> = arrays
            .iter()
            .map(|(_, dtype, shape)| {
                let one: &[u8] = if *dtype == Dtype::F16 { &[0, 0x3c] } else { &[0, 0, 0x80, 0x3f] };
                one.repeat(shape.iter().product())
            })
            .collect();
        let views = arrays
            .into_iter()
            .zip(&data)
            .map(|((name, dtype, shape), data)| (name, TensorView::new(dtype, shape, data).unwrap()));
        safetensors::serialize(views.collect::<HashMap<_, _>>(), None).unwrap()
    };
    let array = |name: &str, dtype, shape: &[usize]| (name.to_owned(), dtype, shape.to_vec());
    let mut files = vec![
        file(vec![array("threshold", Dtype::F32, &[1]), array("x.norm.running_var", Dtype::F16, &[8])]),
        file(vec![array("x.free", Dtype::F16, &[1, 1, 3, 3]), array("x.norm.gamma.free", Dtype::F32, &[1])]),
        file(vec![
            array("y.free", Dtype::F32, &[1, 8, 3, 3]),
            array("Relation.hidden.weight.free", Dtype::F16, &[1, 2]),
        ]),
    ];
    for system in ["siamese", "triplet", "relation"] {
        let shipped =
            fs::read(format!("{}/../../weights/{system}.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let shipped = SafeTensors::deserialize(&shipped).unwrap();
        let arrays =
            shipped.tensors().into_iter().map(|(name, view)| (name, view.dtype(), view.shape().to_vec()));
        files.push(file(arrays.collect()));
    }
    files
}
