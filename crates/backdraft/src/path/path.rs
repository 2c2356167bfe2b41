//! What a path is.

use crate::{AnyTensor, Error, Inputs};

/// A path from a baseline to the input, along which gradients are integrated.
///
/// ```text
/// A_i = integral over a from 0 to 1 of dF/dx_i (x(a)) · dx_i/da,   x(0) the baseline, x(1) the input
/// ```
///
/// A path is all that a new method of this family needs: [`PathIntegral::along`](super::PathIntegral::along) takes it, and
/// has steps, quadratures, refinement, batches within the memory budget, progress, plan and gap. Here is one that begins at
/// zero and is slow there, so that more steps are at small values: `x(a) = a² x`.
///
/// ```
/// use backdraft::{AnyTensor, Class, Curve, Error, Inputs, Method, Network, Path, PathIntegral};
/// # use burn::nn::Linear;
/// # use burn::tensor::{Device, Tensor};
///
/// struct FromRest;
///
/// impl Path for FromRest {
///     fn method(&self) -> &str {
///         "from-rest"
///     }
///
///     fn baseline(&self) -> String {
///         "zeros".into()
///     }
///
///     fn curves(&self, inputs: &Inputs) -> Result<Vec<Box<dyn Curve>>, Error> {
///         Ok(vec![Box::new(Rising(inputs.floats()?))])
///     }
/// }
///
/// /// What rises to these values.
/// struct Rising(Vec<AnyTensor>);
///
/// impl Rising {
///     fn times(&self, factor: f64) -> Vec<AnyTensor> {
///         let values = self.0.iter();
///         values.map(|x| AnyTensor::from(x.flat() * factor).reshape_to(x.shape())).collect()
///     }
/// }
///
/// impl Curve for Rising {
///     fn at(&self, position: f64) -> Vec<AnyTensor> {
///         self.times(position * position)
///     }
///
///     fn velocity(&self, position: f64) -> Vec<AnyTensor> {
///         self.times(2.0 * position)
///     }
/// }
///
/// # let x = Tensor::<2>::from_data([[2.0, 3.0]], &Device::default());
/// # let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.clone() * x)?;
/// let attribution = PathIntegral::along(FromRest).attribute(&net, x, Class(1))?;
/// assert!((attribution.sums()[0] - 9.0).abs() < 1e-4);
/// assert!(attribution.gap().unwrap()[0].absolute.abs() < 1e-4);
/// # Ok::<(), backdraft::Error>(())
/// ```
pub trait Path {
    /// What results call the integral along it: `integrated-gradients`.
    fn method(&self) -> &str;

    /// Where it begins, in words: `zeros`.
    fn baseline(&self) -> String;

    /// How many curves there are.
    fn count(&self) -> usize {
        1
    }

    /// The curves to these inputs, at least one: attributions are averaged over them, and so are the scores where they
    /// begin.
    ///
    /// # Errors
    ///
    /// If the path doesn't fit the inputs.
    fn curves(&self, inputs: &Inputs) -> Result<Vec<Box<dyn Curve>>, Error>;
}

/// A path to given inputs, by a position from 0, its beginning, to 1, the inputs. Values have the shapes of
/// [`Inputs::floats`], a tensor for each input that is explained, a row for each of its rows.
pub trait Curve {
    /// The values at a position.
    fn at(&self, position: f64) -> Vec<AnyTensor>;

    /// The derivative of the values with respect to the position.
    fn velocity(&self, position: f64) -> Vec<AnyTensor>;
}
