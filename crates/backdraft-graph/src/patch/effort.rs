//! How long steps take, in floating-point operations that would take as long.

use burn::backend::ir::TensorIr;

use crate::cost::flops;
use crate::ir::program::Program;
use crate::patch::area::Places;
use crate::patch::reach::Reach;
use crate::patch::step::{Step, channels, positions};

/// What takes as long as an element that is read or written.
const MOVED: f64 = 25.0;

/// The whole step for one row.
pub(super) fn whole(program: &Program, step: &Step<'_>) -> f64 {
    let task = step.task;
    let alone = [task.position];
    let positions = task
        .fused
        .as_ref()
        .map_or(&alone[..], |fused| &fused.positions);
    let flops: u64 = positions
        .iter()
        .map(|&position| flops(&program.nodes[position]))
        .sum();
    let rows = step.output.shape[0] as f64;
    flops as f64 / rows + MOVED * (elements(step.output) + elements(step.operand))
}

/// The step on a patch of one row. What lies around a patch is computed along with it in the last dimension, where rows
/// of a patch lie one after the other in memory, and thrown away.
pub(super) fn on_patch(whole: f64, step: &Step<'_>, operand: &Places, output: &Places) -> f64 {
    let share =
        |places: &Places, tensor: &TensorIr| places.positions() as f64 / positions(tensor) as f64;
    let share_of_output = share(output, step.output);
    match &step.reach {
        Reach::Position | Reach::Channels if operand == output => whole * share_of_output,
        Reach::Position | Reach::Channels => {
            let read = channels(step.operand) * output.positions();
            whole * share_of_output + 2.0 * MOVED * read as f64
        }
        Reach::Window(windowed) => {
            let windows = windowed.windows.iter().zip(&output.size);
            let seen: Vec<usize> = windows.map(|(window, &size)| window.seen(size)).collect();
            let read = channels(step.operand) * seen.iter().product::<usize>();
            let wider = match (seen.last(), windowed.windows.last(), output.size.last()) {
                (Some(&seen), Some(window), Some(&size)) => {
                    seen as f64 / (window.stride * size) as f64
                }
                _ => 1.0,
            };
            whole * share_of_output * wider.max(1.0) + 2.0 * MOVED * read as f64
        }
    }
}

/// Whole tensors with patches in them.
pub(super) fn paste(tensor: &TensorIr) -> f64 {
    2.0 * MOVED * elements(tensor)
}

/// Elements of one row.
fn elements(tensor: &TensorIr) -> f64 {
    (channels(tensor) * positions(tensor)) as f64
}
