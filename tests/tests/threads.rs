//! Networks are shared by threads, devices and any number of input shapes, and stay one function.

use std::thread;

use backdraft_graph::{AnyTensor, Network, Probes};
use backdraft_tests::data_of;
use backdraft_tests::networks::GapNet;
use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig, Relu};
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

fn images(batch: usize, size: usize, device: &Device) -> Tensor<4> {
    let count = batch * 3 * size * size;
    let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.7).sin()).collect();
    Tensor::from_data(TensorData::new(values, [batch, 3, size, size]), device)
}

fn capture(model: &GapNet) -> Network {
    Network::capture(model, images(1, 32, &Device::flex()), GapNet::forward)
        .expect("the network can be captured")
}

/// Logits, the activation of a layer and the gradients of the images and the layer.
fn explain(net: &Network, images: Tensor<4>) -> [TensorData; 4] {
    let probes = Probes::new()
        .with_activation("relu")
        .with_layer_gradient("conv2")
        .with_input_gradients();
    let pass = net
        .run(images, &probes)
        .expect("the images suit the network");
    let (logits, activation) = (pass.outputs()[0].clone(), pass.activation("relu").unwrap());
    let scores = first_class(pass.output().unwrap());
    let gradients = pass.backward(scores).unwrap();
    let (input, layer) = (
        gradients.input(0).unwrap(),
        gradients.layer("conv2").unwrap(),
    );
    [logits, activation, input, layer].map(|tensor| data_of(&tensor))
}

fn first_class(logits: Tensor<2>) -> Tensor<1> {
    logits.slice_dim(1, 0..1).squeeze_dim(1)
}

#[test]
fn networks_can_be_shared() {
    const fn is_shared<T: Send + Sync + Clone>() {}
    const { is_shared::<Network>() };
}

#[test]
fn threads_capture_and_run_at_once() {
    let model = GapNet::load(&Device::flex());
    let shared = capture(&model);
    let expected = explain(&shared, images(2, 32, &Device::flex()));
    thread::scope(|scope| {
        for _ in 0..8 {
            let (shared, expected) = (&shared, &expected);
            scope.spawn(move || {
                let own = GapNet::load(&Device::flex());
                for _ in 0..4 {
                    let images = || images(2, 32, &Device::flex());
                    assert_eq!(&explain(shared, images()), expected, "the shared network");
                    assert_eq!(
                        &explain(&capture(&own), images()),
                        expected,
                        "its own network"
                    );
                }
            });
        }
    });
}

/// Each would cost one of the process's 65,536 capture devices if they weren't reused.
#[test]
fn hundreds_of_captures_in_a_row() {
    let device = Device::flex();
    let model: Linear = LinearConfig::new(3, 2).init(&device);
    let x = Tensor::<2>::ones([1, 3], &device);
    let expected = data_of(&model.forward(x.clone()).into());
    for _ in 0..300 {
        let net = Network::capture(&model, x.clone(), |model: &Linear, x: Tensor<2>| {
            model.forward(x)
        });
        let pass = net.unwrap().forward(x.clone()).unwrap();
        assert_eq!(data_of(&pass.outputs()[0]), expected);
    }
}

/// More shapes than the sixteen whose graphs a network remembers, and the first ones again.
#[test]
fn many_input_shapes() {
    let device = Device::flex();
    let model = GapNet::load(&device);
    let net = capture(&model);
    for size in (8..48).chain(8..12) {
        let images = images(1 + size % 3, size, &device);
        let direct = model.forward(images.clone());
        let replayed = net.forward(images).unwrap();
        data_of(&replayed.outputs()[0])
            .assert_approx_eq::<f32>(&data_of(&direct.into()), Tolerance::rel_abs(1e-5, 1e-5));
    }
}

#[test]
#[cfg(feature = "ndarray")]
#[allow(
    deprecated,
    reason = "Burn deprecates NdArray, but runs it, and so do we"
)]
fn another_device_computes_the_same() {
    let flex = Device::flex();
    let ndarray = Device::ndarray();
    let net = capture(&GapNet::load(&flex));
    let before = explain(&net, images(2, 32, &flex));
    let moved = net.to_device(&ndarray).unwrap();
    assert_eq!(moved.device(), &ndarray);
    for (there, here) in explain(&moved, images(2, 32, &ndarray)).iter().zip(&before) {
        let [there, here] = [there, here].map(|data| data.try_to_vec::<f32>().unwrap());
        assert!(backdraft_tests::relative_l2(&there, &here) < 1e-5);
    }
    assert_eq!(
        explain(&net, images(2, 32, &flex)),
        before,
        "the original still works"
    );
    assert!(
        moved.forward(images(2, 32, &flex)).is_err(),
        "inputs live where the weights do"
    );
}

