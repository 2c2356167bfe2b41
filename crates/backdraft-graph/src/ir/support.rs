//! Which recorded operations can be replayed; checked before anything is computed.

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, FloatOperationIr as Float,
    ModuleOperationIr as Module, NumericOperationIr as Numeric, OperationIr,
};
use burn::backend::tensor::IndexingUpdateOp;

use crate::Error;
use crate::ir::node::Node;
use crate::ir::op_name::op_name;

const RANDOM: &str = "it draws random numbers, so the same input gives another output every time";
const GRADIENT: &str = "it is a step of a backward pass, and networks are captured in inference";
const CUSTOM: &str = "it is a custom operation whose meaning is unknown here";
const DISTRIBUTED: &str = "it communicates between devices";
const QUANTIZED: &str = "quantized tensors are not supported";
const UNDEFINED: &str = "Burn has no such operation for tensors of this kind";
const LIFETIME: &str = "it manages memory and computes nothing";

/// `Ok` if the executor has a definition for the operation.
pub(crate) fn check(node: &Node, position: usize) -> Result<(), Error> {
    match unsupported(&node.op) {
        None => Ok(()),
        Some(reason) => Err(Error::UnsupportedOp {
            op: op_name(&node.op),
            position,
            layer: node.name.clone(),
            reason,
        }),
    }
}

fn unsupported(op: &OperationIr) -> Option<&'static str> {
    match op {
        OperationIr::BaseBool(op) => unsupported_bool(op),
        OperationIr::NumericFloat(_, Numeric::IntRandom(_))
        | OperationIr::NumericInt(_, Numeric::IntRandom(_))
        | OperationIr::Float(_, Float::Random(_)) => Some(RANDOM),
        OperationIr::Float(_, Float::Quantize(_) | Float::Dequantize(_)) => Some(QUANTIZED),
        OperationIr::Module(op) => is_gradient_of_module(op).then_some(GRADIENT),
        OperationIr::Activation(
            Activation::ReluBackward(_)
            | Activation::GeluBackward(_)
            | Activation::SigmoidBackward(_)
            | Activation::LogSigmoidBackward(_),
        ) => Some(GRADIENT),
        OperationIr::Custom(_) => Some(CUSTOM),
        OperationIr::Distributed(_) => Some(DISTRIBUTED),
        OperationIr::Init(_) | OperationIr::Drop(_) => Some(LIFETIME),
        _ => None,
    }
}

fn unsupported_bool(op: &Base) -> Option<&'static str> {
    match op {
        Base::Cast(_) | Base::ScatterNd(_) | Base::GatherNd(_) => Some(UNDEFINED),
        Base::Scatter(scatter) if scatter.update != IndexingUpdateOp::Add => Some(UNDEFINED),
        Base::SelectAssign(select) if select.update != IndexingUpdateOp::Add => Some(UNDEFINED),
        _ => None,
    }
}

fn is_gradient_of_module(op: &Module) -> bool {
    matches!(
        op,
        Module::EmbeddingBackward(_)
            | Module::LinearXBackward(_)
            | Module::LinearWeightBackward(_)
            | Module::LinearBiasBackward(_)
            | Module::Conv1dXBackward(_)
            | Module::Conv1dWeightBackward(_)
            | Module::Conv1dBiasBackward(_)
            | Module::Conv2dXBackward(_)
            | Module::Conv2dWeightBackward(_)
            | Module::Conv2dBiasBackward(_)
            | Module::Conv3dXBackward(_)
            | Module::Conv3dWeightBackward(_)
            | Module::Conv3dBiasBackward(_)
            | Module::DeformableConv2dBackward(_)
            | Module::AvgPool1dBackward(_)
            | Module::AvgPool2dBackward(_)
            | Module::AdaptiveAvgPool1dBackward(_)
            | Module::AdaptiveAvgPool2dBackward(_)
            | Module::AdaptiveAvgPool3dBackward(_)
            | Module::MaxPool1dWithIndicesBackward(_)
            | Module::MaxPool2dWithIndicesBackward(_)
            | Module::InterpolateBackward(_)
            | Module::CtcLossBackward(_)
            | Module::ConvTranspose1dWeightBackward(_)
            | Module::ConvTranspose1dBiasBackward(_)
            | Module::ConvTranspose2dWeightBackward(_)
            | Module::ConvTranspose2dBiasBackward(_)
            | Module::ConvTranspose3dWeightBackward(_)
            | Module::ConvTranspose3dBiasBackward(_)
    )
}

#[cfg(test)]
mod tests {
    use crate::{Error, Network};
    use burn::tensor::{Device, Distribution, Tensor};

    #[test]
    fn randomness_is_refused_with_its_place_before_any_compute() {
        let example = Tensor::<2>::zeros([1, 2], &Device::flex());
        let captured = Network::capture(
            &Vec::<burn::nn::Linear>::new(),
            example,
            |_, x: Tensor<2>| {
                x.clone().exp() + Tensor::random([1, 2], Distribution::Default, &x.device())
            },
        );
        match captured {
            Err(Error::UnsupportedOp { op, position, .. }) => {
                assert_eq!((op.as_str(), position), ("Random", 1));
            }
            other => panic!("expected an unsupported operation, got {other:?}"),
        }
    }
}
