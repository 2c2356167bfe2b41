//! Networks that burn-onnx makes of ONNX files.

use backdraft::Error;
use burn::tensor::{Distribution, Tensor};

use crate::Entry;
use crate::record::Record;
use crate::stranger::{Stranger, device};

/// What burn-onnx wrote.
macro_rules! generated {
    ($($name:ident)+) => { $(
        #[allow(clippy::all, clippy::pedantic, dead_code, unused)]
        mod $name {
            include!(concat!(env!("OUT_DIR"), "/onnx/", stringify!($name), ".rs"));
        }
    )+ };
}

generated!(resnet vit lstm ocr);

pub fn all() -> Vec<Entry> {
    vec![
        (
            resnet,
            Record {
                layer: "relu#3",
                named: false,
                axes: "[samples, channels, y/2, x/2]",
                integrated: 1e-2,
                deep_lift: Some(1e-3),
            },
        ),
        (
            vit,
            Record {
                layer: "layernormalization1",
                named: false,
                axes: "[samples, tokens = 1 + 4 y · 4 x, features]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            lstm,
            Record {
                layer: "swap_dims",
                named: true,
                axes: "[samples, tokens, features]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            ocr,
            Record {
                layer: "relu#2",
                named: true,
                axes: "[samples, channels, y/4, x/2]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
    ]
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &device())
}

/// From TensorFlow: channels last, and transposed before the first convolution.
fn resnet() -> Result<Stranger, Error> {
    use resnet::Model;
    let model = Model::from_embedded(&device());
    let example = random([1, 16, 16, 3]);
    let name = "burn-onnx: ResNet, channels last";
    Stranger::built(name, model, Model::new, example, Model::forward, [2])
}

/// Its reshapes are for one image.
fn vit() -> Result<Stranger, Error> {
    use vit::Model;
    let model = Model::from_embedded(&device());
    let name = "burn-onnx: ViT of constant shapes";
    let example = random([1, 3, 16, 16]);
    Stranger::built(name, model, Model::new, example, Model::forward, [2])
}

/// It takes its state and gives it back, in another dimension than the series.
fn lstm() -> Result<Stranger, Error> {
    use lstm::Model;
    let model = Model::from_embedded(&device());
    let forward = |model: &Model, (series, hidden, cell)| model.forward(series, hidden, cell);
    let example = (random([1, 6, 3]), random([1, 1, 4]), random([1, 1, 4]));
    let name = "burn-onnx: LSTM with its state";
    Stranger::built(name, model, Model::new, example, forward, [1])
}

/// It computes the shape of its reshape.
fn ocr() -> Result<Stranger, Error> {
    use ocr::Model;
    let model = Model::from_embedded(&device());
    let example = random([1, 1, 16, 32]);
    let name = "burn-onnx: text recognition";
    Stranger::built(name, model, Model::new, example, Model::forward, [5, 3])
}
