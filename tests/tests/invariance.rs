//! What must not change a result: how many rows are computed at once, which other samples are in the batch,
//! and which backend computes.

// Burn deprecates NdArray in favor of Flex, but runs it, and so do we.
#![allow(deprecated)]

use std::collections::BTreeSet;

use backdraft::catalog::{Access, Entry, METHODS, Need, find};
use backdraft::{
    AnyTensor, AtLayer, Baseline, Cam, Class, Deconvnet, DeepLift, DeepLiftRule, DeepLiftShap,
    GradCam, GradientShap, GuidedBackprop, GuidedGradCam, InputXGradient, Inputs,
    IntegratedGradients, InternalInfluence, LayerActivation, LayerConductance, LayerDeepLift,
    LayerGradientXActivation, Method, Network, NeuronConductance, NoiseLevel, Saliency, SmoothGrad,
    SmoothGradSquared, TopClass, VarGrad,
};
use backdraft_tests::networks::{ConvNet, GapNet, ResNet};
use backdraft_tests::{Fixture, Subject, relative_l2};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// A layer of every network here.
const LAYER: &str = "conv1";

type Named = (&'static str, Box<dyn Method>);

fn images(fixture: &str) -> Tensor<4> {
    Fixture::open(fixture).tensor("input/x2", &Device::flex())
}

fn net<M: Module + 'static>(model: &M, forward: fn(&M, Tensor<4>) -> Tensor<2>) -> Network {
    let device = model.devices()[0].clone();
    Network::capture(model, Tensor::zeros([1, 3, 32, 32], &device), forward).unwrap()
}

fn values(method: &impl Method, net: &Network, images: Tensor<4>) -> Vec<f32> {
    values_of(method, net, images, 8)
}

/// With so many rows at once, if the method evaluates the network at many points.
fn values_of(method: &impl Method, net: &Network, images: Tensor<4>, rows: usize) -> Vec<f32> {
    let images = Inputs::new(images.to_device(net.device())).with_batch_size(rows);
    let result = method.attribute(net, images, TopClass).unwrap();
    let value: &AnyTensor = &result.values()[0];
    let flat: Tensor<1> = value.reshape([value.shape().num_elements()]);
    flat.into_data().iter::<f32>().collect()
}

fn set() -> Baseline {
    let noise = (0..4).map(|seed| Baseline::uniform(-1.0, 1.0, seed));
    Baseline::average(noise.chain([Baseline::zeros(), Baseline::blurred(3.0)]))
}

/// Every method that evaluates the network at many points.
fn of_many_points() -> Vec<Named> {
    let integrated = IntegratedGradients::new();
    let refined = integrated.clone().with_tolerance(0.05).with_max_steps(60);
    let smooth = SmoothGrad::new(Saliency::new()).with_draws(10);
    let squared = SmoothGradSquared::new(GradCam::new()).with_draws(10);
    let variance = VarGrad::new(Saliency::new())
        .with_draws(10)
        .with_noise(NoiseLevel::Absolute(0.5));
    let at_layer = [
        (
            "integrated-gradients at a layer",
            Box::new(AtLayer::new(integrated.clone().with_steps(10), LAYER)) as Box<dyn Method>,
        ),
        (
            "smooth-grad at a layer",
            Box::new(AtLayer::new(smooth.clone(), LAYER)),
        ),
        (
            "layer-conductance",
            Box::new(LayerConductance::at(LAYER).with_steps(10)),
        ),
        (
            "layer-conductance, set",
            Box::new(
                LayerConductance::at(LAYER)
                    .with_steps(5)
                    .with_baseline(set()),
            ),
        ),
        (
            "internal-influence",
            Box::new(InternalInfluence::at(LAYER).with_steps(10)),
        ),
        (
            "neuron-conductance",
            Box::new(NeuronConductance::at(LAYER, [1, 4, 5]).with_steps(10)),
        ),
    ];
    let mut methods: Vec<Named> = vec![
        (
            "integrated-gradients",
            Box::new(integrated.clone().with_steps(10)),
        ),
        (
            "integrated-gradients, set",
            Box::new(integrated.with_steps(5).with_baseline(set())),
        ),
        ("integrated-gradients, adaptive", Box::new(refined)),
        ("gradient-shap", Box::new(GradientShap::new(set()))),
        ("smooth-grad", Box::new(smooth)),
        ("smooth-grad-squared of grad-cam", Box::new(squared)),
        ("var-grad", Box::new(variance)),
        ("deep-lift-shap", Box::new(DeepLiftShap::new(set()))),
    ];
    methods.extend(at_layer);
    methods
}

