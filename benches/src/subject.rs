use backdraft::Network;
use backdraft_models::{EfficientNetLite0, ModelError, ResNet18};
use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};

use crate::ByHand;

/// A network to explain, captured and by hand, with images to explain it on.
#[derive(Debug)]
pub struct Subject<M> {
    /// How tables name it.
    pub name: &'static str,
    /// The captured model.
    pub net: Network,
    /// The same model in the hands of a user of Burn.
    pub by_hand: ByHand<M>,
}

impl Subject<ResNet18> {
    /// ResNet-18 with random weights.
    pub fn resnet18() -> Self {
        let model = ResNet18::new(&Device::flex().autodiff());
        Self::new("ResNet-18", model, ResNet18::forward)
    }
}

impl Subject<EfficientNetLite0> {
    /// EfficientNet-Lite0 with trained weights.
    ///
    /// # Errors
    /// [`ModelError`] if the weights can't be loaded.
    pub fn efficientnet_lite0() -> Result<Self, ModelError> {
        let model = EfficientNetLite0::pretrained(&Device::flex().autodiff())?;
        Ok(Self::new(
            "EfficientNet-Lite0",
            model,
            EfficientNetLite0::forward,
        ))
    }
}

impl<M: Module + Sync + 'static> Subject<M> {
    fn new(name: &'static str, model: M, forward: fn(&M, Tensor<4>) -> Tensor<2>) -> Self {
        let frozen = model.freeze();
        Self {
            name,
            net: Network::capture(&frozen, images(1, 224), forward)
                .expect("the network can be captured"),
            by_hand: ByHand::new(frozen, forward),
        }
    }
}

impl<M> Subject<M> {
    /// Random images of `3 x 224 x 224`, the size both networks are made for.
    pub fn images(&self, batch: usize) -> Tensor<4> {
        images(batch, 224)
    }
}

/// Random images with values from -1 to 1.
///
/// # Shapes
/// - output: `[batch, 3, side, side]`
pub fn images(batch: usize, side: usize) -> Tensor<4> {
    let distribution = Distribution::Uniform(-1.0, 1.0);
    Tensor::random([batch, 3, side, side], distribution, &Device::flex())
}
