//! Arithmetic, comparison, reduction and sorting, on floats and on integers.

use burn::backend::Backend;
use burn::backend::ir::NumericOperationIr as Op;

use crate::exec::frame::{Frame, Outputs, float, int};
use crate::exec::ops::refused;
use crate::exec::value::Value;

// A table: one entry for each operation.
#[allow(clippy::too_many_lines)]
pub(super) fn on_floats<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        Op::Add(op) => frame.zip(op, B::float_add),
        Op::AddScalar(op) => frame.scalar(op, B::float_add_scalar),
        Op::Sub(op) => frame.zip(op, B::float_sub),
        Op::SubScalar(op) => frame.scalar(op, B::float_sub_scalar),
        Op::Mul(op) => frame.zip(op, B::float_mul),
        Op::MulScalar(op) => frame.scalar(op, B::float_mul_scalar),
        Op::Div(op) => frame.zip(op, B::float_div),
        Op::DivScalar(op) => frame.scalar(op, B::float_div_scalar),
        Op::Rem(op) => frame.zip(op, B::float_remainder),
        Op::RemScalar(op) => frame.scalar(op, B::float_remainder_scalar),
        Op::Abs(op) => frame.map(op, B::float_abs),
        Op::Neg(op) => frame.map(op, B::float_neg),
        Op::Sign(op) => frame.map(op, B::float_sign),
        Op::Powi(op) => {
            let lhs = frame.float(&op.lhs);
            float(B::float_powi(lhs, frame.int(&op.rhs)))
        }
        Op::PowiScalar(op) => frame.scalar(op, B::float_powi_scalar),
        Op::Clamp(op) => float(B::float_clamp(
            frame.float(&op.tensor),
            op.min.into(),
            op.max.into(),
        )),
        Op::ClampMin(op) => frame.scalar(op, B::float_clamp_min),
        Op::ClampMax(op) => frame.scalar(op, B::float_clamp_max),
        Op::Pad(op) => float(B::float_pad(
            frame.float(&op.input),
            &op.padding,
            op.mode.into(),
        )),
        Op::Full(op) => float(B::float_full(
            op.out.shape.clone(),
            op.value.into(),
            frame.device(),
            op.out.dtype.into(),
        )),
        Op::Greater(op) => frame.compare(op, B::float_greater),
        Op::GreaterElem(op) => frame.compare_scalar(op, B::float_greater_elem),
        Op::GreaterEqual(op) => frame.compare(op, B::float_greater_equal),
        Op::GreaterEqualElem(op) => frame.compare_scalar(op, B::float_greater_equal_elem),
        Op::Lower(op) => frame.compare(op, B::float_lower),
        Op::LowerElem(op) => frame.compare_scalar(op, B::float_lower_elem),
        Op::LowerEqual(op) => frame.compare(op, B::float_lower_equal),
        Op::LowerEqualElem(op) => frame.compare_scalar(op, B::float_lower_equal_elem),
        Op::Mean(op) => float(B::float_mean(frame.float(&op.input))),
        Op::MeanDim(op) => frame.reduce(op, B::float_mean_dim),
        Op::Sum(op) => float(B::float_sum(frame.float(&op.input))),
        Op::SumDim(op) => frame.reduce(op, B::float_sum_dim),
        Op::SumDims(op) => float(B::float_sum_dims(frame.float(&op.input), &op.axes)),
        Op::Prod(op) => float(B::float_prod(frame.float(&op.input))),
        Op::ProdDim(op) => frame.reduce(op, B::float_prod_dim),
        Op::Max(op) => float(B::float_max(frame.float(&op.input))),
        Op::MaxDim(op) => frame.reduce(op, B::float_max_dim),
        Op::Min(op) => float(B::float_min(frame.float(&op.input))),
        Op::MinDim(op) => frame.reduce(op, B::float_min_dim),
        Op::MaxAbs(op) => float(B::float_max_abs(frame.float(&op.input))),
        Op::MaxAbsDim(op) => frame.reduce(op, B::float_max_abs_dim),
        Op::CumSum(op) => float(B::float_cumsum(frame.float(&op.input), op.axis)),
        Op::CumProd(op) => float(B::float_cumprod(frame.float(&op.input), op.axis)),
        Op::CumMin(op) => float(B::float_cummin(frame.float(&op.input), op.axis)),
        Op::CumMax(op) => float(B::float_cummax(frame.float(&op.input), op.axis)),
        Op::ArgMax(op) => int(B::float_argmax(
            frame.float(&op.input),
            op.axis,
            op.out.dtype.into(),
        )),
        Op::ArgMin(op) => int(B::float_argmin(
            frame.float(&op.input),
            op.axis,
            op.out.dtype.into(),
        )),
        Op::TopK(op) => float(B::float_topk(
            frame.float(&op.input),
            op.axis,
            op.accumulator_len,
        )),
        Op::ArgTopK(op) => {
            let input = frame.float(&op.input);
            int(B::float_argtopk(
                input,
                op.axis,
                op.accumulator_len,
                op.out.dtype.into(),
            ))
        }
        Op::TopKWithIndices(op) => {
            let tensor = frame.float(&op.tensor);
            let dtype = op.out_indices.dtype.into();
            with_indices(B::float_topk_with_indices(tensor, op.dim, op.k, dtype))
        }
        Op::MaxDimWithIndices(op) => {
            let tensor = frame.float(&op.tensor);
            let dtype = op.out_indices.dtype.into();
            with_indices(B::float_max_dim_with_indices(tensor, op.dim, dtype))
        }
        Op::MinDimWithIndices(op) => {
            let tensor = frame.float(&op.tensor);
            let dtype = op.out_indices.dtype.into();
            with_indices(B::float_min_dim_with_indices(tensor, op.dim, dtype))
        }
        Op::Sort(op) => float(B::float_sort(frame.float(&op.input), op.dim, op.descending)),
        Op::SortWithIndices(op) => {
            let tensor = frame.float(&op.input);
            let dtype = op.out_indices.dtype.into();
            with_indices(B::float_sort_with_indices(
                tensor,
                op.dim,
                op.descending,
                dtype,
            ))
        }
        Op::ArgSort(op) => {
            let tensor = frame.float(&op.input);
            int(B::float_argsort(
                tensor,
                op.dim,
                op.descending,
                op.out.dtype.into(),
            ))
        }
        Op::IntRandom(_) => refused(),
    }
}

