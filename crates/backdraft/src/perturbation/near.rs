//! Versions of the inputs that differ from them in one region.

use std::ops::Range;

use backdraft_graph::Nearby;

use crate::perturbation::regions::ResolvedRegions;
use crate::run::batching::copies_plan;
use crate::run::budget::copies_beside;
use crate::run::plan::bytes;
use crate::{AnyTensor, Error, Inputs, Model, Plan};

/// More rows at once aren't faster: the more there are, the more do they differ in what they change, and they are
/// computed on patches of one size.
const AT_ONCE: usize = 8;

/// A model that computes again only what a region changes, and how it is used.
pub(crate) struct Near {
    nearby: Nearby,
    /// A box around every region.
    boxes: Vec<Vec<Range<usize>>>,
    /// How many versions are computed at once.
    pub(crate) copies: usize,
    /// The most bytes that this takes.
    bytes: u64,
}

impl Near {
    /// `None` if the model can't, or there is no room for what it keeps.
    pub(crate) fn of<M: Model + ?Sized>(
        model: &M,
        inputs: &Inputs,
        regions: &ResolvedRegions,
    ) -> Result<Option<Self>, Error> {
        let (Some(nearby), Some(boxes)) = (model.nearby(inputs)?, regions.boxes()) else {
            return Ok(None);
        };
        let [kept, each] = nearby.bytes(&boxes)?;
        let plan = || Ok(Plan::outputs(model, inputs)?.taking(each));
        let most = (AT_ONCE / inputs.rows().max(1)).max(1);
        let copies = copies_beside(inputs, kept, plan)?.min(most);
        let stack = bytes(&inputs.floats()?);
        Ok((copies > 0).then(|| Self {
            nearby,
            boxes,
            copies,
            bytes: kept + copies as u64 * (each + stack),
        }))
    }

    /// The regions in an order in which those that change about as much are neighbors.
    pub(crate) fn order(&self) -> Result<Vec<usize>, Error> {
        Ok(self.nearby.order(&self.boxes)?)
    }

    /// What so many versions take, beside the tensors of the inputs' size that are `held` all the time.
    pub(crate) fn plan<M: Model + ?Sized>(
        &self,
        model: &M,
        inputs: &Inputs,
        versions: usize,
        held: usize,
    ) -> Result<Plan, Error> {
        copies_plan(inputs, self.copies, versions, held, |stacked| {
            Ok(Plan::outputs(model, stacked)?.taking(self.bytes))
        })
    }

    /// The outputs for versions each of which lacks one of the regions.
    pub(crate) fn outputs(
        &self,
        stacked: &Inputs,
        without: &[usize],
    ) -> Result<Vec<AnyTensor>, Error> {
        let boxes: Vec<_> = without
            .iter()
            .map(|&region| self.boxes[region].clone())
            .collect();
        Ok(self.nearby.outputs(stacked.tensors().to_vec(), &boxes)?)
    }
}
