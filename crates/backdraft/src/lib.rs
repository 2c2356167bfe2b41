//! Attribution for [Burn](https://burn.dev): see what a trained network looks at.
//!
//! Capture your model as it is, name what you want explained, and get raw signed attributions:
//!
//! ```
//! use backdraft::prelude::*;
//! use backdraft::{GradCam, Saliency};
//! use burn::module::Module;
//! use burn::nn::conv::{Conv2d, Conv2dConfig};
//! use burn::nn::{Linear, LinearConfig};
//! use burn::tensor::activation::relu;
//! use burn::tensor::{Device, Distribution, Tensor};
//!
//! // An ordinary Burn model: nothing in it knows of attribution.
//! #[derive(Module, Debug)]
//! struct Model {
//!     conv: Conv2d,
//!     fc: Linear,
//! }
//!
//! impl Model {
//!     fn forward(&self, images: Tensor<4>) -> Tensor<2> {
//!         let features = relu(self.conv.forward(images));
//!         self.fc.forward(features.mean_dim(3).mean_dim(2).flatten(1, 3))
//!     }
//! }
//!
//! let device = Device::default();
//! let model = Model {
//!     conv: Conv2dConfig::new([3, 4], [3, 3]).init(&device),
//!     fc: LinearConfig::new(4, 10).init(&device),
//! };
//! let images = Tensor::random([2, 3, 8, 8], Distribution::Default, &device);
//!
//! let net = Network::capture(&model, images.clone(), Model::forward)?;
//! let gradient = Saliency::new().attribute(&net, images.clone(), Class(7))?;
//! assert_eq!(gradient.values()[0].shape().as_slice(), [2, 3, 8, 8]);
//!
//! let cam = GradCam::at("relu").attribute(&net, images, Class(7))?;
//! assert_eq!(cam.values()[0].shape().as_slice(), [2, 1, 6, 6]);
//! # Ok::<(), backdraft::Error>(())
//! ```
//!
//! # Methods
//!
//! A method is a struct with its options; [`Method::attribute`] is what all of them do.
//!
//! | family | what it gives | such as | models |
//! |---|---|---|---|
//! | [`gradient`] | the gradient with respect to every input | [`Saliency`], [`InputXGradient`] | any |
//! | [`backprop`] | the backward pass with rules for rectifiers, for every layer, or beside a [`Baseline`] | [`GuidedBackprop`], [`DeepLift`], [`Lrp`](backprop) | network |
//! | [`cam`] | a coarse map of where a layer's evidence is | [`GradCam`], [`HiResCam`], [`LayerCam`] | network |
//! | [`attention`] | what attention brings to the token that is read | [`AttentionRollout`], [`AttentionRelevance`] | transformer |
//! | [`path`] | gradients along a [`Path`] from a [`Baseline`], fixed or adaptive steps | [`IntegratedGradients`], [`GuidedIg`], [`BlurIg`] | any |
//! | [`perturbation`] | what the score loses without a part of the input; exact and estimated Shapley values | [`Occlusion`], [`FeatureAblation`], [`KernelShap`] | any, also a [`BlackBox`] |
//! | [`shap`] | SHAP values, approximated by gradients and a set of baselines | [`GradientShap`], [`DeepLiftShap`] | any; network |
//! | [`layer`] | any method with a layer in place of the inputs; what a layer computes and what flows through it | [`LayerIntegratedGradients`], [`LayerConductance`] | network |
//! | [`noise`] | any method, over noisy copies of the input | [`SmoothGrad`], [`VarGrad`] | as the method |
//!
//! Each family's page lists its methods, and [`catalog`] has a row for every one: what it is called here and in other
//! libraries, what it needs, and which options it takes. [`AtLayer`] puts any method at a layer.
//!
//! "Network" is a captured [`Network`], and "transformer" one with attention; "any" is a [`Differentiable`] model: a
//! network or an [`Opaque`] model that can't be captured. A [`BlackBox`] of any engine is a [`Model`] for methods that
//! need only outputs. The result is an [`Attribution`]: raw signed values, and what they
//! are attributions of.
//!
//! # Axioms
//!
//! [`axioms`] checks on your network which properties a method has: completeness, sensitivity,
//! implementation invariance, and others. Where one fails it says where.
//!
//! # Targets
//!
//! What is explained is one scalar for each sample: a [`Class`], [`Classes`], the [`TopClass`], a
//! [`Margin`] between two classes, a class beside those most similar to it ([`FinerCam`]), a [`LogProbability`], the class that one logit predicts ([`Binary`]), a
//! [`SequenceLogProbability`] of a caption, a [`Region`] of a segmented picture, a [`Detection`], the [`Similarity`] to
//! an embedding, one [`Neuron`], or any [`Score`] that you compute from the outputs, also one that is settled at the
//! input ([`SettledScore`]). [`targets`] says which output each of them reads. [`Method::attribute_each`] explains
//! several at once. On a network [up to a layer](Network::with_output_at) every method explains a neuron, or one head of
//! several.
//!
//! # Memory
//!
//! [`Method::plan`] says before an attribution runs how many evaluations of the model it is, how much memory it needs and how
//! much arithmetic it is. Methods that evaluate many points compute as many at once as fit into a memory budget: a
//! quarter of what is free, or what [`Inputs::with_memory_budget`] says.
//!
//! # Text
//!
//! Tokens are integers, which have no gradient: explain the layer that embeds them with [`AtLayer`].
//! [`Attribution::token_relevance`] draws the result as colored text, for terminals and browsers.
//!
//! # Features
//!
//! | feature | what it runs on | device |
//! |---|---|---|
//! | `flex` (default) | the CPU, by Burn's fast backend in pure Rust | `Device::flex()` |
//! | `ndarray` | the CPU, by Burn's older backend, which Burn deprecates | `Device::ndarray()` |
//! | `tch` | the CPU or NVIDIA's GPUs, by `LibTorch`, PyTorch's engine | `Device::libtorch()` |
//! | `wgpu` | GPUs, through Vulkan, Metal or DirectX | `Device::wgpu(DeviceKind::DefaultDevice)` |
//! | `vulkan` | the same, through Vulkan alone, with its shader compiler | `Device::vulkan(DeviceKind::DefaultDevice)` |
//! | `metal` | the same, through Metal alone, on Apple's hardware | `Device::metal(DeviceKind::DefaultDevice)` |
//! | `cuda` | NVIDIA's GPUs | `Device::cuda(0)` |
//! | `rocm` | AMD's GPUs, on Linux | `Device::rocm(0)` |
//! | `cpu` | the CPU, by the kernels of the GPU backends, compiled by LLVM | `Device::cpu()` |
//! | `x86-v4` (default) | AVX-512 in `flex`, on processors that have it | |
//! | `image` (default) | [`image`]: photos in, pictures out | |
//! | `lrp` (default) | layer-wise relevance propagation, which may be covered by patents in some countries | |
//!
//! Several backends can be on at once; a tensor's device decides which one computes. Burn's own features, such as
//! `fusion` and `autotune`, may be on or off.
//!
//! # Precision
//!
//! A network may be of any float type that its backend has. Of one in half precision (`f16`, `bf16`) everything
//! outside the network is computed in single precision: scores, sums, the weights of paths and the results.

