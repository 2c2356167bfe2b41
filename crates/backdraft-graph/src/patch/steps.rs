//! The operations that a local change reaches locally.

use std::collections::{HashMap, HashSet};

use burn::backend::ir::{ModuleOperationIr, OperationIr, TensorId, TensorIr};

use crate::cost::bytes;
use crate::patch::area::{Area, Places};
use crate::patch::effort;
use crate::patch::reach::{self, Reach};
use crate::patch::step::{Step, positions};
use crate::schedule::{Schedule, Task};

/// The tasks that a change of an input reaches locally, in order.
pub(crate) struct Steps<'g> {
    pub(super) schedule: &'g Schedule<'g>,
    pub(super) list: Vec<Step<'g>>,
    pub(super) input: TensorId,
    /// How many samples there are.
    pub(super) rows: usize,
    /// The space of the input.
    space: Vec<usize>,
    /// For every tensor that changes locally the last step that reads it; none if something else reads it.
    last_reads: HashMap<TensorId, Option<usize>>,
}

impl<'g> Steps<'g> {
    /// Follows a change of the input at a position, a tensor `[rows, channels, space...]`, through the tasks. `None` if it
    /// reaches no task locally.
    pub(crate) fn of(schedule: &'g Schedule<'g>, input: usize) -> Option<Self> {
        let graph = schedule.graph;
        let input = *graph.inputs.get(input)?;
        let mut readers = graph.nodes.iter().flat_map(|node| node.op.inputs());
        let tensor = readers.find(|tensor| tensor.id == input)?;
        let [rows, _, space @ ..] = tensor.shape.as_slice() else {
            return None;
        };
        if space.is_empty() {
            return None;
        }
        let mut steps = Self {
            schedule,
            list: Vec::new(),
            input,
            rows: *rows,
            space: space.to_vec(),
            last_reads: HashMap::from([(input, None)]),
        };
        steps.follow();
        (!steps.list.is_empty()).then_some(steps)
    }

    fn follow(&mut self) {
        let mut changed: HashSet<TensorId> = HashSet::from([self.input]);
        let mut outside: HashSet<TensorId> = self.schedule.graph.outputs.iter().copied().collect();
        for task in &self.schedule.tasks {
            let reads: Vec<TensorId> = task.reads.iter().map(|read| read.tensor).collect();
            if !reads.iter().any(|tensor| changed.contains(tensor)) {
                continue;
            }
            changed.extend(task.outputs.iter().map(|output| output.id));
            match self.step(task, &changed) {
                Some(step) => {
                    for &tensor in &step.changed {
                        self.last_reads.insert(tensor, Some(self.list.len()));
                    }
                    self.last_reads.insert(step.output.id, None);
                    self.list.push(step);
                }
                None => outside.extend(reads),
            }
        }
        for tensor in outside {
            self.last_reads
                .entry(tensor)
                .and_modify(|last| *last = None);
        }
    }

