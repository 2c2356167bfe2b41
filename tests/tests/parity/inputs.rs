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

    /// The keys of all inputs of the batch `x2`, or of baselines in their place: `zero`, `x2_image_zero`,
    /// `x2_both_zero`.
    pub(crate) fn keys(&self, name: &str) -> Vec<String> {
        let (batch, replaced) = name.split_once('_').unwrap_or((name, ""));
        let (which, value) = replaced.split_once('_').unwrap_or_default();
        let key = |input: &&str| {
            if which == "both" || (!which.is_empty() && input.starts_with(which)) {
                format!("baseline/{input}{value}")
            } else if self.fixture.batches(input).any(|known| known == batch) {
                format!("input/{input}{batch}")
            } else {
                format!("baseline/{input}{batch}")
            }
        };
        self.inputs.iter().map(key).collect()
    }

    /// The tensors with the keys that [`keys`](Self::keys) has for a name.
    pub(crate) fn batch_or_baseline(&self, name: &str, rows: usize) -> Vec<AnyTensor> {
        let inputs = self.inputs.iter().zip(self.keys(name));
        let tensors = inputs.map(|(input, key)| {
            if key.starts_with("baseline/") {
                self.baseline(&key, &self.fixture.example_shape(input))
            } else {
                self.tensor(&key)
            }
        });
        tensors.map(|tensor| repeated(tensor, rows)).collect()
    }

    /// Positions of the inputs of integers that a case doesn't explain: methods that replace values would.
    pub(crate) fn held(&self, case: &Case) -> Vec<usize> {
        let inputs = self
            .batch(case.batch())
            .into_iter()
            .zip(self.inputs)
            .enumerate();
        let key = |input: &str| format!("input/{input}{}", case.batch());
        inputs
            .filter(|(_, (tensor, input))| !tensor.is_float() && !case.inputs.contains(&key(input)))
            .map(|(position, _)| position)
            .collect()
    }

    /// The keys of all tensors that a comparison with a case reads.
    pub(crate) fn needed(&self, case: &Case) -> Vec<String> {
        let mut keys = vec![case.key.clone()];
        keys.extend(case.inputs.iter().cloned());
        keys.extend(self.keys(case.batch()));
        keys.extend(case.baseline.iter().flat_map(|_| baseline_keys(case)));
        if self.fixture.network() == "captioner" {
            keys.push(format!("input/next_{}", case.batch()));
        }
        keys
    }

    /// The first of these tensors that `meta.json` names, but the fixture lacks.
    pub(crate) fn lacking<'a>(&self, keys: &'a [String]) -> Option<&'a str> {
        let lacking = keys.iter().find(|key| self.fixture.lacks(key));
        lacking.map(String::as_str)
    }

    /// The baseline of each input that is explained, where inputs are.
    pub(crate) fn baselines(&self, case: &Case) -> Vec<AnyTensor> {
        let keys = baseline_keys(case).into_iter().zip(&case.inputs);
        keys.map(|(key, input)| self.baseline(&key, &self.fixture.shape(input)))
            .collect()
    }

    /// All inputs of the network, with the baseline in the place of those that it stands for.
    pub(crate) fn baseline_inputs(&self, case: &Case) -> Vec<AnyTensor> {
        let keys = baseline_keys(case);
        let of = |input: &&str| {
            let stands_for = |key: &&String| key.starts_with(&format!("baseline/{input}"));
            match keys.iter().find(stands_for) {
                Some(key) => self.tensor(key),
                None => self.tensor(&format!("input/{input}{}", case.batch())),
            }
        };
        self.inputs.iter().map(of).collect()
    }

    /// A baseline; one of a single value throughout gets the shape.
    fn baseline(&self, key: &str, shape: &[usize]) -> AnyTensor {
        if self.fixture.contains(key) {
            return self.tensor(key);
        }
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

/// Several are joined by a plus. Of a joint case that names none, each input has zeros of its own.
fn baseline_keys(case: &Case) -> Vec<String> {
    match (case.baseline.as_deref(), case.inputs.as_slice()) {
        (Some(keys), _) => keys.split(" + ").map(str::to_owned).collect(),
        (None, [_]) => vec!["baseline/zero".to_owned()],
        (None, inputs) => inputs
            .iter()
            .map(|input| zeros_of(input, case.batch()))
            .collect(),
    }
}

/// `baseline/image_zero` of `input/image_x2`.
fn zeros_of(input: &str, batch: &str) -> String {
    let name = input.strip_prefix("input/").unwrap_or(input);
    let name = name.strip_suffix(batch).unwrap_or(name);
    format!("baseline/{name}zero")
}
