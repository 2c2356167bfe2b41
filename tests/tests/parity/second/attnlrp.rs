//! `AttnLRP` and CP-LRP of the vision transformer, at its input, its patches and its first block.

use backdraft::graph::{OpKind, RuleMap};
use backdraft::lrp::is_weighted;
use backdraft::lrp::rules::{Halves, LayerNorm, Softmax, epsilon, norm};
use backdraft::{Composite, Lrp};
use backdraft_tests::SecondCase;
use burn::tensor::Tensor;

use super::lxt::AddsAlways;
use super::network::Second;
use crate::compare::values as all;

/// What the reference adds to denominators: of layers and normalizations, and of sums and products.
const LAYERS: f64 = 1e-6;
const PRODUCTS: f64 = 1e-8;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let (kind, place) = case.variant().split_once('.').expect("a kind and a place");
    let composite = match (case.family(), kind) {
        ("attnlrp", "gxi") => Composite::attn_lrp(0.0),
        ("cplrp", "gxi") => Composite::cp_lrp(0.0),
        ("attnlrp", "explicit") => explicit(),
        other => panic!("{}: what is {other:?}?", case.key),
    };
    let method = Lrp::with_composite(composite);
    let at = |layer: &str| second.explain_at(case, method.clone(), layer);
    match place {
        "input" => all(&second.explain(case, method).values()[0]),
        "patches" => {
            let maps: Tensor<4> = at("patch").tensor().unwrap();
            let tokens = maps.flatten::<3>(2, 3).swap_dims(1, 2);
            tokens.into_data().try_to_vec().unwrap()
        }
        "block0" => all(&at(POSITIONED).values()[0]),
        "token_sums" => {
            let tokens: Tensor<3> = at(POSITIONED).tensor().unwrap();
            tokens.sum_dim(2).into_data().try_to_vec().unwrap()
        }
        other => panic!("{}: where is {other}?", case.key),
    }
}

/// The sum of tokens and positions.
const POSITIONED: &str = "pos";

/// The rules of the library that patches models by hand, with its stabilizers.
fn explicit() -> Composite {
    let rules = RuleMap::new()
        .by(is_weighted, AddsAlways::new(LAYERS, epsilon(LAYERS)))
        .by_kind(
            OpKind::LayerNorm,
            AddsAlways::new(LAYERS, LayerNorm::new(LAYERS)),
        )
        .by_kind(
            OpKind::Add,
            AddsAlways::new(PRODUCTS, norm().with_stabilizer(PRODUCTS)),
        )
        .by_kind(
            OpKind::MatMul,
            AddsAlways::new(PRODUCTS, Halves::new(PRODUCTS)).with_factor(2.0),
        )
        .by_kind(OpKind::Softmax, Softmax);
    Composite::new("explicit", rules)
}
