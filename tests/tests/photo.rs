//! Completeness on a real network and a real photo, where fifty steps are too few.

use backdraft::{Attribution, Baseline, Class, DeepLift, IntegratedGradients, Method, Network};
use backdraft_models::EfficientNetLite0;
use backdraft_tests::Fixture;
use burn::tensor::{Device, Tensor};

const TIGER_CAT: Class = Class(282);

fn gap(attribution: &Attribution) -> f64 {
    let gap = attribution.gap().expect("a method with a baseline")[0];
    gap.relative.expect("the score changes").abs()
}

#[test]
fn adaptive_integrated_gradients_and_deep_lift_add_up() {
    let device = Device::flex();
    let model = EfficientNetLite0::pretrained(&device).unwrap();
    let fixture = Fixture::open("efficientnet_lite0");
    let cat: Tensor<4> = fixture.tensor("input/chelsea", &device);
    let net = Network::capture(&model, cat.clone(), EfficientNetLite0::forward).unwrap();
    let black = Baseline::constant(fixture.values("baseline/black_scalar")[0]);

    let method = IntegratedGradients::new().with_baseline(black.clone());
    let fixed = method.attribute(&net, cat.clone(), TIGER_CAT).unwrap();
    let adaptive = method.with_tolerance(0.01);
    let adaptive = adaptive.attribute(&net, cat.clone(), TIGER_CAT).unwrap();
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
    let difference = difference.attribute(&net, cat, TIGER_CAT).unwrap();
    println!("DeepLIFT: gap {:.4}%", 100.0 * gap(&difference));
    assert!(gap(&difference) <= 1e-4);
}
