//! Targets that follow the outputs, as they are at the inputs.

use crate::finite::check;
use crate::{AnyTensor, Error, Inputs, Model, Target};

/// The target as it is at the inputs, and its scores there.
pub(crate) struct ResolvedTarget<'a> {
    given: &'a dyn Target,
    /// What the given target became, if it follows the outputs.
    fixed: Option<Box<dyn Target>>,
    pub(crate) scores: Vec<f32>,
    pub(crate) name: String,
}

impl<'a> ResolvedTarget<'a> {
    /// From the outputs that the model has for the inputs.
    pub(crate) fn at<M: Model + ?Sized>(
        model: &M,
        inputs: &Inputs,
        target: &'a dyn Target,
    ) -> Result<Self, Error> {
        Self::of(model, &model.outputs(inputs)?, inputs, target)
    }

    /// From the outputs that the model gave for the inputs.
    pub(crate) fn of<M: Model + ?Sized>(
        model: &M,
        outputs: &[AnyTensor],
        inputs: &Inputs,
        target: &'a dyn Target,
    ) -> Result<Self, Error> {
        let at_input = inputs.copy_of(outputs, 0)?;
        let at_input: Vec<_> = at_input.iter().map(AnyTensor::upcast).collect();
        let fixed = target.resolved(&at_input)?;
        let explained = inputs.scores(fixed.as_deref().unwrap_or(target), outputs)?;
        Ok(Self {
            scores: check::scores(model, inputs, &explained)?,
            name: explained.name,
            given: target,
            fixed,
        })
    }

    /// The target that stays the same at every point.
    pub(crate) fn target(&self) -> &dyn Target {
        self.fixed.as_deref().unwrap_or(self.given)
    }
}
