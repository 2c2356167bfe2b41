//! Sobol indices of a stored design.

use backdraft::{Regions, SobolEstimator, SobolIndices};
use backdraft_tests::SecondCase;

use super::network::{Second, of_regions};

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let estimator = match case.variant() {
        "jansen" => SobolEstimator::Jansen,
        "homma" => SobolEstimator::Homma,
        other => panic!("{}: what is {other}?", case.key),
    };
    let points = |option: &str| {
        let link = &case.links(option)[0];
        let values = second.fixture.values(link);
        let rows = values.chunks(second.fixture.shape(link)[1]);
        rows.map(<[f32]>::to_vec).collect()
    };
    let cells = case.args["g"].as_u64().expect("a number of cells");
    let sobol = SobolIndices::new()
        .with_design(points("A"), points("B"))
        .with_estimator(estimator)
        .with_regions(Regions::grid([cells as usize]));
    of_regions(&second.explain(case, sobol))
}
