//! What an input is compared with.

mod baseline;
mod blur;
mod resolve;

pub use baseline::Baseline;
pub(crate) use resolve::{generator, noise};
