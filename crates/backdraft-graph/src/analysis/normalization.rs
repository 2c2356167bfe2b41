//! Where a network normalizes: multiplies or divides a tensor by a statistic of itself.

use std::collections::HashMap;

use burn::backend::ir::{
    BaseOperationIr as Base, BinaryOpIr, FloatOperationIr as Float, NumericOperationIr as Numeric,
    OperationIr, TensorId, TensorIr,
};

use crate::ir::node::Node;
use crate::ir::program::Program;

/// The operations that normalize, by position, each with the position of the operand that is the statistic.
///
/// A statistic is a sum, mean or maximum over dimensions that are kept, with powers, absolute values, scaling and
/// shifting by constants before and after it. It normalizes if the quotient doesn't depend on the scale of the tensor,
/// but for constants: `x / sqrt(mean(x²) + ε)`, but neither `x · mean(x)` nor `x / mean(x²)`.
pub(crate) fn statistics(graph: &Program) -> Vec<(usize, usize)> {
    let origins = Origins::of(graph);
    let nodes = graph.nodes.iter().enumerate();
    nodes
        .filter_map(|(position, node)| Some((position, origins.statistic(node)?)))
        .collect()
}

/// The operations that tensors come from.
struct Origins<'a> {
    graph: &'a Program,
    producers: HashMap<TensorId, usize>,
}

/// A tensor, and the power of it that another one grows with.
#[derive(Clone, Copy, Debug)]
struct Power {
    tensor: TensorId,
    exponent: f64,
}

/// One step back from a tensor: to an operand, a power of which it grows with.
struct Back<'a> {
    operand: &'a TensorIr,
    exponent: f64,
    reduces: bool,
}

impl<'a> Origins<'a> {
    fn of(graph: &'a Program) -> Self {
        Self {
            graph,
            producers: graph.producers(),
        }
    }

    /// The operand by which an operation normalizes its other one.
    fn statistic(&self, node: &Node) -> Option<usize> {
        let is_of = |statistic: &TensorIr, other: &TensorIr, exponent: f64| {
            let others = self.same_scale(other);
            let mut measured = self.measured(statistic).into_iter();
            measured.any(|power| same(power.exponent, exponent) && others.contains(&power.tensor))
        };
        match &node.op {
            OperationIr::NumericFloat(_, Numeric::Div(op)) => {
                is_of(&op.rhs, &op.lhs, 1.0).then_some(1)
            }
            OperationIr::NumericFloat(_, Numeric::Mul(op)) if is_of(&op.rhs, &op.lhs, -1.0) => {
                Some(1)
            }
            OperationIr::NumericFloat(_, Numeric::Mul(op)) => {
                is_of(&op.lhs, &op.rhs, -1.0).then_some(0)
            }
            _ => None,
        }
    }

    /// What a tensor is a statistic of: every tensor before a reduction that it is computed from, constants aside.
    fn measured(&self, statistic: &TensorIr) -> Vec<Power> {
        let mut found = Vec::new();
        let (mut tensor, mut exponent, mut reduced) = (statistic, 1.0, false);
        loop {
            if reduced {
                let tensors = self.same_scale(tensor).into_iter();
                found.extend(tensors.map(|tensor| Power { tensor, exponent }));
            }
            let Some(back) = self.back(tensor) else {
                return found;
            };
            reduced |= back.reduces;
            exponent *= back.exponent;
            tensor = back.operand;
        }
    }

    /// The tensor, and what it is but for its precision or its mean.
    fn same_scale(&self, tensor: &TensorIr) -> Vec<TensorId> {
        let mut tensors = vec![tensor.id];
        let mut tensor = tensor;
        while let Some(before) = self.before_centering(tensor) {
            tensors.push(before.id);
            tensor = before;
        }
        tensors
    }

