//! Everything that can go wrong with a network, with what to do about it.

use thiserror::Error;

use crate::backend::error::DeviceError;
use crate::capture::CaptureError;
use crate::network::{InputError, LookupError, PassError};
use crate::transform::rewrite::RewriteError;

/// An error of capture or execution.
///
/// A tensor that isn't what a caller asks for is a variant of its own. Everything else is an enum of the family that it
/// belongs to.
///
/// ```
/// use backdraft_graph::{Error, InputError, LookupError, Network, Probes, Supplied};
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let model: Linear = LinearConfig::new(3, 5).init(&device);
/// let x = Tensor::<2>::ones([1, 3], &device);
/// let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x))?;
///
/// let error = net.forward(x.clone() / 0.0).unwrap_err();
/// match error {
///     Error::Input(InputError::NonFinite { tensor, count }) => {
///         assert_eq!((tensor, count), (Supplied::Input(0), 3));
///     }
///     other => panic!("{other}"),
/// }
///
/// let error = net.run(x, &Probes::new().with_activation("lineer")).unwrap_err();
/// assert!(matches!(error, Error::Lookup(LookupError::UnknownLayer { .. })));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A forward pass that can't be captured.
    #[error(transparent)]
    Capture(#[from] CaptureError),

    /// A device that a network can't run on, or a tensor on another one.
    #[error(transparent)]
    Device(#[from] DeviceError),

    /// Tensors that a run can't begin with.
    #[error(transparent)]
    Input(#[from] InputError),

    /// A layer or input that the network doesn't have.
    #[error(transparent)]
    Lookup(#[from] LookupError),

    /// A run or backward pass that failed, or a question that it can't answer.
    #[error(transparent)]
    Pass(#[from] PassError),

    /// A rewrite that can't be made.
    #[error(transparent)]
    Rewrite(#[from] RewriteError),

    /// A tensor of the wrong rank or kind, or another number of tensors than there are.
    #[error("expected {expected}, got {actual}")]
    WrongTensor {
        /// What was asked for.
        expected: String,
        /// What there is.
        actual: String,
    },
}
