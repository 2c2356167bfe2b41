//! Floating-point operations; a multiplication with an addition counts as two.

use burn::backend::ir::TensorIr;

use crate::cost::cost::elements;
use crate::ir::node::Node;
use crate::ir::semantics::row::Flops;

/// Additions, exponentials and divisions for each score of an attention, beside the two products.
const SOFTMAX: u64 = 5;

/// Those of the operation itself.
pub(crate) fn forward(node: &Node) -> u64 {
    let operands: Vec<&TensorIr> = node.op.inputs().collect();
    let output: u64 = node.output().map_or(0, elements);
    match (node.semantics().flops, &operands[..]) {
        (Flops::Convolution, _) => convolution(node, output),
        (Flops::TransposedConvolution, [x, weight, ..]) => {
            let products = elements(x) * per_channel(weight);
            2 * products + output
        }
        (Flops::Products, [lhs, ..]) => {
            let inner = lhs.shape.last().map_or(0, |&size| size as u64);
            2 * output * inner
        }
        (Flops::Attention, [query, key, value, ..]) => {
            let scores = attention_scores(query, key);
            let [inner, outer] = [query, value].map(|t| t.shape.last().map_or(0, |&d| d as u64));
            scores * (2 * inner + 2 * outer + SOFTMAX)
        }
        (Flops::Nothing, _) => 0,
        _ => operands
            .iter()
            .map(|operand| elements(operand))
            .max()
            .unwrap_or(0)
            .max(output),
    }
}

/// Those of the gradients that flow to this many operands.
pub(super) fn backward(node: &Node, tracked: usize) -> u64 {
    let factor = match node.semantics().flops {
        Flops::Products | Flops::Convolution => tracked as u64,
        // Each of the products that it consists of has two operands.
        Flops::Attention => 2,
        Flops::Nothing | Flops::Elements | Flops::TransposedConvolution => 1,
    };
    factor * forward(node)
}

/// Scores of an attention: one for each query and key.
pub(super) fn attention_scores(query: &TensorIr, key: &TensorIr) -> u64 {
    let [.., keys, _] = key.shape.as_slice() else {
        return 0;
    };
    let width = query.shape.last().map_or(1, |&size| size as u64).max(1);
    elements(query) / width * *keys as u64
}

/// Every output element is a sum over the window and the input channels of its group.
fn convolution(node: &Node, output: u64) -> u64 {
    2 * output * kernel(node).map_or(0, per_channel)
}

/// The weight of a convolution: the operand after the input, and after the offsets where there are any.
pub(super) fn kernel(node: &Node) -> Option<&TensorIr> {
    use burn::backend::ir::{ModuleOperationIr as Module, OperationIr};
    match &node.op {
        OperationIr::Module(Module::DeformableConv2d(op)) => Some(&op.weight),
        op => op.inputs().nth(1),
    }
}

fn per_channel(weight: &TensorIr) -> u64 {
    weight.shape[1..].iter().map(|&size| size as u64).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::Tensor;
    use burn::tensor::activation::relu;
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;

    #[test]
    fn a_convolution_counts_its_windows() {
        let graph = record([2, 4, 5, 5], |x: Tensor<4>| {
            let weight = Tensor::ones([6, 2, 3, 3], &x.device());
            conv2d(x, weight, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 2))
        });
        let node = graph.nodes.last().unwrap();
        // 2 · 6 · 25 elements, each a sum of 2 channels · 9 products.
        assert_eq!(forward(node), 2 * (2 * 6 * 25) * (2 * 9));
        assert_eq!(backward(node, 1), forward(node));
    }

    #[test]
    fn a_matrix_product_counts_rows_times_columns() {
        let graph = record([3, 4], |x: Tensor<2>| x.clone().matmul(x.transpose()));
        let node = graph.nodes.last().unwrap();
        assert_eq!(forward(node), 2 * 3 * 3 * 4);
        // A gradient for each factor.
        assert_eq!(backward(node, 2), 2 * forward(node));
    }

    #[test]
    fn other_operations_count_their_elements() {
        let graph = record([3, 4], |x: Tensor<2>| relu(x).sum_dim(1).reshape([1, 3]));
        let flops: Vec<u64> = graph.nodes.iter().map(forward).collect();
        assert_eq!(flops, [12, 12, 0]);
    }
}
