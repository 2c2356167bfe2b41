//! Grad-CAM of a class compared with others.

use backdraft::FinerCam;
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let compared = case.lists("comparison");
    let target = FinerCam::new()
        .with_classes(case.classes())
        .with_compared(compared)
        .with_alpha(case.number("alpha"));
    let method = second.layer_map(case, "grad-cam");
    all(&second.explain_target(case, method, target).values()[0])
}
