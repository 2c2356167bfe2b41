//! Evaluates a model at many points, as many at once as fit the internal batch.

use std::ops::Range;

use crate::finite::check;
use crate::inputs::rows::to_vec;
use crate::run::budget::copies;
use crate::run::plan::bytes;
use crate::run::progress::Progress;
use crate::{AnyTensor, Differentiable, Error, Inputs, Model, Plan, Target};

/// What gradients at so many points take, beside the tensors of the inputs' size that are `held` all the time.
pub(crate) fn gradients_plan<M: Differentiable + ?Sized>(
    model: &M,
    inputs: &Inputs,
    points: usize,
    held: u64,
) -> Result<Plan, Error> {
    let floats = inputs.floats()?;
    let held = held * bytes(&floats);
    let copies = copies(inputs, || Plan::gradients(model, inputs))?.clamp(1, points.max(1));
    let stacked = inputs.stacked(&vec![floats; copies]);
    let stack = bytes(&stacked.floats()?);
    let run = Plan::gradients(model, &stacked)?.holding(2 * stack + held);
    Ok(run.fraction(points, copies))
}

/// What the outputs for so many versions of the inputs take, beside the tensors of the inputs' size that are `held` all
/// the time.
pub(crate) fn outputs_plan<M: Model + ?Sized>(
    model: &M,
    inputs: &Inputs,
    versions: usize,
    held: usize,
) -> Result<Plan, Error> {
    let copies = copies(inputs, || Plan::outputs(model, inputs))?;
    copies_plan(inputs, copies, versions, held, |stacked| {
        Plan::outputs(model, stacked)
    })
}

/// The same where so many versions are computed at once, as `run` plans it.
pub(crate) fn copies_plan(
    inputs: &Inputs,
    copies: usize,
    versions: usize,
    held: usize,
    run: impl FnOnce(&Inputs) -> Result<Plan, Error>,
) -> Result<Plan, Error> {
    let values = inputs.floats()?;
    let copies = copies.clamp(1, versions.max(1));
    let held = (copies + held) as u64 * bytes(&values);
    let run = run(&inputs.stacked(&vec![values; copies]))?.holding(held);
    Ok(run.fraction(versions, copies))
}

/// Work under way.
pub(crate) struct Work {
    progress: Progress,
    copies: usize,
    done: usize,
    total: usize,
}

impl Work {
    /// A count of `total` units of work, reported as they are done, so many `copies` of the inputs at once.
    pub(crate) fn new(inputs: &Inputs, copies: usize, total: usize) -> Self {
        Self {
            progress: inputs.options().progress.clone(),
            copies,
            done: 0,
            total,
        }
    }

    /// How many copies of the inputs are computed at once.
    pub(crate) fn copies(&self) -> usize {
        self.copies
    }

    /// The units of work, as many at a time as copies are computed at once.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (size, total) = (self.copies, self.total);
        (0..total)
            .step_by(size)
            .map(move |start| start..(start + size).min(total))
    }

    /// Counts finished units.
    pub(crate) fn advance(&mut self, units: usize) -> Result<(), Error> {
        self.done += units;
        self.progress.report(self.done, self.total)
    }

    /// Calls `each` with every point's float values and what the model says there, in order.
    pub(crate) fn gradients<M: Differentiable + ?Sized>(
        &mut self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
        points: impl IntoIterator<Item = Vec<AnyTensor>>,
        mut each: impl FnMut(&[AnyTensor], Point),
    ) -> Result<(), Error> {
        let mut points = points.into_iter();
        loop {
            let chunk: Vec<_> = points.by_ref().take(self.copies).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            let rows = inputs.rows();
            let result = model.gradients(&inputs.stacked(&chunk), target)?;
            let scores = to_vec(result.scores);
            for (index, point) in chunk.iter().enumerate() {
                let range = index * rows..(index + 1) * rows;
                let gradients = result.gradients.iter();
                let gradients = gradients.map(|gradient| gradient.rows(range.clone()));
                each(
                    point,
                    Point {
                        scores: scores[range.clone()].to_vec(),
                        gradients: gradients.collect(),
                    },
                );
            }
            self.advance(chunk.len())?;
        }
    }
}

/// What a model says at one point.
pub(crate) struct Point {
    /// One score for each row.
    pub(crate) scores: Vec<f64>,
    /// One gradient for each float input.
    pub(crate) gradients: Vec<AnyTensor>,
}

/// The target's scores at a baseline.
pub(crate) fn baseline_scores<M: Model + ?Sized>(
    model: &M,
    baseline: &Inputs,
    target: &dyn Target,
) -> Result<Vec<f32>, Error> {
    let explained = baseline.scores(target, &model.outputs(baseline)?)?;
    check::baseline_scores(model, baseline, &explained)
}