    fn before_centering(&self, tensor: &TensorIr) -> Option<&'a TensorIr> {
        match self.op(tensor)? {
            OperationIr::BaseFloat(Base::Cast(op)) => Some(&op.input),
            OperationIr::NumericFloat(_, Numeric::Sub(op)) => {
                self.is_mean(&op.rhs, &op.lhs).then_some(&op.lhs)
            }
            _ => None,
        }
    }

    /// Whether a tensor is the mean of another one over some dimensions.
    fn is_mean(&self, mean: &TensorIr, of: &TensorIr) -> bool {
        let (mut tensor, mut reduced) = (mean, false);
        while tensor.id != of.id {
            let Some(back) = (self.back(tensor)).filter(|back| same(back.exponent, 1.0)) else {
                return false;
            };
            reduced |= back.reduces;
            tensor = back.operand;
        }
        reduced
    }

    /// The operand of an operation that a statistic may be computed by.
    fn back(&self, tensor: &TensorIr) -> Option<Back<'a>> {
        let to = |operand, exponent| Back {
            operand,
            exponent,
            reduces: false,
        };
        Some(match self.op(tensor)? {
            OperationIr::NumericFloat(_, op) => match op {
                Numeric::MeanDim(op)
                | Numeric::SumDim(op)
                | Numeric::MaxDim(op)
                | Numeric::MaxAbsDim(op) => reduction(&op.input),
                Numeric::SumDims(op) => reduction(&op.input),
                Numeric::Abs(op) => to(&op.input, 1.0),
                Numeric::Clamp(op) => to(&op.tensor, 1.0),
                Numeric::AddScalar(op)
                | Numeric::SubScalar(op)
                | Numeric::MulScalar(op)
                | Numeric::DivScalar(op)
                | Numeric::ClampMin(op)
                | Numeric::ClampMax(op) => to(&op.lhs, 1.0),
                Numeric::PowiScalar(op) => to(&op.lhs, op.rhs.elem()),
                Numeric::Mul(op) if op.lhs.id == op.rhs.id => to(&op.lhs, 2.0),
                Numeric::Add(op) | Numeric::Mul(op) => to(self.varying(op)?, 1.0),
                Numeric::Sub(op) | Numeric::Div(op) if !self.varies(&op.rhs) => to(&op.lhs, 1.0),
                Numeric::Div(op) if !self.varies(&op.lhs) => to(&op.rhs, -1.0),
                _ => return None,
            },
            OperationIr::Float(_, op) => match op {
                Float::Sqrt(op) => to(&op.input, 0.5),
                Float::Recip(op) => to(&op.input, -1.0),
                Float::PowfScalar(op) => to(&op.lhs, op.rhs.elem()),
                _ => return None,
            },
            OperationIr::BaseFloat(Base::Cast(op)) => to(&op.input, 1.0),
            OperationIr::BaseFloat(Base::Expand(op)) if is_along_dims(&op.input, &op.out) => {
                to(&op.input, 1.0)
            }
            _ => return None,
        })
    }

    /// The operand that depends on an input, if the other one doesn't.
    fn varying<'op>(&self, op: &'op BinaryOpIr) -> Option<&'op TensorIr> {
        match (self.varies(&op.lhs), self.varies(&op.rhs)) {
            (true, false) => Some(&op.lhs),
            (false, true) => Some(&op.rhs),
            _ => None,
        }
    }

    fn varies(&self, tensor: &TensorIr) -> bool {
        self.graph.depends_on_input(tensor.id)
    }

    fn op(&self, output: &TensorIr) -> Option<&'a OperationIr> {
        let position = *self.producers.get(&output.id)?;
        Some(&self.graph.nodes[position].op)
    }
}

fn reduction(operand: &TensorIr) -> Back<'_> {
    Back {
        operand,
        exponent: 1.0,
        reduces: true,
    }
}

/// Exponents are products of a few numbers such as 2 and 0.5.
fn same(exponent: f64, other: f64) -> bool {
    (exponent - other).abs() < 1e-9
}

/// Whether a tensor is repeated along its own dimensions, without new ones in front.
fn is_along_dims(small: &TensorIr, large: &TensorIr) -> bool {
    small.shape.num_dims() == large.shape.num_dims()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::{DType, Tensor};

    /// The names of the operations that normalize, each with the operand that is the statistic.
    fn found(forward: fn(Tensor<2>) -> Tensor<2>) -> Vec<(String, usize)> {
        let graph = record([2, 4], forward);
        let found = statistics(&graph).into_iter();
        found
            .map(|(position, operand)| (graph.nodes[position].name.clone(), operand))
            .collect()
    }

    fn deviation(centered: &Tensor<2>) -> Tensor<2> {
        (centered.clone().powi_scalar(2).mean_dim(1) + 1e-5).sqrt()
    }

    #[test]
    fn norms_are_found_however_they_are_written() {
        let quotient = [("div".to_owned(), 1)];
        let quotients: [fn(Tensor<2>) -> Tensor<2>; 7] = [
            |x| x.clone() / deviation(&x),
            |x| {
                let centered = x.clone() - x.mean_dim(1);
                centered.clone() / deviation(&centered)
            },
            // The mean that the variance is about is another tensor, and the divisor `n - 1`.
            |x| {
                let centered = x.clone() - x.clone().mean_dim(1);
                centered / (x.var(1) + 1e-5).sqrt()
            },
            |x| x.clone() / x.abs().sum_dim(1).clamp_min(1e-12),
            |x| x.clone() / (x.abs().max_dim(1) + 1e-6),
            |x| x.clone() / (x.powi_scalar(2).sum_dim(1).sum_dim(0) * 0.5).powf_scalar(0.5),
            |x| {
                let rms = (x.clone().cast(DType::F64).square().mean_dim(1) + 1e-6).sqrt();
                x.clone() / rms.cast(x.dtype())
            },
        ];
        for (index, forward) in quotients.into_iter().enumerate() {
            assert_eq!(found(forward), quotient, "{index}");
        }
        // The first product is the square.
        assert_eq!(
            found(|x| x.clone() * deviation(&x).recip()),
            [("mul#2".to_owned(), 1)]
        );
        assert_eq!(
            found(|x| (x.clone().abs().mean_dim(1) + 1.0).powf_scalar(-1.0) * x),
            [("mul".to_owned(), 0)]
        );
    }

    #[test]
    fn other_products_and_quotients_are_none() {
        let others: [fn(Tensor<2>) -> Tensor<2>; 7] = [
            // Gates.
            |x| x.clone() * x.mean_dim(1),
            |x| x.clone() * burn::tensor::activation::sigmoid(x.mean_dim(1)),
            // They grow or shrink with the scale.
            |x| x.clone() / x.powi_scalar(2).mean_dim(1),
            |x| x.clone() * deviation(&x),
            // Another tensor's statistic.
            |x| x.clone().exp() / (x.powi_scalar(2).mean_dim(1) + 1e-5).sqrt(),
            // No statistic: nothing is reduced.
            |x| x.clone() / (x.abs() + 1.0),
            |x| x.clone() / x.ones_like().sum_dim(1),
        ];
        for (index, forward) in others.into_iter().enumerate() {
            assert_eq!(found(forward), [], "{index}");
        }
    }
}
