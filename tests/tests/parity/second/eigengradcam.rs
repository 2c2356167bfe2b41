//! `EigenGradCAM`, whose sign the reference leaves to chance.

use backdraft_tests::SecondCase;

use super::network::Second;
use crate::signs::aligned;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let expected = second.fixture.values(&case.key);
    let rows = second.fixture.shape(&case.key)[0];
    aligned(second.mapped(case, "eigen-grad-cam"), &expected, rows)
}
