//! The parts of `FullGrad` that the fixtures store: contributions of the input and of every bias, their sum, and the maps
//! made of them.
//!
//! The reference knows the biases of convolutions and of batch normalization. Those of linear layers, and of bounded
//! rectifiers, are left out here.

use backdraft::graph::OpKind;
use backdraft::{
    AnyTensor, Attribution, BiasGradient, Error, FullGrad, FullGradients, Inputs, Method, Network,
    Plan, Target, TopClass,
};
use backdraft_tests::{Case, SUBJECTS};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

/// One part, by the end of the case's key.
pub(crate) enum Part {
    Input,
    Bias(String),
    SignedSum,
    Total,
    Scaled,
}

impl Part {
    pub(crate) fn of(case: &Case) -> Self {
        let (method, part) = case.key.split_once('/').expect("a key has parts");
        match part.split_once('.').map_or("", |(_, part)| part) {
            "" if method == "fullgrad.lib_scaled" => Self::Scaled,
            "input_abs" => Self::Input,
            "signed_sum" => Self::SignedSum,
            "total_unscaled" => Self::Total,
            part => match part.strip_prefix("bias_abs_sum.") {
                Some(layer) => Self::Bias(layer.replace("shortcut.1", "shortcut.bn")),
                None => panic!("{}: what is {part}?", case.key),
            },
        }
    }
}

impl Method for Part {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let full = FullGradients::of(net, inputs, target)?;
        let known = known_biases(net, &full);
        let image = full.inputs()[0].to_tensor::<4, _>()?;
        let size = image.dims();
        let values: AnyTensor = match self {
            Self::Input => image.abs().into(),
            Self::Bias(layer) => {
                let found = known.iter().find(|bias| bias.layer() == layer);
                let found = found.unwrap_or_else(|| panic!("{layer} has no bias"));
                sizes(found).sum_dim(1).into()
            }
            Self::SignedSum => {
                let terms = known.iter().map(|bias| bias.contribution().clone());
                let terms = terms.chain([image.into()]).map(|term| by_row(&term));
                terms.reduce(|sum, term| sum + term).expect("a term").into()
            }
            Self::Total if known.len() == positions(&full).count() => {
                FullGrad::new().compute(net, inputs, target)?.values()[0].clone()
            }
            Self::Total => {
                let terms = known
                    .iter()
                    .map(|bias| resized(sizes(bias).sum_dim(1), size));
                let sum = terms.fold(image.abs().sum_dim(1), |sum, term| sum + term);
                sum.into()
            }
            Self::Scaled => {
                let terms = known.iter().map(|bias| sizes(bias));
                let terms = terms.chain([image.abs()]);
                let terms = terms.map(|term| resized(scaled(term), size).sum_dim(1));
                scaled(terms.reduce(|sum, term| sum + term).expect("a term")).into()
            }
        };
        let scores = full.scores().to_vec();
        Attribution::new("part of full-grad", full.target(), vec![values], scores)
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        FullGrad::new().cost(net, inputs)
    }
}

/// The biases that the reference knows.
fn known_biases<'a>(net: &Network, full: &'a FullGradients) -> Vec<&'a BiasGradient> {
    let is_known = |bias: &&BiasGradient| {
        let kind = net.layer(bias.layer()).unwrap().kind();
        matches!(kind, OpKind::Convolution | OpKind::BatchNorm)
    };
    full.biases().iter().filter(is_known).collect()
}

/// The biases of layers with positions.
fn positions(full: &FullGradients) -> impl Iterator<Item = &BiasGradient> {
    let biases = full.biases().iter();
    biases.filter(|bias| bias.contribution().shape().num_dims() == 4)
}

fn sizes(bias: &BiasGradient) -> Tensor<4> {
    bias.contribution().to_tensor::<4, _>().unwrap().abs()
}

fn by_row(term: &AnyTensor) -> Tensor<1> {
    let rows = term.shape()[0];
    let term = term.reshape([rows, term.shape().num_elements() / rows]);
    term.sum_dim(1).reshape([rows])
}

fn resized(term: Tensor<4>, [_, _, height, width]: [usize; 4]) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
    interpolate(term, options.with_output_size([height, width]))
}

/// Every channel from zero to one.
fn scaled(term: Tensor<4>) -> Tensor<4> {
    let least = term.clone().min_dim(3).min_dim(2);
    let term = term - least;
    let most = term.clone().max_dim(3).max_dim(2);
    term / (most + 1e-7)
}

#[test]
fn inputs_and_biases_add_up_to_the_score_on_every_network_without_attention() {
    for subject in SUBJECTS.iter().filter(|subject| subject.name != "vit") {
        let (net, inputs) = (
            subject.net(&Device::flex()),
            subject.inputs(&Device::flex()),
        );
        for gap in FullGradients::of(&net, inputs, TopClass).unwrap().gap() {
            let relative = gap.relative.expect("the score isn't zero");
            assert!(relative.abs() < 1e-5, "{}: {relative}", subject.name);
        }
    }
}
