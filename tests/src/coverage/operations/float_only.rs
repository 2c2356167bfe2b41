//! Functions of floats.

use burn::tensor::Tensor;
use burn::tensor::ops::{GridSampleOptions, GridSamplePaddingMode, InterpolateMode};

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::{float, float_in};

pub fn cases() -> Vec<Case> {
    [of_one(), angles(), steps(), of_two(), grids()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_one() -> Vec<Case> {
    let positive = || [float_in([2, 4], 0.2, 3.0)];
    vec![
        op("exp", [float([2, 4])], |x: Tensor<2>| x.exp()),
        op("log", positive(), |x: Tensor<2>| x.log()),
        op("log1p", positive(), |x: Tensor<2>| x.log1p()),
        op("erf", [float([2, 4])], |x: Tensor<2>| x.erf()),
        op("sqrt", positive(), |x: Tensor<2>| x.sqrt()),
        op("recip", positive(), |x: Tensor<2>| x.recip()),
        op("powf_scalar", positive(), |x: Tensor<2>| x.powf_scalar(1.7)),
    ]
}

fn angles() -> Vec<Case> {
    let any = || [float([2, 4])];
    let below_one = || [float_in([2, 4], -0.9, 0.9)];
    vec![
        op("cos", any(), |x: Tensor<2>| x.cos()),
        op("cosh", any(), |x: Tensor<2>| x.cosh()),
        op("sin", any(), |x: Tensor<2>| x.sin()),
        op("sinh", any(), |x: Tensor<2>| x.sinh()),
        op("tan", below_one(), |x: Tensor<2>| x.tan()),
        op("tanh", any(), |x: Tensor<2>| x.tanh()),
        op("acos", below_one(), |x: Tensor<2>| x.acos()),
        op("acosh", [float_in([2, 4], 1.1, 3.0)], |x: Tensor<2>| {
            x.acosh()
        }),
        op("asin", below_one(), |x: Tensor<2>| x.asin()),
        op("asinh", any(), |x: Tensor<2>| x.asinh()),
        op("atan", any(), |x: Tensor<2>| x.atan()),
        op("atanh", below_one(), |x: Tensor<2>| x.atanh()),
        op(
            "atan2",
            [float([2, 4]), float([2, 4])],
            |(x, y): (Tensor<2>, Tensor<2>)| x.atan2(y),
        ),
    ]
}

fn steps() -> Vec<Case> {
    vec![
        op("round", [float([2, 4])], |x: Tensor<2>| x.round()).flat(),
        op("floor", [float([2, 4])], |x: Tensor<2>| x.floor()).flat(),
        op("ceil", [float([2, 4])], |x: Tensor<2>| x.ceil()).flat(),
        op("trunc", [float([2, 4])], |x: Tensor<2>| x.trunc()).flat(),
        // Zero divided by zero, and infinity where the logarithm is of zero.
        op("is_nan", [float([2, 4])], |x: Tensor<2>| {
            x.clamp_min(0.0).log().mul_scalar(0.0).is_nan()
        })
        .wrong_on("wgpu", "WGSL may take it that there is no NaN"),
        op("is_inf", [float([2, 4])], |x: Tensor<2>| {
            x.clamp_min(0.0).log().is_inf()
        }),
        op("is_finite", [float([2, 4])], |x: Tensor<2>| {
            x.clamp_min(0.0).log().is_finite()
        }),
    ]
}

fn of_two() -> Vec<Case> {
    type Pair = (Tensor<2>, Tensor<2>);
    vec![
        op(
            "powf",
            [float_in([2, 4], 0.2, 2.0), float([2, 4])],
            |(x, y): Pair| x.powf(y),
        ),
        op("hypot", [float([2, 4]), float([2, 4])], |(x, y): Pair| {
            x.hypot(y)
        }),
        op("cross", [float([2, 3]), float([2, 3])], |(x, y): Pair| {
            x.cross(y, 1)
        }),
    ]
}

fn grids() -> Vec<Case> {
    let case = |name: &str, options: GridSampleOptions| {
        let inputs = [float([2, 2, 4, 4]), float_in([2, 3, 3, 2], -1.1, 1.1)];
        op(name, inputs, move |(x, grid): (Tensor<4>, Tensor<4>)| {
            x.grid_sample_2d(grid, options.clone())
        })
    };
    let border = GridSampleOptions::new(InterpolateMode::Bilinear)
        .with_padding_mode(GridSamplePaddingMode::Border)
        .with_align_corners(true);
    let nearest = GridSampleOptions::new(InterpolateMode::Nearest)
        .with_padding_mode(GridSamplePaddingMode::Reflection);
    vec![
        case("grid_sample_2d", GridSampleOptions::default()),
        case("grid_sample_2d, border, corners", border),
        case("grid_sample_2d, reflection, nearest", nearest)
            .without_gradient("Burn has no backward pass for it")
            .not_on("ndarray", "NdArray doesn't know the mode")
            .not_on("cubecl", "CubeCL doesn't know the mode"),
    ]
}
