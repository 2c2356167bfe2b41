//! Steps computed on patches.

use std::collections::HashMap;

use burn::backend::Dispatch;
use burn::backend::ir::{OperationIr, TensorId, TensorIr};
use burn::backend::tensor::FloatTensor;
use burn::tensor::Device;

use crate::backend::windows::{Windowing, Windows};
use crate::catch::catch;
use crate::exec::{Engine, Frame, Value, compute_alone};
use crate::ir::op_name::op_name;
use crate::network::weights::Weights;
use crate::patch::area::Places;
use crate::patch::reach::{Reach, Windowed};
use crate::patch::step::Step;
use crate::patch::steps::Steps;
use crate::schedule::FusedOp;
use crate::{AnyTensor, PassError};

/// The activations at the unchanged inputs.
pub(crate) type Kept = HashMap<TensorId, AnyTensor>;

/// The patches of one tensor, `[patches, channels, size...]`.
struct Patch {
    values: FloatTensor<Dispatch>,
    places: Places,
}

/// A batch of changed inputs under way.
pub(crate) struct Patches<'a> {
    pub(crate) steps: &'a Steps<'a>,
    pub(crate) kept: &'a Kept,
    pub(crate) weights: &'a Weights,
    pub(crate) device: &'a Device,
    /// Where the patches of every tensor lie, once for all rows of a version.
    pub(crate) places: HashMap<TensorId, Places>,
    /// How many steps are computed on patches.
    pub(crate) cut: usize,
}

