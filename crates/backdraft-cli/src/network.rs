//! The network that looks at photos.

use std::error::Error;

use backdraft::Network;
use backdraft::image::Normalization;
use backdraft_models::{EfficientNetLite0, imagenet};
use burn::tensor::{Device, Tensor};
use clap::Args;

use crate::backend::Backend;

/// Options on the network, for every subcommand that has one.
#[derive(Args, Clone, Debug)]
pub struct NetworkArgs {
    /// What computes
    #[arg(long, value_enum, default_value_t = Backend::Flex)]
    pub backend: Backend,
}

/// A network that tells the class of a photo.
pub struct Classifier {
    pub name: &'static str,
    pub net: Network,
    /// What the network was trained to see of a pixel.
    pub normalization: Normalization,
    /// The backend's name.
    pub backend: String,
    class_names: Vec<String>,
}

impl Classifier {
    pub fn new(args: &NetworkArgs) -> Result<Self, Box<dyn Error>> {
        let device = args.backend.device()?;
        Ok(Self {
            name: "EfficientNet-Lite0",
            net: efficientnet_lite0(&device)?,
            normalization: Normalization::efficientnet_lite(),
            backend: args.backend.name(),
            class_names: imagenet_names(),
        })
    }

    pub fn class_name(&self, class: usize) -> String {
        let name = self.class_names.get(class);
        name.map_or("unknown class", String::as_str).into()
    }
}

fn imagenet_names() -> Vec<String> {
    let names = (0..).map_while(imagenet::class_name);
    names.map(ToOwned::to_owned).collect()
}

fn efficientnet_lite0(device: &Device) -> Result<Network, Box<dyn Error>> {
    let model = EfficientNetLite0::pretrained(device)?;
    let example = Tensor::<4>::zeros([1, 3, 224, 224], device);
    Ok(Network::capture(
        &model,
        example,
        EfficientNetLite0::forward,
    )?)
}
