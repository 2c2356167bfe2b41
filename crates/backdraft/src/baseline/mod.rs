//! What an input is compared with.

mod average;
mod baseline;
mod blur;
mod error;
mod resolve;

pub(crate) use average::Average;
pub use baseline::Baseline;
pub(crate) use blur::blur;
pub use error::BaselineError;
pub(crate) use resolve::{Values, check_blur};
