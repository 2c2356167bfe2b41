//! What a layer does while the inputs move from a baseline to where they are.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use backdraft_graph::Probes;

use crate::evaluation::Effort;
use crate::inputs::check_layer_rows;
use crate::path::Quadrature;
use crate::target::Explained;
use crate::{AnyTensor, Baseline, Differentiable, Differentiated, Error, Inputs, Network, Target};

/// The options of a method that follows a layer along a path.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) baseline: Baseline,
    pub(super) quadrature: Quadrature,
    pub(super) effort: Effort,
    steps: usize,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            baseline: Baseline::zeros(),
            quadrature: Quadrature::GaussLegendre,
            effort: Effort::default(),
            steps: 50,
        }
    }
}

impl Path {
    pub(super) fn with_baseline(self, baseline: Baseline) -> Self {
        Self { baseline, ..self }
    }

    pub(super) fn with_steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    pub(super) fn with_quadrature(self, quadrature: Quadrature) -> Self {
        Self { quadrature, ..self }
    }

    pub(super) fn with_batch_size(mut self, rows: usize) -> Self {
        self.effort = self.effort.with_batch_size(rows);
        self
    }

    pub(super) fn with_progress(
        mut self,
        callback: impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.effort = self.effort.with_progress(callback);
        self
    }

    /// Positions and weights.
    pub(super) fn points(&self) -> Result<Vec<(f64, f64)>, Error> {
        let steps = NonZeroUsize::new(self.steps).ok_or(Error::InvalidOption {
            option: "steps",
            value: "0".into(),
            requirement: "the path needs at least one point",
        })?;
        Ok(self.quadrature.points(steps))
    }
}

/// The options of a method whose field `path` has them.
macro_rules! path_options {
    () => {
        /// Where the path begins: zeros by default.
        #[must_use]
        pub fn with_baseline(mut self, baseline: crate::Baseline) -> Self {
            self.path = self.path.with_baseline(baseline);
            self
        }

        /// How many points the path has: 50 by default.
        #[must_use]
        pub fn with_steps(mut self, steps: usize) -> Self {
            self.path = self.path.with_steps(steps);
            self
        }

        /// Where the points are: Gauss-Legendre by default.
        #[must_use]
        pub fn with_quadrature(mut self, quadrature: crate::Quadrature) -> Self {
            self.path = self.path.with_quadrature(quadrature);
            self
        }

        /// How many rows the network sees at once, at least one whole batch; 8 by default. The result
        /// doesn't depend on it.
        #[must_use]
        pub fn with_batch_size(mut self, rows: usize) -> Self {
            self.path = self.path.with_batch_size(rows);
            self
        }

        /// Calls back with the units of work done and their total number, and stops with
        /// [`Error::Cancelled`](crate::Error::Cancelled) if the answer is `Break`.
        #[must_use]
        pub fn with_progress(
            mut self,
            callback: impl Fn(usize, usize) -> std::ops::ControlFlow<()> + Send + Sync + 'static,
        ) -> Self {
            self.path = self.path.with_progress(callback);
            self
        }
    };
}
pub(super) use path_options;

/// A network whose gradients are those at a layer.
pub(super) struct GradientsAt<'a> {
    pub(super) net: &'a Network,
    pub(super) layer: &'a str,
}

impl Differentiable for GradientsAt<'_> {
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        self.net.outputs(inputs)
    }

    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
        let probes = Probes::new().with_layer_gradient(self.layer);
        let pass = self.net.run(inputs.tensors().to_vec(), &probes)?;
        let Explained { scores, name } = inputs.scores(target, pass.outputs())?;
        let values = scores.clone().without_autodiff();
        let gradient = pass.backward(scores)?.layer(self.layer)?;
        check_layer_rows(self.layer, &gradient, inputs.rows())?;
        Ok(Differentiated {
            scores: values,
            target: name,
            gradients: vec![gradient],
        })
    }
}
