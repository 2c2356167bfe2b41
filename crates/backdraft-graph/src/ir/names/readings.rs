//! Which operations read parameters, and what they are to the parameters' modules.

use std::collections::{HashMap, HashSet};

use crate::ir::dependencies::Dependencies;
use crate::ir::graph::{Graph, index};
use crate::ir::names::path::{is_within, parent};
use crate::ir::node::Node;

/// An operation that reads parameters of a module.
pub(super) struct Reading<'a> {
    pub(super) module: &'a str,
    /// The first parameter that it reads.
    pub(super) parameter: &'a str,
    pub(super) role: Role,
}

/// What an operation is to the module whose parameters it reads. A call is known by the position of its first operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The last operation of a call of a module without layers of its own: its output is the module's output.
    Layer { call: usize },
    /// An earlier operation of the same call.
    Part { call: usize },
    /// One of a module that contains other layers.
    Among,
}

impl<'a> Reading<'a> {
    /// An operation as if it were the only one of its module. `None` if it reads no parameter, or if the model is one
    /// layer, which has no name.
    fn alone(position: usize, node: &Node, paths: &'a [String]) -> Option<Self> {
        let parameter = paths[*node.parameters.first()?].as_str();
        let module = parent(parameter);
        let role = if contains_layers(module, paths) {
            Role::Among
        } else {
            Role::Layer { call: position }
        };
        (role == Role::Among || !module.is_empty()).then_some(Self {
            module,
            parameter,
            role,
        })
    }

    /// Where the operation's output is: outside of the module after its last operation.
    pub(super) fn output_place(&self) -> &'a str {
        match self.role {
            Role::Layer { .. } => parent(self.module),
            Role::Part { .. } | Role::Among => self.module,
        }
    }

    /// The call of a module without layers of its own.
    pub(super) fn call(&self) -> Option<usize> {
        match self.role {
            Role::Layer { call } | Role::Part { call } => Some(call),
            Role::Among => None,
        }
    }
}

/// For tensors computed from weights alone: the parameter they come from.
pub(super) fn parameter_sources(graph: &Graph, depends: &Dependencies) -> Vec<Option<usize>> {
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

/// The parameters that an operation on inputs reads, in the order of its operands.
pub(super) fn parameters_of(
    node: &Node,
    depends: &Dependencies,
    sources: &[Option<usize>],
) -> Vec<usize> {
    let on_inputs = node
        .output()
        .is_some_and(|output| depends.contains(output.id));
    let read = node.op.inputs().filter(|_| on_inputs);
    read.filter_map(|tensor| sources[index(tensor.id)])
        .collect()
}

/// What every operation reads, where the nodes know their parameters. `paths` are those of all parameters.
pub(super) fn of<'a>(graph: &Graph, paths: &'a [String]) -> Vec<Option<Reading<'a>>> {
    let nodes = graph.nodes.iter().enumerate();
    let mut readings = nodes
        .map(|(position, node)| Reading::alone(position, node, paths))
        .collect::<Vec<_>>();
    join_calls(&mut readings, &graph.nodes);
    readings
}

/// Operations that read different parameters of one module are one call of it; the first parameter that is
/// read again begins the next call.
fn join_calls(readings: &mut [Option<Reading<'_>>], nodes: &[Node]) {
    let mut calls: HashMap<&str, Call> = HashMap::new();
    for (position, node) in nodes.iter().enumerate() {
        let Some(reading) = &readings[position] else {
            continue;
        };
        if reading.role == Role::Among {
            continue;
        }
        let call = calls.entry(reading.module).or_insert(Call::at(position));
        let read = || node.parameters.iter().copied();
        if read().any(|parameter| call.read.contains(&parameter)) {
            *call = Call::at(position);
        }
        set_role(&mut readings[call.last], Role::Part { call: call.first });
        set_role(&mut readings[position], Role::Layer { call: call.first });
        call.last = position;
        call.read.extend(read());
    }
}

fn set_role(reading: &mut Option<Reading<'_>>, role: Role) {
    if let Some(reading) = reading {
        reading.role = role;
    }
}

/// A call of a module, as far as it was seen.
struct Call {
    first: usize,
    last: usize,
    read: HashSet<usize>,
}

impl Call {
    fn at(position: usize) -> Self {
        Self {
            first: position,
            last: position,
            read: HashSet::new(),
        }
    }
}

fn contains_layers(module: &str, paths: &[String]) -> bool {
    let mut modules = paths.iter().map(|path| parent(path));
    modules.any(|other| other != module && is_within(other, module))
}
