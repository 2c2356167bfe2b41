use burn_store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};

use super::lstm::separate_gates;
use crate::Fixture;

/// Gives `model` the weights of a fixture, those of an LSTM gate by gate.
///
/// `renames` are pairs of a pattern in the fixture's names and what to put in its place.
///
/// # Panics
/// If the weights do not fit the model exactly.
pub(super) fn load<M: ModuleSnapshot>(mut model: M, fixture: &str, renames: &[(&str, &str)]) -> M {
    let file = separate_gates(&Fixture::read(fixture, "weights.safetensors"));
    let mut store =
        SafetensorsStore::from_bytes(Some(file)).with_from_adapter(PyTorchToBurnAdapter);
    for &(pattern, name) in renames {
        store = store.with_key_remapping(pattern, name);
    }
    let result = model
        .load_from(&mut store)
        .unwrap_or_else(|error| panic!("weights of fixture {fixture}: {error}"));
    assert!(
        result.unused.is_empty(),
        "the model has no place for {:?} of fixture {fixture}",
        result.unused
    );
    model
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::Module;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;

    #[derive(Module, Debug)]
    struct OnlyFc {
        fc: Linear,
    }

    fn only_fc(classes: usize) -> OnlyFc {
        OnlyFc {
            fc: LinearConfig::new(16, classes).init(&Device::flex()),
        }
    }

    #[test]
    #[should_panic(expected = "no place for [\"conv1.bias\"")]
    fn weights_left_over_are_named() {
        load(only_fc(10), "gapnet", &[]);
    }

    #[test]
    #[should_panic(expected = "weights of fixture gapnet")]
    fn weights_of_another_shape_are_refused() {
        load(only_fc(11), "gapnet", &[]);
    }

    #[test]
    #[should_panic(expected = "weights of fixture gapnet")]
    fn missing_weights_are_refused() {
        load(only_fc(10), "gapnet", &[("^fc", "linear")]);
    }
}
