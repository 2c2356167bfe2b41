//! Occlusion.

use backdraft::{Occlusion, Regions};
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let windows = Regions::windows(
        case.numbers("sliding_window_shapes"),
        case.numbers("strides"),
    );
    let occlusion = Occlusion::new()
        .with_regions(windows)
        .with_baseline(second.baseline(case));
    let mut values = all(&second.explain(case, occlusion).values()[0]);
    // Of windows over all channels the values of one are stored.
    if case.variant().ends_with("channel_max") {
        values.truncate(second.fixture.values(&case.key).len());
    }
    values
}