// In tests exact values are meant.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod attention;
pub mod attribution;
pub mod backprop;
pub mod baseline;
pub mod cam;
pub mod catalog;
mod error;
pub mod evaluation;
pub mod finite;
pub mod gradient;
pub mod inputs;
pub mod layer;
mod method;
pub mod model;
mod nearest;
pub mod noise;
pub mod path;
pub mod perturbation;
pub mod prelude;
mod random;
pub mod run;
pub mod shap;
pub mod targets;

// A family exports what users see, all of which is here too.
pub use attention::*;
pub use attribution::{Attribution, Conservation, Gap, TokenRelevance, WordPieces};
/// The captured graph, for your own methods: probes, gradient rules, interventions.
pub use backdraft_graph as graph;
pub use backdraft_graph::{AnyTensor, Layer, Network, Tensors};
/// Photos to tensors and heat maps to pictures.
#[cfg(feature = "image")]
pub use backdraft_image as image;
pub use backprop::*;
pub use baseline::Baseline;
pub use cam::*;
pub use error::Error;
pub use evaluation::axioms;
pub use gradient::*;
pub use inputs::{Inputs, TokenLayout};
pub use layer::*;
pub use method::Method;
pub use model::{BlackBox, BlackBoxError, Differentiable, Differentiated, Model, Opaque, Replicas};
pub use noise::*;
pub use path::*;
pub use perturbation::*;
pub use run::Plan;
pub use shap::*;
pub use targets::{
    Binary, BoxFormat, BoxSide, Class, Classes, Detection, DetectorOutputs, FinerCam,
    LogProbability, Margin, Neuron, Region, Score, SequenceLogProbability, SettledScore,
    Similarity, Target, TopClass,
};
