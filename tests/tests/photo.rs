//! Completeness on a real network and a real photo, where fifty steps are too few.

use backdraft::{Attribution, Baseline, Classes, DeepLift, IntegratedGradients, Method};
use backdraft_tests::{Fixture, networks};
use burn::tensor::{Device, Tensor};

fn gap(attribution: &Attribution) -> f64 {
    let gap = attribution.gap().expect("a method with a baseline")[0];
    gap.relative.expect("the score changes").abs()
}

#[test]
fn adaptive_integrated_gradients_and_deep_lift_add_up() {
    let device = Device::flex();
    let fixture = Fixture::open("efficientnet_lite0");
    let net = networks::capture(&fixture, &device);
    let mut cases = fixture.cases();
    let case = cases.find(|case| case.baseline.as_deref() == Some("baseline/black"));
    let case = case.expect("a photo is compared with black");
    let photo: Tensor<4> = fixture.tensor(&case.inputs[0], &device);
    let target = || Classes(case.classes().to_vec());
    let black: Tensor<4> = fixture.baseline("baseline/black", photo.dims(), &device);
    let black = Baseline::tensor(black);

    let method = IntegratedGradients::new().with_baseline(black.clone());
    let fixed = method.attribute(&net, photo.clone(), target()).unwrap();
    let adaptive = method.with_tolerance(0.01);
    let adaptive = adaptive.attribute(&net, photo.clone(), target()).unwrap();
    let steps = adaptive.option("steps").unwrap();
    println!("fixed: 50 steps, gap {:.2}%", 100.0 * gap(&fixed));
    println!(
        "adaptive: {steps} steps, gap {:.2}%",
        100.0 * gap(&adaptive)
    );
    assert!(gap(&fixed) > 0.05);
    assert!(gap(&adaptive) <= 0.01);
    assert_eq!(adaptive.option("converged"), Some("true"));

    let difference = DeepLift::new().with_baseline(black);
    let difference = difference.attribute(&net, photo, target()).unwrap();
    println!("DeepLIFT: gap {:.4}%", 100.0 * gap(&difference));
    assert!(gap(&difference) <= 1e-4);
}