#[derive(Module, Debug)]
struct TwoLayers {
    first: Linear,
    relu: Relu,
    second: Linear,
}

impl TwoLayers {
    /// `relu([x0 + 2 x1, 3 x0 - x1]) · [1, 10] + 0.5`.
    fn new(device: &Device) -> Self {
        let linear = |weight: Tensor<2>, bias: Tensor<1>| Linear {
            weight: Param::from_tensor(weight),
            bias: Some(Param::from_tensor(bias)),
        };
        Self {
            first: linear(
                Tensor::from_data([[1.0, 3.0], [2.0, -1.0]], device),
                Tensor::zeros([2], device),
            ),
            relu: Relu::new(),
            second: linear(
                Tensor::from_data([[1.0], [10.0]], device),
                Tensor::from_data([0.5], device),
            ),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.second
            .forward(self.relu.forward(self.first.forward(x)))
    }
}

fn two_layers(x: &Tensor<2>) -> Network {
    let model = TwoLayers::new(&x.device());
    Network::capture(&model, x.clone(), TwoLayers::forward).unwrap()
}

#[test]
fn a_replaced_activation_changes_what_follows() {
    let device = Device::flex();
    let x = Tensor::<2>::from_data([[1.0, 1.0]], &device);
    let net = two_layers(&x);
    let output = |probes: &Probes| {
        let pass = net.run(x.clone(), probes).unwrap();
        data_of(&pass.outputs()[0])
    };
    let expected = |value: f32| TensorData::from([[value]]);
    // relu([3, 2]) · [1, 10] + 0.5
    assert_eq!(output(&Probes::new()), expected(23.5));
    let hidden = Tensor::<2>::from_data([[4.0, -1.0]], &device);
    // [4, -1] · [1, 10] + 0.5: after the rectifier, so -1 stays.
    assert_eq!(
        output(&Probes::new().with_replacement("relu", hidden.clone())),
        expected(-5.5)
    );
    // relu([4, -1]) · [1, 10] + 0.5
    assert_eq!(
        output(&Probes::new().with_replacement("first", hidden)),
        expected(4.5)
    );
}

/// A replaced layer has a gradient, too: the weights of what follows.
#[test]
fn the_gradient_of_a_replaced_activation() {
    let device = Device::flex();
    let x = Tensor::<2>::from_data([[1.0, 1.0]], &device);
    let probes = Probes::new()
        .with_replacement("first", Tensor::<2>::from_data([[4.0, -1.0]], &device))
        .with_layer_gradient("first");
    let pass = two_layers(&x).run(x, &probes).unwrap();
    let scores = pass.output::<2>().unwrap().squeeze_dim(1);
    let gradient = pass.backward(scores).unwrap().layer("first").unwrap();
    assert_eq!(data_of(&gradient), TensorData::from([[1.0f32, 0.0]]));
}

/// Alone, everything below the layer runs without a tape; the gradient is the same.
#[test]
fn a_layers_gradient_is_the_same_with_and_without_the_inputs() {
    let device = Device::flex();
    let net = capture(&GapNet::load(&device));
    let gradient = |probes: Probes, layer: &str| -> AnyTensor {
        let pass = net
            .run(images(2, 32, &device), &probes.with_layer_gradient(layer))
            .unwrap();
        let scores = first_class(pass.output().unwrap());
        pass.backward(scores).unwrap().layer(layer).unwrap()
    };
    for layer in [
        "conv1",
        "relu",
        "conv2",
        "relu#2",
        "adaptive_avg_pool2d",
        "fc",
    ] {
        let alone = gradient(Probes::new(), layer);
        let with_input = gradient(Probes::new().with_input_gradients(), layer);
        let with_lower = gradient(Probes::new().with_layer_gradient("conv1"), layer);
        assert_eq!(data_of(&alone), data_of(&with_input), "{layer}");
        assert_eq!(data_of(&alone), data_of(&with_lower), "{layer}");
    }
}
