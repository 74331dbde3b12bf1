//! Weights in and out of a module, as safetensors. Parameters are named by their path in the module.

use std::collections::HashMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Tensor, TensorData},
};
use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// Why weights cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// Not safetensors, or cut short.
    #[error("the weights file is damaged ({0}): fetch it again")]
    Damaged(String),
    /// A parameter is missing, of the wrong shape, not f16 or f32, or not a finite number.
    #[error("the weights are not of this model: {0}")]
    Mismatch(String),
    /// The engine could not give its values.
    #[error("the weights could not be read from the engine: {0}")]
    Unreadable(String),
}

/// Named arrays: the parameters of a module and whatever else travels with them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    arrays: HashMap<String, Array>,
}

#[derive(Debug, Clone, PartialEq)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Weights {
    /// Reads safetensors of f16 or f32 values.
    ///
    /// # Errors
    /// [`WeightsError::Damaged`] if the bytes are no safetensors, [`WeightsError::Mismatch`] if a value is of another
    /// type or not finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let file =
            SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Damaged(error.to_string()))?;
        let mut arrays = HashMap::new();
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
            if values.iter().any(|v| !v.is_finite()) {
                return Err(WeightsError::Mismatch(format!(
                    "{name} holds values that are not finite numbers"
                )));
            }
            arrays.insert(name, Array { shape: view.shape().to_vec(), values });
        }
        Ok(Self { arrays })
    }

    /// Writes safetensors with every value as f16.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut halves: Vec<(&String, &Vec<usize>, Vec<u8>)> = self
            .arrays
            .iter()
            .map(|(name, a)| {
                (name, &a.shape, a.values.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect())
            })
            .collect();
        halves.sort_by_key(|(name, ..)| *name);
        let views = halves.iter().map(|(name, shape, bytes)| {
            (*name, TensorView::new(Dtype::F16, (*shape).clone(), bytes).expect("shape and values agree"))
        });
        safetensors::serialize(views, None).expect("named arrays serialise")
    }

    /// Adds an array that is no parameter, or replaces it.
    pub fn insert(&mut self, name: &str, values: Vec<f32>) {
        self.arrays.insert(name.into(), Array { shape: vec![values.len()], values });
    }

    /// The values of an array, if it is there.
    pub fn get(&self, name: &str) -> Option<&[f32]> {
        self.arrays.get(name).map(|array| array.values.as_slice())
    }

    /// Reads every parameter of a module, running averages included, from whatever device it is on.
    ///
    /// # Errors
    /// [`WeightsError::Unreadable`] if the engine fails.
    pub async fn of_module(module: &impl Module) -> Result<Self, WeightsError> {
        let mut reader = Reader::default();
        module.valid().visit(&mut reader);
        let mut arrays = HashMap::new();
        for (name, shape, flat) in reader.tensors {
            let data = flat
                .into_data_async()
                .await
                .map_err(|error| WeightsError::Unreadable(format!("{error:?}")))?;
            let values =
                data.try_to_vec::<f32>().map_err(|error| WeightsError::Unreadable(format!("{error:?}")))?;
            arrays.insert(name, Array { shape, values });
        }
        Ok(Self { arrays })
    }

    /// Puts these values into a module, onto the device it is on.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if a parameter of the module is missing here or has another shape.
    pub fn into_module<M: Module>(&self, module: M) -> Result<M, WeightsError> {
        let mut writer = Writer { weights: self, path: Vec::new(), fault: None };
        let module = module.map(&mut writer);
        match writer.fault {
            None => Ok(module),
            Some(fault) => Err(WeightsError::Mismatch(fault)),
        }
    }
}

#[derive(Default)]
struct Reader {
    path: Vec<String>,
    tensors: Vec<(String, Vec<usize>, Tensor<1>)>,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let tensor = parameter.val();
        let shape = tensor.dims().to_vec();
        self.tensors.push((self.path.join("."), shape, tensor.reshape([-1])));
    }
}

struct Writer<'a> {
    weights: &'a Weights,
    path: Vec<String>,
    fault: Option<String>,
}

impl ModuleMapper for Writer<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let shape = parameter.lazy_shape();
        let device = parameter.lazy_device();
        match self.weights.arrays.get(&name) {
            Some(array) if array.shape[..] == shape[..] => {
                let data = TensorData::new(array.values.clone(), shape);
                let id = parameter.id;
                return parameter.transform_for_load(Tensor::from_data(data, &device), id);
            }
            Some(array) => {
                self.fault = Some(format!("{name} has shape {:?}, expected {:?}", array.shape, &shape[..]))
            }
            None => self.fault = Some(format!("{name} is missing")),
        }
        parameter
    }
}
