//! What methods have in common that give every region a value.

use crate::perturbation::coalition::Coalition;
use crate::perturbation::error::RegionError;
use crate::perturbation::near::Near;
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::Replacement;
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::run::batching::{Work, outputs_plan};
use crate::{Attribution, Error, Inputs, Model, Plan, Target};

/// A method that gives every region a value.
pub(crate) trait SweepMethod {
    /// What it is called.
    const NAME: &'static str;
    /// Whether the values of the regions sum to the difference between the scores with all and with none of them.
    const IS_COMPLETE: bool = true;
    /// Whether it is defined for regions that overlap.
    const MAY_OVERLAP: bool = false;
    /// Whether it replaces one region at a time.
    const ONE_BY_ONE: bool = false;
    /// Cells along each side of an image, unless its regions are given.
    const CELLS: usize = 7;

    fn replacement(&self) -> &Replacement;

    /// How many coalitions it looks at.
    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error>;

    /// The values for each target, whose scores with every region replaced are `none` if the method is complete.
    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        none: &[Scores],
    ) -> Result<Vec<RegionTable>, Error>;

    /// Whether standard errors are as small as they were to become; `None` if nothing was said of them.
    fn is_converged(&self, table: &RegionTable) -> Option<bool> {
        let _ = table;
        None
    }

    /// Records the method's options.
    fn recorded(&self, attribution: Attribution) -> Attribution {
        attribution
    }
}

/// The attributions of several targets, all from the same evaluations.
pub(crate) fn attribute<M: Model + ?Sized, T: SweepMethod>(
    method: &T,
    model: &M,
    inputs: &Inputs,
    targets: &[&dyn Target],
) -> Result<Vec<Attribution>, Error> {
    let sweep = Sweep::new(model, inputs, targets, method.replacement(), T::CELLS)?;
    if !T::MAY_OVERLAP {
        check_disjoint(sweep.regions(), T::NAME)?;
    }
    let mut work = sweep.work(method.coalitions(sweep.regions())? + usize::from(T::IS_COMPLETE))?;
    let none = if T::IS_COMPLETE {
        without_all(&sweep, &mut work)?
    } else {
        Vec::new()
    };
    let tables = method.explain(&sweep, &mut work, &none)?;
    let attributions = tables.into_iter().enumerate().map(|(target, table)| {
        let converged = method.is_converged(&table);
        let attribution = method.recorded(sweep.attribution(target, T::NAME, table)?);
        let attribution = match converged {
            None => attribution,
            Some(converged) => attribution.with_option("converged", converged),
        };
        match none.get(target) {
            None => Ok(attribution),
            Some(scores) => {
                let scores = scores[0].iter().map(|&score| score as f32);
                attribution.with_baseline(sweep.baseline(), scores.collect())
            }
        }
    });
    attributions.collect()
}

/// The scores with every region replaced.
pub(crate) fn without_all<M: Model + ?Sized>(
    sweep: &Sweep<'_, M>,
    work: &mut Work,
) -> Result<Vec<Scores>, Error> {
    sweep.scores(work, [Coalition::empty(sweep.regions().len())])
}

/// What so many coalitions take, the work being that of whole evaluations.
pub(crate) fn plan<M: Model + ?Sized, T: SweepMethod>(
    method: &T,
    model: &M,
    inputs: &Inputs,
) -> Result<Plan, Error> {
    let inputs = inputs.clone().with_integers();
    let Replacement { regions, baseline } = method.replacement();
    let values = inputs.floats()?;
    let regions = regions.resolve(&inputs, &values, T::CELLS)?;
    let near = if T::ONE_BY_ONE {
        Near::of(model, &inputs, &regions)?
    } else {
        None
    };
    let baselines = baseline.resolve(&inputs)?.len();
    let coalitions = method.coalitions(&regions)? + usize::from(T::IS_COMPLETE);
    let versions = baselines * coalitions;
    let versions = match near {
        None => outputs_plan(model, &inputs, versions, baselines)?,
        Some(near) => near.plan(model, &inputs, versions, baselines)?,
    };
    Ok(Plan::outputs(model, &inputs)?.then(versions))
}

/// Refuses regions that overlap.
pub(crate) fn check_disjoint(regions: &ResolvedRegions, method: &'static str) -> Result<(), Error> {
    match regions.overlap() {
        None => Ok(()),
        Some((first, second)) => Err(RegionError::Overlap {
            first,
            second,
            method,
        }
        .into()),
    }
}

/// Makes a method of it.
macro_rules! sweep_method {
    ($method:ident) => {
        impl<M: crate::Model + ?Sized> crate::Method<M> for $method {
            fn compute(
                &self,
                model: &M,
                inputs: &crate::Inputs,
                target: &dyn crate::Target,
            ) -> Result<crate::Attribution, crate::Error> {
                let mut each = self.compute_each(model, inputs, &[target])?;
                Ok(each.pop().expect("an attribution for every target"))
            }

            fn compute_each(
                &self,
                model: &M,
                inputs: &crate::Inputs,
                targets: &[&dyn crate::Target],
            ) -> Result<Vec<crate::Attribution>, crate::Error> {
                crate::perturbation::sweep_method::attribute(self, model, inputs, targets)
            }

            fn cost(&self, model: &M, inputs: &crate::Inputs) -> Result<crate::Plan, crate::Error> {
                crate::perturbation::sweep_method::plan(self, model, inputs)
            }
        }
    };
}

pub(crate) use sweep_method;
