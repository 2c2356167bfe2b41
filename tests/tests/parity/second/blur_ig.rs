//! BlurIG with equal steps and with those of the root.

use backdraft::{BlurIg, Quadrature};
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let sigma = case.number("max_sigma");
    let method = BlurIg::new().with_steps(case.number("steps") as usize);
    let method = if case.args["sqrt"] == true {
        method
            .with_max_sigma(sigma.sqrt())
            .with_quadrature(Quadrature::SquareRoot)
    } else {
        method
            .with_max_sigma(sigma)
            .with_quadrature(Quadrature::Right)
    };
    all(&second.explain(case, method).values()[0])
}
