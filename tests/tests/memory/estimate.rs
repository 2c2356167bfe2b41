//! The estimated peak is that of the allocator, and never much less: an estimate that is too low breaks a budget, one that
//! is too high leaves memory unused.

use std::ops::RangeInclusive;

use backdraft::{
    Baseline, Class, DeepLift, DeepLiftShap, GradCam, GuidedBackprop, Inputs, IntegratedGradients,
    Method, Network, Saliency, SmoothGrad,
};

use crate::{alone, convnet, efficientnet, image, peak_of, resnet, vit};

/// How many times the measured peak an estimate may be. The highest is of rules for rectifiers, for which every value
/// around one is counted, though not all of them are alive at once.
const FACTORS: RangeInclusive<f64> = 0.75..=1.75;

/// A method, and how many rows it computes at once, if it is told.
type Named = (&'static str, Box<dyn Method>, Option<usize>);

fn methods() -> Vec<Named> {
    let path = || Box::new(IntegratedGradients::new().with_steps(10));
    let smooth = SmoothGrad::new(Saliency::new()).with_draws(10);
    let noise = Baseline::average((0..4).map(|seed| Baseline::uniform(-1.0, 1.0, seed)));
    vec![
        ("saliency", Box::new(Saliency::new()), None),
        ("guided-backprop", Box::new(GuidedBackprop::new()), None),
        ("grad-cam", Box::new(GradCam::new()), None),
        ("integrated-gradients 1", path(), Some(1)),
        ("integrated-gradients 4", path(), Some(4)),
        ("integrated-gradients", path(), Some(8)),
        ("smooth-grad", Box::new(smooth), Some(5)),
        ("deep-lift", Box::new(DeepLift::new()), None),
        (
            "deep-lift-shap",
            Box::new(DeepLiftShap::new(noise)),
            Some(2),
        ),
    ]
}

/// Compares plans with runs, for a batch that is large enough to outweigh what kernels hold for each thread, whatever
/// they compute: how much that is depends on the processor.
fn check(name: &str, net: fn() -> Network, shape: [usize; 2], leave_out: &[&str]) {
    let _alone = alone();
    let net = &net();
    let [samples, size] = shape;
    let images = image(size).repeat_dim(0, samples);
    let mut failed = Vec::new();
    for (method, run, rows) in methods() {
        if leave_out.contains(&method) {
            continue;
        }
        // Nothing is known of new inputs.
        let inputs = || match rows {
            Some(rows) => Inputs::new(images.clone()).with_batch_size(rows * samples),
            None => Inputs::new(images.clone()),
        };
        let explain = || run.attribute(net, inputs(), Class(3));
        // The first run leaves graphs, thread pools and the like behind.
        explain().unwrap();
        let (measured, _) = peak_of(|| explain().unwrap());
        let estimated = run.plan(net, inputs()).unwrap().peak_bytes().unwrap();
        let factor = estimated as f64 / measured as f64;
        let row = format!("{name:<14} {method:<24} {estimated:>11} {measured:>11} {factor:>5.2}");
        println!("{row}");
        if !FACTORS.contains(&factor) {
            failed.push(row);
        }
    }
    assert!(
        failed.is_empty(),
        "estimated, measured:\n{}",
        failed.join("\n")
    );
}

#[test]
fn of_a_convolutional_network() {
    check("convnet", convnet, [8, 32], &[]);
}

#[test]
fn of_a_residual_network() {
    check("resnet", resnet, [8, 32], &[]);
}

#[test]
fn of_a_trained_network() {
    check("efficientnet", efficientnet, [1, 224], &[]);
}

#[test]
fn of_a_transformer() {
    // It has no rectifiers and no spatial layer.
    check("vit", vit, [8, 32], &["guided-backprop", "grad-cam"]);
}
