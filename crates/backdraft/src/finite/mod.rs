//! Numbers that aren't finite: a score, gradient, activation or attribution that is NaN or infinite is an error,
//! [`NotFinite`], which names the sample and, of a captured network, the layer where such numbers arise first. No method
//! returns them.
//!
//! They arise where a function has no value (a cosine similarity to nothing, `0 / 0`), where numbers grow too large (an
//! exponential; in half precision everything beyond 65,504), and where a derivative has no finite value although the
//! function has one, such as a root's at zero:
//!
//! ```
//! use backdraft::finite::Origin;
//! use backdraft::{Class, Error, IntegratedGradients, Method, Network, Quadrature, Saliency};
//! use burn::nn::Linear;
//! use burn::tensor::{Device, Tensor};
//!
//! let device = Device::default();
//! let forward = |_: &Vec<Linear>, x: Tensor<2>| x.powi_scalar(2).sum_dim(1).sqrt();
//! let net = Network::capture(&Vec::new(), Tensor::zeros([1, 2], &device), forward)?;
//!
//! let silence = Tensor::<2>::zeros([1, 2], &device);
//! match Saliency::new().attribute(&net, silence, Class(0)) {
//!     Err(Error::NotFinite(error)) => {
//!         assert_eq!(error.sample, 0);
//!         assert_eq!(error.origin, Some(Origin::Derivative("sqrt".into())));
//!     }
//!     other => panic!("{other:?}"),
//! }
//!
//! // A path from zero begins there, unless its rule leaves out the ends.
//! let sound = Tensor::<2>::from_data([[3.0, 4.0]], &device);
//! let trapezoid = IntegratedGradients::new().with_quadrature(Quadrature::Trapezoid);
//! assert!(trapezoid.attribute(&net, sound.clone(), Class(0)).is_err());
//! let path = IntegratedGradients::new().attribute(&net, sound, Class(0))?;
//! assert!((path.sums()[0] - 5.0).abs() < 1e-4);
//! # Ok::<(), backdraft::Error>(())
//! ```
//!
//! Infinities that a network writes itself, such as the mask of an attention, are no error as long as nothing that is
//! explained becomes infinite by them.

pub(crate) mod check;
mod not_finite;
pub(crate) mod origin;
pub(crate) mod rows;

pub use not_finite::{NotFinite, Origin, Quantity};
