//! The rule that Seg-Eigen-CAM has for the sign, on activations as they are: `EigenCam` has the same.

use backdraft_tests::SecondCase;

use super::network::Second;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    second.mapped(case, "eigen-cam")
}
