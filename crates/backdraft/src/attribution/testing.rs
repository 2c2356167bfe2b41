//! An attribution to test on.

use burn::tensor::{Device, Tensor};

use crate::Attribution;

/// One row of two pixels in two channels: 1 and -2, 3 and 1.
pub(super) fn attribution() -> Attribution {
    let values = Tensor::<4>::from_data([[[[1.0, -2.0]], [[3.0, 1.0]]]], &Device::flex());
    Attribution::new("made up", "class 0", vec![values.into()], vec![5.0]).unwrap()
}
