//! The layer that class activation maps look at by default.

use std::collections::{BTreeMap, HashMap, HashSet};

use burn::backend::ir::{FloatOperationIr as Float, OperationIr, TensorId, TensorIr};

use crate::OpKind;
use crate::analysis::axes::{FeatureMap, Rows, holds_computed_features, trace};
use crate::ir::axes::factor::{Dimension, Factor};
use crate::ir::axes::map::AxisMap;
use crate::ir::node::Node;
use crate::ir::program::Program;

/// What a network has for class activation maps.
pub(crate) enum MapLayer<'a> {
    /// The last layer with positions from which the output is computed by losing them.
    Last(&'a Node),
    /// The output has positions itself: of the layers with each number of positions the last, fewest first.
    Dense(Vec<&'a Node>),
    /// There is none.
    Missing,
}

/// Walks back from the first output: the latest operation that ends positions marks the layer that computed them.
pub(crate) fn find(program: &Program) -> MapLayer<'_> {
    let (search, output) = (Search::of(program), program.outputs[0]);
    if search.has_positions(output) {
        let layers = search.by_resolution();
        return if search.has_space {
            MapLayer::Dense(layers)
        } else {
            MapLayer::Missing
        };
    }
    match search.last(output) {
        Some(node) => MapLayer::Last(node),
        None => MapLayer::Missing,
    }
}

struct Search<'a> {
    program: &'a Program,
    map: &'a AxisMap,
    rows: Rows,
    producers: HashMap<TensorId, &'a Node>,
    /// Whether some axis is space, so that the places of a sequence are no positions.
    has_space: bool,
}

impl<'a> Search<'a> {
    fn of(program: &'a Program) -> Self {
        let map = program.axes(trace);
        let producers = program.nodes.iter().flat_map(|node| {
            let outputs = node.op.outputs();
            outputs.map(move |output| (output.id, node))
        });
        let inputs = 0..program.inputs.len();
        Self {
            program,
            map,
            rows: Rows::of(map, program.outputs[0]),
            producers: producers.collect(),
            has_space: inputs
                .into_iter()
                .any(|input| !map.table.space_of(input).is_empty()),
        }
    }

