//! Evaluates a model at many points, as many at once as fit the internal batch.

use std::ops::ControlFlow;

use crate::progress::Progress;
use crate::rows::to_vec;
use crate::target::Explained;
use crate::{AnyTensor, Differentiable, Error, Inputs, Target};

/// How a method that evaluates many points does so.
#[derive(Clone, Debug)]
pub(crate) struct Effort {
    batch_size: usize,
    progress: Progress,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            batch_size: 8,
            progress: Progress::default(),
        }
    }
}

impl Effort {
    #[must_use]
    pub(crate) fn with_batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows;
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

    /// How many versions of the inputs are evaluated at once.
    pub(crate) fn copies(&self, inputs: &Inputs) -> usize {
        (self.batch_size / inputs.rows().max(1)).max(1)
    }

    /// A count of `total` units of work, reported as they are done.
    pub(crate) fn work(&self, total: usize) -> Work<'_> {
        Work {
            effort: self,
            done: 0,
            total,
        }
    }
}

/// Work under way.
pub(crate) struct Work<'a> {
    effort: &'a Effort,
    done: usize,
    total: usize,
}

impl Work<'_> {
    /// Counts finished units.
    pub(crate) fn advance(&mut self, units: usize) -> Result<(), Error> {
        self.done += units;
        self.effort.progress.report(self.done, self.total)
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
            let chunk: Vec<_> = points.by_ref().take(self.effort.copies(inputs)).collect();
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

/// The target as it is at the inputs, and its scores there.
pub(crate) struct Settled<'a> {
    given: &'a dyn Target,
    fixed: Option<Box<dyn Target>>,
    pub(crate) scores: Vec<f32>,
    pub(crate) name: String,
}

impl<'a> Settled<'a> {
    pub(crate) fn at<M: Differentiable + ?Sized>(
        model: &M,
        inputs: &Inputs,
        target: &'a dyn Target,
    ) -> Result<Self, Error> {
        Self::of(&model.outputs(inputs)?, inputs, target)
    }

    /// From the outputs that a model gave for the inputs.
    pub(crate) fn of(
        outputs: &[AnyTensor],
        inputs: &Inputs,
        target: &'a dyn Target,
    ) -> Result<Self, Error> {
        let fixed = target.settled(&inputs.copy_of(outputs, 0)?)?;
        let explained = inputs.scores(fixed.as_deref().unwrap_or(target), outputs)?;
        Ok(Self {
            scores: explained.values(),
            name: explained.name,
            given: target,
            fixed,
        })
    }

    pub(crate) fn target(&self) -> &dyn Target {
        self.fixed.as_deref().unwrap_or(self.given)
    }
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

/// The two options of every method that evaluates many points.
macro_rules! effort_options {
    () => {
        /// How many rows the model sees at once, at least one whole batch; 8 by default. The result
        /// doesn't depend on it.
        #[must_use]
        pub fn with_batch_size(mut self, rows: usize) -> Self {
            self.effort = self.effort.with_batch_size(rows);
            self
        }

        /// Calls back with the units of work done and their total number, and stops with
        /// [`Error::Cancelled`](crate::Error::Cancelled) if the answer is `Break`.
        #[must_use]
        pub fn with_progress(
            mut self,
            callback: impl Fn(usize, usize) -> std::ops::ControlFlow<()> + Send + Sync + 'static,
        ) -> Self {
            self.effort = self.effort.with_progress(callback);
            self
        }
    };
}
pub(crate) use effort_options;
