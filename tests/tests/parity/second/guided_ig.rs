//! Guided IG.
//!
//! The references were computed in double precision, and the path is chosen by comparing gradients. In single precision it
//! is the same path here: no two features' gradients are so close that rounding decides which of them moves. So the
//! tolerance is that of every other method; 6e-7 was seen.

use backdraft::GuidedIg;
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let method = GuidedIg::new()
        .with_baseline(second.start(case))
        .with_steps(case.number("steps") as usize)
        .with_fraction(case.number("fraction"))
        .with_max_distance(case.number("max_dist"));
    all(&second.explain(case, method).values()[0])
}
