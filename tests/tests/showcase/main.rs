//! Networks that other attribution libraries refuse or get silently wrong, a test each: the rows of
//! `docs/what-others-get-wrong.md`. The libraries' own results are in the `refused` and `silently_wrong` lists
//! of the fixtures' `meta.json`.

mod activations;
mod inputs;
mod rectifiers;
mod sequences;
mod transformers;

use backdraft::{Attribution, Network, Tensors};
use backdraft_tests::coverage::float_in;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// DeepLIFT keeps the sum: the attributions add up to the target's change, within float32's rounding.
fn assert_complete(attribution: &Attribution) {
    let gaps = attribution.gap().expect("a method with a baseline");
    for (sample, gap) in gaps.into_iter().enumerate() {
        let relative = gap.relative.expect("the target changes");
        // Where it hardly changes, what rounding leaves of scores of size one is more.
        let is_small = relative.abs() < 1e-4 || gap.absolute.abs() < 2e-6;
        assert!(is_small, "sample {sample}: {gap:?}");
    }
}

/// Values from `-range` to `range`, the same in every run: random ones would depend on which tests draw before, as the
/// seed of a device is shared by all.
fn spread<const D: usize>(shape: [usize; D], range: f32) -> Tensor<D> {
    let values = float_in(shape, -range, range).tensor(1, 0, &Device::flex());
    values.to_tensor().expect("floats of this rank")
}

fn capture<M, I, O>(model: &M, example: I, forward: fn(&M, I) -> O) -> Network
where
    M: Module + 'static,
    I: Tensors + 'static,
    O: Tensors + 'static,
{
    Network::capture(model, example, forward).expect("the model can be captured")
}
