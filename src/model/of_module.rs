//! Weights out of burn's modules and into them.

use std::collections::HashMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Tensor, TensorData},
};

use super::{Weights, WeightsError, weights::Array};

impl Weights {
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
