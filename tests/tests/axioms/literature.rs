//! The worked examples of the literature, with their numbers.

use backdraft::axioms::{Completeness, ImplementationInvariance, SensitivityA};
use backdraft::evaluation::{Check, Problem};
use backdraft::{
    Baseline, Class, Deconvnet, DeepLift, GradientShap, GuidedBackprop, InputXGradient,
    IntegratedGradients, Method, Network, Saliency,
};
use backdraft_tests::axioms::functions;
use burn::tensor::{Device, Tensor};

/// Some samples.
fn x<const S: usize, const F: usize>(values: [[f32; F]; S]) -> Tensor<2> {
    Tensor::from_data(values, &Device::flex())
}

fn values(method: impl Method, net: &Network, x: &Tensor<2>) -> Vec<f32> {
    let result = method.attribute(net, x.clone(), Class(0)).unwrap();
    let values = result.tensor::<2>().unwrap().into_data();
    values.iter::<f32>().collect()
}

fn assert_close(actual: &[f32], expected: &[f32]) {
    let close = actual
        .iter()
        .zip(expected)
        .all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(
        close && actual.len() == expected.len(),
        "{actual:?} {expected:?}"
    );
}

fn integrated(baseline: Baseline) -> IntegratedGradients {
    IntegratedGradients::new().with_baseline(baseline)
}

fn deep_lift(baseline: Baseline) -> DeepLift {
    DeepLift::new().with_baseline(baseline)
}

/// Sundararajan et al., 2017, section 2.1; figure 2 of Shrikumar et al., 2017.
#[test]
fn a_saturated_rise_has_no_gradient() {
    let (net, x) = (functions::saturating(&Device::flex()), x([[2.0]]));
    assert_close(&values(Saliency::new(), &net, &x), &[0.0]);
    assert_close(&values(integrated(Baseline::zeros()), &net, &x), &[1.0]);
    assert_close(&values(deep_lift(Baseline::zeros()), &net, &x), &[1.0]);
    let problem = Problem::new(&net, x, Baseline::zeros(), Class(0)).unwrap();
    let check = SensitivityA::new();
    let failed = check.check(&problem, |_| Saliency::new()).unwrap();
    let counterexample = failed.counterexample().unwrap();
    assert_eq!(
        (counterexample.input, counterexample.baseline),
        (Some(2.0), Some(0.0))
    );
    assert_eq!((counterexample.found, counterexample.expected), (0.0, 1.0));
    assert!(check.check(&problem, integrated).unwrap().passed());
}

#[test]
fn a_fall_to_where_a_rectifier_is_flat_has_no_gradient() {
    let (net, x) = (functions::rectifier(&Device::flex()), x([[-2.0]]));
    let baseline = || Baseline::constant(2.0);
    assert_close(&values(Saliency::new(), &net, &x), &[0.0]);
    assert_close(&values(integrated(baseline()), &net, &x), &[-2.0]);
    assert_close(&values(deep_lift(baseline()), &net, &x), &[-2.0]);
    let problem = Problem::new(&net, x, baseline(), Class(0)).unwrap();
    let failed = SensitivityA::new()
        .check(&problem, |_| Saliency::new())
        .unwrap();
    let counterexample = failed.counterexample().unwrap();
    assert_eq!((counterexample.found, counterexample.expected), (0.0, -2.0));
}

#[test]
fn in_a_linear_regression_every_contribution_is_weight_times_value() {
    let (net, x) = (functions::regression(&Device::flex()), x([[3.0, 2.0, 4.0]]));
    let contributions = [2.0 * 3.0, -3.0 * 2.0, 0.5 * 4.0];
    let zeros = Baseline::zeros;
    let methods: [&dyn Method; 4] = [
        &InputXGradient::new(),
        &integrated(zeros()),
        &deep_lift(zeros()),
        &GradientShap::new(zeros()),
    ];
    for method in methods {
        assert_close(&values(method, &net, &x), &contributions);
    }
    // The gradient is the slope of each contribution.
    assert_close(&values(Saliency::new(), &net, &x), &[2.0, -3.0, 0.5]);
}

/// Figure 7 of Sundararajan et al., 2017.
#[test]
fn two_implementations_are_one_function_to_integrated_gradients_and_two_to_deep_lift() {
    let [net, other] = functions::figure_7(&Device::flex());
    let x = x([[3.0, 1.0]]);
    for net in [&net, &other] {
        let found = values(integrated(Baseline::zeros()), net, &x);
        assert_close(&found, &[1.5, -0.5]);
    }
    assert_close(
        &values(deep_lift(Baseline::zeros()), &net, &x),
        &[1.5, -0.5],
    );
    assert_close(
        &values(deep_lift(Baseline::zeros()), &other, &x),
        &[2.0, -1.0],
    );

    let problem = Problem::new(&net, x, Baseline::zeros(), Class(0)).unwrap();
    let check = ImplementationInvariance::new().with_network("relu(relu(a - 1) - relu(b))", &other);
    assert!(check.check(&problem, integrated).unwrap().passed());
    let check = check.with_rewrites([]).check(&problem, deep_lift).unwrap();
    assert!((check.slack().unwrap() - 0.25).abs() < 1e-6, "{check}");
    let counterexample = check.counterexample().unwrap();
    assert_eq!(
        counterexample.circumstance,
        "the other network is relu(relu(a - 1) - relu(b))"
    );
}

#[test]
fn a_rule_for_rectifiers_sees_how_a_minimum_is_written() {
    let [net, other] = functions::minimum(&Device::flex());
    let x = x([[3.0, 1.0]]);
    // min(3, 2): only the second feature matters, with slope 2.
    for net in [&net, &other] {
        assert_close(&values(Saliency::new(), net, &x), &[0.0, 2.0]);
    }
    assert_close(&values(GuidedBackprop::new(), &net, &x), &[1.0, 0.0]);
    assert_close(&values(GuidedBackprop::new(), &other, &x), &[0.0, 2.0]);
}

#[test]
fn a_rule_for_rectifiers_sees_what_cancels() {
    let (net, x) = (functions::detour(&Device::flex()), x([[3.0, 1.0, 2.0]]));
    assert_close(&values(Saliency::new(), &net, &x), &[1.0, 1.0, 0.0]);
    assert_close(&values(GuidedBackprop::new(), &net, &x), &[1.0, 2.0, 1.0]);
    assert_close(&values(Deconvnet::new(), &net, &x), &[1.0, 2.0, 1.0]);
}

#[test]
fn draws_come_as_close_to_completeness_as_there_are_many() {
    let (net, x) = (functions::saturating(&Device::flex()), x([[2.0]]));
    let problem = Problem::new(&net, x, Baseline::zeros(), Class(0)).unwrap();
    let slack = |samples| {
        let method = |baseline| GradientShap::new(baseline).with_draws(samples);
        Completeness::new()
            .check(&problem, method)
            .unwrap()
            .slack()
            .unwrap()
    };
    // Each draw is 0 or 2: the standard error of their mean is one over the root of their number.
    for (samples, standard_error) in [(50, 0.141), (5000, 0.0141)] {
        let slack = slack(samples);
        assert!(slack < 3.0 * standard_error, "{samples} draws: {slack}");
    }
    assert!(slack(50) > 0.01);
}
