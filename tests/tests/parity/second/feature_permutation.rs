//! Feature permutation with stored orders, of which several inputs have one for all regions.

use std::collections::BTreeSet;

use backdraft::FeaturePermutation;
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let masks = case.links("feature_mask");
    let orders = if case.args["permutation"].is_array() {
        vec![case.numbers("permutation"); regions(second, &masks)]
    } else {
        second.fixture.rows(&case.links("permutations")[0])
    };
    let method = FeaturePermutation::new()
        .with_orders(orders)
        .with_regions(second.labels(&masks));
    let explained = second.explain(case, method);
    let input = usize::from(case.variant().ends_with(".tokens"));
    all(&explained.values()[input])
}

/// How many labels there are.
fn regions(second: &Second, masks: &[String]) -> usize {
    let labels = masks.iter().flat_map(|mask| second.fixture.values(mask));
    let labels: BTreeSet<i64> = labels.map(|label| label as i64).collect();
    labels.len()
}
