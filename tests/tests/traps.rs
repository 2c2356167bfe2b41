//! Two silent errors of straightforward Burn code, which capture avoids.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backdraft_graph::{CaptureError, Error, Network, Probes};
use backdraft_tests::networks::ResNet;
use backdraft_tests::{Fixture, Snapshot, data_of, relative_l2};
use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Tensor, Tolerance};

fn images(device: &Device) -> Tensor<4> {
    Fixture::open("resnet").tensor("input/x2", device)
}

/// Autodiff on the model as it is: the gradient of the logits' sum.
fn burns_gradient(model: &ResNet, images: Tensor<4>) -> Vec<f32> {
    let images = images.require_grad();
    let gradients = score(model.forward(images.clone())).backward();
    values(
        images
            .grad(&gradients)
            .expect("the logits depend on the images"),
    )
}

/// Different weights for the classes, so that their gradients don't cancel.
fn score(logits: Tensor<2>) -> Tensor<1> {
    let [_, classes] = logits.dims();
    let weights = (0..classes).map(|class| (class + 1) as f32 * [1.0, -1.0][class % 2]);
    let weights: Vec<f32> = weights.collect();
    let classes = Tensor::<1>::from_floats(weights.as_slice(), &logits.device());
    (logits * classes.unsqueeze()).sum_dim(1).squeeze_dim(1)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("float32")
}

/// On an autodiff device batch normalization uses the batch's statistics, as in training, so the naive
/// gradient is that of another function.
#[test]
fn the_naive_gradient_is_that_of_training() {
    let device = Device::flex().autodiff();
    let naive = burns_gradient(&ResNet::load(&device), images(&device));
    let frozen = burns_gradient(&ResNet::load(&device).freeze(), images(&device));
    let error = relative_l2(&naive, &frozen);
    assert!(
        error > 1.0,
        "the naive gradient differs by {error} of its size only"
    );

    // Captured as it stands on the autodiff device, without freezing it.
    let net = Network::capture(&ResNet::load(&device), images(&device), ResNet::forward).unwrap();
    let pass = net
        .run(images(&device), &Probes::new().with_input_gradients())
        .unwrap();
    let scores = score(pass.output().unwrap());
    let ours = pass.backward(scores).unwrap().input(0).unwrap();
    // Folded normalizations and fused convolutions round in another order.
    let error = relative_l2(&values(ours.to_tensor::<4, _>().unwrap()), &frozen);
    assert!(error < 1e-5, "ours differs by {error} of its size");
}

/// Clones share running statistics: moving the clone moves those of the model it was cloned from.
#[test]
fn moving_a_clone_to_a_capture_device_ruins_the_model() {
    let device = Device::flex();
    let model: BatchNorm = BatchNormConfig::new(2).init(&device);
    let x = Tensor::<2>::ones([1, 2], &device);
    let _ = model.forward(x.clone());
    let capture = Device::capture();
    let moved = capture.capture_scope(|scope| {
        let _ = model.clone().to_device(&capture);
        scope.complete([], [])
    });
    assert!(moved.is_ok());
    let after = catch_unwind(AssertUnwindSafe(|| model.forward(x).into_data()));
    assert!(after.is_err(), "Burn has mended this: simplify the capture");
}

/// What [`moving_a_clone_to_a_capture_device_ruins_the_model`] doesn't survive.
#[test]
fn capturing_leaves_the_model_as_it_was() {
    for device in [Device::flex(), Device::flex().autodiff()] {
        let model = ResNet::load(&device);
        // On the autodiff device, a forward pass of the model itself would change its statistics.
        let logits = |model: &ResNet| {
            let inference = model.valid();
            data_of(&inference.forward(images(&Device::flex())).into())
        };
        let (parameters, before) = (Snapshot::of(&model), logits(&model));

        let net = Network::capture(&model, images(&device), ResNet::forward).unwrap();
        assert_eq!(Snapshot::of(&model), parameters, "after a capture");
        let pass = net.forward(images(&device)).unwrap();
        data_of(&pass.outputs()[0])
            .assert_approx_eq::<f32>(&before, Tolerance::rel_abs(1e-5, 1e-5));
        assert_eq!(Snapshot::of(&model), parameters, "after a run");

        let failed = Network::capture(&model, images(&device), |model: &ResNet, x| {
            let logits = model.forward(x);
            assert!(logits.clone().sum().into_scalar::<f32>() > 0.0);
            logits
        });
        assert!(matches!(
            failed,
            Err(Error::Capture(CaptureError::DataDependent { .. }))
        ));
        assert_eq!(Snapshot::of(&model), parameters, "after a failure");
        assert_eq!(logits(&model), before);
    }
}

/// Burn applies the last update of running statistics when they are read next, or by `valid`. A network is
/// captured with it.
#[test]
fn statistics_are_those_after_the_last_training_step() {
    let device = Device::flex().autodiff();
    let model: BatchNorm = BatchNormConfig::new(1).with_momentum(1.0).init(&device);
    let _ = model.forward(Tensor::<2>::from_floats([[1.0], [3.0]], &device));
    let x = Tensor::<2>::from_floats([[5.0]], &device);
    let net = Network::capture(&model, x.clone(), |m: &BatchNorm, x: Tensor<2>| {
        m.forward(x)
    });
    let captured = net.unwrap().forward(x.clone()).unwrap().output::<2>();
    let valid = model.valid().forward(x.without_autodiff());
    assert_eq!(values(captured.unwrap()), values(valid.clone()));
    // The batch has mean 2, so with momentum 1 an input of 5 is above the mean by 3.
    assert!(values(valid)[0] < 4.0);
}
