//! Normalizations that are written out: `mean`, `sub`, `mul`, `sqrt`, `div`, and a product with the norm's gamma.
//!
//! Only the last of these operations reads a parameter. The others are between the layer before and the norm, and would
//! be taken to belong to the module around both.

use std::collections::{BTreeSet, HashMap};

use burn::backend::ir::{FloatOperationIr, OperationIr, TensorId, TensorIr};

use crate::OpKind;
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::names::readings::{Reading, Role};
use crate::ir::node::Node;

/// For every operation the norm whose statistics it computes or uses, before the norm's parameters are read.
pub(super) fn of<'a>(
    graph: &Graph,
    depends: &Dependencies,
    readings: &[Option<Reading<'a>>],
) -> Vec<Option<&'a str>> {
    let mut producers = graph.producers();
    producers.retain(|_, position| readings[*position].is_none());
    let search = Search {
        graph,
        depends,
        producers,
    };
    let mut norms = vec![None; graph.nodes.len()];
    for (node, reading) in graph.nodes.iter().zip(readings) {
        let Some(reading) = reading else { continue };
        if reading.role == Role::Among || node.kind != OpKind::Multiply {
            continue;
        }
        for position in search.normalization(node) {
            norms[position] = Some(reading.module);
        }
    }
    norms
}

struct Search<'a> {
    graph: &'a Graph,
    depends: &'a Dependencies,
    /// The operations without parameters, by their outputs.
    producers: HashMap<TensorId, usize>,
}

impl Search<'_> {
    /// The operations that normalize what is multiplied with gamma; none if it isn't normalized.
    ///
    /// It goes back from the product, newest operation first. Whenever all that is left to go back from is one tensor,
    /// what was passed since is one segment. In a segment that normalizes, the tensor meets its own mean: `x - mean(x)`,
    /// or `x / sqrt(mean(x²))`. The first segment that doesn't, before one that does, is outside.
    fn normalization(&self, gamma: &Node) -> Vec<usize> {
        let mut found = Vec::new();
        let mut segment = Vec::new();
        let mut open: BTreeSet<TensorId> = self.operands(gamma).collect();
        while let Some(position) = open
            .pop_last()
            .and_then(|t| self.producers.get(&t).copied())
        {
            let node = &self.graph.nodes[position];
            if !can_normalize(node.kind) {
                break;
            }
            segment.push(position);
            open.extend(self.operands(node));
            if open.len() > 1 {
                continue;
            }
            match self.meets_its_mean(&segment) {
                true => found.append(&mut segment),
                false if !found.is_empty() => break,
                false => {}
            }
        }
        let is_root = |&position: &usize| is_root(&self.graph.nodes[position]);
        if found.iter().any(is_root) {
            found
        } else {
            Vec::new()
        }
    }

    fn meets_its_mean(&self, segment: &[usize]) -> bool {
        let nodes = || segment.iter().map(|&position| &self.graph.nodes[position]);
        nodes().any(|node| node.kind == OpKind::Reduction)
            && nodes().any(|node| self.operands(node).collect::<BTreeSet<_>>().len() > 1)
    }

    fn operands(&self, node: &Node) -> impl Iterator<Item = TensorId> {
        let computed = |tensor: &&TensorIr| self.depends.contains(tensor.id);
        node.op.inputs().filter(computed).map(|tensor| tensor.id)
    }
}

fn can_normalize(kind: OpKind) -> bool {
    matches!(
        kind,
        OpKind::Reduction
            | OpKind::Add
            | OpKind::Multiply
            | OpKind::Affine
            | OpKind::Elementwise
            | OpKind::Shape
    )
}

fn is_root(node: &Node) -> bool {
    use FloatOperationIr::{Powf, PowfScalar, Sqrt};
    matches!(
        node.op,
        OperationIr::Float(_, Sqrt(_) | PowfScalar(_) | Powf(_))
    )
}

#[cfg(test)]
mod tests {
    use crate::Network;
    use burn::module::{Module, Param};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    #[derive(Module, Debug)]
    struct Norm {
        gamma: Param<Tensor<2>>,
    }

    #[derive(Module, Debug)]
    struct Model {
        fc: Linear,
        norm: Norm,
    }

    /// The names of `fc`, a rectifier and a norm that is written out.
    fn names(normalize: fn(Tensor<2>) -> Tensor<2>) -> Vec<String> {
        let device = Device::flex();
        let model = Model {
            fc: LinearConfig::new(2, 2).init(&device),
            norm: Norm {
                gamma: Param::from_tensor(Tensor::ones([1, 2], &device)),
            },
        };
        let example = Tensor::<2>::ones([1, 2], &device);
        let net = Network::capture(&model, example, move |m: &Model, x: Tensor<2>| {
            normalize(relu(m.fc.forward(x))) * m.norm.gamma.val()
        });
        let layers = net.unwrap().layers().into_iter();
        layers.map(|layer| layer.name().to_string()).collect()
    }

    #[test]
    fn what_a_written_out_norm_computes_is_inside_it() {
        let layer_norm = |x: Tensor<2>| {
            let centered = x.clone() - x.mean_dim(1);
            let variance = centered.clone().square().mean_dim(1);
            centered / (variance + 1e-5).sqrt()
        };
        let root_mean_square = |x: Tensor<2>| {
            let square = x.clone().powf_scalar(2.0).mean_dim(1);
            x * (square + 1e-5).sqrt().recip()
        };
        for names in [names(layer_norm), names(root_mean_square)] {
            assert_eq!(names[..2], ["fc", "relu"]);
            let inside = |name: &String| name.starts_with("norm.");
            let (last, others) = names[2..].split_last().unwrap();
            assert!(others.len() > 3 && others.iter().all(inside), "{names:?}");
            assert_eq!(last, "norm");
        }
    }

    #[test]
    fn what_is_no_norm_stays_outside() {
        let centered = |x: Tensor<2>| x.clone() - x.mean_dim(1);
        assert_eq!(names(centered), ["fc", "relu", "mean_dim", "sub", "norm"]);
        // A mean before a norm is none of its own means.
        let pooled = |x: Tensor<2>| {
            let x = x.mean_dim(0);
            let square = x.clone().powf_scalar(2.0).mean_dim(1);
            x / (square + 1e-5).sqrt()
        };
        assert_eq!(names(pooled)[..4], ["fc", "relu", "mean_dim", "norm.mul"]);
    }
}
