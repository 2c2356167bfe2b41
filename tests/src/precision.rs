//! Networks of half and double precision: how far what methods compute is from single precision.

use backdraft::catalog::{Entry, Gives, METHODS, Need, Setting, Setup};
use backdraft::graph::AnyTensor;
use backdraft::{Attribution, Inputs, Method, Network};
use burn::module::{Module, ModuleMapper, Param};
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Tensor};

use crate::coverage::{float, with_spread_weights};
use crate::{data_of, relative_l2};

/// What is explained.
pub const CLASS: backdraft::Class = backdraft::Class(2);

/// A small convolutional network.
#[derive(Module, Debug)]
pub struct Net {
    conv: Conv2d,
    norm: BatchNorm,
    deep: Conv2d,
    fc: Linear,
}

impl Net {
    fn new(device: &Device) -> Self {
        with_spread_weights(Self {
            conv: Conv2dConfig::new([2, 4], [3, 3]).init(device),
            norm: BatchNormConfig::new(4).init(device),
            deep: Conv2dConfig::new([4, 6], [3, 3])
                .with_stride([2, 2])
                .init(device),
            fc: LinearConfig::new(6, 5).init(device),
        })
    }

    /// The logits.
    ///
    /// # Shapes
    /// - images: `[batch, 2, 9, 9]`
    /// - output: `[batch, 5]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = relu(self.norm.forward(self.conv.forward(images)));
        let x = relu(self.deep.forward(x));
        self.fc.forward(x.mean_dim(3).mean_dim(2).flatten(1, 3))
    }
}

/// Casts parameters and running statistics.
#[derive(Debug)]
pub struct Cast(pub DType);

impl ModuleMapper for Cast {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        Param::from_mapped_value(id, value.cast(self.0), mapper)
    }
}

/// The network and three images in a precision, their values rounded to `rounded` before.
///
/// # Panics
/// If the device lacks the precision.
pub fn subject(device: &Device, rounded: DType, precision: DType) -> (Net, Tensor<4>) {
    let model = Net::new(device).map(&mut Cast(rounded));
    let images = float([3, 2, 9, 9]).tensor(1, 0, device);
    let images: Tensor<4> = images.to_tensor().unwrap();
    let cast = images.cast(rounded).cast(precision);
    (model.map(&mut Cast(precision)), cast)
}

/// A small transformer of image patches.
#[derive(Module, Debug)]
struct Attentive {
    patches: Conv2d,
    blocks: Vec<MultiHeadAttention>,
    fc: Linear,
}

impl Attentive {
    fn new(device: &Device) -> Self {
        let block = MultiHeadAttentionConfig::new(6, 2);
        with_spread_weights(Self {
            patches: Conv2dConfig::new([2, 6], [3, 3])
                .with_stride([3, 3])
                .init(device),
            blocks: vec![block.init(device), block.init(device)],
            fc: LinearConfig::new(6, 5).init(device),
        })
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let patches = self.patches.forward(images).flatten::<3>(2, 3);
        let tokens = self
            .blocks
            .iter()
            .fold(patches.swap_dims(1, 2), |x, block| {
                x.clone() + block.forward(MhaInput::self_attn(x)).context
            });
        self.fc.forward(tokens.mean_dim(1).flatten(1, 2))
    }
}

/// The images and a captured network of the same weights, for a method: a convolutional one, or one with attention
/// if it needs that.
fn captured(
    entry: &Entry,
    device: &Device,
    rounded: DType,
    precision: DType,
) -> (Network, Tensor<4>) {
    let (model, images) = subject(device, rounded, precision);
    let example = images.clone();
    let net = if entry.needs.contains(&Need::Attention) {
        let model = Attentive::new(device).map(&mut Cast(rounded));
        Network::capture(
            &model.map(&mut Cast(precision)),
            example,
            Attentive::forward,
        )
    } else {
        Network::capture(&model, example, Net::forward)
    };
    (net.expect("the network can be captured"), images)
}

