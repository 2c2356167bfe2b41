//! Feature ablation of an image and words together.

use backdraft::FeatureAblation;
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let ablation = FeatureAblation::new()
        .with_regions(second.labels(&case.links("feature_mask")))
        .with_baseline(second.baseline(case));
    let explained = second.explain(case, ablation);
    let input = usize::from(case.variant().ends_with(".tokens"));
    all(&explained.values()[input])
}
