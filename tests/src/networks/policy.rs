use backdraft_models::{DuelingDqn, DuelingDqnConfig};
use burn::tensor::Device;
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "c1")]
    channels1: usize,
    #[serde(rename = "c2")]
    channels2: usize,
    #[serde(rename = "hw")]
    side: usize,
    #[serde(rename = "hid")]
    hidden: usize,
    actions: usize,
}

/// The dueling Q-network with the weights of the built-in fixture `policy`.
///
/// # Panics
/// If the weights do not fit.
pub fn load_policy(device: &Device) -> DuelingDqn {
    policy(&Fixture::open("policy"), device)
}

/// The dueling Q-network with the sizes and weights of a fixture. It reads as many frames as the fixture's input has.
///
/// # Panics
/// If a size is missing, or the weights do not fit.
pub fn policy(fixture: &Fixture, device: &Device) -> DuelingDqn {
    let [_, frames, _, _] = fixture.example("", device).dims();
    weights::load(new(&fixture.config(), frames, device), fixture, &[])
}

fn new(sizes: &Sizes, frames: usize, device: &Device) -> DuelingDqn {
    DuelingDqnConfig::new(sizes.actions)
        .with_frames(frames)
        .with_frame_size([sizes.side; 2])
        .with_channels([sizes.channels1, sizes.channels2])
        .with_hidden(sizes.hidden)
        .init(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;
    use serde_json::json;

    #[test]
    fn sizes_are_those_of_config() {
        let device = Device::flex();
        let config = json!({"c1": 3, "c2": 5, "hw": 44, "hid": 7, "actions": 4, "o2": 4});
        let sizes = serde_json::from_value(config).unwrap();
        let net = new(&sizes, 2, &device);
        let inputs = Tensor::zeros([3, 2, 44, 44], &device);
        assert_eq!(net.forward(inputs).dims(), [3, 4]);
    }
}
