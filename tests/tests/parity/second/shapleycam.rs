//! `ShapleyCAM`, whose curvature is a difference of gradients here.

use backdraft_tests::SecondCase;

use super::network::Second;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    second.mapped(case, "shapley-cam")
}