/// The networks on which every method of the catalog is defined: on one of them or more.
fn subjects() -> [Subject; 3] {
    ["convnet", "resnet", "vit"].map(Subject::of)
}

/// Methods that divide by sums which on these networks are close to zero, so that rounding decides.
const UNSTABLE: [(&str, &str); 3] = [
    ("grad-cam++", "vit"),
    ("smooth-grad-cam++", "vit"),
    ("smooth-grad-cam++", "convnet"),
];

/// Every method of the catalog that is defined for a network.
fn of_catalog(subject: &Subject) -> Vec<Named> {
    let is_stable = |entry: &&Entry| !UNSTABLE.contains(&(entry.name, subject.name));
    let defined = METHODS.iter().filter(|entry| subject.suits(entry));
    let defined = defined.filter(is_stable);
    defined
        .map(|entry| {
            let setup = subject.setup_of(entry).with_relu(false);
            let setup = setup.with_steps(10).with_draws(10);
            // A layer of tokens can't be blurred.
            let setup = if entry.needs.contains(&Need::LayerName) {
                setup
            } else {
                setup.with_baseline(set())
            };
            (entry.name, entry.build(&setup).unwrap())
        })
        .collect()
}

#[test]
fn every_method_of_the_catalog_is_checked() {
    let named = subjects()
        .into_iter()
        .flat_map(|subject| of_catalog(&subject));
    let checked: BTreeSet<_> = named.map(|(name, _)| name).collect();
    assert_eq!(checked, METHODS.iter().map(|entry| entry.name).collect());
}

/// The internal batch, the other samples, an explanation before, and the backend.
#[test]
fn nothing_else_changes_what_the_methods_of_the_catalog_give() {
    for subject in subjects() {
        let at = |device: &Device| subject.net(device);
        let (net, ndarray) = (at(&Device::flex()), at(&Device::ndarray()));
        let images = subject.images(&Device::flex());
        for (name, method) in of_catalog(&subject) {
            let assert_near = |what: &str, actual: &[f32], expected: &[f32], tolerance| {
                let error = relative_l2(actual, expected);
                let place = format!("{name} on {}, {what}", subject.name);
                assert!(error <= tolerance, "{place}: {error}");
            };
            let together = values(&method, &net, images.clone());
            assert_eq!(together, values(&method, &net, images.clone()), "{name}");
            let elsewhere = values(&method, &ndarray, images.clone());
            assert_near("ndarray", &elsewhere, &together, 1e-3);
            let entry = find(name).unwrap();
            // It compares the samples of the batch.
            if entry.needs.contains(&Need::SeveralSamples) {
                let batched = values_of(&method, &net, images.clone(), 3);
                assert_near("three rows", &batched, &together, 1e-5);
                continue;
            }
            for (sample, expected) in together.chunks(together.len() / 2).enumerate() {
                let image = images.clone().narrow(0, sample, 1);
                let alone = values_of(&method, &net, image.clone(), 1);
                assert_near("one sample", &alone, expected, 1e-5);
                let batched = values_of(&method, &net, image, 3);
                // Differences of scores lose a digit.
                let is_difference = entry.access == Access::Outputs || name == "ablation-cam";
                let tolerance = if is_difference { 1e-5 } else { 1e-6 };
                assert_near("three rows", &batched, &alone, tolerance);
            }
        }
    }
}

