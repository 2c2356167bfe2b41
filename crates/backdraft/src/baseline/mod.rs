//! What an input is compared with.

mod average;
mod baseline;
mod blur;
mod resolve;

pub(crate) use average::Average;
pub use baseline::Baseline;
