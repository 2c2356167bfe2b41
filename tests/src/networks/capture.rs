use backdraft::{Network, Tensors};
use backdraft_models::{Captioner, DuelingDqn, EfficientNetLite0, Vit, Vqa};
use burn::module::Module;
use burn::tensor::Device;

use super::{
    ConvNet, GapNet, Mlp, MobileNet, ResNet, TextNet, captioner, efficientnet_lite0, policy, vit,
    vqa,
};
use crate::Fixture;

/// Captures the network of a fixture, with the fixture's sizes and weights.
///
/// # Panics
/// If there is no network of the name that the fixture states, a size is missing or the weights do not fit.
pub fn capture(fixture: &Fixture, device: &Device) -> Network {
    let images = || fixture.example::<4>("", device);
    let numbers = || fixture.example::<2>("", device);
    let both = || {
        let tokens = fixture.example::<2>("tokens_", device).int();
        (fixture.example::<4>("image_", device), tokens)
    };
    match fixture.network() {
        "mlp" => captured(&Mlp::of(fixture, device), numbers(), Mlp::forward),
        "convnet" => captured(&ConvNet::of(fixture, device), images(), ConvNet::forward),
        "gapnet" => captured(&GapNet::of(fixture, device), images(), GapNet::forward),
        "resnet" => captured(&ResNet::of(fixture, device), images(), ResNet::forward),
        "mobilenet" => captured(
            &MobileNet::of(fixture, device),
            images(),
            MobileNet::forward,
        ),
        "captioner" => captured(&captioner(fixture, device), both(), Captioner::forward),
        "vqa" => captured(&vqa(fixture, device), both(), Vqa::forward),
        "policy" => captured(&policy(fixture, device), images(), DuelingDqn::forward),
        "textnet" => captured(
            &TextNet::of(fixture, device),
            numbers().int(),
            TextNet::forward,
        ),
        "vit" => captured(&vit(fixture, device), images(), Vit::forward),
        "efficientnet_lite0" => {
            let model = efficientnet_lite0(fixture, device);
            captured(&model, images(), EfficientNetLite0::forward)
        }
        other => panic!("fixture {}: no network is called {other:?}", fixture.name()),
    }
}

fn captured<M, I, O>(model: &M, example: I, forward: fn(&M, I) -> O) -> Network
where
    M: Module + 'static,
    I: Tensors + 'static,
    O: Tensors + 'static,
{
    Network::capture(model, example, forward).expect("the network can be captured")
}