impl Patches<'_> {
    /// What the first steps compute and later ones read, as whole tensors. `versions` are the changed inputs, with a
    /// row for each sample of each version.
    pub(crate) fn compute(mut self, versions: &AnyTensor) -> Result<Kept, PassError> {
        let input = self.steps.input;
        let places = self.places[&input].clone();
        let starts = places.starts.iter().map(|start| signed(start));
        let values = self.windows(versions, None, starts.collect(), places.size.clone(), 0.0);
        let mut patches = HashMap::from([(input, Patch { values, places })]);
        for index in 0..self.cut {
            let step = &self.steps.list[index];
            let node = step.task.node;
            let patch = catch(|| self.step(index, &mut patches));
            let patch = patch.map_err(|panic| PassError::Execution {
                op: op_name(&node.op),
                layer: node.name.clone(),
                message: panic.message,
            })?;
            patches.insert(step.output.id, patch);
        }
        let whole = self.steps.frontier(self.cut);
        Ok(whole
            .map(|tensor| (tensor.id, self.pasted(tensor, &patches)))
            .collect())
    }

    fn step(&mut self, index: usize, patches: &mut HashMap<TensorId, Patch>) -> Patch {
        let step = &self.steps.list[index];
        let places = self
            .places
            .remove(&step.output.id)
            .expect("a place for every output");
        let operands: Vec<(TensorId, Value<Dispatch>)> = (step.task.node.op.inputs())
            .map(|operand| (operand.id, self.operand(index, operand, &places, patches)))
            .collect();
        Patch {
            values: self.evaluate(step, operands),
            places,
        }
    }

    /// An operand, as far as patches of the output see it.
    fn operand(
        &self,
        index: usize,
        operand: &TensorIr,
        output: &Places,
        patches: &mut HashMap<TensorId, Patch>,
    ) -> Value<Dispatch> {
        let step = &self.steps.list[index];
        let whole = || Dispatch::value(self.kept[&operand.id].clone());
        if !step.changed.contains(&operand.id) {
            return match &step.reach {
                Reach::Channels => Value::Float(self.fixed(operand, output)),
                Reach::Position if operand.shape.num_dims() > 2 && !is_one(operand) => {
                    Value::Float(self.fixed(operand, output))
                }
                Reach::Position | Reach::Window(_) => whole(),
            };
        }
        let reads = step.changed.iter().filter(|&&tensor| tensor == operand.id);
        let is_last = self.steps.is_last(operand.id, index) && reads.count() == 1;
        let patch = &patches[&operand.id];
        let values = match &step.reach {
            Reach::Window(windowed) => self.seen(operand, patch, windowed, output),
            _ if patch.places == *output && is_last => {
                return Value::Float(patches.remove(&operand.id).expect("it is there").values);
            }
            _ if patch.places == *output => patch.values.clone(),
            _ => {
                let starts = output.starts.iter().map(|start| signed(start));
                let size = output.size.clone();
                let kept = &self.kept[&operand.id];
                self.windows(kept, Some(patch), starts.collect(), size, 0.0)
            }
        };
        if is_last {
            patches.remove(&operand.id);
        }
        Value::Float(values)
    }

    /// The windows of an operand that patches of the output see.
    fn seen(
        &self,
        operand: &TensorIr,
        patch: &Patch,
        windowed: &Windowed,
        output: &Places,
    ) -> FloatTensor<Dispatch> {
        let windows = &windowed.windows;
        let start = |first: &Vec<usize>| {
            let axes = windows.iter().zip(first);
            axes.map(|(window, &first)| window.start(first))
                .collect::<Vec<isize>>()
        };
        let starts: Vec<Vec<isize>> = output.starts.iter().map(start).collect();
        let size: Vec<usize> = (windows.iter().zip(&output.size))
            .map(|(window, &size)| window.seen(size))
            .collect();
        let is_patch = size == patch.places.size
            && starts
                .iter()
                .zip(&patch.places.starts)
                .all(|(a, b)| *a == signed(b));
        if is_patch {
            return patch.values.clone();
        }
        self.windows(
            &self.kept[&operand.id],
            Some(patch),
            starts,
            size,
            windowed.outside,
        )
    }

    /// What doesn't change, in the places of patches.
    fn fixed(&self, operand: &TensorIr, output: &Places) -> FloatTensor<Dispatch> {
        let space = &operand.shape[2..];
        let size = space
            .iter()
            .zip(&output.size)
            .map(|(&all, &size)| all.min(size));
        let start = |start: &Vec<usize>| {
            let axes = space.iter().zip(start);
            axes.map(|(&all, &start)| if all == 1 { 0 } else { start.cast_signed() })
                .collect::<Vec<isize>>()
        };
        let starts = output.starts.iter().map(start).collect();
        self.windows(&self.kept[&operand.id], None, starts, size.collect(), 0.0)
    }

    /// A whole tensor for every row, with its patches.
    fn pasted(&self, tensor: &TensorIr, patches: &HashMap<TensorId, Patch>) -> AnyTensor {
        let space = tensor.shape[2..].to_vec();
        let patch = &patches[&tensor.id];
        let starts = vec![vec![0; space.len()]; patch.places.starts.len()];
        let whole = self.windows(&self.kept[&tensor.id], Some(patch), starts, space, 0.0);
        AnyTensor::from_dispatch(whole)
    }

    /// Windows for every row of every version, which begin where `starts` says for each version.
    fn windows(
        &self,
        x: &AnyTensor,
        patch: Option<&Patch>,
        starts: Vec<Vec<isize>>,
        size: Vec<usize>,
        outside: f32,
    ) -> FloatTensor<Dispatch> {
        let patches = patch.map(|patch| patch.values.clone());
        let windows = Windows {
            size,
            starts: repeated(starts, self.steps.rows),
            patches: patch.map_or_else(Vec::new, |patch| {
                repeated(patch.places.starts.clone(), self.steps.rows)
            }),
            outside,
        };
        Dispatch::windows(x.clone().into_dispatch(), patches.into(), windows)
    }

    fn evaluate(
        &self,
        step: &Step<'_>,
        operands: Vec<(TensorId, Value<Dispatch>)>,
    ) -> FloatTensor<Dispatch> {
        let task = step.task;
        let op: &OperationIr = match &step.reach {
            Reach::Window(windowed) => &windowed.op,
            Reach::Position | Reach::Channels => &task.node.op,
        };
        let device = self.device.as_dispatch().clone();
        let value = match &task.fused {
            Some(fused) => {
                let graph = self.steps.schedule.graph;
                let folded =
                    (fused.norm).map(|norm| self.weights.folded(graph, task.position, norm));
                let fused = FusedOp {
                    op,
                    norm: fused.norm,
                    activation: fused.activation,
                    positions: Vec::new(),
                };
                let weight = |weight: &AnyTensor| Dispatch::value(weight.clone());
                let operands = fused.with_weights(operands, folded.as_ref(), weight);
                fused.compute::<Dispatch>(operands, device)
            }
            None => compute_alone(op, &mut Frame::new(operands, device)).swap_remove(0),
        };
        match value {
            Value::Float(values) => values,
            Value::Int(_) | Value::Bool(_) => unreachable!("steps compute floats"),
        }
    }
}

/// Whether a tensor has one row of one position, which is repeated wherever it is read.
fn is_one(tensor: &TensorIr) -> bool {
    tensor.shape[0] == 1 && tensor.shape[2..].iter().all(|&size| size == 1)
}

/// Every place so many times in a row.
fn repeated<T: Clone>(places: Vec<T>, times: usize) -> Vec<T> {
    let repeated = places
        .into_iter()
        .flat_map(|place| std::iter::repeat_n(place, times));
    repeated.collect()
}

fn signed(place: &[usize]) -> Vec<isize> {
    place.iter().map(|&at| at.cast_signed()).collect()
}