    /// The step that a task is, if its output changes in a known area.
    fn step(&self, task: &'g Task<'g>, changed: &HashSet<TensorId>) -> Option<Step<'g>> {
        let [output] = task.outputs[..] else {
            return None;
        };
        let op = task.fused.as_ref().map_or(&task.node.op, |fused| fused.op);
        let reach = reach::of(op)?;
        let operands: Vec<&TensorIr> = task.node.op.inputs().collect();
        let is_changed = |tensor: &TensorIr| changed.contains(&tensor.id);
        let (local, fixed): (Vec<&TensorIr>, Vec<&TensorIr>) = operands
            .iter()
            .copied()
            .partition(|tensor| is_changed(tensor));
        let is_known = |tensor: &&TensorIr| self.last_reads.contains_key(&tensor.id);
        let has_rows = |tensor: &TensorIr| {
            tensor.shape.num_dims() >= 3 && tensor.shape[0] == self.rows && tensor.dtype.is_float()
        };
        let fits = has_rows(output) && local.iter().all(|tensor| has_rows(tensor));
        let fits = fits
            && local.iter().all(is_known)
            && match &reach {
                Reach::Window(_) => local.len() == 1 && local[0].id == operands[0].id,
                Reach::Position | Reach::Channels => {
                    let is_alike = |tensor: &&TensorIr| tensor.shape[2..] == output.shape[2..];
                    let is_weight =
                        matches!(op, OperationIr::Module(ModuleOperationIr::BatchNorm(_)));
                    let is_cut = |tensor: &&TensorIr| {
                        is_weight || repeats(tensor, output, matches!(reach, Reach::Channels))
                    };
                    local.iter().all(is_alike) && fixed.iter().all(is_cut)
                }
            };
        fits.then(|| Step {
            task,
            reach,
            changed: local.iter().map(|tensor| tensor.id).collect(),
            operand: local[0],
            output,
        })
    }

    /// How many steps there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The tensors that steps read and compute, weights too: what lies around patches is taken from them.
    pub(crate) fn kept(&self) -> HashSet<TensorId> {
        let tensors = self.list.iter().flat_map(|step| {
            let reads = step.task.reads.iter().map(|read| read.tensor);
            reads.chain([step.output.id])
        });
        tensors.collect()
    }

    /// Where the patches of every tensor lie for inputs that changed in these areas.
    pub(crate) fn places(&self, changed: &[Area]) -> HashMap<TensorId, Places> {
        let mut areas = HashMap::from([(self.input, changed.to_vec())]);
        for step in &self.list {
            let reached = (0..changed.len()).map(|index| step.reached(|id| &areas[&id][index]));
            let reached = reached.collect();
            areas.insert(step.output.id, reached);
        }
        let outputs = self
            .list
            .iter()
            .map(|step| (step.output.id, step.output.shape[2..].to_vec()));
        let tensors = outputs.chain([(self.input, self.space.clone())]);
        tensors
            .map(|(id, space)| (id, Places::over(&areas[&id], &space)))
            .collect()
    }

    /// How many steps are best computed on patches that lie in these places.
    pub(crate) fn cut(&self, places: &HashMap<TensorId, Places>) -> usize {
        let program = self.schedule.graph;
        let whole: Vec<f64> = self
            .list
            .iter()
            .map(|step| effort::whole(program, step))
            .collect();
        let patch = |(step, &whole): (&Step<'_>, &f64)| {
            let operand = &places[&step.operand.id];
            effort::on_patch(whole, step, operand, &places[&step.output.id])
        };
        let saved = self
            .list
            .iter()
            .zip(&whole)
            .map(|pair| pair.1 - patch(pair));
        let mut sum = 0.0;
        let sums = saved.map(|saved| {
            sum += saved;
            sum
        });
        let gain = |(step, saved): (usize, f64)| {
            let pasted = self.frontier(step + 1).map(effort::paste).sum::<f64>();
            (step + 1, saved - pasted)
        };
        let best = sums
            .enumerate()
            .map(gain)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        best.filter(|(_, gain)| *gain > 0.0)
            .map_or(0, |(cut, _)| cut)
    }

    /// How much of every dimension of space a change in an area reaches, of all steps' work.
    pub(crate) fn shares(&self, changed: &Area) -> Vec<f64> {
        let mut areas = HashMap::from([(self.input, changed.clone())]);
        let mut sums = vec![0.0; changed.0.len()];
        let mut all = 0.0;
        for step in &self.list {
            let area = step.reached(|id| &areas[&id]);
            let effort = effort::whole(self.schedule.graph, step);
            let axes = area.0.iter().zip(&step.output.shape[2..]);
            for (sum, (range, &size)) in sums.iter_mut().zip(axes) {
                *sum += effort * range.len() as f64 / size as f64;
            }
            all += effort;
            areas.insert(step.output.id, area);
        }
        sums.into_iter().map(|sum| sum / all).collect()
    }

    /// The tensors that the first `cut` steps compute and something after them reads.
    pub(crate) fn frontier(&self, cut: usize) -> impl Iterator<Item = &'g TensorIr> {
        let outputs = self.list[..cut].iter().map(|step| step.output);
        outputs.filter(move |output| self.last_reads[&output.id].is_none_or(|last| last >= cut))
    }

    /// Bytes of the kept activations, without weights.
    pub(crate) fn kept_bytes(&self) -> u64 {
        let outputs = self.list.iter().map(|step| step.output);
        outputs.map(bytes).sum()
    }

    /// Bytes of a version's patches where they are most, or of the whole tensors that they become: an estimate, that counts an operand's
    /// windows twice.
    pub(crate) fn bytes(&self, places: &HashMap<TensorId, Places>, cut: usize) -> u64 {
        let patch = |tensor: &TensorIr| {
            bytes(tensor) * places[&tensor.id].positions() as u64 / positions(tensor).max(1) as u64
        };
        let steps = self.list[..cut].iter();
        let most = steps
            .map(|step| 3 * patch(step.operand) + patch(step.output))
            .max();
        let whole: u64 = self.frontier(cut).map(bytes).sum();
        most.unwrap_or(0) + whole
    }

    /// Whether a step is the last one to read a tensor of the first `cut` steps.
    pub(super) fn is_last(&self, tensor: TensorId, step: usize) -> bool {
        self.last_reads[&tensor] == Some(step)
    }
}

/// Whether a tensor has the positions of another, or one in their place if it isn't put together with it.
fn repeats(tensor: &TensorIr, output: &TensorIr, together: bool) -> bool {
    let mut sizes = tensor.shape.iter().zip(output.shape.iter()).enumerate();
    tensor.shape.num_dims() == output.shape.num_dims()
        && tensor.dtype.is_float()
        && sizes.all(|(axis, (size, all))| {
            size == all || (axis == 1 && together) || (*size == 1 && !together)
        })
}
