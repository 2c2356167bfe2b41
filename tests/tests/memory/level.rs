//! Long loops don't grow.

use backdraft::{
    Class, DeepLift, GradCam, IntegratedGradients, Method, Network, Saliency, SmoothGrad,
};

use crate::{ALLOCATOR, alone, image, resident, resnet};

/// What may be left of two hundred attributions: less than 2 kB of each.
const LEFT: usize = 300_000;

/// What the allocator counts, and what the system does.
fn level() -> (usize, u64) {
    (ALLOCATOR.current_usage(), resident())
}

fn attribute(net: &Network, turn: usize) {
    let methods: [Box<dyn Method>; 5] = [
        Box::new(Saliency::new()),
        Box::new(GradCam::new()),
        Box::new(DeepLift::new()),
        Box::new(IntegratedGradients::new().with_steps(16)),
        Box::new(SmoothGrad::new(Saliency::new()).with_draws(16)),
    ];
    let inputs = backdraft::Inputs::new(image(32));
    let result = methods[turn % methods.len()].compute(net, &inputs, &Class(turn % 10));
    result.unwrap();
}

#[test]
fn two_hundred_attributions_leave_nothing_behind() {
    let _alone = alone();
    let net = resnet();
    let mut after = Vec::new();
    for turn in 1..=200 {
        attribute(&net, turn);
        if turn % 50 == 0 {
            after.push(level());
        }
    }
    let (counted, held) = after[0];
    for &(later, _) in &after[1..] {
        assert!(later < counted + LEFT, "{after:?}");
    }
    // The system's allocator may keep some of what was freed, but doesn't ask for more and more.
    let (_, last) = after[3];
    assert!(last < held + held / 10, "{after:?}");
}

#[test]
fn captures_of_the_same_model_leave_nothing_behind() {
    let _alone = alone();
    let mut after = Vec::new();
    for turn in 1..=40 {
        attribute(&resnet(), turn);
        if turn % 10 == 0 {
            after.push(ALLOCATOR.current_usage());
        }
    }
    assert!(after[3] < after[0] + LEFT, "{after:?}");
}
