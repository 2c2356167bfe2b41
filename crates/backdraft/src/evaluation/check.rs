//! What every check has in common.

use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;
use crate::{Baseline, Error, Method, Network};

/// A question about a method on a [`Problem`]: an axiom or a metric.
///
/// The type of model says what a check needs. One that computes outputs and gradients is implemented for every
/// [`Differentiable`](crate::Differentiable) model, one that rewrites the network or looks at its layers only for a
/// captured [`Network`]. A [`Suite`](crate::evaluation::Suite) runs any number of checks.
///
/// A check of your own has a name and computes an [`Outcome`]. This one measures which part of the attributions is
/// negative, one value for each sample:
///
/// ```
/// use backdraft::evaluation::{Check, CheckName, Direction, Outcome, Problem, Subject};
/// use backdraft::{Baseline, Class, Differentiable, Error, InputXGradient, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// struct NegativePart;
///
/// const NAME: CheckName = CheckName::Metric("negative part");
///
/// impl<M: Differentiable + ?Sized> Check<M> for NegativePart {
///     fn name(&self) -> CheckName {
///         NAME
///     }
///
///     fn run(&self, problem: &Problem<'_, M>, method: &Subject<'_, M>) -> Result<Outcome, Error> {
///         let rows = problem.attributions(method, problem.input(), problem.baseline())?;
///         let values = rows.iter().map(|row| {
///             let all: f64 = row.iter().map(|value| value.abs()).sum();
///             let negative: f64 = row.iter().map(|value| (-value).max(0.0)).sum();
///             (all > 0.0).then(|| negative / all)
///         });
///         Ok(Outcome::measured(NAME, Direction::Lower, values.collect()))
///     }
/// }
///
/// let x = Tensor::<2>::from_data([[3.0, -1.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.sum_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let problem = Problem::new(&net, x, Baseline::zeros(), Class(0))?;
/// let outcome = NegativePart.check(&problem, |_| InputXGradient::new())?;
/// assert_eq!(outcome.values, [Some(0.25)]);
/// # Ok::<(), backdraft::Error>(())
/// ```
pub trait Check<M: ?Sized = Network>: Send + Sync {
    /// The name in reports.
    fn name(&self) -> CheckName;

    /// Computes the outcome for a method.
    ///
    /// # Errors
    ///
    /// If the method fails on the problem, or an option of the check doesn't fit. A method that is undefined on the
    /// problem, such as guided backpropagation for a network without rectifiers, is no error: then an axiom isn't
    /// applicable.
    fn run(&self, problem: &Problem<'_, M>, method: &Subject<'_, M>) -> Result<Outcome, Error>;

    /// Computes the outcome for a method that is given as a function of its baseline.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run).
    fn check<A: Method<M>>(
        &self,
        problem: &Problem<'_, M>,
        method: impl Fn(Baseline) -> A,
    ) -> Result<Outcome, Error>
    where
        Self: Sized,
    {
        self.run(problem, &Subject::new(method))
    }
}
