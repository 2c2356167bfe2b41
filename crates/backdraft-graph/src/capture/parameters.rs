//! The parameters of a model: their values and their names.

use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::kind::{Basic, Kind};
use burn::tensor::{Bool, Device, Int, Tensor};

use crate::AnyTensor;

/// A parameter's path in the model (`head.fc1.weight`) and its value.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) path: String,
    pub(crate) value: AnyTensor,
}

/// Every parameter and running statistic, in the order in which Burn visits the model.
///
/// Lazily initialized parameters are initialized, as the model's first forward pass would do.
pub(crate) fn parameters_of(model: &impl Module) -> Vec<Parameter> {
    let mut collector = Collector::default();
    model.visit(&mut collector);
    collector.parameters
}

/// An uninitialized tensor of the shape and type of `like`.
pub(super) fn placeholder(like: &AnyTensor, device: &Device) -> AnyTensor {
    let (shape, dtype, device) = (like.shape(), like.dtype(), device.as_dispatch());
    AnyTensor::from_dispatch(match like.kind() {
        Some(Kind::Int) => Dispatch::int_empty(shape, device, dtype.into()),
        Some(Kind::Bool) => Dispatch::bool_empty(shape, device, dtype.into()),
        _ => Dispatch::float_empty(shape, device, dtype.into()),
    })
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    parameters: Vec<Parameter>,
}

impl Collector {
    fn push<const D: usize, K: Basic>(&mut self, value: Tensor<D, K>) {
        self.parameters.push(Parameter {
            path: self.path.join("."),
            value: AnyTensor::from(value).without_autodiff(),
        });
    }
}

impl ModuleVisitor for Collector {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.push(param.base());
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.push(param.base());
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.push(param.base());
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
    use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};

    #[derive(Module, Debug)]
    struct Net {
        norm: BatchNorm,
        heads: Vec<Linear>,
    }

    #[test]
    fn paths_are_the_fields_of_the_struct() {
        let device = Device::flex();
        let net = Net {
            norm: BatchNormConfig::new(2).init(&device),
            heads: vec![LinearConfig::new(2, 3).with_bias(false).init(&device)],
        };
        let paths: Vec<String> = parameters_of(&net).into_iter().map(|p| p.path).collect();
        assert_eq!(
            paths,
            [
                "norm.gamma",
                "norm.beta",
                "norm.running_mean",
                "norm.running_var",
                "heads.0.weight"
            ]
        );
    }
}
