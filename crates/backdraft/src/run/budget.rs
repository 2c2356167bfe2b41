//! How much memory a method may take, and how many versions of the inputs fit into it.

use std::thread;

use backdraft_graph::runs_on_cpu;
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use crate::run::RunError;
use crate::run::options::{Budget, RunOptions};
use crate::run::plan::bytes;
use crate::run::units::scaled;
use crate::{AnyTensor, Error, Inputs, Plan};

/// The part of the free memory that a method takes if it isn't told: one of so many.
const SHARE: u64 = 4;
/// What it takes of a GPU, whose drivers don't tell how much is free.
const ON_GPU: u64 = 2 << 30;
/// Estimates may be low, and allocators don't use everything they hold: so many tenths of a budget are planned for.
const PLANNED: u64 = 8;
/// More bytes at once for each core of a CPU aren't faster: they only push each other out of its caches.
const WORKING_SET: u64 = 24 << 20;
/// More rows at once aren't faster, however small they are.
const MOST_ROWS: usize = 32;
/// Tensors of the inputs' size that a method holds for each version: the version, its part of the stack, its gradient.
const TENSORS: u64 = 3;

/// How many versions of the inputs are evaluated at once, at least one. `plan` is that of one.
///
/// # Errors
///
/// Those of `plan`, [`RunError::OverBudget`] if not even one version fits into the bytes that were given, and
/// [`Error::InvalidOption`] if bytes were given for a model whose memory isn't known.
pub(crate) fn copies(
    inputs: &Inputs,
    plan: impl FnOnce() -> Result<Plan, Error>,
) -> Result<usize, Error> {
    Ok(copies_beside(inputs, 0, plan)?.max(1))
}

/// The same beside so many bytes that are `held` all the time; none if they don't leave room for one version.
pub(crate) fn copies_beside(
    inputs: &Inputs,
    held: u64,
    plan: impl FnOnce() -> Result<Plan, Error>,
) -> Result<usize, Error> {
    let options = inputs.options();
    let rows = inputs.rows().max(1);
    let at_once = |most: usize| {
        if inputs.stack() {
            (most / rows).max(1)
        } else {
            1
        }
    };
    if let Budget::Rows(most) = options.budget {
        return Ok(at_once(most));
    }
    let most = at_once(MOST_ROWS);
    let plan = plan()?;
    let Some(peak) = plan.peak_bytes() else {
        return without_knowledge(options.budget, most);
    };
    let need = peak + TENSORS * bytes(&inputs.floats()?);
    let room = room_for(inputs, &plan, need, held)?;
    if held > 0 && room < need {
        return Ok(0);
    }
    let copies = fitting(room, need, most);
    options.take(held + copies as u64 * need);
    Ok(copies)
}

/// The bytes that there are for versions of the inputs, one of which needs `need`, beside those that are held.
fn room_for(inputs: &Inputs, plan: &Plan, need: u64, held: u64) -> Result<u64, Error> {
    let options = inputs.options();
    let device = inputs.tensors().first().map(AnyTensor::device);
    let on_cpu = device.is_none_or(|device| runs_on_cpu(&device));
    let room = match options.budget {
        Budget::Bytes(budget) if on_cpu => on_cpu_room(budget, options, need)?,
        Budget::Bytes(budget) => {
            let weights = plan.parameter_bytes().unwrap_or(0);
            room(budget, weights, weights, need)?
        }
        _ if on_cpu => available() / SHARE,
        _ => ON_GPU,
    };
    let room = room.saturating_sub(held);
    Ok(if on_cpu {
        room.min(working_set())
    } else {
        room
    })
}

fn on_cpu_room(budget: u64, options: &RunOptions, need: u64) -> Result<u64, Error> {
    let held = resident();
    room(budget, held, held.saturating_sub(options.taken()), need)
}

/// For a model whose memory isn't known.
fn without_knowledge(budget: Budget, most: usize) -> Result<usize, Error> {
    match budget {
        Budget::Bytes(bytes) => Err(Error::InvalidOption {
            option: "the memory budget",
            value: scaled(bytes, "B"),
            requirement: "what this model takes isn't known, as it isn't captured: use `with_batch_size`",
        }),
        _ => Ok(most),
    }
}

