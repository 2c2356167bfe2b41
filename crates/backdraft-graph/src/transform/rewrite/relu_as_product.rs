//! `relu(x)` as `x * (x > 0)`.

use burn::backend::ir::{
    BinaryOpIr, BoolOperationIr, CastOpIr, NumericOperationIr, OperationIr, ScalarIr, ScalarOpIr,
    TensorIr,
};

use crate::OpKind;
use crate::ir::node::Node;
use crate::transform::rewrite::draft::Draft;

pub(super) fn apply(draft: &mut Draft<'_>) -> bool {
    let mut applied = false;
    // From the end, so that inserting operations doesn't move those still to come.
    for position in (0..draft.graph.nodes.len()).rev() {
        if let Some((x, out)) = relu(&draft.graph.nodes[position]) {
            rewrite(draft, position, x, out);
            applied = true;
        }
    }
    applied
}

/// The operand and the result of a ReLU.
fn relu(node: &Node) -> Option<(TensorIr, TensorIr)> {
    let x = node.op.inputs().next()?.clone();
    (node.kind == OpKind::Relu).then_some((x, node.output()?.clone()))
}

fn rewrite(draft: &mut Draft<'_>, position: usize, x: TensorIr, out: TensorIr) {
    let bool_dtype = draft.device.settings().bool_dtype;
    let positive = draft.tensor(x.shape.clone(), bool_dtype.into());
    let mask = draft.tensor(x.shape.clone(), x.dtype);
    let compare = NumericOperationIr::GreaterElem(ScalarOpIr {
        lhs: x.clone(),
        rhs: ScalarIr::Float(0.0),
        out: positive.clone(),
    });
    let convert = BoolOperationIr::IntoFloat(CastOpIr {
        input: positive,
        out: mask.clone(),
    });
    let dtype = x.dtype;
    let product = NumericOperationIr::Mul(BinaryOpIr {
        lhs: x,
        rhs: mask,
        out,
    });

    let name = draft.graph.nodes[position].name.clone();
    let part = |draft: &Draft<'_>, part, op| draft.layer(&format!("{name}.{part}"), op);
    let parts = [
        part(draft, "positive", OperationIr::NumericFloat(dtype, compare)),
        part(draft, "mask", OperationIr::Bool(convert)),
    ];
    draft.replace(position, OperationIr::NumericFloat(dtype, product));
    draft.graph.nodes.splice(position..position, parts);
}

#[cfg(test)]
mod tests {
    use crate::transform::rewrite::testing::{Model, both, capture, layers};
    use crate::{Error, Rewrite, RewriteError};
    use burn::tensor::activation::relu;

    #[test]
    fn every_relu_becomes_a_product_of_its_name() {
        let (_, rewritten) = both(
            |m: &Model, x| {
                let x = relu(m.conv.forward(x)).mean_dims(&[2, 3]).flatten(1, 3);
                m.head.forward(x).clamp_min(0.0)
            },
            Rewrite::ReluAsProduct,
        );
        let layers = layers(&rewritten);
        let layers: Vec<(&str, &str)> =
            (layers.iter().map(|(name, op)| (name.as_str(), op.as_str()))).collect();
        let product = |name: [&'static str; 3]| {
            [
                (name[0], "GreaterElem"),
                (name[1], "IntoFloat"),
                (name[2], "Mul"),
            ]
        };
        assert_eq!(
            layers[1..4],
            product(["relu.positive", "relu.mask", "relu"])
        );
        assert_eq!(
            layers[8..],
            product(["relu#2.positive", "relu#2.mask", "relu#2"])
        );
    }

    #[test]
    fn relu6_is_another_function() {
        let net = capture(|m: &Model, x| m.conv.forward(x).clamp(0.0, 6.0).flatten(1, 3));
        let error = net.rewritten(Rewrite::ReluAsProduct).unwrap_err();
        assert!(
            matches!(error, Error::Rewrite(RewriteError::NothingToRewrite { .. })),
            "{error}"
        );
        assert_eq!(
            error.to_string(),
            "the network has no place to write relu(x) as x * (x > 0): it takes a ReLU"
        );
    }
}
