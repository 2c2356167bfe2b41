//! From one kind or element type to another, and logic.

use burn::tensor::{Bool, DType, Int, Tensor};

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::{bool, float_in, int};

pub fn cases() -> Vec<Case> {
    [casts(), logic()].into_iter().flatten().collect()
}

fn casts() -> Vec<Case> {
    vec![
        op(
            "cast of float to f64 and back",
            [float_in([2, 4], -9.0, 9.0)],
            |x: Tensor<2>| x.cast(DType::F64).mul_scalar(0.1).cast(DType::F32),
        ),
        op(
            "cast of float to half and back",
            [float_in([2, 4], -9.0, 9.0)],
            |x: Tensor<2>| x.cast(DType::F16).cast(DType::F32),
        )
        .not_on("ndarray", "NdArray has no half precision"),
        op("cast of int", [int([2, 4], -9, 9)], |x: Tensor<2, Int>| {
            x.cast(DType::I64).cast(DType::I32)
        }),
        op(
            "float to int",
            [float_in([2, 4], -9.0, 9.0)],
            |x: Tensor<2>| x.int(),
        ),
        op("int to float", [int([2, 4], -9, 9)], |x: Tensor<2, Int>| {
            x.float()
        }),
        op("bool to int", [bool([2, 4])], |x: Tensor<2, Bool>| x.int()),
        op("bool to float", [bool([2, 4])], |x: Tensor<2, Bool>| {
            x.float()
        }),
        op("int to bool", [int([2, 4], 0, 2)], |x: Tensor<2, Int>| {
            x.bool()
        }),
    ]
}

fn logic() -> Vec<Case> {
    type Pair = (Tensor<2, Bool>, Tensor<2, Bool>);
    let pair = || [bool([2, 4]), bool([2, 4])];
    vec![
        op("not", [bool([2, 4])], |x: Tensor<2, Bool>| x.bool_not()),
        op("and", pair(), |(x, y): Pair| x.bool_and(y)),
        op("or", pair(), |(x, y): Pair| x.bool_or(y)),
        op("xor", pair(), |(x, y): Pair| x.bool_xor(y)),
    ]
}
