//! Names for operations: the module paths that users know from their structs.
//!
//! An operation that reads a parameter belongs to the parameter's module: reading `head.fc1.weight`
//! makes it layer `head.fc1`. A module that also contains other layers is more than such an operation, which
//! is then named as its part: `block.mul`. Operations without parameters are named by place and kind
//! (`blocks.2.relu`): their place is the module that holds the layer which computed their input. A name
//! that would repeat gets a number: `fc`, `fc#2`.

use std::collections::{HashMap, HashSet};

use crate::OpKind;
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::{Graph, index};
use crate::ir::node::Node;
use crate::ir::op_name::snake_case;

/// Names every operation that depends on an input. `paths` are the parameters' paths in visiting order.
pub(crate) fn assign(graph: &mut Graph, paths: &[String]) {
    let depends = Dependencies::of(graph);
    let sources = parameter_sources(graph, &depends);
    for node in &mut graph.nodes {
        node.parameters = parameters_of(node, &depends, &sources);
    }
    let nodes = graph.nodes.iter();
    let modules: Vec<Option<Module>> = nodes.map(|node| Module::of(node, paths)).collect();
    let leads_to = consumer_places(graph, &modules);
    let roles = roles(&modules, paths);

    let mut places = vec![String::new(); graph.tensor_count()];
    let mut unique = Unique::default();
    let names: Vec<String> = (graph.nodes.iter().zip(&modules).zip(&roles))
        .map(|((node, module), role)| {
            let Some(output) = node.output() else {
                return String::new();
            };
            if !depends.contains(output.id) {
                return String::new();
            }
            let (place, name) = match (module, role) {
                (Some(module), Role::Layer) => (parent(&module.path).into(), module.path.clone()),
                (Some(module), Role::Part) => (
                    parent(&module.path).into(),
                    join(&module.path, &snake_case(&node.label())),
                ),
                (None, _) => {
                    let place = place_of(&depends, node, &places, &leads_to);
                    let name = join(&place, &snake_case(&node.label()));
                    (place, name)
                }
            };
            for output in node.op.outputs() {
                places[index(output.id)].clone_from(&place);
            }
            unique.name(name)
        })
        .collect();
    for (node, name) in graph.nodes.iter_mut().zip(names) {
        node.name = name;
    }
}

/// The module whose parameters an operation reads.
struct Module {
    path: String,
    parameters: HashSet<usize>,
}

impl Module {
    fn of(node: &Node, paths: &[String]) -> Option<Self> {
        let path = parent(&paths[*node.parameters.first()?]);
        (!path.is_empty()).then(|| Self {
            path: path.into(),
            parameters: node.parameters.iter().copied().collect(),
        })
    }
}

/// The parameters that an operation on inputs reads, in the order of its operands.
fn parameters_of(node: &Node, depends: &Dependencies, sources: &[Option<usize>]) -> Vec<usize> {
    let on_inputs = node
        .output()
        .is_some_and(|output| depends.contains(output.id));
    let read = node.op.inputs().filter(|_| on_inputs);
    read.filter_map(|tensor| sources[index(tensor.id)])
        .collect()
}

/// For tensors computed from weights alone: the parameter they come from.
fn parameter_sources(graph: &Graph, depends: &Dependencies) -> Vec<Option<usize>> {
    let mut sources = vec![None; graph.tensor_count()];
    for (&id, &parameter) in &graph.parameters {
        sources[index(id)] = Some(parameter);
    }
    for node in &graph.nodes {
        let source = node.op.inputs().find_map(|t| sources[index(t.id)]);
        for output in node.op.outputs() {
            if !depends.contains(output.id) {
                sources[index(output.id)] = source;
            }
        }
    }
    sources
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// The last operation of a call of a module: its output is the module's output.
    Layer,
    /// An earlier operation of the same call, or one of a module that contains other layers.
    Part,
}

/// Operations that read different parameters of one module are one call of it; the first parameter that is
/// read again begins the next call.
fn roles(modules: &[Option<Module>], paths: &[String]) -> Vec<Role> {
    let mut roles = vec![Role::Layer; modules.len()];
    let mut calls: HashMap<&str, (HashSet<usize>, usize)> = HashMap::new();
    for (position, module) in modules.iter().enumerate() {
        let Some(module) = module else { continue };
        if contains_layers(&module.path, paths) {
            roles[position] = Role::Part;
            continue;
        }
        let (seen, last) = calls.entry(&module.path).or_default();
        if seen.is_empty() || !seen.is_disjoint(&module.parameters) {
            seen.clone_from(&module.parameters);
        } else {
            seen.extend(&module.parameters);
            roles[*last] = Role::Part;
        }
        *last = position;
    }
    roles
}

fn contains_layers(module: &str, paths: &[String]) -> bool {
    paths.iter().any(|path| is_ancestor(module, parent(path)))
}

/// For every tensor: the place of the next layer with parameters that its value flows to.
fn consumer_places(graph: &Graph, modules: &[Option<Module>]) -> Vec<String> {
    let mut places = vec![String::new(); graph.tensor_count()];
    for (node, module) in graph.nodes.iter().zip(modules).rev() {
        let place = match (module, node.output()) {
            (Some(module), _) => parent(&module.path).to_string(),
            (None, Some(output)) => places[index(output.id)].clone(),
            (None, None) => continue,
        };
        for input in node.op.inputs() {
            places[index(input.id)].clone_from(&place);
        }
    }
    places
}

/// An operation without parameters stays where its newest operand was computed, except that pooling and
/// flattening on the way out of a module belong outside.
fn place_of(depends: &Dependencies, node: &Node, places: &[String], leads_to: &[String]) -> String {
    let computed = node
        .op
        .inputs()
        .filter(|tensor| depends.contains(tensor.id));
    let newest = computed.max_by_key(|tensor| tensor.id);
    let (Some(input), Some(output)) = (newest, node.output()) else {
        return String::new();
    };
    let place = &places[index(input.id)];
    let outside = &leads_to[index(output.id)];
    if leads_out(node.kind) && is_ancestor(outside, place) {
        return outside.clone();
    }
    place.clone()
}

fn leads_out(kind: OpKind) -> bool {
    matches!(
        kind,
        OpKind::AveragePool | OpKind::MaxPool | OpKind::Shape | OpKind::Reduction | OpKind::Maximum
    )
}

fn is_ancestor(path: &str, of: &str) -> bool {
    match path {
        "" => !of.is_empty(),
        path => of
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.')),
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        return name.into();
    }
    format!("{place}.{name}")
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
