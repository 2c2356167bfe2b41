//! The operands of one operation, and the shapes that most operations have.

use burn::backend::ir::{BinaryOpIr, ReduceDimOpIr, ScalarOpIr, TensorId, TensorIr, UnaryOpIr};
use burn::backend::tensor::{BoolTensor, FloatTensor, IntTensor};
use burn::backend::{Backend, Scalar};
use burn::tensor::BoolDType;

use crate::exec::Value;

/// What an operation computes, in the order of its outputs.
pub(crate) type Outputs<B> = Vec<Value<B>>;

/// The operands of one operation, taken by the id under which it names them.
///
/// A recorded operation always finds its operands in the kinds it reads: the recording made them so.
/// The `expect`s state this, and [`support`](crate::ir::support) refuses every other graph.
pub(crate) struct Frame<B: Backend> {
    operands: Vec<Option<(TensorId, Value<B>)>>,
    device: B::Device,
}

impl<B: Backend> Frame<B> {
    pub(crate) fn new(operands: Vec<(TensorId, Value<B>)>, device: B::Device) -> Self {
        Self {
            operands: operands.into_iter().map(Some).collect(),
            device,
        }
    }

    /// Where operations without operands create their tensors.
    pub(super) fn device(&self) -> &B::Device {
        &self.device
    }

    fn take(&mut self, tensor: &TensorIr) -> Value<B> {
        let holds = |slot: &&mut Option<(TensorId, Value<B>)>| {
            slot.as_ref().is_some_and(|(id, _)| *id == tensor.id)
        };
        let slot = self.operands.iter_mut().find(holds);
        let (_, value) = slot
            .and_then(Option::take)
            .expect("every operand is in the frame");
        value
    }

    pub(super) fn float(&mut self, tensor: &TensorIr) -> FloatTensor<B> {
        match self.take(tensor) {
            Value::Float(tensor) => tensor,
            _ => unreachable!("the operation reads a float tensor"),
        }
    }

    pub(super) fn int(&mut self, tensor: &TensorIr) -> IntTensor<B> {
        match self.take(tensor) {
            Value::Int(tensor) => tensor,
            _ => unreachable!("the operation reads an int tensor"),
        }
    }

    pub(super) fn bool(&mut self, tensor: &TensorIr) -> BoolTensor<B> {
        match self.take(tensor) {
            Value::Bool(tensor) => tensor,
            _ => unreachable!("the operation reads a bool tensor"),
        }
    }

    pub(super) fn optional_float(&mut self, tensor: Option<&TensorIr>) -> Option<FloatTensor<B>> {
        tensor.map(|tensor| self.float(tensor))
    }
}

/// Operations on floats.
impl<B: Backend> Frame<B> {
    pub(super) fn map(
        &mut self,
        op: &UnaryOpIr,
        f: impl FnOnce(FloatTensor<B>) -> FloatTensor<B>,
    ) -> Outputs<B> {
        float(f(self.float(&op.input)))
    }

    pub(super) fn zip(
        &mut self,
        op: &BinaryOpIr,
        f: impl FnOnce(FloatTensor<B>, FloatTensor<B>) -> FloatTensor<B>,
    ) -> Outputs<B> {
        let lhs = self.float(&op.lhs);
        float(f(lhs, self.float(&op.rhs)))
    }

    pub(super) fn scalar(
        &mut self,
        op: &ScalarOpIr,
        f: impl FnOnce(FloatTensor<B>, Scalar) -> FloatTensor<B>,
    ) -> Outputs<B> {
        float(f(self.float(&op.lhs), op.rhs.into()))
    }

    pub(super) fn compare(
        &mut self,
        op: &BinaryOpIr,
        f: impl FnOnce(FloatTensor<B>, FloatTensor<B>, BoolDType) -> BoolTensor<B>,
    ) -> Outputs<B> {
        let lhs = self.float(&op.lhs);
        bool(f(lhs, self.float(&op.rhs), op.out.dtype.into()))
    }

    pub(super) fn compare_scalar(
        &mut self,
        op: &ScalarOpIr,
        f: impl FnOnce(FloatTensor<B>, Scalar, BoolDType) -> BoolTensor<B>,
    ) -> Outputs<B> {
        bool(f(self.float(&op.lhs), op.rhs.into(), op.out.dtype.into()))
    }

    pub(super) fn reduce(
        &mut self,
        op: &ReduceDimOpIr,
        f: impl FnOnce(FloatTensor<B>, usize) -> FloatTensor<B>,
    ) -> Outputs<B> {
        float(f(self.float(&op.input), op.axis))
    }
}

/// The same on integers.
impl<B: Backend> Frame<B> {
    pub(super) fn int_map(
        &mut self,
        op: &UnaryOpIr,
        f: impl FnOnce(IntTensor<B>) -> IntTensor<B>,
    ) -> Outputs<B> {
        int(f(self.int(&op.input)))
    }

    pub(super) fn int_zip(
        &mut self,
        op: &BinaryOpIr,
        f: impl FnOnce(IntTensor<B>, IntTensor<B>) -> IntTensor<B>,
    ) -> Outputs<B> {
        let lhs = self.int(&op.lhs);
        int(f(lhs, self.int(&op.rhs)))
    }

    pub(super) fn int_scalar(
        &mut self,
        op: &ScalarOpIr,
        f: impl FnOnce(IntTensor<B>, Scalar) -> IntTensor<B>,
    ) -> Outputs<B> {
        int(f(self.int(&op.lhs), op.rhs.into()))
    }

    pub(super) fn int_compare(
        &mut self,
        op: &BinaryOpIr,
        f: impl FnOnce(IntTensor<B>, IntTensor<B>, BoolDType) -> BoolTensor<B>,
    ) -> Outputs<B> {
        let lhs = self.int(&op.lhs);
        bool(f(lhs, self.int(&op.rhs), op.out.dtype.into()))
    }

    pub(super) fn int_compare_scalar(
        &mut self,
        op: &ScalarOpIr,
        f: impl FnOnce(IntTensor<B>, Scalar, BoolDType) -> BoolTensor<B>,
    ) -> Outputs<B> {
        bool(f(self.int(&op.lhs), op.rhs.into(), op.out.dtype.into()))
    }

    pub(super) fn int_reduce(
        &mut self,
        op: &ReduceDimOpIr,
        f: impl FnOnce(IntTensor<B>, usize) -> IntTensor<B>,
    ) -> Outputs<B> {
        int(f(self.int(&op.input), op.axis))
    }
}

pub(super) fn float<B: Backend>(tensor: FloatTensor<B>) -> Outputs<B> {
    vec![Value::Float(tensor)]
}

pub(super) fn int<B: Backend>(tensor: IntTensor<B>) -> Outputs<B> {
    vec![Value::Int(tensor)]
}

pub(super) fn bool<B: Backend>(tensor: BoolTensor<B>) -> Outputs<B> {
    vec![Value::Bool(tensor)]
}
