//! Shapley values over stored orders.

use backdraft::ShapleySampling;
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let orders = case.links("permutations");
    let sampling = ShapleySampling::new()
        .with_orders(second.fixture.rows(&orders[0]))
        .with_regions(second.players(case, "feature_mask"))
        .with_baseline(second.baseline(case));
    all(&second.explain(case, sampling).values()[0])
}
