//! Convolutions of images with what follows them, on the fastest way that each backend has.

#[cfg(any(feature = "ndarray", test))]
mod by_forward;
mod convolution;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "ndarray")]
mod ndarray;

pub(crate) use convolution::{Activation, ConvParams, Convolution, OptionalTensor};
