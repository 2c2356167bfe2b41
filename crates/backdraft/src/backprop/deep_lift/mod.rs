//! `DeepLIFT`: every activation compared with its value at a reference input.

mod deep_lift;
pub(crate) mod seeds;

pub use deep_lift::{DeepLift, DeepLiftRule};
