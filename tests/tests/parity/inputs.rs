//! What a network is given for a case, and what that is compared with.

use backdraft::{AnyTensor, Inputs};
use backdraft_tests::Case;
use burn::tensor::{Device, Tensor};

use crate::references::Reference;

impl Reference {
    /// All inputs of a batch such as `x2`.
    pub(crate) fn batch(&self, batch: &str) -> Vec<AnyTensor> {
        let keys = self.inputs.iter();
        keys.map(|input| self.tensor(&format!("input/{input}{batch}")))
            .collect()
    }

    /// All inputs of the batch `x2`, or with baselines in their place: `zero`, `x2_image_zero`, `x2_both_zero`.
    pub(crate) fn batch_or_baseline(&self, name: &str, rows: usize) -> Vec<AnyTensor> {
        let (batch, replaced) = name.split_once('_').unwrap_or((name, ""));
        let (which, value) = replaced.split_once('_').unwrap_or_default();
        let of = |input: &&str| {
            let key = format!("input/{input}{batch}");
            if which == "both" || (!which.is_empty() && input.starts_with(which)) {
                self.tensor(&format!("baseline/{input}{value}"))
            } else if self.fixture.contains(&key) {
                self.tensor(&key)
            } else {
                let case = self.fixture.cases().next().expect("a case");
                self.baseline(&format!("baseline/{batch}"), &case.inputs[0])
            }
        };
        self.inputs
            .iter()
            .map(|input| repeated(of(input), rows))
            .collect()
    }

    /// The baseline of each input that is explained, where inputs are.
    pub(crate) fn baselines(&self, case: &Case) -> Vec<AnyTensor> {
        let keys = baseline_keys(case).into_iter().zip(&case.inputs);
        keys.map(|(key, input)| self.baseline(key, input)).collect()
    }

    /// All inputs of the network, with the baseline in the place of those that it stands for.
    pub(crate) fn baseline_inputs(&self, case: &Case) -> Vec<AnyTensor> {
        let keys = baseline_keys(case);
        let of = |input: &&str| {
            let stands_for = |key: &&&str| key.starts_with(&format!("baseline/{input}"));
            match keys.iter().find(stands_for) {
                Some(key) => self.tensor(key),
                None => self.tensor(&format!("input/{input}{}", case.batch())),
            }
        };
        self.inputs.iter().map(of).collect()
    }

    /// A baseline; one of a single value throughout has the shape of one input.
    pub(crate) fn baseline(&self, key: &str, input: &str) -> AnyTensor {
        if self.fixture.contains(key) {
            return self.tensor(key);
        }
        let shape = self.fixture.shape(input);
        let size = [shape.iter().product()];
        let values: Tensor<1> = self.fixture.baseline(key, size, &Device::flex());
        AnyTensor::from(values).reshape_to(shape)
    }

    pub(crate) fn tensor(&self, key: &str) -> AnyTensor {
        self.fixture.any(key, &Device::flex())
    }
}

/// A tensor of one row as often as needed.
fn repeated(tensor: AnyTensor, rows: usize) -> AnyTensor {
    let copies = rows / tensor.shape()[0];
    let version: Vec<AnyTensor> = tensor
        .is_float()
        .then(|| tensor.clone())
        .into_iter()
        .collect();
    Inputs::new(vec![tensor])
        .stacked(&vec![version; copies])
        .tensors()[0]
        .clone()
}

/// Several are joined by a plus.
fn baseline_keys(case: &Case) -> Vec<&str> {
    let key = case.baseline.as_deref().unwrap_or("baseline/zero");
    key.split(" + ").collect()
}
