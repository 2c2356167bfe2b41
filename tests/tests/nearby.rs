//! Methods that replace one region at a time compute again only what a region changes. The result is that of whole
//! evaluations.

use backdraft::graph::{Batch, Nearby, Probes};
use backdraft::{
    AnyTensor, Attribution, Baseline, Class, Error, FeatureAblation, Inputs, Method, Model,
    Network, Occlusion, Regions, TopClass,
};
use backdraft_tests::networks::capture;
use backdraft_tests::{Fixture, relative_l2};
use burn::tensor::{Device, Tensor};

/// A network that evaluates everything as a whole.
struct InFull<'a>(&'a Network);

impl Model for InFull<'_> {
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        self.0.outputs(inputs)
    }

    fn batch_of(&self, inputs: &Inputs) -> Result<Batch, Error> {
        self.0.batch_of(inputs)
    }
}

fn net(name: &str) -> Network {
    capture(&Fixture::open(name), &Device::flex())
}

fn images(name: &str, key: &str) -> Tensor<4> {
    Fixture::open(name).tensor(key, &Device::flex())
}

fn windows(side: usize, stride: usize) -> Occlusion {
    Occlusion::new()
        .with_regions(Regions::windows([side; 2], [stride; 2]))
        .with_baseline(Baseline::constant(0.3))
}

fn values(attribution: &Attribution) -> Vec<f32> {
    attribution.values()[0].flat().into_data().iter().collect()
}

/// Compares what a method says of a network with what it says where all is evaluated as a whole.
fn compare<T>(method: &T, net: &Network, inputs: &Inputs, what: &str)
where
    T: Method<Network> + for<'a> Method<InFull<'a>>,
{
    assert!(
        net.nearby(inputs).unwrap().is_some(),
        "{what}: all is evaluated"
    );
    let near = method.attribute(net, inputs, TopClass).unwrap();
    let in_full = method.attribute(&InFull(net), inputs, TopClass).unwrap();
    // Losses are differences of scores, whose rounding stays.
    let error = relative_l2(&values(&near), &values(&in_full));
    assert!(error < 1e-4, "{what}: {error:e}");
}

#[test]
fn windows_lose_what_whole_evaluations_say() {
    for name in ["convnet", "gapnet", "resnet", "mobilenet"] {
        let (net, images) = (net(name), images(name, "input/x2"));
        for rows in [1, 3, 8, 64] {
            let inputs = Inputs::new(images.clone()).with_batch_size(rows);
            compare(
                &windows(5, 3),
                &net,
                &inputs,
                &format!("{name}, {rows} rows"),
            );
        }
        compare(&FeatureAblation::new(), &net, &images.into(), name);
    }
}

#[test]
fn so_they_do_of_a_trained_network() {
    let (net, image) = (
        net("efficientnet_lite0"),
        images("efficientnet_lite0", "input/chelsea"),
    );
    compare(&windows(40, 40), &net, &image.into(), "EfficientNet-Lite0");
}

#[test]
fn a_layers_regions_run_the_network_from_the_layer_on() {
    let (whole, images) = (net("resnet"), images("resnet", "input/x2"));
    let probes = Probes::new().with_activation("conv1");
    let maps = whole
        .run(images.clone(), &probes)
        .unwrap()
        .activation("conv1")
        .unwrap();
    let opened = whole.with_input_at("conv1").unwrap();
    let inputs = Inputs::new(vec![images.into(), maps]).with_constant([0]);
    compare(&windows(4, 2), &opened, &inputs, "from conv1 on");
}

#[test]
fn several_targets_and_baselines_share_the_evaluations() {
    let (net, images) = (net("resnet"), images("resnet", "input/x2"));
    let both = Baseline::average([Baseline::zeros(), Baseline::uniform(-1.0, 1.0, 3)]);
    let method = windows(6, 6).with_baseline(both);
    let targets = || [Class(1), Class(4)];
    let near = method
        .attribute_each(&net, images.clone(), targets())
        .unwrap();
    let in_full = method
        .attribute_each(&InFull(&net), images, targets())
        .unwrap();
    for (near, in_full) in near.iter().zip(&in_full) {
        let error = relative_l2(&values(near), &values(in_full));
        assert!(error < 1e-4, "{error:e}");
    }
}

#[test]
fn a_network_near_its_inputs_says_what_it_keeps() {
    let (net, images) = (net("resnet"), images("resnet", "input/x2"));
    let nearby = Nearby::new(&net, images, 0).unwrap().unwrap();
    let [kept, small] = nearby.bytes(&[vec![0..3, 0..4, 0..4]]).unwrap();
    let [_, large] = nearby.bytes(&[vec![0..3, 0..32, 0..32]]).unwrap();
    // Activations of two images of 3 x 32 x 32.
    assert!(kept > 4 * 2 * 32 * 32, "{kept}");
    assert!(small < large, "{small} {large}");
}
