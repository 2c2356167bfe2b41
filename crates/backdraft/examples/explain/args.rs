//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Shows what EfficientNet-Lite0, trained on ImageNet, looks at in a photo.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    /// The photo (JPEG or PNG); the built-in photo of a cat if left out
    pub photo: Option<PathBuf>,
    /// How to explain
    #[arg(long, value_enum, default_value_t = Method::GradCam)]
    pub method: Method,
    /// The ImageNet class to explain, 0 to 999; the most probable one if left out
    #[arg(long)]
    pub class: Option<usize>,
    /// The layer that Grad-CAM looks at; the last one with spatial extent if left out
    #[arg(long)]
    pub layer: Option<String>,
    /// List the network's layers and stop
    #[arg(long)]
    pub layers: bool,
    /// The folder for overlay.png, heatmap.png and manifest.json
    #[arg(long, default_value = "out")]
    pub out: PathBuf,
    /// What computes
    #[arg(long, value_enum, default_value_t = Backend::Flex)]
    pub backend: Backend,
}

impl Args {
    /// Refuses options that the method would ignore.
    pub fn check(&self) -> Result<(), String> {
        match (&self.layer, self.method) {
            (Some(layer), Method::Saliency) => Err(format!(
                "saliency explains the input and looks at no layer: leave `--layer {layer}` out"
            )),
            _ => Ok(()),
        }
    }
}

/// The methods, by the names they have in `manifest.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    GradCam,
    Saliency,
}

/// Burn's backends; each is a cargo feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    Flex,
    Ndarray,
    Wgpu,
}

/// The name under which a value is given on the command line.
pub fn name(value: impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is hidden");
    value.get_name().to_owned()
}
