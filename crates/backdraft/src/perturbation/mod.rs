//! Methods that need only outputs: what a score loses without a part of the input.
//!
//! They replace [regions](Regions) of the inputs by a [`Baseline`](crate::Baseline) and look at what the model says
//! then, so that they explain any [`Model`](crate::Model): a captured network, an [`Opaque`](crate::Opaque) one, or a
//! [`BlackBox`](crate::BlackBox) of any engine. Inputs of integers, such as tokens, are explained too.
//!
//! | method | what it gives | evaluations for n regions |
//! |---|---|---|
//! | [`Occlusion`] | what the score loses without a window | as many as there are windows |
//! | [`FeatureAblation`] | what the score loses without a region | n |
//! | [`ShapleyValues`] | every region's mean contribution over all orders in which they are put back | 2ⁿ |
//! | [`ShapleySampling`] | the same over some orders, with standard errors | n for each order |
//! | [`KernelShap`] | the same by a weighted regression, over all or some coalitions, with standard errors | as many as are allowed |
//! | [`Banzhaf`] | every region's mean contribution over all coalitions | 2ⁿ |
//! | [`ShapleyInteractions`] | what pairs of regions do together | 2ⁿ |
//!
//! Values are for the elements of the inputs: an element has that of its region, and one that several regions cover
//! their mean. [`Attribution::regions`](crate::Attribution::regions) has them region by region, with standard errors
//! where a method draws at random.
//!
//! Several [targets](crate::Method::attribute_each) cost no more evaluations than one.

mod banzhaf;
mod coalition;
mod error;
mod feature_ablation;
mod game;
mod kernel_shap;
mod least_squares;
mod mean;
mod near;
mod occlusion;
mod regions;
mod replacement;
mod shapley_interactions;
mod shapley_sampling;
mod shapley_values;
mod sweep;
mod sweep_method;
#[cfg(test)]
mod testing;

pub use banzhaf::Banzhaf;
pub use error::RegionError;
pub use feature_ablation::FeatureAblation;
pub use kernel_shap::KernelShap;
pub use occlusion::Occlusion;
pub use regions::Regions;
pub use shapley_interactions::{Interaction, ShapleyInteractions};
pub use shapley_sampling::ShapleySampling;
pub use shapley_values::ShapleyValues;
