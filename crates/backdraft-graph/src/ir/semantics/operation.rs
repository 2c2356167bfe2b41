//! The table's entry: an operation of any family.

use burn::backend::ir::{BoolOperationIr as Bool, IntOperationIr as Int, OperationIr};

use crate::OpKind;
use crate::ir::semantics::row::Semantics;
use crate::ir::semantics::{activation, base, float, module, numeric, refusal};

impl Semantics {
    /// The row of a recorded operation.
    pub(crate) fn of(op: &OperationIr) -> Self {
        match op {
            OperationIr::BaseFloat(op) | OperationIr::BaseInt(op) => base::of(op),
            OperationIr::BaseBool(op) => base::of_bool(op),
            OperationIr::NumericFloat(_, op) => numeric::of(op),
            OperationIr::NumericInt(_, op) => numeric::of_int(op),
            OperationIr::Float(_, op) => float::of(op),
            OperationIr::Int(op) => of_int(op),
            OperationIr::Bool(op) => of_bool(op),
            OperationIr::Activation(op) => activation::of(op),
            OperationIr::Module(op) => module::of(op),
            OperationIr::Custom(_) => Self::refused(refusal::CUSTOM),
            OperationIr::Distributed(_) => Self::refused(refusal::DISTRIBUTED),
            OperationIr::Init(_) | OperationIr::Drop(_) => Self::refused(refusal::LIFETIME),
        }
    }
}

/// No gradient passes integers.
fn of_int(op: &Int) -> Semantics {
    match op {
        Int::IntoFloat(_)
        | Int::BitwiseAnd(_)
        | Int::BitwiseAndScalar(_)
        | Int::BitwiseOr(_)
        | Int::BitwiseOrScalar(_)
        | Int::BitwiseXor(_)
        | Int::BitwiseXorScalar(_)
        | Int::BitwiseNot(_)
        | Int::BitwiseLeftShift(_)
        | Int::BitwiseLeftShiftScalar(_)
        | Int::BitwiseRightShift(_)
        | Int::BitwiseRightShiftScalar(_)
        | Int::Matmul(_) => Semantics::new(OpKind::Other),
    }
}

fn of_bool(op: &Bool) -> Semantics {
    match op {
        Bool::IntoFloat(_)
        | Bool::IntoInt(_)
        | Bool::Not(_)
        | Bool::And(_)
        | Bool::Or(_)
        | Bool::Xor(_) => Semantics::new(OpKind::Other),
    }
}

#[cfg(test)]
mod tests {
    use crate::OpKind;
    use crate::testing::record;
    use burn::backend::tensor::IndexingUpdateOp;
    use burn::tensor::activation::relu;
    use burn::tensor::{Int, Tensor};

    fn kind_of(forward: fn(Tensor<2>) -> Tensor<2>) -> OpKind {
        record([1, 2], forward).nodes[0].kind
    }

    #[test]
    fn a_clamp_at_zero_is_a_rectifier_however_it_is_written() {
        assert_eq!(kind_of(relu), OpKind::Relu);
        assert_eq!(kind_of(|x| x.clamp_min(0.0)), OpKind::Relu);
        assert_eq!(kind_of(|x| x.clamp(0.0, 6.0)), OpKind::Relu6);
    }

    #[test]
    fn other_clamps_are_not() {
        assert_eq!(kind_of(|x| x.clamp(-1.0, 1.0)), OpKind::Elementwise);
        assert_eq!(kind_of(|x| x.clamp_min(0.5)), OpKind::Elementwise);
    }

    #[test]
    fn maxima_are_no_reductions() {
        assert_eq!(kind_of(|x| x.mean_dim(1)), OpKind::Reduction);
        assert_eq!(kind_of(|x| x.min_dim(1)), OpKind::Maximum);
    }

    #[test]
    fn writing_at_indices_is_affine_if_it_adds() {
        let add = |x: Tensor<2>| {
            let indices = Tensor::<1, Int>::from_data([1], &x.device());
            x.clone()
                .select_assign(1, indices, x.slice([0..1, 0..1]), IndexingUpdateOp::Add)
        };
        let graph = record([1, 2], add);
        assert_eq!(graph.nodes.last().unwrap().kind, OpKind::Affine);
    }
}
