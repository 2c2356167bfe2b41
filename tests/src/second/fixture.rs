use backdraft::AnyTensor;
use burn::tensor::{Device, Tensor};

use super::SecondCase;
use crate::{Fixture, Folder};

/// What a link to the first fixture's tensors begins with.
const FIRST: &str = "first:";

/// A network's results in the second folder, and its first fixture, whose weights, inputs and baselines they stand on.
///
/// `fixtures/second/README.md` explains the keys and the conventions of each method.
///
/// # Example
/// ```
/// use backdraft_tests::SecondFixture;
///
/// let fixture = SecondFixture::open("mlp");
/// let case = fixture.cases().into_iter().find(|case| case.family() == "occlusion").unwrap();
/// assert_eq!(case.inputs, ["first:input/x2"]);
/// assert_eq!(fixture.shape(&case.inputs[0]), fixture.shape(&case.key));
/// ```
pub struct SecondFixture {
    first: Fixture,
    second: Fixture,
}

impl SecondFixture {
    /// The names of the networks that have results in the second folder, sorted.
    ///
    /// # Panics
    /// If the folder can't be read.
    pub fn names() -> Vec<String> {
        Folder::second().names()
    }

    /// Opens both fixtures of the network with this name, such as `convnet`.
    ///
    /// # Panics
    /// If there are none, or they cannot be read.
    pub fn open(name: &str) -> Self {
        Self {
            first: Folder::built_in().open(name),
            second: Folder::second().open(name),
        }
    }

    /// The first fixture.
    pub fn first(&self) -> &Fixture {
        &self.first
    }

    /// The results of the second folder, sorted by key.
    ///
    /// # Panics
    /// If an entry lacks what every result has.
    pub fn cases(&self) -> Vec<SecondCase> {
        let entries = self.second.entries();
        entries
            .map(|(key, entry)| SecondCase::parse(key, entry))
            .collect()
    }

    /// Shape of the tensor with this link.
    ///
    /// # Panics
    /// If there is no such tensor.
    pub fn shape(&self, link: &str) -> Vec<usize> {
        let (fixture, key) = self.find(link);
        fixture.shape(key)
    }

    /// Values of the tensor with this link in row-major order, whatever type they are stored in.
    ///
    /// # Panics
    /// If there is no such tensor.
    pub fn values(&self, link: &str) -> Vec<f32> {
        let (fixture, key) = self.find(link);
        fixture.values(key)
    }

    /// The rows of a matrix of integers with this link: orders, coalitions, indices.
    ///
    /// # Panics
    /// If there is no such tensor, or it is no matrix.
    pub fn rows(&self, link: &str) -> Vec<Vec<usize>> {
        let shape = self.shape(link);
        let [_, columns] = shape[..] else {
            panic!("{link} has shape {shape:?}");
        };
        let values = self.values(link);
        let rows = values.chunks(columns);
        rows.map(|row| row.iter().map(|&value| value as usize).collect())
            .collect()
    }

    /// The tensor with this link, of any rank up to four. Integers stay integers.
    ///
    /// # Panics
    /// If there is no such tensor, or it has more dimensions.
    pub fn tensor(&self, link: &str) -> AnyTensor {
        let (fixture, key) = self.find(link);
        fixture.any(key, &Device::flex())
    }

    /// The floats with this link as a tensor of rank `D`.
    ///
    /// # Panics
    /// If there is no such tensor, or it has another rank.
    pub fn floats<const D: usize>(&self, link: &str) -> Tensor<D> {
        let (fixture, key) = self.find(link);
        fixture.tensor(key, &Device::flex())
    }

    /// The baseline with this link. One of a single value throughout is not stored: `shape` says how large to make it.
    ///
    /// # Panics
    /// If there is no such baseline.
    pub fn baseline(&self, link: &str, shape: &[usize]) -> AnyTensor {
        let (fixture, key) = self.find(link);
        if fixture.contains(key) {
            return self.tensor(link);
        }
        let elements = [shape.iter().product()];
        let values: Tensor<1> = fixture.baseline(key, elements, &Device::flex());
        AnyTensor::from(values).reshape_to(shape)
    }

    fn find<'a>(&self, link: &'a str) -> (&Fixture, &'a str) {
        match link.strip_prefix(FIRST) {
            Some(key) => (&self.first, key),
            None => (&self.second, link),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_into_both_folders() {
        let fixture = SecondFixture::open("mlp");
        assert_eq!(
            fixture.values("first:input/x2"),
            Fixture::open("mlp").values("input/x2")
        );
        assert_eq!(fixture.shape("kshap/list"), [32, 8]);
        let orders = fixture.rows("shapley/permutations");
        for mut order in orders {
            order.sort_unstable();
            assert!(order.into_iter().eq(0..8));
        }
    }

    #[test]
    fn baselines_are_read_or_made() {
        let fixture = SecondFixture::open("mlp");
        let read = fixture.baseline("first:baseline/rand", &[1, 8]);
        assert_eq!(read.shape().to_vec(), fixture.shape("first:baseline/rand"));
        let made = fixture.baseline("first:baseline/zero", &[1, 8]);
        assert_eq!(made.shape().as_slice(), [1, 8]);
    }

    #[test]
    fn every_case_leads_to_tensors() {
        for name in SecondFixture::names() {
            let fixture = SecondFixture::open(&name);
            let cases = fixture.cases();
            assert!(!cases.is_empty(), "{name}");
            for case in cases {
                for link in case.inputs.iter().chain(&case.baselines) {
                    let is_made = link.ends_with("/zero");
                    assert!(is_made || !fixture.shape(link).is_empty(), "{}", case.key);
                }
                assert!(!fixture.values(&case.key).is_empty(), "{}", case.key);
            }
        }
    }

    #[test]
    #[should_panic(expected = "input/x7 of fixture mlp")]
    fn an_unknown_link_is_named() {
        SecondFixture::open("mlp").values("first:input/x7");
    }

    #[test]
    #[should_panic(expected = "kshap/list2 of fixture mlp")]
    fn an_unknown_key_is_named() {
        SecondFixture::open("mlp").values("kshap/list2");
    }
}
