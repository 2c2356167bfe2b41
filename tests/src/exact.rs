//! Values compared bit for bit.

use backdraft_graph::AnyTensor;
use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::kind::{Basic, Kind};
use burn::tensor::{Bool, Int, Shape, Tensor, TensorData};

/// The values of a tensor of any rank and kind, with its shape and type: equal if every bit is.
///
/// # Example
/// ```
/// use backdraft_tests::data_of;
/// use burn::tensor::{Device, Tensor, TensorData};
///
/// let tensor = Tensor::<2>::ones([1, 2], &Device::flex());
/// assert_eq!(data_of(&tensor.into()), TensorData::from([[1.0f32, 1.0]]));
/// ```
pub fn data_of(tensor: &AnyTensor) -> TensorData {
    let shape = tensor.shape();
    let flat = Shape::new([shape.num_elements()]);
    let kind = tensor.kind();
    let tensor = tensor.clone().without_autodiff().into_dispatch();
    let data = match kind {
        Some(Kind::Int) => {
            Tensor::<1, Int>::from_dispatch(Dispatch::int_reshape(tensor, flat)).into_data()
        }
        Some(Kind::Bool) => {
            Tensor::<1, Bool>::from_dispatch(Dispatch::bool_reshape(tensor, flat)).into_data()
        }
        _ => Tensor::<1>::from_dispatch(Dispatch::float_reshape(tensor, flat)).into_data(),
    };
    let (bytes, _, dtype) = data.into_parts();
    TensorData::from_bytes(bytes, shape, dtype)
}

/// Every parameter and running statistic of a model: equal to another if every bit is, and if the
/// devices are the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot(Vec<(String, TensorData)>);

impl Snapshot {
    /// The values of the moment.
    pub fn of(model: &impl Module) -> Self {
        let mut collector = Collector::default();
        model.visit(&mut collector);
        Self(collector.values)
    }
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    values: Vec<(String, TensorData)>,
}

impl Collector {
    fn push<const D: usize, K: Basic>(&mut self, tensor: Tensor<D, K>) {
        let tensor = AnyTensor::from(tensor);
        let place = format!("{} on {:?}", self.path.join("."), tensor.device());
        self.values.push((place, data_of(&tensor)));
    }
}

impl ModuleVisitor for Collector {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.push(param.val());
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.push(param.val());
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.push(param.val());
    }

    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{BatchNorm, BatchNormConfig};
    use burn::tensor::Device;

    #[test]
    fn a_snapshot_sees_running_statistics() {
        let device = Device::flex();
        let mut norm: BatchNorm = BatchNormConfig::new(2).init(&device);
        let before = Snapshot::of(&norm);
        assert_eq!(before.0.len(), 4);
        assert_eq!(before, Snapshot::of(&norm));
        norm.running_mean = burn::module::RunningState::new(Tensor::ones([2], &device));
        assert_ne!(before, Snapshot::of(&norm));
    }

    #[test]
    fn minus_zero_is_not_zero() {
        let device = Device::flex();
        let data = |value: f32| data_of(&Tensor::<1>::from_floats([value], &device).into());
        assert_ne!(data(0.0), data(-0.0));
        assert_eq!(data(f32::NAN), data(f32::NAN));
    }
}
