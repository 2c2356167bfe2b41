//! Moving, choosing, comparing and creating values: the same for floats, integers and booleans.

use burn::tensor::kind::{Basic, Kind};
use burn::tensor::ops::IndexingUpdateOp;
use burn::tensor::{Bool, Float, Int, Tensor};

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::{Input, bool, float, int};

/// For values of shape `[batch, 3, 4]`.
pub fn cases<K: Basic>(values: fn() -> Input) -> Vec<Case> {
    [
        shapes::<K>(values),
        choices::<K>(values),
        comparisons::<K>(values),
        creations::<K>(values),
    ]
    .into_iter()
    .flatten()
    .map(|case| Case {
        name: format!("{} of {}", case.name, K::name().to_lowercase()),
        ..case
    })
    .collect()
}

fn shapes<K: Basic>(values: fn() -> Input) -> Vec<Case> {
    type T<const D: usize, K> = Tensor<D, K>;
    vec![
        op("reshape", [values()], |x: T<3, K>| {
            let batch = x.dims()[0];
            x.reshape([batch, 12])
        }),
        op("transpose", [values()], |x: T<3, K>| x.transpose()),
        op("swap_dims", [values()], |x: T<3, K>| x.swap_dims(0, 2)),
        op("permute", [values()], |x: T<3, K>| x.permute([2, 0, 1])),
        op("flip", [values()], |x: T<3, K>| x.flip([1, 2])),
        op("expand", [values()], |x: T<3, K>| {
            let [batch, ..] = x.dims();
            x.unsqueeze_dim::<4>(1).expand([batch, 5, 3, 4])
        }),
        op("unfold", [values()], |x: T<3, K>| x.unfold::<4, _>(2, 2, 1)),
        op("repeat_dim", [values()], |x: T<3, K>| x.repeat_dim(1, 2)),
        op("cat", [values(), values()], |(x, y): (T<3, K>, T<3, K>)| {
            T::cat(vec![x.clone(), y, x], 1)
        }),
        op("slice", [values()], |x: T<3, K>| x.slice([0..2, 1..3])),
        op("slice, steps and negative", [values()], |x: T<3, K>| {
            x.slice(burn::tensor::s![.., ..;2, -3..])
        }),
        op(
            "slice_assign",
            [values(), values()],
            |(x, y): (T<3, K>, T<3, K>)| x.slice_assign([0..2, 1..2], y.slice([0..2, 0..1])),
        ),
    ]
}

fn choices<K: Basic>(values: fn() -> Input) -> Vec<Case> {
    let mut cases = vec![
        op(
            "mask_where",
            [values(), values(), bool([2, 3, 4])],
            |(x, y, mask): (Tensor<3, K>, Tensor<3, K>, Tensor<3, Bool>)| x.mask_where(mask, y),
        ),
        op(
            "mask_fill",
            [values(), bool([2, 3, 4])],
            |(x, mask): (Tensor<3, K>, Tensor<3, Bool>)| x.mask_fill(mask, 1),
        ),
    ];
    // Burn panics where booleans are chosen: its run-time dispatch takes them for integers.
    if K::KIND != Kind::Bool {
        cases.extend(choices_by_index::<K>(values));
    }
    cases
}

fn choices_by_index<K: Basic>(values: fn() -> Input) -> Vec<Case> {
    vec![
        op(
            "gather",
            [values(), int([2, 3, 2], 0, 4)],
            |(x, i): (Tensor<3, K>, Tensor<3, Int>)| x.gather(2, i),
        ),
        op(
            "select",
            [values(), int([5], 0, 3).fixed()],
            |(x, i): (Tensor<3, K>, Tensor<1, Int>)| x.select(1, i),
        ),
    ]
}

fn comparisons<K: Basic>(values: fn() -> Input) -> Vec<Case> {
    type T<K> = Tensor<3, K>;
    vec![
        // Half of the pairs are equal.
        op(
            "equal",
            [values(), values(), bool([2, 3, 4])],
            |(x, y, mask): (T<K>, T<K>, Tensor<3, Bool>)| x.clone().equal(y.mask_where(mask, x)),
        ),
        op(
            "not_equal",
            [values(), values(), bool([2, 3, 4])],
            |(x, y, mask): (T<K>, T<K>, Tensor<3, Bool>)| {
                x.clone().not_equal(y.mask_where(mask, x))
            },
        ),
        op(
            "equal_scalar",
            [values(), bool([2, 3, 4])],
            |(x, mask): (T<K>, Tensor<3, Bool>)| x.mask_fill(mask, 1).equal_scalar(true),
        ),
        op(
            "not_equal_scalar",
            [values(), bool([2, 3, 4])],
            |(x, mask): (T<K>, Tensor<3, Bool>)| x.mask_fill(mask, 1).not_equal_scalar(true),
        ),
        op("all", [values()], |x: T<K>| x.all()),
        op("any", [values()], |x: T<K>| x.any()),
        op(
            "all_dim",
            [values(), bool([2, 3, 4])],
            |(x, mask): (T<K>, Tensor<3, Bool>)| x.mask_fill(mask, 0).all_dim(2),
        ),
        op(
            "any_dim",
            [values(), bool([2, 3, 4])],
            |(x, mask): (T<K>, Tensor<3, Bool>)| x.mask_fill(mask, 0).any_dim(1),
        ),
    ]
}

