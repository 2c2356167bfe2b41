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
//! | [`FeaturePermutation`] | what the score loses with a region of another row of the batch | n for each order of the rows |
//! | [`SequenceAblation`] | how much less likely each written token becomes without each one that was read | n |
//! | [`ShapleyValues`] | every region's mean contribution over all orders in which they are put back | 2ⁿ |
//! | [`ShapleySampling`] | the same over some orders, with standard errors | n for each order |
//! | [`KernelShap`] | the same by a weighted regression, over all or some coalitions, with standard errors | as many as are allowed |
//! | [`OwenValues`] | Shapley values where regions belong together, in groups within groups | about 2/3 · n² for halves within halves |
//! | [`Lime`] | a linear model of the score near the input, with standard errors and how well it fits | as many as are allowed |
//! | [`Rise`] | what the score is where a position is in view, with standard errors | as many as are allowed |
//! | [`SobolIndices`] | the part of the score's variance that a region has, with standard errors | n + 1 for each point |
//! | [`Hsic`] | how much the score depends on a region, with standard errors | as many as are allowed |
//! | [`Banzhaf`] | every region's mean contribution over all coalitions | 2ⁿ |
//! | [`ShapleyInteractions`] | what pairs of regions do together | 2ⁿ |
//!
//! [`MeaningfulPerturbation`] needs gradients too: it finds the smallest soft mask of an image that takes the score away, or
//! keeps it.
//!
//! Values are for the elements of the inputs: an element has that of its region, and one that several regions cover
//! their mean. [`Attribution::regions`](crate::Attribution::regions) has them region by region, with standard errors
//! where a method draws at random.
//!
//! Several [targets](crate::Method::attribute_each) cost no more evaluations than one.

mod banzhaf;
mod coalition;
mod draws;
mod error;
mod feature_ablation;
mod feature_permutation;
mod game;
mod hierarchy;
mod hsic;
mod kernel_shap;
mod least_squares;
mod lime;
mod mask;
mod mean;
mod near;
mod occlusion;
mod owen_values;
mod proximity;
mod regions;
mod replacement;
mod rise;
mod sequence_ablation;
mod shapley_interactions;
mod shapley_sampling;
mod shapley_values;
mod sobol_indices;
mod surrogate;
mod sweep;
mod sweep_method;
#[cfg(test)]
mod testing;

pub use banzhaf::Banzhaf;
pub use error::RegionError;
pub use feature_ablation::FeatureAblation;
pub use feature_permutation::FeaturePermutation;
pub use hierarchy::{Group, Hierarchy};
pub use hsic::Hsic;
pub use kernel_shap::KernelShap;
pub use lime::Lime;
pub use mask::{MaskGame, MeaningfulPerturbation};
pub use occlusion::Occlusion;
pub use owen_values::OwenValues;
pub use proximity::Proximity;
pub use regions::Regions;
pub(crate) use regions::{Image, dilated, segments};
pub use rise::Rise;
pub use sequence_ablation::SequenceAblation;
pub use shapley_interactions::{Interaction, ShapleyInteractions};
pub use shapley_sampling::ShapleySampling;
pub use shapley_values::ShapleyValues;
pub use sobol_indices::{SobolEstimator, SobolIndices};
pub use surrogate::Surrogate;
#[cfg(feature = "lrp")]
pub(crate) use {regions::ResolvedRegions, sweep_method::check_disjoint};
