//! The scores of a model for many versions of its inputs, in each of which some regions are replaced.

use std::iter;
use std::ops::Range;

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};

use crate::attribution::RegionValues;
use crate::baseline::Values;
use crate::finite::check;
use crate::inputs::rows::{blend, choose, take};
use crate::perturbation::coalition::Coalition;
use crate::perturbation::error::RegionError;
use crate::perturbation::near::Near;
use crate::perturbation::regions::{Regions, ResolvedRegions};
use crate::perturbation::replacement::Replacement;
use crate::run::batching::Work;
use crate::run::budget::copies;
use crate::targets::ResolvedTarget;
use crate::{AnyTensor, Attribution, Baseline, Error, Inputs, Model, Plan, Target};

/// Inputs, their regions and what replaces them, and the targets that are looked at, all from the same evaluations.
pub(crate) struct Sweep<'a, M: ?Sized> {
    model: &'a M,
    inputs: Inputs,
    targets: Vec<ResolvedTarget<'a>>,
    values: Vec<AnyTensor>,
    baseline: &'a Baseline,
    /// One, or as many as are averaged over.
    baselines: Vec<Values>,
    regions: ResolvedRegions,
}

/// One target's scores: for each coalition those of all rows.
pub(crate) type Scores = Vec<Vec<f64>>;

/// The values of the regions: for each row those of all regions.
#[derive(Default)]
pub(crate) struct RegionTable {
    pub(crate) values: Vec<Vec<f64>>,
    /// The standard errors, for values that are estimates.
    pub(crate) errors: Option<Vec<Vec<f64>>>,
    /// For each row how well the values explain the scores, for those of a model that was fitted to them.
    pub(crate) fits: Option<Vec<f64>>,
    /// Whether no limit of evaluations made them approximate, for a method that has one.
    pub(crate) is_exact: Option<bool>,
}

impl RegionTable {
    /// Whether no standard error is above this part of a row's scale.
    pub(crate) fn is_within(&self, tolerance: f64, scale: impl Fn(&[f64]) -> f64) -> bool {
        let errors = self.errors.iter().flatten();
        self.values.iter().zip(errors).all(|(values, errors)| {
            let most = tolerance * scale(values);
            errors.iter().all(|&error| error <= most)
        })
    }
}

