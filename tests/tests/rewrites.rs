//! Rewritten networks compute what they did: every rewrite on every small fixture network.
//!
//! `cargo test --release -p backdraft-tests --test rewrites -- --nocapture` prints a row for each.

use backdraft_graph::{Error, Network, Rewrite, RewriteError};
use backdraft_models::EfficientNetLite0;
use backdraft_tests::{Fixture, networks, relative_l2};
use burn::tensor::{Device, Tensor};

/// A few times the rounding of float32 in networks of this depth.
const TOLERANCE: f64 = 1e-5;
const SHIFT: f64 = 0.5;

fn networks() -> [(&'static str, Network); 4] {
    let capture = |name| networks::capture(&Fixture::open(name), &Device::flex());
    ["convnet", "gapnet", "resnet", "mobilenet"].map(|name| (name, capture(name)))
}

/// Each rewrite, after folding batch normalization or not, and whether the networks have a place for it.
fn rewrites() -> [(Vec<Rewrite>, [bool; 4]); 8] {
    let (fold, seed) = (Rewrite::FoldBatchNorm, 7);
    let rescale = Rewrite::RescaleChannels { seed };
    let permute = Rewrite::PermuteChannels { seed };
    [
        (vec![fold], [false, false, true, true]),
        (vec![Rewrite::ReluAsProduct], [true, true, true, false]),
        (vec![rescale], [true, true, false, false]),
        (vec![permute], [true, true, false, false]),
        (vec![fold, rescale], [false, false, true, false]),
        (vec![fold, permute], [false, false, true, true]),
        (vec![Rewrite::SplitLinear { seed }], [true; 4]),
        (vec![Rewrite::ShiftInput { by: SHIFT }], [true; 4]),
    ]
}

/// The network after all rewrites; `None` if it has no place for one.
fn rewritten(net: &Network, rewrites: &[Rewrite]) -> Option<Network> {
    rewrites
        .iter()
        .try_fold(net.clone(), |net, &rewrite| match net.rewritten(rewrite) {
            Ok(net) => Some(net),
            Err(Error::Rewrite(RewriteError::NothingToRewrite { .. })) => None,
            Err(other) => panic!("{rewrite}: {other}"),
        })
}

fn logits(net: &Network, images: Tensor<4>) -> Vec<f32> {
    let logits: Tensor<2> = net.forward(images).unwrap().output().unwrap();
    logits.into_data().iter::<f32>().collect()
}

#[test]
fn rewritten_networks_compute_the_same() {
    println!(
        "{:<10} {:<68} {:>8} {:>8}",
        "network", "rewrite", "1 image", "2 images"
    );
    for (place, (name, net)) in networks().iter().enumerate() {
        let images = Fixture::open(name).tensor::<4>("input/x2", &Device::flex());
        for (rewrites, applies) in rewrites() {
            let words: Vec<String> = rewrites.iter().map(ToString::to_string).collect();
            let words = words.join(", then ");
            let Some(other) = rewritten(net, &rewrites) else {
                println!("{name:<10} {words:<68} no place");
                assert!(!applies[place], "{name} has a place to {words}");
                continue;
            };
            assert!(applies[place], "{name} has no place to {words}");
            let shift = if words.contains("shift") { SHIFT } else { 0.0 };
            let errors = [1, 2].map(|batch| {
                let images = images.clone().slice(0..batch);
                relative_l2(
                    &logits(&other, images.clone() + shift),
                    &logits(net, images),
                )
            });
            println!(
                "{name:<10} {words:<68} {:>8.1e} {:>8.1e}",
                errors[0], errors[1]
            );
            assert!(
                errors.iter().all(|&error| error < TOLERANCE),
                "{name}, {words}: {errors:?}"
            );
        }
    }
}

#[test]
fn networks_with_global_average_pooling_and_one_linear_layer_have_a_pooled_layer() {
    let device = Device::flex();
    let efficientnet = EfficientNetLite0::pretrained(&device).unwrap();
    let example = Tensor::<4>::zeros([1, 3, 64, 64], &device);
    let efficientnet = Network::capture(&efficientnet, example, EfficientNetLite0::forward);
    let [convnet, gapnet, resnet, mobilenet] = networks().map(|(_, net)| net);
    let pooled = |net: &Network| net.pooled_layer().unwrap().name().to_owned();
    assert_eq!(pooled(&gapnet), "relu#2");
    assert_eq!(pooled(&resnet), "blocks.2.relu#2");
    assert_eq!(pooled(&mobilenet), "head.relu6");
    assert_eq!(pooled(&efficientnet.unwrap()), "head.relu6");

    let error = convnet.pooled_layer().unwrap_err().to_string();
    assert!(
        error.contains("layer `relu#3` (Relu) is in the way"),
        "{error}"
    );
    assert!(error.contains("Grad-CAM"), "{error}");
}
