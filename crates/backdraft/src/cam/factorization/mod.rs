//! A layer's activation as a sum of few concepts.

mod deep_feature_factorization;
mod feature_factors;
mod non_negative;

pub use deep_feature_factorization::DeepFeatureFactorization;
pub use feature_factors::FeatureFactors;
