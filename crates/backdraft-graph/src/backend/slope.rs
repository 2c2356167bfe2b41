//! Slopes between two points in one pass, where a backend has them.

use burn::backend::ir::MaxPool2dOpIr;

use crate::AnyTensor;
use crate::backend::convolution::Activation;

/// A function whose slopes are known in one pass.
#[cfg_attr(
    not(feature = "flex"),
    expect(dead_code, reason = "Flex alone has them")
)]
pub(crate) enum Sloped<'a> {
    /// A rectifier.
    Activation(Activation),
    /// Maxima over windows of images, and what they are at `x` and at the reference.
    Maxima(&'a MaxPool2dOpIr, &'a [AnyTensor; 2]),
}

/// `gradient` times the slope of a function between a reference and `x`, the two points; `None` where the backend
/// doesn't have it.
pub(crate) fn slope(
    function: Sloped<'_>,
    gradient: &AnyTensor,
    points: [AnyTensor; 2],
    threshold: f64,
) -> Option<AnyTensor> {
    #[cfg(feature = "flex")]
    return on_flex(function, gradient, points, threshold);
    #[cfg(not(feature = "flex"))]
    None
}

#[cfg(feature = "flex")]
fn on_flex(
    function: Sloped<'_>,
    gradient: &AnyTensor,
    points: [AnyTensor; 2],
    threshold: f64,
) -> Option<AnyTensor> {
    use backdraft_kernels::{activation_slope, are_f32};
    use burn::backend::{BackendTensor, DispatchKindConversion, DispatchTensor, Flex};

    let tensor = |tensor: AnyTensor| {
        let tensor = DispatchTensor::try_into_backend(tensor.into_dispatch());
        let tensor: BackendTensor<Flex> = tensor.ok()?;
        Some(tensor.float())
    };
    let [x, reference] = points;
    let (gradient, x, reference) = (tensor(gradient.clone())?, tensor(x)?, tensor(reference)?);
    if !are_f32(&[&gradient, &x, &reference]) {
        return None;
    }
    let threshold = threshold as f32;
    let slope = match function {
        Sloped::Activation(activation) => {
            activation_slope(gradient, x, reference, activation.into(), threshold)
        }
        Sloped::Maxima(op, [at_x, at_reference]) => {
            let pool = super::max_pool::on_flex(op);
            if !pool.is_supported(&x) {
                return None;
            }
            let maxima = [tensor(at_x.clone())?, tensor(at_reference.clone())?];
            pool.slope(gradient, [x, reference], maxima, threshold)
        }
    };
    Some(AnyTensor::from_dispatch(DispatchTensor::from_backend(
        BackendTensor::<Flex>::Float(slope),
    )))
}
