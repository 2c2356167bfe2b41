//! Axioms of attribution, checked on your network, your input and your method.
//!
//! Which method to trust is a question of properties. Each check here looks for a counterexample to one of
//! them, and says what it found: whether the property holds, by how much it is missed, and where.
//!
//! | axiom | check |
//! |---|---|
//! | a feature that alone makes the difference gets attribution | [`SensitivityA`] |
//! | a feature that makes no difference gets none | [`SensitivityB`] |
//! | networks that compute the same get the same attributions | [`ImplementationInvariance`] |
//! | attributions sum to the change of the target | [`Completeness`] |
//! | a weighted sum of targets gets the weighted sum of attributions | [`Linearity`] |
//! | features that the function treats alike get the same | [`Symmetry`] |
//! | a constant that is added to the input and taken away again changes nothing | [`InputShiftInvariance`] |
//!
//! What an axiom takes for granted (that a feature makes no difference, that two networks compute the same) is
//! verified first; where it doesn't hold the axiom doesn't apply, with a reason. A check that passes has found
//! no counterexample on this problem, which is no proof. Random choices depend on a
//! [seed](crate::evaluation::Problem::with_seed).
//!
//! Some checks choose baselines. So a method is given as a function of its baseline:
//! `|baseline| IntegratedGradients::new().with_baseline(baseline)`, or `|_| Saliency::new()` for one that has
//! none. A [`Suite`](crate::evaluation::Suite) runs all checks; its
//! [`Report`](crate::evaluation::Report) prints as a table and serializes to JSON.
//!
//! The first example of the literature is `F(x) = 1 - relu(1 - x)`. It moves from 0 at the baseline 0 to 1 at
//! the input 2, and is flat there:
//!
//! ```
//! use backdraft::evaluation::Suite;
//! use backdraft::{Baseline, Class, IntegratedGradients, Network, Saliency};
//! use burn::nn::Linear;
//! use burn::tensor::{Device, Tensor, activation::relu};
//!
//! let x = Tensor::<2>::from_data([[2.0]], &Device::default());
//! let forward = |_: &Vec<Linear>, x: Tensor<2>| 1.0 - relu(1.0 - x);
//! let net = Network::capture(&Vec::new(), x.clone(), forward)?;
//! let suite = Suite::new("saturating", &net, x, Baseline::zeros(), Class(0))?;
//!
//! // The gradient is 0, although the target moved from 0 to 1.
//! let report = suite.run("saliency", |_| Saliency::new())?;
//! let counterexample = report.outcome("sensitivity (a)").unwrap().counterexample().unwrap();
//! assert_eq!((counterexample.found, counterexample.expected), (0.0, 1.0));
//!
//! // Integrated gradients give 1.
//! let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
//! let report = suite.run("integrated-gradients", integrated)?;
//! assert!(report.outcome("sensitivity (a)").unwrap().passed());
//! assert!(report.outcome("completeness").unwrap().passed());
//! # Ok::<(), backdraft::Error>(())
//! ```
//!
//! A method that draws at random is judged with the draws that it makes. `GradientShap` is complete in
//! expectation, and fails the check with a finite number of draws unless they happen to be close enough.

mod all;
mod axiom;
mod completeness;
mod implementation_invariance;
mod input_shift_invariance;
mod judge;
mod linearity;
mod probe;
mod sensitivity_a;
mod sensitivity_b;
mod symmetry;

pub use all::all;
pub use completeness::Completeness;
pub use implementation_invariance::ImplementationInvariance;
pub use input_shift_invariance::InputShiftInvariance;
pub use linearity::Linearity;
pub use sensitivity_a::SensitivityA;
pub use sensitivity_b::SensitivityB;
pub use symmetry::Symmetry;
