//! Rectifiers wherever they are: reused, functional, bounded, before pooling, in front of a residual block.

use backdraft::backprop::BackpropError;
use backdraft::{
    AnyTensor, Attribution, Baseline, Classes, Deconvnet, DeepLift, Error, GradCam, GuidedBackprop,
    Method, Network, Saliency,
};
use backdraft_tests::coverage::with_spread_weights;
use backdraft_tests::{Fixture, networks, relative_l2};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{gelu, relu};
use burn::tensor::{Device, Tensor};

use crate::{assert_complete, capture, spread};

struct Images {
    fixture: Fixture,
    net: Network,
}

fn images(name: &str) -> Images {
    let fixture = Fixture::open(name);
    let net = networks::capture(&fixture, &Device::flex());
    Images { fixture, net }
}

impl Images {
    fn images(&self) -> Tensor<4> {
        self.fixture.tensor("input/x2", &Device::flex())
    }

    fn explain(&self, method: &impl Method) -> Attribution {
        let classes = self.fixture.values("target/x2");
        let classes = Classes(classes.into_iter().map(|class| class as usize).collect());
        method.attribute(&self.net, self.images(), classes).unwrap()
    }

    fn assert_deep_lift_complete(&self) {
        assert_complete(&self.explain(&DeepLift::new()));
        assert_complete(
            &self.explain(&DeepLift::new().with_baseline(Baseline::uniform(-1.0, 1.0, 0))),
        );
    }
}

fn values(attribution: &Attribution) -> Vec<f32> {
    let value: &AnyTensor = &attribution.values()[0];
    let flat: Tensor<1> = value.reshape([value.shape().num_elements()]);
    flat.into_data().iter::<f32>().collect()
}

/// Captum refuses DeepLIFT where a module is used twice, and loses the rule of max pooling where it stands
/// directly after a ReLU. ConvNet has both.
#[test]
fn deep_lift_on_a_reused_relu_and_on_relu_before_max_pooling() {
    images("convnet").assert_deep_lift_complete();
}

/// ResNet reuses one ReLU in all of its blocks and adds with `+`.
#[test]
fn deep_lift_on_residual_additions() {
    images("resnet").assert_deep_lift_complete();
}

/// Captum doesn't know ReLU6: DeepLIFT takes its plain gradient.
#[test]
fn deep_lift_on_relu6() {
    images("mobilenet").assert_deep_lift_complete();
}

/// Captum doesn't see functional ReLUs and ReLU6: Guided Backprop and Deconvnet return something between
/// the right result and the plain gradient there. The right result is the parity suite's; here it differs.
#[test]
fn rectifier_rules_on_functional_relu_and_relu6() {
    for images in [images("convnet"), images("mobilenet")] {
        let gradient = values(&images.explain(&Saliency::new()));
        let guided = values(&images.explain(&GuidedBackprop::new()));
        let deconvnet = values(&images.explain(&Deconvnet::new()));
        assert!(relative_l2(&guided, &gradient) > 0.1);
        assert!(relative_l2(&deconvnet, &gradient) > 0.1);
        assert!(relative_l2(&deconvnet, &guided) > 0.1);
    }
}

/// Captum returns the plain gradient for a network without ReLU, without complaint.
#[test]
fn rectifier_rules_without_rectifiers() {
    let x = spread([1, 4], 1.0);
    let model: Linear = LinearConfig::new(4, 3).init(&Device::flex());
    let net = capture(&model, x.clone(), |m, x: Tensor<2>| gelu(m.forward(x)));
    let error = GuidedBackprop::new()
        .attribute(&net, x, Classes(vec![0]))
        .unwrap_err();
    assert!(
        matches!(error, Error::Backprop(BackpropError::NoRectifier { .. })),
        "{error}"
    );
}

/// Captum keeps the last use of a reused module and pytorch-grad-cam the first, neither says so. Here every use
/// has a name.
#[test]
fn grad_cam_at_either_use_of_a_reused_module() {
    let net = images("convnet");
    let shape = |layer: &str| {
        let map = net.explain(&GradCam::at(layer));
        map.values()[0].shape().to_vec()
    };
    let [rows, _, height, width] = net.images().dims();
    assert_eq!(shape("relu"), [rows, 1, height, width]);
    // The first is pooled in between.
    assert_eq!(shape("relu#2"), [rows, 1, height / 2, width / 2]);
}

#[derive(Module, Debug)]
struct PreActivation {
    stem: Linear,
    block: Linear,
    head: Linear,
}

impl PreActivation {
    /// `z + block(relu(z))`: the tensor that the rectifier reads also feeds the skip connection.
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let z = self.stem.forward(x);
        self.head.forward(z.clone() + self.block.forward(relu(z)))
    }
}

fn pre_activation() -> (PreActivation, Tensor<2>) {
    let device = Device::flex();
    let linear = |from, to| LinearConfig::new(from, to).init(&device);
    let model = with_spread_weights(PreActivation {
        stem: linear(6, 8),
        block: linear(8, 8),
        head: linear(8, 3),
    });
    (model, spread([2, 6], 3.0))
}

/// Captum's hook sits on the tensor that the rectifier reads and changes the skip connection's gradient too.
#[test]
fn deep_lift_on_pre_activation_residual_blocks() {
    let (model, x) = pre_activation();
    let net = capture(&model, x.clone(), PreActivation::forward);
    assert_complete(
        &DeepLift::new()
            .attribute(&net, x, Classes(vec![0, 1]))
            .unwrap(),
    );
}

/// The same for Guided Backprop, where the right result can be written down: the skip connection's gradient
/// stays, the block's goes through the rule.
#[test]
fn guided_backprop_on_pre_activation_residual_blocks() {
    let (model, x) = pre_activation();
    let net = capture(&model, x.clone(), PreActivation::forward);
    let guided = GuidedBackprop::new()
        .attribute(&net, x.clone(), Classes(vec![0, 0]))
        .unwrap();

    let head = model.head.weight.val().narrow(1, 0, 1).transpose();
    let after_relu = head.clone().matmul(model.block.weight.val().transpose());
    let open = model.stem.forward(x).greater_elem(0.0).float();
    let block = relu(after_relu.expand([2, 8]) * open);
    let expected = (head.expand([2, 8]) + block).matmul(model.stem.weight.val().transpose());
    let expected: Vec<f32> = expected.into_data().iter::<f32>().collect();
    assert!(relative_l2(&values(&guided), &expected) < 1e-5);
}