/// Every other method.
fn of_one_point() -> Vec<Named> {
    let cancel = DeepLift::new().with_rule(DeepLiftRule::RevealCancel);
    vec![
        ("saliency", Box::new(Saliency::new())),
        ("input-x-gradient", Box::new(InputXGradient::new())),
        ("deconvnet", Box::new(Deconvnet::new())),
        ("guided-backprop", Box::new(GuidedBackprop::new())),
        ("grad-cam", Box::new(GradCam::new())),
        ("guided-grad-cam", Box::new(GuidedGradCam::new())),
        ("deep-lift", Box::new(DeepLift::new())),
        ("deep-lift, reveal-cancel", Box::new(cancel)),
        ("layer-activation", Box::new(LayerActivation::at(LAYER))),
        (
            "layer-gradient-x-activation",
            Box::new(LayerGradientXActivation::at(LAYER)),
        ),
        ("layer-deep-lift", Box::new(LayerDeepLift::at(LAYER))),
    ]
}

#[test]
fn the_internal_batch_changes_nothing() {
    let device = Device::flex();
    for (fixture, net) in [
        ("convnet", net(&ConvNet::load(&device), ConvNet::forward)),
        ("resnet", net(&ResNet::load(&device), ResNet::forward)),
    ] {
        // One image, so that the internal batches are what they say.
        let image = images(fixture).narrow(0, 0, 1);
        for (name, method) in of_many_points() {
            let expected = values_of(&method, &net, image.clone(), 1);
            for rows in [3, 8] {
                let actual = values_of(&method, &net, image.clone(), rows);
                let error = relative_l2(&actual, &expected);
                assert!(error <= 1e-6, "{fixture} {name}, {rows} rows: {error}");
            }
        }
    }
}

#[test]
fn the_other_samples_of_the_batch_change_nothing() {
    let net = net(&ResNet::load(&Device::flex()), ResNet::forward);
    for (name, method) in of_many_points().into_iter().chain(of_one_point()) {
        // The path is refined for the whole batch.
        if name.contains("adaptive") {
            continue;
        }
        let together = values(&method, &net, images("resnet"));
        for (sample, expected) in together.chunks(together.len() / 2).enumerate() {
            let alone = values(&method, &net, images("resnet").narrow(0, sample, 1));
            let error = relative_l2(&alone, expected);
            assert!(error <= 1e-5, "{name}, sample {sample}: {error}");
        }
    }
}

/// Rounding differs between backends, and where it opens or closes a rectifier a few values change.
#[test]
fn backends_agree() {
    let at = |device: &Device| net(&GapNet::load(device), GapNet::forward);
    let (flex, ndarray) = (at(&Device::flex()), at(&Device::ndarray()));
    let cam: Named = ("cam", Box::new(Cam::new()));
    let methods = of_many_points().into_iter().chain(of_one_point());
    for (name, method) in methods.chain([cam]) {
        let expected = values(&method, &flex, images("gapnet"));
        let error = relative_l2(&values(&method, &ndarray, images("gapnet")), &expected);
        assert!(error <= 1e-3, "{name}: {error}");
    }
}

/// Nothing that a method does changes the network: the next explanation is the same, bit for bit.
#[test]
fn explaining_again_gives_the_same() {
    let net = net(&ConvNet::load(&Device::flex()), ConvNet::forward);
    let input = images("convnet");
    let before = Saliency::new()
        .attribute(&net, input.clone(), Class(3))
        .unwrap();
    for (_, method) in of_many_points().into_iter().chain(of_one_point()) {
        let first = values(&method, &net, input.clone());
        assert_eq!(first, values(&method, &net, input.clone()));
    }
    let after = Saliency::new().attribute(&net, input, Class(3)).unwrap();
    let data = |result: &backdraft::Attribution| result.tensor::<4>().unwrap().into_data();
    data(&before).assert_eq(&data(&after), true);
}
