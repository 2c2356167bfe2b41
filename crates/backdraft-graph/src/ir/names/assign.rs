//! Naming every operation of a graph.

use std::collections::HashMap;

use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::names::path::join;
use crate::ir::names::readings::{Reading, Role, parameter_sources, parameters_of};
use crate::ir::names::{norms, places, readings};
use crate::ir::node::Node;
use crate::ir::op_name::snake_case;

/// Names every operation that depends on an input. `paths` are the parameters' paths in visiting order.
pub(crate) fn assign(graph: &mut Graph, paths: &[String]) {
    let depends = Dependencies::of(graph);
    let sources = parameter_sources(graph, &depends);
    for node in &mut graph.nodes {
        node.parameters = parameters_of(node, &depends, &sources);
    }
    let readings = readings::of(graph, paths);
    let norms = norms::of(graph, &depends, &readings);
    let places = places::of(graph, &depends, &readings, &norms);

    let mut unique = Unique::default();
    let nodes = graph.nodes.iter_mut().zip(&readings).zip(places);
    for ((node, reading), place) in nodes {
        let on_inputs = (node.output()).is_some_and(|output| depends.contains(output.id));
        if on_inputs {
            node.name = unique.name(name(node, reading.as_ref(), place));
        }
    }
}

fn name(node: &Node, reading: Option<&Reading<'_>>, place: &str) -> String {
    let kind = snake_case(&node.label());
    match reading {
        None => join(place, &kind),
        Some(reading) if matches!(reading.role, Role::Layer { .. }) => reading.module.into(),
        Some(reading) if reading.module.is_empty() => reading.parameter.into(),
        Some(reading) => join(reading.module, &kind),
    }
}

#[derive(Default)]
struct Unique(HashMap<String, usize>);

impl Unique {
    fn name(&mut self, name: String) -> String {
        let count = self.0.entry(name.clone()).or_default();
        *count += 1;
        match *count {
            1 => name,
            count => format!("{name}#{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Network;
    use burn::module::{Module, Param};
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::{GroupNorm, GroupNormConfig, Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::module::adaptive_avg_pool2d;
    use burn::tensor::{Device, Tensor};

    fn names(net: &Network) -> Vec<String> {
        let layers = net.layers().into_iter();
        layers.map(|layer| layer.name().to_string()).collect()
    }

    #[derive(Module, Debug)]
    struct Block {
        conv: Conv2d,
        norm: GroupNorm,
    }

    #[derive(Module, Debug)]
    struct Net {
        blocks: Vec<Block>,
        fc: Linear,
    }

    impl Net {
        fn forward(&self, mut x: Tensor<4>) -> Tensor<2> {
            for block in &self.blocks {
                let y = block.norm.forward(block.conv.forward(x.clone()));
                x = relu(x + y);
            }
            self.fc
                .forward(adaptive_avg_pool2d(x, [1, 1]).flatten(1, 3))
        }
    }

    fn net(device: &Device) -> Net {
        let block = || Block {
            conv: Conv2dConfig::new([2, 2], [1, 1]).init(device),
            norm: GroupNormConfig::new(1, 2).init(device),
        };
        Net {
            blocks: vec![block(), block()],
            fc: LinearConfig::new(2, 3).init(device),
        }
    }

    #[test]
    fn operations_are_named_by_module_place_and_kind() {
        let device = Device::flex();
        let example = Tensor::<4>::zeros([1, 2, 4, 4], &device);
        let net = Network::capture(&net(&device), example, Net::forward).unwrap();
        let names = names(&net);
        for name in [
            "blocks.0.conv",
            "blocks.0.norm",
            "blocks.0.relu",
            "blocks.1.add",
            "fc",
        ] {
            assert!(names.contains(&name.to_string()), "{name} not in {names:?}");
        }
        assert!(
            names.contains(&"adaptive_avg_pool2d".into()),
            "pooling belongs to the root"
        );
        assert!(
            !names.iter().any(|name| name == "blocks.0.norm#2"),
            "one call, one layer"
        );
    }

    #[derive(Module, Debug)]
    struct Scaled {
        scale: Param<Tensor<1>>,
        fc: Linear,
    }

    #[test]
    fn a_module_with_layers_of_its_own_is_more_than_its_parameters() {
        let device = Device::flex();
        let model = vec![Scaled {
            scale: Param::from_data([2.0, 3.0], &device),
            fc: LinearConfig::new(2, 2).init(&device),
        }];
        let example = Tensor::<2>::zeros([1, 2], &device);
        let net = Network::capture(&model, example, |m: &Vec<Scaled>, x: Tensor<2>| {
            m[0].fc.forward(x * m[0].scale.val().unsqueeze())
        })
        .unwrap();
        assert_eq!(names(&net), ["0.mul", "0.fc"]);
        assert_eq!(net.layer("0").unwrap().name(), "0.fc");
    }

    #[derive(Module, Debug)]
    struct Shifted {
        shift: Param<Tensor<2>>,
        fc: Linear,
    }

    #[test]
    fn a_parameter_of_the_model_itself_names_what_reads_it() {
        let device = Device::flex();
        let model = Shifted {
            shift: Param::from_data([[2.0, 3.0]], &device),
            fc: LinearConfig::new(2, 2).init(&device),
        };
        let example = Tensor::<2>::zeros([1, 2], &device);
        let net = Network::capture(&model, example, |m: &Shifted, x: Tensor<2>| {
            m.fc.forward(relu(x + m.shift.val())) + m.shift.val()
        })
        .unwrap();
        assert_eq!(names(&net), ["shift", "relu", "fc", "shift#2"]);
        assert_eq!(net.layer("shift").unwrap().op(), "Add");
    }

    #[test]
    fn a_module_called_twice_has_two_occurrences() {
        let device = Device::flex();
        let fc = LinearConfig::new(2, 2).init(&device);
        let model = vec![fc];
        let example = Tensor::<2>::zeros([1, 2], &device);
        let net = Network::capture(&model, example, |m: &Vec<Linear>, x: Tensor<2>| {
            m[0].forward(relu(m[0].forward(relu(x))))
        })
        .unwrap();
        assert_eq!(names(&net), ["relu", "0", "relu#2", "0#2"]);
    }
}
