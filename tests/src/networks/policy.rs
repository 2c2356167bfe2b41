use backdraft_models::{DuelingDqn, DuelingDqnConfig};
use burn::tensor::Device;

use super::weights;

/// The dueling Q-network with the weights of the fixture `policy`: 4 x 36 x 36 to 5 actions.
///
/// # Panics
/// If the weights do not fit.
pub fn load_policy(device: &Device) -> DuelingDqn {
    weights::load(DuelingDqnConfig::new(5).init(device), "policy", &[])
}