// A table, as above.
#[allow(clippy::too_many_lines)]
pub(super) fn on_ints<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        Op::Add(op) => frame.int_zip(op, B::int_add),
        Op::AddScalar(op) => frame.int_scalar(op, B::int_add_scalar),
        Op::Sub(op) => frame.int_zip(op, B::int_sub),
        Op::SubScalar(op) => frame.int_scalar(op, B::int_sub_scalar),
        Op::Mul(op) => frame.int_zip(op, B::int_mul),
        Op::MulScalar(op) => frame.int_scalar(op, B::int_mul_scalar),
        Op::Div(op) => frame.int_zip(op, B::int_div),
        Op::DivScalar(op) => frame.int_scalar(op, B::int_div_scalar),
        Op::Rem(op) => frame.int_zip(op, B::int_remainder),
        Op::RemScalar(op) => frame.int_scalar(op, B::int_remainder_scalar),
        Op::Abs(op) => frame.int_map(op, B::int_abs),
        Op::Neg(op) => frame.int_map(op, B::int_neg),
        Op::Sign(op) => frame.int_map(op, B::int_sign),
        Op::Powi(op) => frame.int_zip(op, B::int_powi),
        Op::PowiScalar(op) => frame.int_scalar(op, B::int_powi_scalar),
        Op::Clamp(op) => int(B::int_clamp(
            frame.int(&op.tensor),
            op.min.into(),
            op.max.into(),
        )),
        Op::ClampMin(op) => frame.int_scalar(op, B::int_clamp_min),
        Op::ClampMax(op) => frame.int_scalar(op, B::int_clamp_max),
        Op::Pad(op) => int(B::int_pad(
            frame.int(&op.input),
            &op.padding,
            op.mode.into(),
        )),
        Op::Full(op) => int(B::int_full(
            op.out.shape.clone(),
            op.value.into(),
            frame.device(),
            op.out.dtype.into(),
        )),
        Op::Greater(op) => frame.int_compare(op, B::int_greater),
        Op::GreaterElem(op) => frame.int_compare_scalar(op, B::int_greater_elem),
        Op::GreaterEqual(op) => frame.int_compare(op, B::int_greater_equal),
        Op::GreaterEqualElem(op) => frame.int_compare_scalar(op, B::int_greater_equal_elem),
        Op::Lower(op) => frame.int_compare(op, B::int_lower),
        Op::LowerElem(op) => frame.int_compare_scalar(op, B::int_lower_elem),
        Op::LowerEqual(op) => frame.int_compare(op, B::int_lower_equal),
        Op::LowerEqualElem(op) => frame.int_compare_scalar(op, B::int_lower_equal_elem),
        Op::Mean(op) => int(B::int_mean(frame.int(&op.input))),
        Op::MeanDim(op) => frame.int_reduce(op, B::int_mean_dim),
        Op::Sum(op) => int(B::int_sum(frame.int(&op.input))),
        Op::SumDim(op) => frame.int_reduce(op, B::int_sum_dim),
        Op::SumDims(op) => {
            let input = frame.int(&op.input);
            int(op
                .axes
                .iter()
                .fold(input, |sum, &axis| B::int_sum_dim(sum, axis)))
        }
        Op::Prod(op) => int(B::int_prod(frame.int(&op.input))),
        Op::ProdDim(op) => frame.int_reduce(op, B::int_prod_dim),
        Op::Max(op) => int(B::int_max(frame.int(&op.input))),
        Op::MaxDim(op) => frame.int_reduce(op, B::int_max_dim),
        Op::Min(op) => int(B::int_min(frame.int(&op.input))),
        Op::MinDim(op) => frame.int_reduce(op, B::int_min_dim),
        Op::MaxAbs(op) => int(B::int_max_abs(frame.int(&op.input))),
        Op::MaxAbsDim(op) => frame.int_reduce(op, B::int_max_abs_dim),
        Op::CumSum(op) => int(B::int_cumsum(frame.int(&op.input), op.axis)),
        Op::CumProd(op) => int(B::int_cumprod(frame.int(&op.input), op.axis)),
        Op::CumMin(op) => int(B::int_cummin(frame.int(&op.input), op.axis)),
        Op::CumMax(op) => int(B::int_cummax(frame.int(&op.input), op.axis)),
        Op::ArgMax(op) => frame.int_reduce(op, B::int_argmax),
        Op::ArgMin(op) => frame.int_reduce(op, B::int_argmin),
        Op::TopK(op) => int(B::int_topk(
            frame.int(&op.input),
            op.axis,
            op.accumulator_len,
        )),
        Op::ArgTopK(op) => int(B::int_argtopk(
            frame.int(&op.input),
            op.axis,
            op.accumulator_len,
        )),
        Op::TopKWithIndices(op) => ints_with_indices(B::int_topk_with_indices(
            frame.int(&op.tensor),
            op.dim,
            op.k,
        )),
        Op::MaxDimWithIndices(op) => {
            ints_with_indices(B::int_max_dim_with_indices(frame.int(&op.tensor), op.dim))
        }
        Op::MinDimWithIndices(op) => {
            ints_with_indices(B::int_min_dim_with_indices(frame.int(&op.tensor), op.dim))
        }
        Op::Sort(op) => int(B::int_sort(frame.int(&op.input), op.dim, op.descending)),
        Op::SortWithIndices(op) => ints_with_indices(B::int_sort_with_indices(
            frame.int(&op.input),
            op.dim,
            op.descending,
        )),
        Op::ArgSort(op) => int(B::int_argsort(frame.int(&op.input), op.dim, op.descending)),
        Op::IntRandom(_) => refused(),
    }
}

fn with_indices<B: Backend>(
    (values, indices): (B::FloatTensorPrimitive, B::IntTensorPrimitive),
) -> Outputs<B> {
    vec![Value::Float(values), Value::Int(indices)]
}

fn ints_with_indices<B: Backend>(
    (values, indices): (B::IntTensorPrimitive, B::IntTensorPrimitive),
) -> Outputs<B> {
    vec![Value::Int(values), Value::Int(indices)]
}
