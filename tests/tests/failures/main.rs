//! What goes wrong gets a typed error that says what to do, and never harms the user's model.

use backdraft_graph::{
    AnyTensor, CaptureError, DeviceError, Error, InputError, LookupError, Network, PassError,
    Probes, Supplied,
};
use backdraft_tests::{Snapshot, data_of};
use burn::module::{Module, Quantizer};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::interpolate::{Interpolate2dConfig, InterpolateMode};
use burn::nn::loss::{PoissonNllLossConfig, Reduction};
use burn::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, Identity, Linear, LinearConfig, Relu,
};
use burn::tensor::quantization::{Calibration, QuantScheme};
use burn::tensor::{DType, Device, Distribution, Int, Tensor, TensorData, Tolerance};

/// Images `[batch, 2, 4, 4]` to three logits.
#[derive(Module, Debug)]
struct Classifier {
    conv: Conv2d,
    norm: BatchNorm,
    relu: Relu,
    head: Linear,
}

impl Classifier {
    fn new(device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new([2, 4], [3, 3]).init(device),
            norm: BatchNormConfig::new(4).init(device),
            relu: Relu::new(),
            head: LinearConfig::new(16, 3).init(device),
        }
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = self.norm.forward(self.conv.forward(images));
        self.head.forward(self.relu.forward(x).flatten(1, 3))
    }
}

fn images(batch: usize, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = (0u8..32).map(|i| f32::from(i % 7) - 3.0).collect();
    Tensor::<4>::from_data(TensorData::new(values, [1, 2, 4, 4]), device).repeat_dim(0, batch)
}

fn capture(model: &Classifier) -> Network {
    let example = images(1, &model.head.weight.device());
    Network::capture(model, example, Classifier::forward).expect("the classifier can be captured")
}

/// The error that `fail` returns. Afterwards the model must be as it was, compute what it computed, and
/// be captured and differentiated without error.
fn error_of<T>(fail: impl FnOnce(&Classifier) -> Result<T, Error>) -> Error {
    let device = Device::flex();
    let model = Classifier::new(&device);
    let logits = |model: &Classifier| data_of(&model.forward(images(2, &device)).into());
    let (parameters, before) = (Snapshot::of(&model), logits(&model));
    let gradient = input_gradient(&model);

    let error = fail(&model).err().expect("this fails");

    assert_eq!(Snapshot::of(&model), parameters, "parameters after {error}");
    assert_eq!(logits(&model), before, "logits after {error}");
    let pass = capture(&model).forward(images(2, &device)).unwrap();
    // A captured convolution rounds in another order than Burn's.
    let replay = data_of(&pass.outputs()[0]);
    replay.assert_approx_eq::<f32>(&before, Tolerance::rel_abs(1e-5, 1e-6));
    assert_eq!(input_gradient(&model), gradient, "gradient after {error}");
    error
}

/// By a capture of its own.
fn input_gradient(model: &Classifier) -> TensorData {
    let probes = Probes::new().with_input_gradients();
    let pass = capture(model)
        .run(images(2, &Device::flex()), &probes)
        .unwrap();
    let scores = pass.output::<2>().unwrap().max_dim(1).squeeze_dim(1);
    data_of(&pass.backward(scores).unwrap().input(0).unwrap())
}

/// The error of capturing another forward pass of the classifier.
fn error_of_forward(forward: fn(&Classifier, Tensor<4>) -> Tensor<2>) -> Error {
    error_of(|model| Network::capture(model, images(1, &Device::flex()), forward))
}

/// The error of running the captured classifier with these probes.
fn error_of_probes(probes: &Probes) -> Error {
    error_of(|model| capture(model).run(images(2, &Device::flex()), probes))
}

/// Asserts the variant, and what the message contains.
macro_rules! assert_error {
    ($error:expr, $variant:pat, $($text:literal),+) => {{
        let error = $error;
        assert!(matches!(error, $variant), "{error:?}");
        let message = error.to_string();
        $(assert!(message.contains($text), "`{message}` lacks `{}`", $text);)+
    }};
}

mod capturing;
mod differentiating;
mod printing;
mod probing;
mod running;
