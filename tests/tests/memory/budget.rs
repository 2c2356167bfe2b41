//! A budget is kept, and the result doesn't depend on it.

use backdraft::run::RunError;
use backdraft::{
    Baseline, Class, DeepLiftShap, Error, GradientShap, Inputs, IntegratedGradients,
    LayerConductance, Method, Network, Saliency, SmoothGrad,
};
use backdraft_tests::relative_l2;

use crate::{alone, efficientnet, image, peak_of, resident};

const MB: u64 = 1_000_000;

/// Methods that evaluate many points.
fn methods() -> Vec<Box<dyn Method>> {
    let noise = || Baseline::average((0..6).map(|seed| Baseline::uniform(-1.0, 1.0, seed)));
    vec![
        Box::new(IntegratedGradients::new().with_steps(6)),
        Box::new(GradientShap::new(noise()).with_draws(6)),
        Box::new(DeepLiftShap::new(noise())),
        Box::new(SmoothGrad::new(Saliency::new()).with_draws(6)),
        Box::new(LayerConductance::at("head").with_steps(6)),
    ]
}

fn values(net: &Network, method: &dyn Method, inputs: &Inputs) -> Vec<f32> {
    let result = method.compute(net, inputs, &Class(282)).unwrap();
    let values = &result.values()[0];
    let flat = values.reshape([values.shape().num_elements()]);
    flat.into_data().iter().collect()
}

#[test]
fn a_budget_is_kept_whatever_the_method() {
    let _alone = alone();
    let (net, image) = (efficientnet(), image(224));
    // Graphs and thread pools exist before anything is counted.
    let one_by_one = Inputs::new(image.clone()).with_batch_size(1);
    let expected: Vec<Vec<f32>> = (methods().iter())
        .map(|method| values(&net, method, &one_by_one))
        .collect();
    let mut rows = Vec::new();
    for room in [150, 300, 600].map(|megabytes| megabytes * MB) {
        let held = resident();
        let inputs = Inputs::new(image.clone()).with_memory_budget(held + room);
        for (method, expected) in methods().iter().zip(&expected) {
            rows.push(method.plan(&net, &inputs).unwrap().rows());
            let (peak, actual) = peak_of(|| values(&net, method, &inputs));
            assert!(peak < room, "{peak} of {room}");
            assert!(relative_l2(&actual, expected) < 1e-5);
        }
    }
    // A larger budget is used.
    let [small, .., large] = &rows[..] else {
        panic!("{rows:?}")
    };
    assert!(small < large, "{rows:?}");
}

#[test]
fn a_budget_that_is_too_small_says_what_is_needed() {
    let _alone = alone();
    let (net, image) = (efficientnet(), image(224));
    let inputs = Inputs::new(image).with_memory_budget(30 * MB);
    let error = IntegratedGradients::new().attribute(&net, inputs, Class(282));
    let error = error.unwrap_err();
    let Error::Run(RunError::OverBudget { budget, held, need }) = error else {
        panic!("{error}")
    };
    assert_eq!(budget, 30 * MB);
    // The weights alone are 19 MB.
    assert!(held > 19 * MB, "{held}");
    assert!((20 * MB..100 * MB).contains(&need), "{need}");
}