impl<'a, M: Model + ?Sized> Sweep<'a, M> {
    pub(crate) fn new(
        model: &'a M,
        inputs: &Inputs,
        targets: &[&'a dyn Target],
        replacement: &'a Replacement,
        cells: usize,
    ) -> Result<Self, Error> {
        let Replacement { regions, baseline } = replacement;
        let outputs = model.outputs(inputs)?;
        let inputs = inputs.clone().with_integers();
        let targets = targets
            .iter()
            .map(|target| ResolvedTarget::of(model, &outputs, &inputs, *target));
        let values = inputs.floats()?;
        Ok(Self {
            model,
            targets: targets.collect::<Result<_, _>>()?,
            regions: regions.resolve(&inputs, &values, cells)?,
            baselines: baseline.resolve(&inputs)?,
            baseline,
            values,
            inputs,
        })
    }

    pub(crate) fn regions(&self) -> &ResolvedRegions {
        &self.regions
    }

    pub(crate) fn targets(&self) -> &[ResolvedTarget<'a>] {
        &self.targets
    }

    pub(crate) fn rows(&self) -> usize {
        self.inputs.rows()
    }

    /// The values that are replaced, of each input.
    pub(crate) fn values(&self) -> &[AnyTensor] {
        &self.values
    }

    /// What they are replaced by: one baseline, or as many as are averaged over.
    pub(crate) fn baselines(&self) -> &[Values] {
        &self.baselines
    }

    /// The sizes of the dimensions of space of the only input.
    pub(crate) fn space(&self) -> Result<Vec<usize>, RegionError> {
        Regions::space(&self.inputs, &self.values)
    }

    /// The device that the inputs are on.
    pub(crate) fn device(&self) -> Device {
        self.values[0].device().without_autodiff()
    }

    /// The precision of results: double if the inputs have it.
    pub(crate) fn dtype(&self) -> DType {
        let is_double = self.values.iter().any(|value| value.dtype() == DType::F64);
        if is_double { DType::F64 } else { DType::F32 }
    }

    /// A target's scores with everything in its place.
    pub(crate) fn whole(&self, target: usize) -> Vec<f64> {
        let scores = &self.targets[target].scores;
        scores.iter().copied().map(f64::from).collect()
    }

    /// So many coalitions are going to be looked at.
    pub(crate) fn work(&self, coalitions: usize) -> Result<Work, Error> {
        let copies = copies(&self.inputs, || Plan::outputs(self.model, &self.inputs))?;
        let total = coalitions * self.baselines.len();
        Ok(Work::new(&self.inputs, copies, total))
    }

    /// The scores of every coalition, for each target: the mean over the baselines.
    pub(crate) fn scores(
        &self,
        work: &mut Work,
        coalitions: impl IntoIterator<Item = Coalition>,
    ) -> Result<Vec<Scores>, Error> {
        let copies = work.copies();
        self.scores_by(work, coalitions, copies, |stacked, _| {
            self.model.outputs(stacked)
        })
    }

    /// The scores without each of the regions, for each target. Only what a region changes is computed again, where
    /// the model can do that.
    pub(crate) fn scores_without_each(&self, work: &mut Work) -> Result<Vec<Scores>, Error> {
        let Some(near) = Near::of(self.model, &self.inputs, &self.regions)? else {
            let without = (0..self.regions.len()).map(Coalition::Without);
            return self.scores(work, without);
        };
        let order = near.order()?;
        let without = order.iter().copied().map(Coalition::Without);
        let sorted = self.scores_by(work, without, near.copies, |stacked, positions| {
            let regions: Vec<usize> = positions.iter().map(|&position| order[position]).collect();
            near.outputs(stacked, &regions)
        })?;
        let by_region = |sorted: Scores| {
            let mut scores = vec![Vec::new(); sorted.len()];
            for (&region, of_region) in order.iter().zip(sorted) {
                scores[region] = of_region;
            }
            scores
        };
        Ok(sorted.into_iter().map(by_region).collect())
    }

    /// The same, with so many versions at once, whose outputs and positions among the coalitions `outputs` is given.
    fn scores_by(
        &self,
        work: &mut Work,
        coalitions: impl IntoIterator<Item = Coalition>,
        copies: usize,
        outputs: impl Fn(&Inputs, &[usize]) -> Result<Vec<AnyTensor>, Error>,
    ) -> Result<Vec<Scores>, Error> {
        let mut tables: Vec<Scores> = vec![Vec::new(); self.targets.len()];
        let regions = self.regions.len();
        let mut versions = Vec::new();
        for coalition in coalitions {
            let position = tables.first().map_or(0, Vec::len);
            if coalition.is_whole(regions) {
                for (target, table) in tables.iter_mut().enumerate() {
                    table.push(self.whole(target));
                }
                work.advance(self.baselines.len())?;
                continue;
            }
            for table in &mut tables {
                table.push(vec![0.0; self.rows()]);
            }
            for baseline in &self.baselines {
                versions.push((position, self.version(&coalition, baseline)));
                if versions.len() == copies {
                    self.evaluate(work, &mut versions, &mut tables, &outputs)?;
                }
            }
        }
        self.evaluate(work, &mut versions, &mut tables, &outputs)?;
        Ok(tables)
    }

    /// Adds the scores of some versions to those of their coalitions.
    fn evaluate(
        &self,
        work: &mut Work,
        versions: &mut Vec<(usize, Values)>,
        tables: &mut [Scores],
        outputs: impl Fn(&Inputs, &[usize]) -> Result<Vec<AnyTensor>, Error>,
    ) -> Result<(), Error> {
        if versions.is_empty() {
            return Ok(());
        }
        let (positions, values): (Vec<usize>, Vec<Values>) = versions.drain(..).unzip();
        let stacked = self.inputs.stacked(&values);
        let outputs = outputs(&stacked, &positions)?;
        let share = 1.0 / self.baselines.len() as f64;
        for (target, table) in self.targets.iter().zip(tables) {
            let explained = stacked.scores(target.target(), &outputs)?;
            let scores = check::scores(self.model, &stacked, &explained)?;
            for (position, scores) in positions.iter().zip(scores.chunks(self.rows())) {
                for (sum, score) in table[*position].iter_mut().zip(scores) {
                    *sum += share * f64::from(*score);
                }
            }
        }
        work.advance(positions.len())
    }

    /// The inputs with only a coalition's regions as they are.
    fn version(&self, coalition: &Coalition, baseline: &Values) -> Values {
        match coalition {
            Coalition::Weighted(weights) => self.blended(weights, baseline),
            Coalition::Shuffled { rows, .. } => {
                let others: Values = baseline.iter().map(|values| take(values, rows)).collect();
                self.replaced(coalition, &others)
            }
            Coalition::Without(region) => match self.regions.kept_around(*region) {
                Some((ranges, kept)) => vec![self.replaced_within(&ranges, kept, &baseline[0])],
                None => self.replaced(coalition, baseline),
            },
            _ => self.replaced(coalition, baseline),
        }
    }

    /// The only input with some elements of a box replaced.
    fn replaced_within(
        &self,
        ranges: &[Range<usize>],
        kept: Vec<bool>,
        baseline: &AnyTensor,
    ) -> AnyTensor {
        let x = &self.values[0];
        let ranges: Vec<Range<usize>> = (iter::once(0..self.rows()))
            .chain(ranges.iter().cloned())
            .collect();
        let flags = self.flags(kept, &x.device());
        let part = choose(&x.part(&ranges), &baseline.part(&ranges), flags);
        x.with_part(&ranges, part)
    }

    /// The inputs with every region as much of itself as its weight says.
    fn blended(&self, weights: &[f32], baseline: &Values) -> Values {
        let weights = self.regions.weights(weights);
        let pairs = self.values.iter().zip(baseline).zip(weights);
        pairs
            .map(|((x, baseline), weights)| blend(x, baseline, &weights))
            .collect()
    }

    /// The inputs with every region that a coalition lacks replaced.
    fn replaced(&self, coalition: &Coalition, baseline: &Values) -> Values {
        let kept = self.regions.kept(|region| coalition.keeps(region));
        let pairs = self.values.iter().zip(baseline).zip(kept);
        pairs
            .map(|((x, baseline), kept)| choose(x, baseline, self.flags(kept, &x.device())))
            .collect()
    }

    /// The attribution of one of the targets.
    pub(crate) fn attribution(
        &self,
        target: usize,
        method: &str,
        table: RegionTable,
    ) -> Result<Attribution, Error> {
        let elements = self.regions.spread(&table.values, &self.values);
        let ResolvedTarget { name, scores, .. } = &self.targets[target];
        let regions = RegionValues::new(
            &table.values,
            table.errors.as_deref(),
            table.fits.as_deref(),
        )
        .with_names(self.regions.names())
        .with_whole_channels(self.regions.hold_channels());
        let attribution = Attribution::new(method, name.clone(), elements, scores.clone())?
            .with_option("regions", self.regions.len())
            .with_option("baseline", self.baseline)
            .with_regions(regions);
        Ok(match table.is_exact {
            None => attribution,
            Some(is_exact) => attribution.with_option("exact", is_exact),
        })
    }

    /// What the baseline is called.
    pub(crate) fn baseline(&self) -> String {
        self.baseline.to_string()
    }

    /// Flags for the elements of a sample, as the only row of a tensor or, where samples differ, as one of many.
    fn flags(&self, kept: Vec<bool>, device: &Device) -> Tensor<2, Bool> {
        let rows = if self.regions.differ() {
            self.rows()
        } else {
            1
        };
        let elements = kept.len() / rows;
        let device = device.clone().without_autodiff();
        Tensor::from_data(TensorData::new(kept, [rows, elements]), &device)
    }
}
