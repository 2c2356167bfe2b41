//! RISE, and its masks without edges.

mod given_masks;
mod random_masks;
mod rise;

pub use rise::Rise;
