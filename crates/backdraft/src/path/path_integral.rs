//! Gradients integrated along a path.

use crate::path::average_over::{average_over, plan_over};
use crate::path::path::Path;
use crate::path::quadrature::{Quadrature, at_least_one};
use crate::path::refinement::refine;
use crate::{Attribution, Differentiable, Error, Inputs, Method, Plan, Target};

/// The integral of gradients along a path: [`IntegratedGradients`](super::IntegratedGradients),
/// [`BlurIg`](super::BlurIg), or the method of a [`Path`] of your own.
///
/// | option | default |
/// |---|---|
/// | [`with_steps`](Self::with_steps) | 50 |
/// | [`with_quadrature`](Self::with_quadrature) | Gauss-Legendre |
/// | [`with_tolerance`](Self::with_tolerance) | none: the number of steps is fixed |
/// | [`with_max_steps`](Self::with_max_steps) | 1000, where there is a tolerance |
#[derive(Clone, Debug)]
pub struct PathIntegral<P> {
    path: P,
    steps: usize,
    quadrature: Quadrature,
    tolerance: Option<f64>,
    max_steps: usize,
}

impl<P> PathIntegral<P> {
    /// Fifty Gauss-Legendre steps along this path.
    pub fn along(path: P) -> Self {
        Self {
            path,
            steps: 50,
            quadrature: Quadrature::GaussLegendre,
            tolerance: None,
            max_steps: 1000,
        }
    }

    /// The same along another path.
    pub(super) fn with_path(self, path: P) -> Self {
        Self { path, ..self }
    }

    /// How many points the path has, where there is no tolerance.
    #[must_use]
    pub fn with_steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// Where the points are, where there is no tolerance.
    #[must_use]
    pub fn with_quadrature(mut self, quadrature: Quadrature) -> Self {
        self.quadrature = quadrature;
        self
    }

    /// Refines the path until the completeness gap of every sample is below this fraction of
    /// `|F(x) - F(b)|`, or the [budget](Self::with_max_steps) is spent: option `converged` of the result says
    /// which, option `steps` how many steps it took.
    ///
    /// The path is cut into panels of five Gauss-Legendre points. As the target's change over a panel is
    /// known, so is every panel's own gap, and the panel with the largest is halved. So that the gap isn't
    /// small by accident, the panels' absolute gaps together must be below five times the tolerance. Where the change
    /// is negligible, gaps are measured by the size of the scores. All samples of a batch share the path, so steps
    /// that one of them needs refine the others too.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// How many steps a path may take to get below the tolerance, at least five.
    #[must_use]
    pub fn with_max_steps(mut self, steps: usize) -> Self {
        self.max_steps = steps;
        self
    }

    pub(crate) fn path(&self) -> &P {
        &self.path
    }

    pub(crate) fn quadrature(&self) -> Quadrature {
        self.quadrature
    }

    /// How many pieces of a refined path there may be, each with its own values.
    fn panels(&self) -> usize {
        self.tolerance.map_or(0, |_| self.max_steps / 10)
    }

    /// Positions and weights of a path that isn't refined.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if an option makes no sense.
    pub(crate) fn points(&self) -> Result<Vec<(f64, f64)>, Error> {
        match self.tolerance {
            Some(tolerance) if !(tolerance.is_finite() && tolerance > 0.0) => {
                return Err(Error::InvalidOption {
                    option: "tolerance",
                    value: tolerance.to_string(),
                    requirement: "it must be a positive fraction of the target's change",
                });
            }
            Some(_) if self.max_steps < 5 => {
                return Err(Error::InvalidOption {
                    option: "the most steps",
                    value: self.max_steps.to_string(),
                    requirement: "a path that is refined needs at least five",
                });
            }
            _ => {}
        }
        let steps = at_least_one(self.steps)?;
        Ok(self.quadrature.points(steps))
    }
}

impl<M: Differentiable + ?Sized, P: Path> Method<M> for PathIntegral<P> {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let points = self.points()?;
        let steps = self.tolerance.map_or(points.len(), |_| self.max_steps);
        let (method, path) = (self.path.method(), &self.path);
        let (mut steps_taken, mut converged) = (0, true);
        let result = average_over(method, path, model, inputs, target, steps, |along, work| {
            let Some(tolerance) = self.tolerance else {
                steps_taken += points.len();
                return Ok(along.integral(work, &points)?.values);
            };
            let refined = refine(along, work, tolerance, self.max_steps)?;
            steps_taken += refined.steps;
            work.advance(self.max_steps.saturating_sub(refined.steps))?;
            converged &= refined.converged;
            Ok(refined.values)
        })?;
        let result = result.with_option("steps", steps_taken);
        Ok(match self.tolerance {
            None => result.with_option("quadrature", self.quadrature.name()),
            Some(tolerance) => result
                .with_option("quadrature", "adaptive gauss-legendre")
                .with_option("tolerance", tolerance)
                .with_option("converged", converged),
        })
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        let points = self.points()?.len();
        let points = self.tolerance.map_or(points, |_| self.max_steps);
        // Of one path the difference, the sum, its next value and the average.
        plan_over(&self.path, model, inputs, points, 4 + self.panels())
    }
}
