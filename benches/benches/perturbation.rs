//! What methods that need only outputs cost, next to as many forward passes of the same network in the batch that suits
//! it best.
//!
//! `PERTURBATION_STRIDE=15` moves windows further, for a quick look.

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use backdraft::{Class, KernelShap, Method, Network, Occlusion, Regions, Rise, ScoreCam};
use backdraft_benches::{Ratios, Subject};
use burn::tensor::Tensor;

const CLASS: usize = 7;
const SIDE: usize = 224;
/// Fewer than the defaults of RISE and `KernelSHAP`: their times grow with the number alone.
const MASKS: usize = 256;

fn main() {
    let stride = env::var("PERTURBATION_STRIDE").ok();
    let stride = stride.and_then(|stride| stride.parse().ok()).unwrap_or(8);
    let mut ratios = Ratios::default();
    let efficientnet = Subject::efficientnet_lite0().expect("the weights are built in");
    let resnet = Subject::resnet18();
    masks(&resnet.net, resnet.name, &mut ratios);
    masks(&efficientnet.net, efficientnet.name, &mut ratios);
    occlusion(
        &resnet.net,
        (resnet.name, [0.50, 0.35]),
        stride,
        &mut ratios,
    );
    occlusion(
        &efficientnet.net,
        (efficientnet.name, [0.70, 0.35]),
        stride,
        &mut ratios,
    );
    println!("\n{ratios}");
}

/// Windows of 15 and of 7 pixels. The smaller ones can't be moved further than their size.
fn occlusion(net: &Network, (name, goals): (&str, [f64; 2]), stride: usize, ratios: &mut Ratios) {
    let image = backdraft_benches::images(1, SIDE);
    let batch = best_batch(net);
    for (side, goal) in [15, 7].into_iter().zip(goals) {
        let stride = stride.min(side);
        let windows = ((SIDE - side).div_ceil(stride) + 1).pow(2);
        let occlusion = Occlusion::new().with_regions(Regions::windows([side; 2], [stride; 2]));
        ratios.add(
            format!("{name}: {windows} windows of {side} x {side} / forward, {batch} at once"),
            goal,
            || {
                let lost = occlusion.attribute(net, image.clone(), Class(CLASS));
                black_box(lost.expect("windows fit the image"));
            },
            || forward(net, windows, batch),
        );
    }
}

/// Methods that take one forward pass for each mask.
fn masks(net: &Network, name: &str, ratios: &mut Ratios) {
    let image = backdraft_benches::images(1, SIDE);
    let batch = best_batch(net);
    let methods: [(&str, Box<dyn Method<Network>>); 3] = [
        ("RISE", Box::new(Rise::new().with_draws(MASKS))),
        ("Score-CAM", Box::new(ScoreCam::new())),
        ("KernelSHAP", Box::new(KernelShap::new().with_draws(MASKS))),
    ];
    for (method_name, method) in methods {
        let plan = method
            .plan(net, image.clone())
            .expect("the image fits the network");
        let passes = plan.forward_evaluations() as usize;
        ratios.add(
            format!("{name}: {method_name} / {passes} forward, {batch} at once"),
            None,
            || {
                let map = method.attribute(net, image.clone(), Class(CLASS));
                black_box(map.expect("the method fits the network"));
            },
            || forward(net, passes, batch),
        );
    }
}

/// So many forward passes.
fn forward(net: &Network, images: usize, batch: usize) {
    let all = backdraft_benches::images(batch, SIDE);
    for first in (0..images).step_by(batch) {
        let part = all.clone().narrow(0, 0, batch.min(images - first));
        black_box(compute(net, part));
    }
}

/// How many images at once take the least time for each.
fn best_batch(net: &Network) -> usize {
    let time = |batch: usize| -> Duration {
        let images = backdraft_benches::images(batch, SIDE);
        compute(net, images.clone());
        let times = (0..3).map(|_| {
            let start = Instant::now();
            black_box(compute(net, images.clone()));
            start.elapsed() / batch as u32
        });
        times.min().expect("some times")
    };
    let batches = [1, 2, 4, 8, 16, 32];
    let best = batches.into_iter().min_by_key(|&batch| time(batch));
    best.expect("some batches")
}

fn compute(net: &Network, images: Tensor<4>) -> Vec<f32> {
    let logits = net.forward(images).and_then(|pass| pass.output::<2>());
    logits
        .expect("the images fit the network")
        .into_data()
        .iter()
        .collect()
}
