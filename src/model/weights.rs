//! Weights as safetensors. Parameters are named by their path in the module. Of those that are tied a file holds the free part
//! alone, an eighth.

use std::collections::HashMap;

use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::{POSES, Tied};

/// Why weights cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// Not safetensors, or cut short.
    #[error("the weights file is damaged ({0}): fetch it again")]
    Damaged(String),
    /// A parameter is missing, there twice, of the wrong shape, not f16 or f32, not a finite number, or a variance below 0.
    #[error("the weights are not of this model: {0}")]
    Mismatch(String),
    /// The engine could not give its values.
    #[error("the weights could not be read from the engine: {0}")]
    Unreadable(String),
}

/// Named arrays: the parameters of a module and whatever else travels with them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    pub(super) arrays: HashMap<String, Array>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// What ends the name of a free part.
const FREE: &str = ".free";

/// What ends the name of the variances that a batch norm divides by.
const VARIANCE: &str = "running_var";

/// Largest file taken and its longest header, in bytes, and most values once they are whole. The largest network here, whole and
/// in f32, has 1.8 MB and a header of 6 kB.
const MAX_BYTES: usize = 1 << 23;
const MAX_HEADER: u64 = 1 << 16;
const MAX_VALUES: usize = 1 << 22;

impl Array {
    /// The array of this name that this is the free part of.
    fn whole(self, name: &str) -> Result<Self, WeightsError> {
        let mut shape = self.shape;
        if let Some(out) = shape.first_mut() {
            *out = out.saturating_mul(POSES);
        }
        match Tied::of(name, &shape) {
            Some(tied) if tied.size() == self.values.len() * POSES => {
                Ok(Self { values: tied.whole(&self.values), shape })
            }
            _ => Err(WeightsError::Mismatch(format!("{name} of shape {shape:?} is not tied"))),
        }
    }

    /// The free part of the array of this name, if it is tied.
    fn free(&self, name: &str) -> Option<Self> {
        let tied = Tied::of(name, &self.shape)?;
        let values = tied.of_first_pose(&self.values);
        let mut shape = self.shape.clone();
        shape[0] /= POSES;
        (tied.whole(&values) == self.values).then_some(Self { shape, values })
    }
}

