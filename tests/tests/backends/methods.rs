//! Every method on small networks.

use backdraft::attention::AttentionError;
use backdraft::backprop::BackpropError;
use backdraft::{
    AtLayer, AttentionRelevance, AttentionRollout, Attribution, Class, Deconvnet, DeepLift,
    DeepLiftRule, Error, GradCam, GradCamElementWise, GradCamPlusPlus, GradientShap,
    GuidedBackprop, GuidedGradCam, HiResCam, InputXGradient, Inputs, IntegratedGradients,
    InternalInfluence, LayerActivation, LayerCam, LayerConductance, Method, Network,
    NeuronConductance, Saliency, SmoothGrad, TokenLayout, VarGrad, XGradCam,
};
use backdraft_tests::networks::{ConvNet, MobileNet, ResNet, load_policy, load_vit};
use backdraft_tests::{Fixture, relative_l2};
use burn::tensor::{Device, Tensor};

use crate::backend::Backend;
use crate::table::Table;
use crate::tolerance::Part;

/// A network of the fixtures, with a layer to explain.
struct Subject {
    name: &'static str,
    layer: &'static str,
    neuron: &'static [usize],
    capture: fn(&Device) -> Network,
    tokens: Option<TokenLayout>,
}

fn images(device: &Device, channels: usize, side: usize) -> Tensor<4> {
    Tensor::zeros([1, channels, side, side], device)
}

fn subjects() -> Vec<Subject> {
    let subject = |name, layer, neuron, capture| Subject {
        name,
        layer,
        neuron,
        capture,
        tokens: None,
    };
    vec![
        subject("convnet", "conv2", &[1, 4, 5], |device| {
            Network::capture(
                &ConvNet::load(device),
                images(device, 3, 32),
                ConvNet::forward,
            )
            .unwrap()
        }),
        subject("resnet", "conv1", &[1, 4, 5], |device| {
            Network::capture(
                &ResNet::load(device),
                images(device, 3, 32),
                ResNet::forward,
            )
            .unwrap()
        }),
        subject("mobilenet", "head", &[1, 2, 3], |device| {
            let model = MobileNet::load(device);
            Network::capture(&model, images(device, 3, 32), MobileNet::forward).unwrap()
        }),
        subject("policy", "relu", &[1, 4, 5], |device| {
            let forward = backdraft_models::DuelingDqn::forward;
            Network::capture(&load_policy(device), images(device, 4, 36), forward).unwrap()
        }),
        Subject {
            tokens: Some(TokenLayout::new().with_leading(1)),
            ..subject("vit", "blocks.0", &[5, 7], |device| {
                let forward = backdraft_models::Vit::forward;
                Network::capture(&load_vit(device), images(device, 3, 32), forward).unwrap()
            })
        },
    ]
}

impl Subject {
    /// Grad-CAM and its kin. Grad-CAM++ divides by sums over a token layer that are close to zero, so that rounding
    /// decides: it is left out there.
    fn maps(&self) -> Vec<Box<dyn Method>> {
        macro_rules! maps {
            ($($method:ident),+) => {
                vec![$(match self.tokens {
                    Some(tokens) => Box::new($method::new().with_relu(false).with_tokens(tokens)) as _,
                    None => Box::new($method::new().with_relu(false)) as _,
                }),+]
            };
        }
        let mut methods: Vec<Box<dyn Method>> =
            maps![GradCam, HiResCam, XGradCam, LayerCam, GradCamElementWise];
        if self.tokens.is_none() {
            methods.push(Box::new(GradCamPlusPlus::new().with_relu(false)));
        }
        methods
    }

    fn methods(&self) -> Vec<Box<dyn Method>> {
        let path = IntegratedGradients::new().with_steps(10);
        let cancel = DeepLift::new().with_rule(DeepLiftRule::RevealCancel);
        let through = NeuronConductance::at(self.layer, self.neuron).with_steps(5);
        let smooth = SmoothGrad::new(Saliency::new()).with_draws(5);
        let variance = VarGrad::new(Saliency::new()).with_draws(5);
        let mut methods: Vec<Box<dyn Method>> = vec![
            Box::new(Saliency::new()),
            Box::new(InputXGradient::new()),
            Box::new(GuidedBackprop::new()),
            Box::new(Deconvnet::new()),
            Box::new(GuidedGradCam::new()),
            Box::new(path.clone()),
            Box::new(GradientShap::new(backdraft::Baseline::zeros()).with_draws(5)),
            Box::new(DeepLift::new()),
            Box::new(cancel),
            Box::new(smooth),
            Box::new(variance),
            Box::new(LayerActivation::at(self.layer)),
            Box::new(LayerConductance::at(self.layer).with_steps(5)),
            Box::new(InternalInfluence::at(self.layer).with_steps(5)),
            Box::new(through),
            Box::new(AtLayer::new(path, self.layer)),
            Box::new(AtLayer::new(DeepLift::new(), self.layer)),
            Box::new(AttentionRollout::new()),
            Box::new(AttentionRelevance::new()),
        ];
        methods.extend(self.maps());
        methods
    }

    fn net(&self, device: &Device) -> (Network, Inputs) {
        let images: Tensor<4> = Fixture::open(self.name).tensor("input/x2", &Device::flex());
        (
            (self.capture)(device),
            Inputs::new(images.to_device(device)),
        )
    }
}

/// The method's name with its rule and layer.
fn title(result: &Attribution) -> String {
    let rule = result.option("rule").filter(|rule| *rule != "rescale");
    let layer = result.layer().filter(|_| !result.method().contains("cam"));
    let details = rule.into_iter().chain(layer.map(|_| "at a layer"));
    let details: Vec<&str> = details.collect();
    [&[result.method()], &details[..]].concat().join(", ")
}

fn values(result: &Attribution) -> Vec<f32> {
    let value = &result.values()[0];
    let flat: Tensor<1> = value.reshape([value.shape().num_elements()]);
    flat.into_data().iter().collect()
}

/// Whether a method is defined for a network: some need rectifiers, some attention.
fn is_undefined(error: &Error) -> bool {
    matches!(
        error,
        Error::Backprop(BackpropError::NoRectifier { .. })
            | Error::Attention(AttentionError::NoAttention { .. })
    )
}

pub fn compare(backends: &[Backend], table: &mut Table) {
    for subject in subjects() {
        let (flex, inputs) = subject.net(&Device::flex());
        let others: Vec<_> = (backends.iter())
            .map(|backend| (backend, subject.net(&backend.device)))
            .collect();
        for method in subject.methods() {
            let expected = match method.compute(&flex, &inputs, &Class(1)) {
                Ok(expected) => expected,
                Err(error) if is_undefined(&error) => continue,
                Err(error) => panic!("{}: {error}", subject.name),
            };
            for (backend, (net, inputs)) in &others {
                let actual = method.compute(net, inputs, &Class(1));
                let actual = actual.unwrap_or_else(|error| {
                    panic!("{} on {}: {error}", subject.name, backend.name)
                });
                let error = relative_l2(&values(&actual), &values(&expected));
                let title = title(&expected);
                table.add(Part::Method, &title, backend.name, subject.name, error);
            }
        }
    }
}
