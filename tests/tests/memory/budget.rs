//! A budget is kept, and the result doesn't depend on it.

use backdraft::run::RunError;
use backdraft::{
    Baseline, Class, DeepLiftShap, Error, GradientShap, IntegratedGradients, LayerConductance,
    Method, Network, Saliency, SmoothGrad,
};
use backdraft_tests::relative_l2;
use burn::tensor::Tensor;

use crate::{alone, efficientnet, image, peak_of, resident};

const MB: u64 = 1_000_000;

/// Methods that evaluate many points, with a budget if there is one.
fn methods(budget: Option<u64>) -> Vec<Box<dyn Method>> {
    macro_rules! with_budget {
        ($method:expr) => {{
            let method = $method;
            Box::new(match budget {
                Some(bytes) => method.with_memory_budget(bytes),
                None => method.with_batch_size(1),
            }) as Box<dyn Method>
        }};
    }
    let noise = || Baseline::average((0..6).map(|seed| Baseline::uniform(-1.0, 1.0, seed)));
    vec![
        with_budget!(IntegratedGradients::new().with_steps(6)),
        with_budget!(GradientShap::new(noise()).with_samples(6)),
        with_budget!(DeepLiftShap::new(noise())),
        with_budget!(SmoothGrad::new(Saliency::new()).with_samples(6)),
        with_budget!(LayerConductance::at("head").with_steps(6)),
    ]
}

fn values(net: &Network, method: &dyn Method, image: &Tensor<4>) -> Vec<f32> {
    let inputs = backdraft::Inputs::new(image.clone());
    let result = method.compute(net, &inputs, &Class(282)).unwrap();
    let values = &result.values()[0];
    let flat = values.reshape([values.shape().num_elements()]);
    flat.into_data().iter().collect()
}

#[test]
fn a_budget_is_kept_whatever_the_method() {
    let _alone = alone();
    let (net, image) = (efficientnet(), image(224));
    // Graphs and thread pools exist before anything is counted.
    let expected: Vec<Vec<f32>> = (methods(None).iter())
        .map(|method| values(&net, method, &image))
        .collect();
    let mut rows = Vec::new();
    for room in [150, 300, 600].map(|megabytes| megabytes * MB) {
        let held = resident();
        let budgeted = methods(Some(held + room));
        for (method, expected) in budgeted.iter().zip(&expected) {
            rows.push(method.plan(&net, image.clone()).unwrap().rows());
            let (peak, actual) = peak_of(|| values(&net, method, &image));
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
    let method = IntegratedGradients::new().with_memory_budget(30 * MB);
    let error = method.attribute(&net, image, Class(282)).unwrap_err();
    let Error::Run(RunError::OverBudget { budget, held, need }) = error else {
        panic!("{error}")
    };
    assert_eq!(budget, 30 * MB);
    // The weights alone are 19 MB.
    assert!(held > 19 * MB, "{held}");
    assert!((20 * MB..100 * MB).contains(&need), "{need}");
}
