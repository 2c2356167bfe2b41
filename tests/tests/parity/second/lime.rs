//! LIME over stored samples, as Captum has it.

use backdraft::{Lime, Proximity, Surrogate};
use backdraft_tests::SecondCase;

use super::network::{Second, of_regions};

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let number = |option: &str| case.args[option].as_f64().expect("a number");
    let (distance, model) = case.variant().split_once('.').expect("two words");
    let proximity = match distance {
        "cosine" => Proximity::Cosine(number("kernel_width")),
        "euclidean" => Proximity::Euclidean(number("kernel_width")),
        other => panic!("{}: what is {other}?", case.key),
    };
    let surrogate = match model {
        "lasso" => Surrogate::Lasso(number("alpha")),
        "ridge" => Surrogate::Ridge(number("alpha")),
        "ols" => Surrogate::LeastSquares,
        other => panic!("{}: what is {other}?", case.key),
    };
    let samples = second.fixture.rows(&case.links("samples")[0]).into_iter();
    let samples = samples.map(|sample| sample.into_iter().map(|kept| kept == 1).collect());
    let lime = Lime::new()
        .with_coalitions(samples.collect())
        .with_proximity(proximity)
        .with_surrogate(surrogate)
        .with_regions(second.players(case, "feature_mask"))
        .with_baseline(second.baseline(case));
    of_regions(&second.explain(case, lime))
}
