//! The epsilon rule everywhere.

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::rules::epsilon;

impl Composite {
    /// [`epsilon`] for every layer with weights. Where biases and
    /// stabilizer are small this is close to the gradient times the input, for networks of rectifiers.
    pub fn epsilon(stabilizer: f64) -> Self {
        Self::named("Epsilon").with_weighted(epsilon(stabilizer))
    }
}
