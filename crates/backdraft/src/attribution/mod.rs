//! The result of an attribution method: values, heat maps and volumes, completeness gaps, colored text.

mod attribution;
mod drawing;
mod error;
mod gap;
mod text;

pub use attribution::Attribution;
pub(crate) use attribution::batch_channels_positions;
pub use error::AttributionError;
pub use gap::Gap;
pub use text::TokenRelevance;
