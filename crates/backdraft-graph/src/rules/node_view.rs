//! An operation as a rule map sees it, before anything is computed.

use std::cell::OnceCell;

use burn::backend::ir::OperationIr;

use crate::OpKind;
use crate::analysis::facts;
use crate::analysis::linear_layer::LinearLayer;
use crate::ir::node::Node;
use crate::ir::program::Program;
use crate::rules::fact::{Fact, Facts};

/// One operation of a network, for a [`RuleMap`](crate::RuleMap) to decide by which rule gradients flow through it.
#[derive(Debug)]
pub struct NodeView<'a> {
    node: &'a Node,
    position: usize,
    places: &'a Places<'a>,
}

/// What is known of all operations of a graph; found out when it is asked for.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    graph: &'a Program,
    /// The first and the last layer with weights.
    ends: OnceCell<Option<(usize, usize)>>,
    facts: OnceCell<Facts>,
}

impl<'a> Places<'a> {
    pub(crate) fn of(graph: &'a Program) -> Self {
        Self {
            graph,
            ends: OnceCell::new(),
            facts: OnceCell::new(),
        }
    }

    /// The operation at a position.
    pub(crate) fn view(&self, position: usize) -> NodeView<'_> {
        NodeView {
            node: &self.graph.nodes[position],
            position,
            places: self,
        }
    }

    fn ends(&self) -> Option<(usize, usize)> {
        *self.ends.get_or_init(|| {
            let reads_input = |layer: &LinearLayer| self.graph.depends_on_input(layer.x.id);
            let has_weights = |&position: &usize| {
                LinearLayer::of(self.graph, self.graph.dependencies(), position)
                    .as_ref()
                    .is_some_and(reads_input)
            };
            let mut layers = (0..self.graph.nodes.len()).filter(has_weights);
            let first = layers.next()?;
            Some((first, layers.next_back().unwrap_or(first)))
        })
    }
}

impl NodeView<'_> {
    /// The kind of the operation.
    pub fn kind(&self) -> OpKind {
        self.node.kind
    }

    /// The name of its layer; empty for an operation on weights alone.
    pub fn name(&self) -> &str {
        &self.node.name
    }

    /// Whether this is the layer of this name, or an operation of the module with this path.
    pub fn is_in(&self, layer: &str) -> bool {
        let rest = self.node.name.strip_prefix(layer);
        !layer.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The operation as Burn recorded it, with its shapes and options.
    pub fn op(&self) -> &OperationIr {
        &self.node.op
    }

    /// Whether an operand depends on an input of the network; a weight doesn't. There is no operand beyond the last.
    pub fn depends_on_input(&self, operand: usize) -> bool {
        let operand = self.node.op.inputs().nth(operand);
        operand.is_some_and(|tensor| self.places.graph.depends_on_input(tensor.id))
    }

    /// Whether this is the first layer with weights, in order of execution: a linear layer or a convolution whose
    /// weights depend on no input, on something that does.
    pub fn is_first(&self) -> bool {
        (self.places.ends()).is_some_and(|(first, _)| first == self.position)
    }

    /// Whether this is the last layer with weights.
    pub fn is_last(&self) -> bool {
        (self.places.ends()).is_some_and(|(_, last)| last == self.position)
    }

    /// Whether a fact is known of an operand, by its position. What can't be told with certainty isn't known.
    pub fn has_fact(&self, operand: usize, fact: Fact) -> bool {
        let find = || facts::find(self.places.graph);
        let facts = self.places.facts.get_or_init(find);
        facts.contains(&(self.position, operand, fact))
    }
}
