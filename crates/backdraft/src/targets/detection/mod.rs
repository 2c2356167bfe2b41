//! Targets of detectors, whose outputs are boxes and scores.

mod box_format;
mod detector_outputs;
mod predictions;
mod target;

use predictions::Predictions;

pub use box_format::{BoxFormat, BoxSide};
pub use detector_outputs::DetectorOutputs;
pub use target::Detection;