    /// The layer whose positions the computation of `output` loses last.
    fn last(&self, output: TensorId) -> Option<&'a Node> {
        let mut needed = HashSet::from([output]);
        for node in self.program.nodes.iter().rev() {
            if !node.op.outputs().any(|output| needed.contains(&output.id)) {
                continue;
            }
            let with_positions = node.op.inputs().filter(|it| self.has_positions(it.id));
            let mut ends: Vec<&TensorIr> =
                with_positions.filter(|it| self.ends(node, it)).collect();
            ends.sort_by_key(|operand| self.are_weights(operand));
            let found = ends.iter().find_map(|operand| self.layer(node, operand));
            if found.is_some() {
                return found;
            }
            needed.extend(node.op.inputs().map(|operand| operand.id));
        }
        None
    }

    /// Whether an operation loses an operand's positions, of which the output is computed. What only takes out a class
    /// token needs none of them.
    fn ends(&self, node: &Node, operand: &TensorIr) -> bool {
        let Some(output) = node.output() else {
            return false;
        };
        let mixes_tokens = match &node.op {
            OperationIr::Float(_, Float::Matmul(product)) => product.rhs.id == operand.id,
            _ => node.kind == OpKind::Attention && !is_first(node, operand),
        };
        let keeps = self.has_positions(output.id) && !mixes_tokens;
        let takes_out = node.kind == OpKind::Shape
            && output.shape.num_elements() < operand.shape.num_elements();
        !keeps && !takes_out
    }

    /// Whether an operand is the weights of an attention, which say how much of its values is read at each position:
    /// the values are what is there.
    fn are_weights(&self, operand: &TensorIr) -> bool {
        let mut node = self.producers.get(&operand.id);
        while let Some(shaped) = node.filter(|node| node.kind == OpKind::Shape) {
            let before = shaped.op.inputs().next();
            node = before.and_then(|before| self.producers.get(&before.id));
        }
        node.is_some_and(|node| node.kind == OpKind::Softmax)
    }

    /// The layer of which an operand that loses its positions is a pooled or rearranged form, for attention also a
    /// projected one.
    fn layer(&self, end: &Node, operand: &TensorIr) -> Option<&'a Node> {
        let is_attention = matches!(end.kind, OpKind::Attention | OpKind::MatMul);
        let mut node = *self.producers.get(&operand.id)?;
        loop {
            let passes = match node.kind {
                OpKind::Shape
                | OpKind::MaxPool
                | OpKind::AveragePool
                | OpKind::Reduction
                | OpKind::Maximum => true,
                OpKind::Linear | OpKind::Affine => is_attention,
                _ => false,
            };
            if !passes {
                break;
            }
            let mut operands = node.op.inputs().filter(|it| self.has_positions(it.id));
            node = *self.producers.get(&operands.next()?.id)?;
        }
        self.is_map(node).then_some(node)
    }

    fn is_map(&self, node: &Node) -> bool {
        let Some(output) = node.output().filter(|output| output.dtype.is_float()) else {
            return false;
        };
        let dimensions = self.map.dimensions(output.id).unwrap_or_default();
        FeatureMap::of(dimensions, self.rows, &self.map.table).is_ok()
    }

    fn has_positions(&self, tensor: TensorId) -> bool {
        let dimensions = self.map.dimensions(tensor).unwrap_or_default();
        let is_computed = holds_computed_features(dimensions, &self.map.table);
        dimensions
            .iter()
            .any(|it| self.counts_positions(it, is_computed))
    }

    fn counts_positions(&self, dimension: &Dimension, is_computed: bool) -> bool {
        let table = &self.map.table;
        let factors = dimension.factors().iter().filter(|factor| factor.len > 1);
        let factors: Vec<&Factor> = factors.collect();
        let only_axis = |factor: &&Factor| factor.line.axis();
        let is_flattened = factors
            .first()
            .and_then(only_axis)
            .is_some_and(|axis| table.is_features(axis));
        if self.has_space {
            let mut axes = factors.iter().flat_map(|factor| factor.line.axes());
            // Positions inside of channels are flattened ones.
            return !is_flattened && axes.any(|axis| table.is_space(axis));
        }
        factors
            .into_iter()
            .filter(|factor| !self.counts_samples(factor))
            .any(|factor| {
                let mut axes = factor.line.axes();
                axes.any(|axis| table.is_input(axis) && (is_computed || !table.is_features(axis)))
            })
    }

    fn counts_samples(&self, factor: &Factor) -> bool {
        match self.rows {
            Rows::Samples(samples) => samples.within(factor, &self.map.table).is_some(),
            Rows::One | Rows::Unknown => false,
        }
    }

    /// Of the layers with each number of positions the last one with several channels, fewest positions first.
    fn by_resolution(&self) -> Vec<&'a Node> {
        let mut last: BTreeMap<usize, &Node> = BTreeMap::new();
        let outputs = self.as_good_as_outputs();
        let candidates = self.program.nodes.iter().filter(|node| {
            let is_output = node.op.outputs().any(|output| outputs.contains(&output.id));
            !is_output && node.kind != OpKind::Shape && !node.name.is_empty()
        });
        for node in candidates {
            let dimensions = node
                .output()
                .and_then(|output| self.map.dimensions(output.id));
            let map = FeatureMap::of(dimensions.unwrap_or_default(), self.rows, &self.map.table);
            if let Ok(map) = map
                && map.channels() > 1
                && map.space.iter().all(|space| space.places.len() > 1)
            {
                let positions = map.space.iter().map(|space| space.places.len()).product();
                last.insert(positions, node);
            }
        }
        last.into_values().take(3).collect()
    }

    /// The outputs, and what becomes one element by element or by moving elements.
    fn as_good_as_outputs(&self) -> HashSet<TensorId> {
        let mut outputs: HashSet<TensorId> = self.program.outputs.iter().copied().collect();
        for node in self.program.nodes.iter().rev() {
            let only_changes_elements = node.kind.is_rectifier()
                || matches!(
                    node.kind,
                    OpKind::Activation
                        | OpKind::Elementwise
                        | OpKind::Softmax
                        | OpKind::Affine
                        | OpKind::Shape
                );
            if only_changes_elements && node.op.outputs().any(|it| outputs.contains(&it.id)) {
                outputs.extend(node.op.inputs().map(|operand| operand.id));
            }
        }
        outputs
    }
}

