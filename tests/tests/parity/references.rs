//! The networks.

use backdraft::Network;
use backdraft_tests::{Fixture, Folder, networks};
use burn::tensor::Device;

/// A network of the fixtures, captured.
pub(crate) struct Reference {
    pub(crate) fixture: Fixture,
    pub(crate) net: Network,
    /// What the fixture's names of the inputs begin with: the batch `x2` is `image_x2` and `tokens_x2`.
    pub(crate) inputs: &'static [&'static str],
}

impl Reference {
    /// Captures the network of the fixture with this name.
    pub(crate) fn open(folder: &Folder, name: &str) -> Self {
        let fixture = folder.open(name);
        Self {
            net: networks::capture(&fixture, &Device::flex()),
            inputs: match fixture.network() {
                "captioner" | "vqa" => &["image_", "tokens_"],
                _ => &[""],
            },
            fixture,
        }
    }
}
