//! A graph that is ready to run.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::OnceLock;

use burn::backend::ir::TensorId;

use crate::ir::axes::map::AxisMap;
use crate::ir::dependencies::Dependencies;
use crate::ir::fusion::Fusion;
use crate::ir::graph::Graph;

/// A frozen [`Graph`], which can be read and no longer changed, with what is known of it because it doesn't change:
/// tensors are numbered densely from zero.
#[derive(Debug)]
pub(crate) struct Program {
    graph: Graph,
    dependencies: Dependencies,
    fusions: BTreeMap<usize, Fusion>,
    axes: OnceLock<AxisMap>,
}

impl Program {
    /// Numbers the tensors anew and finds their last uses; `fusions` says what can be computed in one step.
    pub(crate) fn freeze(
        mut graph: Graph,
        fusions: impl FnOnce(&Graph, &Dependencies) -> BTreeMap<usize, Fusion>,
    ) -> Self {
        graph.number_tensors();
        let dependencies = Dependencies::of(&graph);
        let fusions = fusions(&graph, &dependencies);
        Self {
            graph,
            dependencies,
            fusions,
            axes: OnceLock::new(),
        }
    }

    /// The tensors that depend on an input.
    pub(crate) fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// Whether the tensor's value depends on an input, and not on weights alone.
    pub(crate) fn depends_on_input(&self, tensor: TensorId) -> bool {
        self.dependencies.contains(tensor)
    }

    /// What dimensions stand for, which `trace` finds once.
    pub(crate) fn axes(&self, trace: impl FnOnce(&Graph) -> AxisMap) -> &AxisMap {
        self.axes.get_or_init(|| trace(&self.graph))
    }

    /// What can be computed in one step with each layer, by position.
    pub(crate) fn fusions(&self) -> impl Iterator<Item = (usize, &Fusion)> {
        self.fusions.iter().map(|(&layer, fusion)| (layer, fusion))
    }

    /// What can be computed in one step with the layer at a position.
    pub(crate) fn fusion(&self, layer: usize) -> Option<&Fusion> {
        self.fusions.get(&layer)
    }
}

/// A program can be read like the graph that it was.
impl Deref for Program {
    type Target = Graph;

    fn deref(&self) -> &Graph {
        &self.graph
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::record;
    use burn::tensor::Tensor;

    #[test]
    fn tensors_computed_from_constants_depend_on_no_input() {
        let program = record([1, 2], |x: Tensor<2>| {
            let device = x.device();
            x + Tensor::<2>::ones([1, 2], &device).exp()
        });
        let depends: Vec<bool> = (program.nodes.iter())
            .map(|node| program.depends_on_input(node.output().unwrap().id))
            .collect();
        assert_eq!(depends, [false, false, true]);
    }
}
