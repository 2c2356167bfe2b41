//! Operations of networks that no module of `burn::nn` records.

use burn::tensor::module::{
    attention, embedding, interpolate, linear, max_pool1d_with_indices, max_pool2d_with_indices,
};
use burn::tensor::ops::{
    AttentionModuleOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions,
};
use burn::tensor::{Bool, Int, Tensor};

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::{Input, bool, float, int};

pub fn cases() -> Vec<Case> {
    [layers(), pools(), attentions(), idioms()]
        .into_iter()
        .flatten()
        .collect()
}

fn layers() -> Vec<Case> {
    vec![
        op(
            "linear of three inputs",
            [float([2, 4]), float([4, 3]).fixed(), float([3]).fixed()],
            |(x, weight, bias): (Tensor<2>, Tensor<2>, Tensor<1>)| linear(x, weight, Some(bias)),
        ),
        op(
            "embedding with a table that is an input",
            [float([6, 3]).fixed(), int([2, 4], 0, 6)],
            |(table, tokens): (Tensor<2>, Tensor<2, Int>)| embedding(table, tokens),
        ),
        op("interpolate", [float([2, 2, 4, 3])], |x: Tensor<4>| {
            interpolate(
                x,
                InterpolateOptions::new(InterpolateMode::Bilinear).with_output_size([3, 5]),
            )
        })
        .forward_only_on("ndarray", "NdArray has no backward pass for it")
        .forward_only_on("cubecl", "CubeCL has no backward pass for it"),
    ]
}

fn pools() -> Vec<Case> {
    vec![
        op(
            "max_pool1d_with_indices",
            [float([2, 3, 8])],
            |x: Tensor<3>| max_pool1d_with_indices(x, MaxPoolOptions::new([2])),
        ),
        op(
            "max_pool2d_with_indices",
            [float([2, 3, 6, 4])],
            |x: Tensor<4>| max_pool2d_with_indices(x, MaxPoolOptions::new([3, 2])),
        ),
    ]
}

fn attentions() -> Vec<Case> {
    let heads = || -> [Input; 3] {
        [
            float([2, 2, 3, 4]),
            float([2, 2, 5, 4]),
            float([2, 2, 5, 4]),
        ]
    };
    let options = AttentionModuleOptions::default;
    vec![
        op(
            "attention",
            heads(),
            move |(q, k, v): (Tensor<4>, Tensor<4>, Tensor<4>)| {
                attention(q, k, v, None, None, options())
            },
        ),
        op(
            "attention, scale, soft cap, causal",
            heads(),
            move |(q, k, v): (Tensor<4>, Tensor<4>, Tensor<4>)| {
                let options = AttentionModuleOptions {
                    scale: Some(0.7),
                    softcap: Some(2.0),
                    is_causal: true,
                };
                attention(q, k, v, None, None, options)
            },
        ),
        op(
            "attention, bias",
            [&heads()[..2], &[float([2, 2, 3, 5])]].concat(),
            move |(q, k, bias): (Tensor<4>, Tensor<4>, Tensor<4>)| {
                attention(q, k.clone(), k, None, Some(bias), options())
            },
        ),
        op(
            "attention, mask",
            [&heads()[..], &[bool([2, 2, 3, 5])]].concat(),
            move |(q, k, v, mask): (Tensor<4>, Tensor<4>, Tensor<4>, Tensor<4, Bool>)| {
                attention(q, k, v, Some(mask), None, options())
            },
        ),
    ]
}

/// Common compositions that aren't operations.
fn idioms() -> Vec<Case> {
    vec![
        op("variance and mean", [float([2, 3, 4])], |x: Tensor<3>| {
            x.var_mean(2)
        }),
        op("median", [float([2, 3, 5])], |x: Tensor<3>| x.median(2)),
        op(
            "stack",
            [float([2, 4]), float([2, 4])],
            |(x, y): (Tensor<2>, Tensor<2>)| Tensor::stack::<3>(vec![x, y], 1),
        ),
        op("split and chunk", [float([2, 6])], |x: Tensor<2>| {
            let halves = x.clone().chunk(2, 1);
            let parts = x.split_with_sizes(vec![2, 4], 1);
            (halves[1].clone(), parts[1].clone())
        }),
        op("triu, tril", [float([3, 3]).fixed()], |x: Tensor<2>| {
            (x.clone().triu(0), x.tril(-1))
        }),
        op("roll", [float([2, 5])], |x: Tensor<2>| x.roll_dim(2, 1)),
        op("an output twice", [float([2, 5])], |x: Tensor<2>| {
            let y = x.exp();
            (y.clone(), y)
        }),
        op(
            "an input among the outputs",
            [float([2, 5])],
            |x: Tensor<2>| (x.clone(), x.exp()),
        ),
        op(
            "a constant among the outputs",
            [float([2, 5])],
            |x: Tensor<2>| (x.ones_like() * 3.0, x.exp()),
        ),
        op("positions by arange", [float([2, 5])], |x: Tensor<2>| {
            let positions = Tensor::<1, Int>::arange(0..5, &x.device()).float();
            x * positions.unsqueeze()
        }),
        op(
            "matmul of a transpose",
            [float([2, 3, 4]), float([2, 3, 5])],
            |(x, y): (Tensor<3>, Tensor<3>)| x.swap_dims(1, 2).matmul(y),
        ),
    ]
}