/// What a budget leaves beside the memory that is constant. If some of this is only kept by the allocator, `at_least` is what
/// others hold: then there is less room, but no reason to refuse what ran before.
fn room(budget: u64, held: u64, at_least: u64, need: u64) -> Result<u64, Error> {
    let beside = |held: u64| budget.saturating_sub(held) / 10 * PLANNED;
    if need > beside(at_least) {
        return Err(Error::Run(RunError::OverBudget { budget, held, need }));
    }
    Ok(beside(held))
}

fn fitting(room: u64, need: u64, most: usize) -> usize {
    let fit = room / need.max(1);
    usize::try_from(fit).unwrap_or(most).clamp(1, most)
}

fn working_set() -> u64 {
    WORKING_SET * thread::available_parallelism().map_or(1, usize::from) as u64
}

/// Bytes that can be had without swapping, within the limits of a container.
fn available() -> u64 {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let limits = system.cgroup_limits();
    let limit = limits.map_or(u64::MAX, |limits| {
        limits.total_memory.saturating_sub(limits.rss)
    });
    system.available_memory().min(limit)
}

/// Bytes that this process holds; zero where the system doesn't tell.
fn resident() -> u64 {
    let Ok(process) = get_current_pid() else {
        return 0;
    };
    let mut system = System::new();
    let what = ProcessRefreshKind::nothing().with_memory().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, what);
    system.process(process).map_or(0, sysinfo::Process::memory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Network;
    use burn::nn::Linear;
    use burn::tensor::{Device, Tensor};

    fn inputs(rows: usize) -> Inputs {
        Inputs::new(Tensor::<2>::ones([rows, 3], &Device::flex()))
    }

    fn at_once(inputs: &Inputs) -> usize {
        copies(inputs, || Ok(Plan::default())).unwrap()
    }

    #[test]
    fn rows_are_shared_among_versions_and_one_always_runs() {
        assert_eq!(at_once(&inputs(2).with_batch_size(7)), 3);
        assert_eq!(at_once(&inputs(9).with_batch_size(7)), 1);
        assert_eq!(at_once(&inputs(1).with_batch_size(0)), 1);
        assert_eq!(at_once(&inputs(3)), 10);
    }

    #[test]
    fn bytes_for_a_model_that_is_not_captured_are_refused() {
        let error = copies(&inputs(1).with_memory_budget(5_000_000), || {
            Ok(Plan::default())
        });
        let error = error.unwrap_err().to_string();
        assert!(error.contains("can't be 5.00 MB"), "{error}");
    }

    #[test]
    fn as_many_fit_as_there_is_room_for() {
        assert_eq!(fitting(100, 30, 8), 3);
        assert_eq!(fitting(10, 30, 8), 1);
        assert_eq!(fitting(u64::MAX, 0, 8), 8);
    }

    #[test]
    fn what_the_allocator_keeps_makes_room_smaller_but_refuses_nothing() {
        assert_eq!(room(1000, 500, 500, 400).unwrap(), 400);
        assert!(room(1000, 520, 520, 400).is_err());
        assert_eq!(room(1000, 700, 500, 400).unwrap(), 240);
        assert_eq!(room(1000, 2000, 0, 400).unwrap(), 0);
    }

    #[test]
    fn a_budget_that_is_too_small_is_refused_with_numbers() {
        let forward = |_: &Vec<Linear>, x: Tensor<2>| x.exp();
        let net = Network::capture(&Vec::new(), Tensor::ones([1, 3], &Device::flex()), forward);
        let plan = || Plan::gradients(&net.unwrap(), &inputs(1));
        let error = copies(&inputs(1).with_memory_budget(1000), plan).unwrap_err();
        assert!(
            matches!(error, Error::Run(RunError::OverBudget { budget: 1000, .. })),
            "{error}"
        );
    }

    #[test]
    fn the_system_tells_how_much_there_is() {
        assert!(resident() > 1 << 20, "{}", resident());
        assert!(available() > 1 << 20, "{}", available());
    }
}
