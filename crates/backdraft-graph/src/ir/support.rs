//! Which recorded operations can be replayed; checked before anything is computed.

use crate::CaptureError;
use crate::ir::node::Node;
use crate::ir::op_name::op_name;

/// `Ok` if the executor has a definition for the operation.
pub(crate) fn check(node: &Node, position: usize) -> Result<(), CaptureError> {
    match node.semantics().refusal {
        None => Ok(()),
        Some(reason) => Err(CaptureError::UnsupportedOp {
            op: op_name(&node.op),
            position,
            layer: node.name.clone(),
            reason,
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::{CaptureError, Error, Network};
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
            Err(Error::Capture(CaptureError::UnsupportedOp { op, position, .. })) => {
                assert_eq!((op.as_str(), position), ("Random", 1));
            }
            other => panic!("expected an unsupported operation, got {other:?}"),
        }
    }
}
