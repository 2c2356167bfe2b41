//! Arithmetic, comparison and reduction of floats and integers.

use burn::tensor::kind::{Numeric, Ordered};
use burn::tensor::ops::PadMode;
use burn::tensor::{Int, Tensor};

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::{Input, float, float_in, int};

type T<K> = Tensor<3, K>;

/// For values of shape `[batch, 3, 4]`, without zeros.
pub fn cases<K: Ordered>(values: fn() -> Input) -> Vec<Case> {
    [
        arithmetic::<K>(values),
        comparisons::<K>(values),
        reductions::<K>(values),
        paddings::<K>(values),
    ]
    .into_iter()
    .flatten()
    .map(|case| Case {
        name: format!("{} of {}", case.name, K::name().to_lowercase()),
        ..case
    })
    .collect()
}

fn arithmetic<K: Ordered>(values: fn() -> Input) -> Vec<Case> {
    let pair = || [values(), values()];
    vec![
        op("add", pair(), |(x, y): (T<K>, T<K>)| x + y),
        op("add, broadcast", pair(), |(x, y): (T<K>, T<K>)| {
            x + y.slice_dim(1, 0..1)
        }),
        op("add to itself", [values()], |x: T<K>| x.clone() + x),
        op("add_scalar", [values()], |x: T<K>| x.add_scalar(3)),
        op("sub", pair(), |(x, y): (T<K>, T<K>)| x - y),
        op("sub_scalar", [values()], |x: T<K>| x.sub_scalar(3)),
        op("mul", pair(), |(x, y): (T<K>, T<K>)| x * y),
        op("mul by itself", [values()], |x: T<K>| x.clone() * x),
        op("mul_scalar", [values()], |x: T<K>| x.mul_scalar(3)),
        op("div", pair(), |(x, y): (T<K>, T<K>)| x / y),
        op("div_scalar", [values()], |x: T<K>| x.div_scalar(3)),
        op("remainder_scalar", [values()], |x: T<K>| {
            x.remainder_scalar(2)
        }),
        op("abs", [values()], |x: T<K>| x.sub_scalar(1).abs()),
        op("neg", [values()], |x: T<K>| x.neg()),
        op("sign", [values()], |x: T<K>| x.sub_scalar(1).sign()).flat(),
        op("powi_scalar", [values()], |x: T<K>| x.powi_scalar(3)),
        op("clamp", [values()], |x: T<K>| x.clamp(0, 3)),
        op("clamp_min", [values()], |x: T<K>| x.clamp_min(1)),
        op("clamp_max", [values()], |x: T<K>| x.clamp_max(1)),
        op("sub from full", [values()], |x: T<K>| x.full_like(4) - x),
        op("cumsum", [values()], |x: T<K>| x.cumsum(2)),
        op("cumprod", [values()], |x: T<K>| x.cumprod(2)),
        op("cummin", [values()], |x: T<K>| x.cummin(2)),
        op("cummax", [values()], |x: T<K>| x.cummax(2)),
    ]
}

fn comparisons<K: Ordered>(values: fn() -> Input) -> Vec<Case> {
    let pair = || [values(), values()];
    vec![
        op("greater", pair(), |(x, y): (T<K>, T<K>)| x.greater(y)),
        op("greater_equal", pair(), |(x, y): (T<K>, T<K>)| {
            x.greater_equal(y)
        }),
        op("lower", pair(), |(x, y): (T<K>, T<K>)| x.lower(y)),
        op("lower_equal", pair(), |(x, y): (T<K>, T<K>)| {
            x.lower_equal(y)
        }),
        op("greater_scalar", [values()], |x: T<K>| x.greater_scalar(1)),
        op("greater_equal_scalar", [values()], |x: T<K>| {
            x.greater_equal_scalar(1)
        }),
        op("lower_scalar", [values()], |x: T<K>| x.lower_scalar(1)),
        op("lower_equal_scalar", [values()], |x: T<K>| {
            x.lower_equal_scalar(1)
        }),
        op("max_pair", pair(), |(x, y): (T<K>, T<K>)| x.max_pair(y)),
    ]
}

fn reductions<K: Ordered>(values: fn() -> Input) -> Vec<Case> {
    vec![
        op("sum", [values()], |x: T<K>| x.sum()),
        op("sum_dim", [values()], |x: T<K>| x.sum_dim(1)),
        op("sum_dims", [values()], |x: T<K>| x.sum_dims(&[0, 2])),
        op("mean", [values()], |x: T<K>| x.mean()),
        op("mean_dim", [values()], |x: T<K>| x.mean_dim(1)),
        // Of few values: integers of 32 bits, which not every backend has by default, overflow soon.
        op("prod", [values()], |x: T<K>| x.slice([0..1, 0..2]).prod()),
        op("prod_dim", [values()], |x: T<K>| x.prod_dim(1)),
        op("max", [values()], |x: T<K>| x.max()),
        op("max_dim", [values()], |x: T<K>| x.max_dim(1)),
        op("max_dim_with_indices", [values()], |x: T<K>| {
            x.max_dim_with_indices(1)
        }),
        op("max_abs", [values()], |x: T<K>| x.max_abs()),
        op("max_abs_dim", [values()], |x: T<K>| x.max_abs_dim(1)),
        op("min", [values()], |x: T<K>| x.min()),
        op("min_dim", [values()], |x: T<K>| x.min_dim(1)),
        op("min_dim_with_indices", [values()], |x: T<K>| {
            x.min_dim_with_indices(1)
        }),
    ]
}

fn paddings<K: Numeric>(values: fn() -> Input) -> Vec<Case> {
    vec![
        op("pad, constant", [values()], |x: T<K>| {
            x.pad((1, 2, 0, 1), PadMode::Constant(2.0))
        }),
        op("pad, reflect", [values()], |x: T<K>| {
            x.pad((1, 2, 0, 1), PadMode::Reflect)
        }),
        op("pad, edge", [values()], |x: T<K>| {
            x.pad((1, 2, 0, 1), PadMode::Edge)
        }),
    ]
}

/// With operands that suit floats only.
pub fn of_floats() -> Vec<Case> {
    let positive = || float_in([2, 3, 4], 0.5, 2.0);
    vec![
        op(
            "matmul",
            [float([2, 3, 4]), float([2, 4, 2])],
            |(x, y): (Tensor<3>, Tensor<3>)| x.matmul(y),
        ),
        op(
            "matmul, broadcast",
            [float([2, 3, 4]), float([1, 4, 2]).fixed()],
            |(x, y): (Tensor<3>, Tensor<3>)| x.matmul(y),
        ),
        op(
            "remainder of float",
            [float([2, 3, 4]), positive()],
            |(x, y): (Tensor<3>, Tensor<3>)| x.remainder(y),
        ),
        op(
            "powi of float",
            [positive(), float([2, 3, 4])],
            |(x, y): (Tensor<3>, Tensor<3>)| x.powi(y.round()),
        ),
    ]
}

/// With operands that suit integers only.
pub fn of_ints() -> Vec<Case> {
    type Pair = (Tensor<3, Int>, Tensor<3, Int>);
    let positive = || int([2, 3, 4], 1, 5);
    vec![
        op(
            "matmul of int",
            [int([2, 3, 4], -9, 9), int([2, 4, 2], -9, 9)],
            |(x, y): Pair| x.matmul(y),
        ),
        op(
            "remainder of int",
            [int([2, 3, 4], -9, 9), positive()],
            |(x, y): Pair| x.remainder(y),
        ),
        op(
            "powi of int",
            [int([2, 3, 4], -4, 5), positive()],
            |(x, y): Pair| x.powi(y),
        ),
    ]
}