/// A method, with few steps unless it is exact with many.
fn built(entry: &Entry) -> Box<dyn Method> {
    let layer = match entry.gives {
        Gives::Layer => "norm",
        _ => "deep",
    };
    let steps = if entry.takes(Setting::Tolerance) {
        32
    } else {
        8
    };
    let setup = Setup::new()
        .with_neuron([1, 1, 1])
        .with_relu(false)
        .with_steps(steps)
        .with_draws(5);
    // It divides by the sum of a channel, which is close to zero where values have both signs: it gets the rectified
    // ones, its default.
    let setup = match entry.name {
        "xgrad-cam" => setup,
        _ => setup.with_layer(layer),
    };
    entry.build(&setup).expect("the setup has what is needed")
}

/// How many roundings deep the small networks are: 2.7 were seen. Of many points that are drawn, each rounded, one may
/// have a unit within rounding of zero, which opens or closes; what that changes counts twice in a variance, which is
/// a square. The points of a path from one input to another are rounded as well, and less far from each other: 4.8 were
/// seen. What a score loses is the small difference of two scores, each rounded: 9.5 were seen, and 3.8 of averages of
/// such differences. A variance is made of such differences too: 11 were seen. Guided IG compares gradients to choose its path:
/// where two are within rounding of each other, another feature moves; 36 were seen.
pub fn roundings(method: &str) -> f64 {
    let name = method.split(", ").last().unwrap_or(method);
    let is_path = name == "integrated-gradients";
    let is_difference = [
        "feature-ablation",
        "feature-permutation",
        "idgi",
        "occlusion",
        "sobol-indices",
        "hsic",
    ];
    if method.contains("var-grad") {
        80.0
    } else if ["smooth", "gradient-shap", "guided-ig"]
        .iter()
        .any(|it| method.contains(it))
    {
        40.0
    } else if is_difference.contains(&name) {
        15.0
    } else if is_path || name.starts_with("shapley") {
        8.0
    } else {
        4.0
    }
}

/// A tensor's values.
pub fn numbers(tensor: &AnyTensor) -> Vec<f32> {
    data_of(tensor).iter().collect()
}

/// How far the values of every method are from those of single precision, for a network of the same weights, all
/// `rounded` before.
///
/// # Panics
/// If results have the wrong precision, or what they add up to was computed in a lower one.
pub fn errors(device: &Device, rounded: DType, precision: DType) -> Vec<(String, f64)> {
    let compare = |entry: &Entry| {
        let method = built(entry);
        let explain = |precision| {
            let (net, images) = captured(entry, device, rounded, precision);
            method.compute(&net, &Inputs::new(images), &CLASS).unwrap()
        };
        let (actual, expected) = (explain(precision), explain(DType::F32));
        let dtype = actual.values()[0].dtype();
        assert_eq!(dtype, precision_of_results(precision), "{}", entry.name);
        assert_added_up(&actual);
        let [actual, expected] = [actual, expected].map(|result| numbers(&result.values()[0]));
        (entry.name.to_owned(), relative_l2(&actual, &expected))
    };
    METHODS.iter().map(compare).collect()
}

/// The gap is that of the values of regions, or of all values, added up in single precision or better.
fn assert_added_up(attribution: &Attribution) {
    let Some(gap) = attribution.gap() else {
        return;
    };
    let (scores, before) = (attribution.scores(), attribution.baseline_scores().unwrap());
    for (row, gap) in gap.iter().enumerate() {
        let values = match attribution.regions() {
            Some(regions) => regions.values(row).to_vec(),
            None => numbers(&attribution.values()[0].rows(row..row + 1)),
        };
        let sum: f64 = values.into_iter().map(f64::from).sum();
        let change = f64::from(scores[row]) - f64::from(before[row]);
        assert!((gap.absolute - (sum - change)).abs() < 1e-5, "{gap:?}");
    }
}

fn precision_of_results(precision: DType) -> DType {
    match precision {
        DType::F64 => DType::F64,
        _ => DType::F32,
    }
}
