//! What backdraft's benchmarks share: networks to explain, the same work written by hand in Burn, and ratios of
//! the two.
//!
//! Absolute times depend on the machine and on what else runs there. A ratio of two times taken in turns hardly
//! does, so that is what the benchmarks report besides criterion's own measurements.

mod by_hand;
mod ratios;
mod subject;

pub use by_hand::ByHand;
pub use ratios::Ratios;
pub use subject::{Subject, images};