fn creations<K: Basic>(values: fn() -> Input) -> Vec<Case> {
    type T<K> = Tensor<3, K>;
    vec![
        op("zeros", [values()], |x: T<K>| {
            T::cat(vec![x.zeros_like(), x], 1)
        }),
        op("ones", [values()], |x: T<K>| {
            T::cat(vec![x.ones_like(), x], 1)
        }),
        op("full", [values()], |x: T<K>| {
            T::cat(vec![x.full_like(1), x], 1)
        }),
        // What is in an empty tensor is unspecified, so all of it is overwritten.
        op("empty", [values()], |x: T<K>| {
            let [batch, ..] = x.dims();
            T::empty([batch, 3, 4], &x.device()).slice_assign([0..batch, 0..3, 0..4], x)
        }),
        op("a constant of the forward pass", [values()], |x: T<K>| {
            let constant = T::from_data([[[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 0]]], &x.device());
            T::cat(vec![constant, x], 0)
        }),
    ]
}

/// Writing values to chosen places, for floats and integers.
pub fn updates() -> Vec<Case> {
    let mut cases = vec![
        op(
            "gather_nd of float",
            [float([3, 4]).fixed(), int([5, 2], 0, 3)],
            gather_nd::<Float>,
        ),
        op(
            "gather_nd of int",
            [int([3, 4], -9, 9).fixed(), int([5, 2], 0, 3)],
            gather_nd::<Int>,
        ),
    ];
    for update in [
        IndexingUpdateOp::Assign,
        IndexingUpdateOp::Add,
        IndexingUpdateOp::Mul,
        IndexingUpdateOp::Min,
        IndexingUpdateOp::Max,
    ] {
        cases.extend(update_cases::<Float>(update, || float([2, 3, 4])));
        cases.extend(update_cases::<Int>(update, || int([2, 3, 4], -9, 9)));
    }
    cases
}

fn gather_nd<K: Basic>((x, places): (Tensor<2, K>, Tensor<2, Int>)) -> Tensor<1, K> {
    x.gather_nd(places)
}

/// No place is written twice, where the result would depend on the order.
fn update_cases<K: Basic>(update: IndexingUpdateOp, values: fn() -> Input) -> Vec<Case> {
    let name = |operation| format!("{operation} of {}, {update:?}", K::name().to_lowercase());
    let pair = || [values(), values()];
    vec![
        op(name("scatter"), pair(), move |(x, y): Pair<K>| {
            let places = rotated_rows(&x);
            x.scatter(1, places, y, update)
        }),
        op(name("select_assign"), pair(), move |(x, y): Pair<K>| {
            let places = Tensor::from_data([2, 0], &x.device());
            x.select_assign(1, places, y.slice_dim(1, 0..2), update)
        }),
        op(name("scatter_nd"), pair(), move |(x, y): Pair<K>| {
            let places = Tensor::<2, Int>::from_data([[1, 2], [0, 0]], &x.device());
            x.scatter_nd(places, y.slice([0..1, 0..2]).squeeze_dim::<2>(0), update)
        }),
    ]
}

type Pair<K> = (Tensor<3, K>, Tensor<3, K>);

/// Booleans only know "or".
pub fn updates_of_bools() -> Vec<Case> {
    let pair = || [bool([2, 3, 4]), bool([2, 3, 4])];
    vec![
        op("scatter of bool, Add", pair(), |(x, y): Pair<Bool>| {
            let places = rotated_rows(&x);
            x.scatter(1, places, y, IndexingUpdateOp::Add)
        }),
        op(
            "select_assign of bool, Add",
            pair(),
            |(x, y): Pair<Bool>| {
                let places = Tensor::from_data([2, 0], &x.device());
                x.select_assign(1, places, y.slice_dim(1, 0..2), IndexingUpdateOp::Add)
            },
        ),
    ]
}

/// Row indices 2, 0, 1 for a tensor of shape `[batch, 3, 4]`.
fn rotated_rows<K: Basic>(like: &Tensor<3, K>) -> Tensor<3, Int> {
    let rows = Tensor::<1, Int>::from_data([2, 0, 1], &like.device());
    rows.reshape([1, 3, 1]).expand(like.dims())
}
