//! Deep Taylor decomposition.

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::linear_rule::LinearRule;
use crate::backprop::lrp::rules::z_plus;

impl Composite {
    /// The rule of the pixels' [box](crate::lrp::rules::z_box_of) for the first layer and [`z_plus`] for all others.
    ///
    /// Montavon et al., [*Explaining NonLinear Classification Decisions with Deep Taylor
    /// Decomposition*](https://doi.org/10.1016/j.patcog.2016.11.008), 2017, for networks of rectifiers with bounded inputs.
    pub fn deep_taylor(pixels: LinearRule) -> Self {
        let bounded = Self::named("DeepTaylor").with_first(pixels);
        bounded.with_weighted(z_plus())
    }
}
