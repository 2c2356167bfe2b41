//! Epsilon for dense layers, gamma for convolutions, and pixels in their box.

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::linear_rule::LinearRule;
use crate::backprop::lrp::rules::{epsilon, gamma};

impl Composite {
    /// The rule of the pixels' [box](crate::lrp::rules::z_box_of) for the first layer, [`gamma`] of 0.25 for convolutions and
    /// [`epsilon`] for dense layers.
    ///
    /// ```
    /// use backdraft::{Composite, Lrp, lrp::rules::z_box_of};
    ///
    /// let pixels = z_box_of(&[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]);
    /// let method = Lrp::with_composite(Composite::epsilon_gamma_box(pixels));
    /// ```
    pub fn epsilon_gamma_box(pixels: LinearRule) -> Self {
        Self::named("EpsilonGammaBox")
            .with_first(pixels)
            .with_convolutions(gamma(0.25))
            .with_dense(epsilon(1e-6))
    }
}
