//! The network that looks at photos.

use std::error::Error;
use std::path::{Path, PathBuf};

use backdraft::Network;
use backdraft::image::Normalization;
use backdraft_models::{EfficientNetLite0, ModelError, ResNet18};
use burn::tensor::{Device, Tensor};
use clap::{Args, ValueEnum};

use crate::backend::Backend;
use crate::failure::Failure;
use crate::labels;

/// How many of the tensors that don't fit are named.
const NAMED: usize = 3;

/// Options on the network, for every subcommand that has one.
#[derive(Args, Clone, Debug)]
pub struct NetworkArgs {
    /// The network's architecture
    #[arg(long, value_enum, default_value_t = Architecture::EfficientnetLite0)]
    network: Architecture,
    /// A safetensors file with weights of your own for the architecture, for any number of classes
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// A text file with the name of each class in a line; ImageNet's names if left out
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What computes
    #[arg(long, value_enum, default_value_t = Backend::Flex)]
    backend: Backend,
}

/// The architectures that look at photos and tell classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Architecture {
    /// Weights trained on ImageNet are built in
    EfficientnetLite0,
    /// As torchvision has it; needs `--weights`
    Resnet18,
}

/// A network that tells the class of a photo.
pub struct Classifier {
    pub name: &'static str,
    pub net: Network,
    /// What the network was trained to see of a pixel.
    pub normalization: Normalization,
    /// The backend's name.
    pub backend: String,
    /// Where the weights are from, unless they are built in.
    pub weights: Option<String>,
    class_names: Vec<String>,
}

impl Classifier {
    pub fn new(args: &NetworkArgs) -> Result<Self, Box<dyn Error>> {
        let device = args.backend.device()?;
        let net = args.network.capture(args.weights.as_deref(), &device)?;
        let classes = classes(&net)?;
        Ok(Self {
            name: args.network.name(),
            normalization: args.network.normalization(),
            backend: args.backend.name(),
            weights: args.weights.as_ref().map(|path| path.display().to_string()),
            class_names: match &args.labels {
                Some(path) => labels::read(path, classes)?,
                None => labels::of_imagenet(classes),
            },
            net,
        })
    }

    pub fn class_name(&self, class: usize) -> String {
        let name = self.class_names.get(class);
        name.map_or("unknown class", String::as_str).into()
    }
}

impl Architecture {
    fn name(self) -> &'static str {
        match self {
            Self::EfficientnetLite0 => "EfficientNet-Lite0",
            Self::Resnet18 => "ResNet-18",
        }
    }

    fn normalization(self) -> Normalization {
        match self {
            Self::EfficientnetLite0 => Normalization::efficientnet_lite(),
            Self::Resnet18 => Normalization::imagenet(),
        }
    }

    fn capture(self, weights: Option<&Path>, device: &Device) -> Result<Network, Box<dyn Error>> {
        let example = Tensor::<4>::zeros([1, 3, 224, 224], device);
        let network = match self {
            Self::EfficientnetLite0 => {
                let model = match weights {
                    Some(path) => named(path, EfficientNetLite0::load(path, device))?,
                    None => EfficientNetLite0::pretrained(device)?,
                };
                Network::capture(&model, example, EfficientNetLite0::forward)
            }
            Self::Resnet18 => {
                let path = weights.ok_or_else(|| {
                    let reason =
                        "no weights for resnet18 are built in: name a file with `--weights`";
                    Failure::Usage(reason.into())
                })?;
                let model = named(path, ResNet18::load(path, device))?;
                Network::capture(&model, example, ResNet18::forward)
            }
        };
        Ok(network?)
    }
}

/// What was loaded, or why it can't be, with the file's name and a few of the tensors that don't fit.
fn named<M>(path: &Path, loaded: Result<M, ModelError>) -> Result<M, String> {
    loaded.map_err(|error| {
        let error = match error {
            ModelError::Missing(paths) => format!("they lack {}", some(&paths)),
            ModelError::Unused(paths) => format!("the network has no {}", some(&paths)),
            ModelError::Read(error) => error.to_string(),
            other => other.to_string(),
        };
        format!("cannot use the weights in `{}`: {error}", path.display())
    })
}

fn some(paths: &[String]) -> String {
    let more = paths.len().saturating_sub(NAMED);
    let named = paths[..paths.len() - more].join(", ");
    if more == 0 {
        return named;
    }
    format!("{named} and {more} more")
}

fn classes(net: &Network) -> Result<usize, backdraft::Error> {
    let example = Tensor::<4>::zeros([1, 3, 224, 224], net.device());
    let shapes = net.output_shapes(example)?;
    Ok(shapes
        .first()
        .and_then(|shape| shape.last().copied())
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_of_many_tensors_are_named() {
        let paths = ["a", "b", "c", "d", "e"].map(String::from);
        assert_eq!(some(&paths[..1]), "a");
        assert_eq!(some(&paths[..3]), "a, b, c");
        assert_eq!(some(&paths), "a, b, c and 2 more");
    }
}