fn is_first(node: &Node, operand: &TensorIr) -> bool {
    node.op
        .inputs()
        .next()
        .is_some_and(|first| first.id == operand.id)
}

#[cfg(test)]
mod tests {
    use crate::{Error, LookupError, Network};
    use burn::nn::Linear;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::pool::MaxPool2dConfig;
    use burn::tensor::activation::{relu, sigmoid, softmax};
    use burn::tensor::module::adaptive_avg_pool2d;
    use burn::tensor::{Device, Tensor};

    fn last_layer(forward: fn(&Vec<Conv2d>, Tensor<4>) -> Tensor<2>) -> String {
        let device = Device::flex();
        let conv = Conv2dConfig::new([2, 2], [1, 1]).init(&device);
        let example = Tensor::<4>::zeros([1, 2, 4, 4], &device);
        let net = Network::capture(&vec![conv], example, forward).unwrap();
        net.last_spatial_layer().unwrap().name().to_string()
    }

    #[test]
    fn it_is_the_activation_after_the_last_convolution() {
        let name =
            last_layer(|m, x| adaptive_avg_pool2d(relu(m[0].forward(x)), [1, 1]).flatten(1, 3));
        assert_eq!(name, "relu");
    }

    #[test]
    fn pooling_comes_after_it() {
        let name = last_layer(|m, x| {
            let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
            pool.forward(relu(m[0].forward(x))).flatten(1, 3)
        });
        assert_eq!(name, "relu");
    }

    #[test]
    fn a_residual_sum_belongs_to_it() {
        let name = last_layer(|m, x| {
            adaptive_avg_pool2d(m[0].forward(x.clone()) + x, [1, 1]).flatten(1, 3)
        });
        assert_eq!(name, "add");
    }

    #[test]
    fn it_is_what_an_attention_reads_and_not_its_weights() {
        let name = last_layer(|m, x| {
            let values = relu(m[0].forward(x)).flatten::<3>(2, 3).swap_dims(1, 2);
            let [batch, ..] = values.dims();
            let queries = Tensor::<3>::ones([batch, 1, 2], &values.device());
            let weights = softmax(queries.matmul(values.clone().swap_dims(1, 2)), 2);
            weights.matmul(values).squeeze_dim(1)
        });
        assert_eq!(name, "relu");
    }

    #[test]
    fn what_is_named_for_dense_prediction_is_not_the_output_before_its_activation() {
        let device = Device::flex();
        let conv = || Conv2dConfig::new([2, 2], [1, 1]).init(&device);
        let example = Tensor::<4>::zeros([1, 2, 4, 4], &device);
        let forward = |m: &Vec<Conv2d>, x: Tensor<4>| {
            sigmoid(m[1].forward(relu(m[0].forward(x))).permute([0, 2, 3, 1]))
        };
        let net = Network::capture(&vec![conv(), conv()], example, forward).unwrap();
        let Err(Error::Lookup(LookupError::DensePrediction { layers })) = net.last_spatial_layer()
        else {
            panic!("the output has positions");
        };
        assert_eq!(layers, ["relu"]);
    }

    #[test]
    fn a_network_without_convolutions_has_none() {
        let device = Device::flex();
        let example = Tensor::<2>::zeros([1, 2], &device);
        let forward = |_: &Vec<Linear>, x: Tensor<2>| x.exp();
        let net = Network::capture(&Vec::<Linear>::new(), example, forward).unwrap();
        assert!(matches!(
            net.last_spatial_layer(),
            Err(Error::Lookup(LookupError::NoSpatialLayer))
        ));
    }
}