impl Weights {
    /// Reads safetensors of f16 or f32 values.
    ///
    /// # Errors
    /// [`WeightsError::Damaged`] if the bytes are no safetensors or more than any network here has, [`WeightsError::Mismatch`]
    /// if a value is of another type, not finite, or a variance below 0, if an array is there twice, whole and as its free
    /// part, or if a free part is of an array that is not tied.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let damaged = |why: String| Err(WeightsError::Damaged(why));
        if bytes.len() > MAX_BYTES {
            return damaged(format!("it has {} bytes, at most {MAX_BYTES} are read", bytes.len()));
        }
        let header = bytes.first_chunk().map_or(0, |&length| u64::from_le_bytes(length));
        if header > MAX_HEADER {
            return damaged(format!("its header has {header} bytes, at most {MAX_HEADER} are read"));
        }
        let file =
            SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Damaged(error.to_string()))?;
        let mut arrays = HashMap::new();
        let mut values_left = MAX_VALUES;
        for (name, view) in file.tensors() {
            let values: Vec<f32> = match view.dtype() {
                Dtype::F16 => {
                    view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
                }
                Dtype::F32 => view
                    .data()
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect(),
                other => {
                    return Err(WeightsError::Mismatch(format!("{name} holds {other:?}, not F16 or F32")));
                }
            };
            let whole = if name.ends_with(FREE) { POSES * values.len() } else { values.len() };
            values_left = values_left
                .checked_sub(whole)
                .ok_or_else(|| WeightsError::Mismatch(format!("they have more than {MAX_VALUES} values")))?;
            let array = Array { shape: view.shape().to_vec(), values };
            let (name, array) = match name.strip_suffix(FREE) {
                None => (name.as_str(), array),
                Some(whole) => (whole, array.whole(whole)?),
            };
            if arrays.insert(name.to_owned(), array).is_some() {
                return Err(WeightsError::Mismatch(format!(
                    "{name} comes twice, whole and as its free part"
                )));
            }
        }
        let weights = Self { arrays };
        weights.check()?;
        Ok(weights)
    }

    /// Writes safetensors with every value as f16.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.written(Dtype::F16, |value| f16::from_f32(value).to_le_bytes())
    }

    /// Writes safetensors with every value as f32.
    pub fn to_exact_bytes(&self) -> Vec<u8> {
        self.written(Dtype::F32, f32::to_le_bytes)
    }

    fn written<const N: usize>(&self, dtype: Dtype, bytes: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
        let written = |(name, whole): (&String, &Array)| {
            let (name, Array { shape, values }) = match whole.free(name) {
                None => (name.clone(), whole.clone()),
                Some(free) => (format!("{name}{FREE}"), free),
            };
            (name, shape, values.into_iter().flat_map(&bytes).collect())
        };
        let mut arrays: Vec<(String, Vec<usize>, Vec<u8>)> = self.arrays.iter().map(written).collect();
        arrays.sort();
        let views = arrays.iter().map(|(name, shape, bytes)| {
            (name, TensorView::new(dtype, shape.clone(), bytes).expect("shape and values agree"))
        });
        safetensors::serialize(views, None).expect("named arrays serialise")
    }

    /// The arrays that are not the same in `other`.
    pub fn differing(mut self, other: &Self) -> Self {
        self.arrays.retain(|name, array| other.arrays.get(name) != Some(array));
        self
    }

    /// Takes over the head of `other`, whose arrays no other system has.
    pub fn take_head(&mut self, other: &Self) {
        let head = other.arrays.iter().filter(|(name, _)| name.starts_with("head."));
        self.arrays.extend(head.map(|(name, array)| (name.clone(), array.clone())));
    }

    /// The encoder's parameters alone, named by their path in the encoder.
    pub fn encoder(&self) -> Self {
        let own = |(name, array): (&String, &Array)| {
            Some((name.strip_prefix("encoder.")?.to_owned(), array.clone()))
        };
        Self { arrays: self.arrays.iter().filter_map(own).collect() }
    }

    /// The mean of these weights and of others of the same names and shapes, in which these have this share.
    pub fn mixed(mut self, share: f32, others: &Self) -> Self {
        for (name, Array { values, .. }) in &mut self.arrays {
            if let Some(other) = others.arrays.get(name) {
                let mix = |(own, other): (&mut f32, &f32)| *own = share * *own + (1.0 - share) * other;
                values.iter_mut().zip(&other.values).for_each(mix);
            }
        }
        self
    }

    /// Whether there is no array.
    pub fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    /// Takes over the arrays of `other`.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if there is no array of this name and shape here; nothing is taken over then.
    pub fn replace(&mut self, other: &Self) -> Result<(), WeightsError> {
        for (name, array) in &other.arrays {
            if self.arrays.get(name).is_none_or(|own| own.shape != array.shape) {
                return Err(WeightsError::Mismatch(format!(
                    "{name} of this shape is none of its parameters"
                )));
            }
        }
        self.arrays.extend(other.arrays.clone());
        Ok(())
    }

    /// Adds an array that is no parameter, or replaces it.
    pub fn insert(&mut self, name: &str, values: Vec<f32>) {
        self.arrays.insert(name.into(), Array { shape: vec![values.len()], values });
    }

    /// The values of an array, if it is there.
    pub fn get(&self, name: &str) -> Option<&[f32]> {
        self.arrays.get(name).map(|array| array.values.as_slice())
    }

    /// The values of an array that must be there, and so many.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if it is missing or of another size.
    pub fn sized(&self, name: &str, size: usize) -> Result<&[f32], WeightsError> {
        match self.get(name) {
            Some(values) if values.len() == size => Ok(values),
            Some(values) => {
                Err(WeightsError::Mismatch(format!("{name} has {} values, expected {size}", values.len())))
            }
            None => Err(WeightsError::Mismatch(format!("{name} is missing"))),
        }
    }

    /// Makes sure that a network can compute with these values.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if one is not finite, or a variance is below 0.
    pub fn check(&self) -> Result<(), WeightsError> {
        for (name, Array { values, .. }) in &self.arrays {
            if values.iter().any(|value| !value.is_finite()) {
                return Err(WeightsError::Mismatch(format!(
                    "{name} holds values that are not finite numbers"
                )));
            }
            if name.ends_with(VARIANCE) && values.iter().any(|&variance| variance < 0.0) {
                return Err(WeightsError::Mismatch(format!("{name} holds a variance below 0")));
            }
        }
        Ok(())
    }

    /// These weights, tied: of each parameter that has poses the nearest array that holds its filters in all of them.
    pub fn tied(self) -> Self {
        self.with_free(Tied::free)
    }

    /// Random weights, tied: the filters of the first pose are held in all of them. Their mean over poses would be smaller.
    pub fn tied_by_first_pose(self) -> Self {
        self.with_free(Tied::of_first_pose)
    }

    fn with_free(mut self, free: impl Fn(&Tied, &[f32]) -> Vec<f32>) -> Self {
        for (name, Array { shape, values }) in &mut self.arrays {
            if let Some(tied) = Tied::of(name, shape) {
                *values = tied.whole(&free(&tied, values));
            }
        }
        self
    }
}
