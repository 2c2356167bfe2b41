//! What most programs need: `use backdraft::prelude::*;` brings the captured [`Network`], its [`Inputs`], the trait
//! [`Method`] with the verbs, and the targets. Methods are named by themselves, so that a program shows which it uses.
//!
//! ```
//! use backdraft::IntegratedGradients;
//! use backdraft::prelude::*;
//! use burn::nn::{Linear, LinearConfig};
//! use burn::tensor::{Device, Tensor};
//!
//! let device = Device::default();
//! let model: Linear = LinearConfig::new(3, 5).init(&device);
//! let x = Tensor::<2>::ones([1, 3], &device);
//! let net = Network::capture(&model, x.clone(), |model: &Linear, x: Tensor<2>| model.forward(x))?;
//!
//! let inputs = Inputs::new(x).with_batch_size(8);
//! let why = IntegratedGradients::new().attribute(&net, &inputs, TopClass)?;
//! let why_not = IntegratedGradients::new().attribute(&net, &inputs, Margin { class: 4, over: 0 })?;
//! # assert_eq!(why_not.target(), "class 4 minus class 0");
//! # Ok::<(), backdraft::Error>(())
//! ```

pub use crate::{
    Binary, BoxFormat, BoxSide, Class, Classes, Detection, DetectorOutputs, FinerCam, Inputs,
    LogProbability, Margin, Method, Network, Neuron, Region, Score, SequenceLogProbability,
    SettledScore, Similarity, Target, TopClass,
};
