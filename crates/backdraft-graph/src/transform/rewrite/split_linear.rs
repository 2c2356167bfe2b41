//! A linear layer as the sum of two.

use burn::backend::ir::{
    BinaryOpIr, LinearOpIr, ModuleOperationIr, NumericOperationIr, OperationIr,
};
use burn::tensor::{Tensor, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::Error;
use crate::ir::graph::Graph;
use crate::transform::rewrite::draft::Draft;

pub(super) fn apply(draft: &mut Draft<'_>, seed: u64) -> Result<bool, Error> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut applied = false;
    // From the end, so that inserting operations doesn't move those still to come.
    for position in (0..draft.graph.nodes.len()).rev() {
        if let Some(linear) = linear(draft.graph, position) {
            split(draft, position, linear, &mut rng)?;
            applied = true;
        }
    }
    Ok(applied)
}

fn linear(graph: &Graph, position: usize) -> Option<LinearOpIr> {
    match &graph.nodes[position].op {
        OperationIr::Module(ModuleOperationIr::Linear(linear)) => Some(linear.clone()),
        _ => None,
    }
}

fn split(
    draft: &mut Draft<'_>,
    position: usize,
    linear: LinearOpIr,
    rng: &mut StdRng,
) -> Result<(), Error> {
    let shape = [linear.weight.shape[0], linear.weight.shape[1]];
    let weight = draft.value(&linear.weight)?.reshape(shape);
    let first = weight.clone() * shares(draft, shape, rng).cast(weight.dtype());
    let second = weight - first.clone();

    let out = linear.out.clone();
    let [lhs, rhs] = [(); 2].map(|()| draft.tensor(out.shape.clone(), out.dtype));
    let first = LinearOpIr {
        weight: draft.constant(first),
        out: lhs.clone(),
        ..linear.clone()
    };
    let second = LinearOpIr {
        weight: draft.constant(second),
        bias: None,
        out: rhs.clone(),
        ..linear
    };
    let dtype = out.dtype;
    let sum = NumericOperationIr::Add(BinaryOpIr { lhs, rhs, out });

    let name = draft.graph.nodes[position].name.clone();
    let part = |part, op| {
        let op = OperationIr::Module(ModuleOperationIr::Linear(op));
        draft.layer(&format!("{name}.{part}"), op)
    };
    let parts = [part("first", first), part("second", second)];
    draft.replace(position, OperationIr::NumericFloat(dtype, sum));
    draft.graph.nodes.splice(position..position, parts);
    Ok(())
}

/// How much of each weight the first layer gets, from zero to one.
fn shares(draft: &Draft<'_>, shape: [usize; 2], rng: &mut StdRng) -> Tensor<2> {
    let count = shape[0] * shape[1];
    let shares: Vec<f32> = (0..count).map(|_| rng.random_range(0.0..1.0)).collect();
    Tensor::from_data(TensorData::new(shares, shape), draft.device)
}

#[cfg(test)]
mod tests {
    use crate::transform::rewrite::testing::{Model, activation, both, capture, layers};
    use crate::{Error, Rewrite, RewriteError};

    #[test]
    fn a_layer_becomes_a_sum_of_its_name() {
        let (net, split) = both(
            |m: &Model, x| {
                m.head
                    .forward(m.conv.forward(x).mean_dims(&[2, 3]).flatten(1, 3))
            },
            Rewrite::SplitLinear { seed: 1 },
        );
        let pair = |name: &str, op: &str| (name.to_string(), op.to_string());
        assert_eq!(
            layers(&split)[4..],
            [
                pair("head.first", "Linear"),
                pair("head.second", "Linear"),
                pair("head", "Add")
            ]
        );
        let whole = activation(&net, "head");
        let (first, second) = (
            activation(&split, "head.first"),
            activation(&split, "head.second"),
        );
        for ((first, second), whole) in first.iter().zip(&second).zip(whole) {
            assert!((first + second - whole).abs() < 1e-5);
            assert!(
                first.abs() > 1e-3 && second.abs() > 1e-3,
                "both have a share"
            );
        }
    }

    #[test]
    fn a_network_without_linear_layers_has_no_place_for_it() {
        let net = capture(|m: &Model, x| m.conv.forward(x).flatten(1, 3));
        let error = net.rewritten(Rewrite::SplitLinear { seed: 1 }).unwrap_err();
        assert!(
            matches!(error, Error::Rewrite(RewriteError::NothingToRewrite { .. })),
            "{error}"
        );
    }
}
