//! The networks compute the fixtures' logits.

use backdraft_models::EfficientNetLite0;
use burn::tensor::{Device, Int, Tensor};

use super::{
    ConvNet, GapNet, Mlp, MobileNet, ResNet, TextNet, captioner, load_policy, load_vit, vqa,
};
use crate::{Fixture, Row, Table, relative_l2};

/// A few times the rounding of float32 in networks of this depth.
const TOLERANCE: f64 = 1e-5;

/// Compares the logits of every input whose logits the fixture knows.
fn check<const D: usize>(name: &str, forward: impl Fn(Tensor<D>) -> Tensor<2>) {
    let fixture = Fixture::open(name);
    let device = Device::flex();
    let shape = fixture.example::<D>("", &device).dims();
    let mut table = Table::default();
    for input in fixture.logits() {
        let key = format!("input/{input}");
        let images = if fixture.contains(&key) {
            fixture.tensor(&key, &device)
        } else {
            fixture.baseline(&format!("baseline/{input}"), shape, &device)
        };
        let case = format!("logits/{input}");
        let actual = forward(images).into_data().try_to_vec::<f32>().unwrap();
        table.push(Row {
            network: name.to_owned(),
            error: relative_l2(&actual, &fixture.values(&case)),
            tolerance: TOLERANCE,
            case,
        });
    }
    table.assert_ok();
}

#[test]
fn mlp_logits() {
    let net = Mlp::load(&Device::flex());
    check("mlp", |x| net.forward(x));
}

#[test]
fn convnet_logits() {
    let net = ConvNet::load(&Device::flex());
    check("convnet", |x| net.forward(x));
}

#[test]
fn resnet_logits() {
    let net = ResNet::load(&Device::flex());
    check("resnet", |x| net.forward(x));
}

#[test]
fn mobilenet_logits() {
    let net = MobileNet::load(&Device::flex());
    check("mobilenet", |x| net.forward(x));
}

#[test]
fn gapnet_logits() {
    let net = GapNet::load(&Device::flex());
    check("gapnet", |x| net.forward(x));
}

/// Compares the logits of every batch of a network that sees and reads.
fn check_both<const D: usize>(
    name: &str,
    fixture: &Fixture,
    forward: impl Fn((Tensor<4>, Tensor<2, Int>)) -> Tensor<D>,
) {
    let device = Device::flex();
    let mut table = Table::default();
    for batch in fixture.batches("image_") {
        let tokens: Tensor<2> = fixture.tensor(&format!("input/tokens_{batch}"), &device);
        let image = fixture.tensor(&format!("input/image_{batch}"), &device);
        let logits = forward((image, tokens.int()));
        let case = format!("logits/{batch}");
        assert_eq!(logits.dims().to_vec(), fixture.shape(&case));
        let actual = logits.into_data().try_to_vec::<f32>().unwrap();
        table.push(Row {
            network: name.to_owned(),
            error: relative_l2(&actual, &fixture.values(&case)),
            tolerance: TOLERANCE,
            case,
        });
    }
    table.assert_ok();
}

#[test]
fn captioner_with_every_batch() {
    let fixture = Fixture::open("captioner");
    let net = captioner(&fixture, &Device::flex());
    check_both("captioner", &fixture, |inputs| net.forward(inputs));
}

#[test]
fn vqa_with_every_batch() {
    let fixture = Fixture::open("vqa");
    let net = vqa(&fixture, &Device::flex());
    check_both("vqa", &fixture, |inputs| net.forward(inputs));
}

#[test]
fn policy_logits() {
    let net = load_policy(&Device::flex());
    check("policy", |x| net.forward(x));
}

#[test]
fn textnet_logits() {
    let net = TextNet::load(&Device::flex());
    check("textnet", |x: Tensor<2>| net.forward(x.int()));
}

#[test]
fn vit_logits() {
    let net = load_vit(&Device::flex());
    check("vit", |x| net.forward(x));
}

#[test]
fn efficientnet_lite0_logits() {
    let net = EfficientNetLite0::pretrained(&Device::flex()).unwrap();
    check("efficientnet_lite0", |x| net.forward(x));
}

/// The photos are explained for the class that they show.
#[test]
fn efficientnet_lite0_names_the_photos() {
    let device = Device::flex();
    let net = EfficientNetLite0::pretrained(&device).unwrap();
    let fixture = Fixture::open("efficientnet_lite0");
    for photo in fixture.batches("") {
        let key = format!("input/{photo}");
        let mut cases = fixture.cases();
        let case = cases.find(|case| case.inputs[0] == key && !case.classes().is_empty());
        let class = case.expect("every photo is explained").classes()[0];
        let logits = net.forward(fixture.tensor(&key, &device));
        assert_eq!(
            logits.argmax(1).into_scalar::<i64>(),
            class as i64,
            "{photo}"
        );
    }
}
