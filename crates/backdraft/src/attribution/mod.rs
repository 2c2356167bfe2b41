//! The result of an attribution method: values, heat maps and volumes, completeness gaps, colored text, files.

mod attribution;
pub(crate) mod cancellation;
mod channels;
mod conservation;
mod drawing;
mod error;
mod file;
mod file_error;
mod file_names;
mod file_reader;
mod gap;
mod region_values;
#[cfg(test)]
mod testing;
mod text;

pub use attribution::Attribution;
pub use cancellation::Cancellation;
pub(crate) use channels::batch_channels_positions;
pub use conservation::Conservation;
pub use error::AttributionError;
pub use file_error::FileError;
pub use gap::Gap;
pub use region_values::RegionValues;
pub use text::{TokenRelevance, WordPieces};
