//! Evaluates a model at many points, as many at once as fit the internal batch.

use std::ops::ControlFlow;

use crate::inputs::rows::to_vec;
use crate::run::budget::Budget;
use crate::run::plan::bytes;
use crate::run::progress::Progress;
use crate::targets::Explained;
use crate::{AnyTensor, Differentiable, Error, Inputs, Plan, Target};

/// How a method that evaluates many points does so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batching {
    budget: Budget,
    progress: Progress,
}

impl Batching {
    #[must_use]
    pub(crate) fn with_batch_size(mut self, rows: usize) -> Self {
        self.budget = Budget::Rows(rows);
        self
    }

    #[must_use]
    pub(crate) fn with_memory_budget(mut self, bytes: u64) -> Self {
        self.budget = Budget::Bytes(bytes);
        self
    }

    #[must_use]
    pub(crate) fn with_progress(
        mut self,
        callback: impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.progress = Progress::new(callback);
        self
    }

    /// How many versions of the inputs are evaluated at once; `plan` is that of one.
    pub(crate) fn copies(
        &self,
        inputs: &Inputs,
        plan: impl FnOnce() -> Result<Plan, Error>,
    ) -> Result<usize, Error> {
        self.budget.copies(inputs, plan)
    }

    /// A count of `total` units of work, reported as they are done, so many `copies` of the inputs at once.
    pub(crate) fn work(&self, copies: usize, total: usize) -> Work<'_> {
        Work {
            batching: self,
            copies,
            done: 0,
            total,
        }
    }

    /// What gradients at so many points take, beside the tensors of the inputs' size that are `held` all the time.
    pub(crate) fn plan<M: Differentiable + ?Sized>(
        &self,
        model: &M,
        inputs: &Inputs,
        points: usize,
        held: u64,
    ) -> Result<Plan, Error> {
        let floats = inputs.floats()?;
        let held = held * bytes(&floats);
        let copies = self.copies(inputs, || Plan::gradients(model, inputs))?;
        let copies = copies.clamp(1, points.max(1));
        let stacked = inputs.stacked(&vec![floats; copies]);
        let stack = bytes(&stacked.floats()?);
        let run = Plan::gradients(model, &stacked)?.holding(2 * stack + held);
        Ok(run.fraction(points, copies))
    }
}

/// Work under way.
pub(crate) struct Work<'a> {
    batching: &'a Batching,
    copies: usize,
    done: usize,
    total: usize,
}

impl Work<'_> {
    /// Counts finished units.
    pub(crate) fn advance(&mut self, units: usize) -> Result<(), Error> {
        self.done += units;
        self.batching.progress.report(self.done, self.total)
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

/// The target's scores at some inputs.
pub(crate) fn scores_at<M: Differentiable + ?Sized>(
    model: &M,
    inputs: &Inputs,
    target: &dyn Target,
) -> Result<Vec<f32>, Error> {
    let Explained { scores, .. } = inputs.scores(target, &model.outputs(inputs)?)?;
    Ok(scores.into_data().iter::<f32>().collect())
}

/// The options of every method that evaluates many points.
macro_rules! batching_options {
    () => {
        /// The most bytes that the process may hold while it explains: as many rows are computed at once as fit,
        /// but no more than 8 (32 on a GPU), which wouldn't be faster. By default a method takes a quarter of the
        /// memory that is free. On a GPU the budget is for weights and activations, 2 GiB for activations by
        /// default. The result doesn't depend on it.
        ///
        /// If not even one whole batch of the inputs fits, that is
        /// [`RunError::OverBudget`](crate::run::RunError::OverBudget). For an [`Opaque`](crate::Opaque) model, of
        /// which it isn't
        /// known what it takes, use [`with_batch_size`](Self::with_batch_size).
        #[must_use]
        pub fn with_memory_budget(mut self, bytes: u64) -> Self {
            self.batching = self.batching.with_memory_budget(bytes);
            self
        }

        /// How many rows the model sees at once, at least one whole batch, in place of a
        /// [memory budget](Self::with_memory_budget). The result doesn't depend on it.
        #[must_use]
        pub fn with_batch_size(mut self, rows: usize) -> Self {
            self.batching = self.batching.with_batch_size(rows);
            self
        }

        /// Calls back with the units of work done and their total number, and stops with
        /// [`RunError::Cancelled`](crate::run::RunError::Cancelled) if the answer is `Break`.
        #[must_use]
        pub fn with_progress(
            mut self,
            callback: impl Fn(usize, usize) -> std::ops::ControlFlow<()> + Send + Sync + 'static,
        ) -> Self {
            self.batching = self.batching.with_progress(callback);
            self
        }
    };
}
pub(crate) use batching_options;
