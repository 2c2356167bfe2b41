use burn::tensor::DType;
use burn_store::{
    FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore,
};

use super::lstm::separate_gates;
use crate::Fixture;

/// Gives `model` the weights of a fixture in float32, those of an LSTM gate by gate.
///
/// `renames` are pairs of a pattern in the fixture's names and what to put in its place.
///
/// # Panics
/// If there are no weights, or they do not fit the model exactly.
pub(super) fn load<M: ModuleSnapshot>(
    mut model: M,
    fixture: &Fixture,
    renames: &[(&str, &str)],
) -> M {
    let name = fixture.name();
    let file = fixture.weights();
    let file = file.unwrap_or_else(|| panic!("fixture {name} has no weights.safetensors"));
    let cast = FloatCastAdapter::to(DType::F32);
    let mut store = SafetensorsStore::from_bytes(Some(separate_gates(&file)))
        .with_from_adapter(PyTorchToBurnAdapter.chain(cast));
    for &(pattern, ours) in renames {
        store = store.with_key_remapping(pattern, ours);
    }
    let result = model
        .load_from(&mut store)
        .unwrap_or_else(|error| panic!("weights of fixture {name}: {error}"));
    assert!(
        result.unused.is_empty(),
        "the model has no place for {:?} of fixture {name}",
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
        load(only_fc(10), &Fixture::open("gapnet"), &[]);
    }

    #[test]
    #[should_panic(expected = "weights of fixture gapnet")]
    fn weights_of_another_shape_are_refused() {
        load(only_fc(11), &Fixture::open("gapnet"), &[]);
    }

    #[test]
    #[should_panic(expected = "weights of fixture gapnet")]
    fn missing_weights_are_refused() {
        load(only_fc(10), &Fixture::open("gapnet"), &[("^fc", "linear")]);
    }
}
