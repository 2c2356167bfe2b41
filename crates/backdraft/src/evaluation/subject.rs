//! What is checked.

use crate::{Attribution, Baseline, Error, Inputs, Method, Network, Target};

/// A method under examination: one for each baseline, as some checks choose the baseline.
pub struct Subject<'m, M: ?Sized = Network> {
    attribute: Box<Attribute<'m, M>>,
}

type Attribute<'m, M> =
    dyn Fn(Baseline, &M, &Inputs, &dyn Target) -> Result<Attribution, Error> + 'm;

impl<'m, M: ?Sized> Subject<'m, M> {
    /// The method as a function of its baseline, which a method without one ignores.
    pub fn new<A: Method<M>>(method: impl Fn(Baseline) -> A + 'm) -> Self {
        Self {
            attribute: Box::new(move |baseline, model, inputs, target| {
                method(baseline).compute(model, inputs, target)
            }),
        }
    }

    /// The attribution by the method of this baseline.
    ///
    /// # Errors
    ///
    /// As for [`Method::attribute`].
    pub fn attribution(
        &self,
        baseline: Baseline,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        (self.attribute)(baseline, model, inputs, target)
    }
}
