use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backdraft::AnyTensor;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Case, Folder};

/// A network's inputs, and the results that reference libraries computed for them.
///
/// Tensors have keys such as `input/x2`, `logits/x2` or a [`Case`]'s. `fixtures/README.md`
/// explains the keys and the conventions of each method.
///
/// # Example
/// ```
/// use backdraft_tests::Fixture;
/// use burn::tensor::Device;
///
/// let fixture = Fixture::open("gapnet");
/// let case = fixture.cases().find(|case| case.method == "Saliency").unwrap();
/// let input = fixture.tensor::<4>(&case.inputs[0], &Device::flex());
/// let expected = fixture.values(&case.key);
/// assert_eq!(input.shape().num_elements(), expected.len());
/// ```
pub struct Fixture {
    name: String,
    path: PathBuf,
    meta: Meta,
    tensors: Vec<u8>,
}

/// The part of `meta.json` that the suites use.
#[derive(Deserialize)]
struct Meta {
    network: String,
    config: Value,
    data: BTreeMap<String, Stored>,
    cases: BTreeMap<String, Value>,
}

/// What `meta.json` says of a tensor that is no result.
#[derive(Deserialize)]
struct Stored {
    shape: Vec<usize>,
}

impl Fixture {
    /// Opens the built-in fixture with this name, such as `convnet`.
    ///
    /// # Panics
    /// If there is no such fixture, or it cannot be read.
    pub fn open(name: &str) -> Self {
        Folder::built_in().open(name)
    }

    /// Reads the fixture with this name from its own folder.
    pub(crate) fn read(name: &str, path: PathBuf) -> Self {
        let meta = path.join("meta.json");
        Self {
            name: name.to_owned(),
            meta: serde_json::from_slice(&bytes(&meta))
                .unwrap_or_else(|error| panic!("{}: {error}", meta.display())),
            tensors: bytes(&path.join("cases.safetensors")),
            path,
        }
    }

    /// The fixture's name, which is its folder's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The network's name, such as `convnet`. Several fixtures may be of one network, with other sizes.
    pub fn network(&self) -> &str {
        &self.meta.network
    }

    /// The network's sizes.
    ///
    /// # Panics
    /// If `config` in `meta.json` lacks one.
    pub(crate) fn config<T: DeserializeOwned>(&self) -> T {
        T::deserialize(&self.meta.config).unwrap_or_else(|error| {
            let meta = self.path.join("meta.json");
            panic!("config in {}: {error}", meta.display())
        })
    }

    /// The network's weights; `None` if the fixture has none.
    pub(crate) fn weights(&self) -> Option<Vec<u8>> {
        let path = self.path.join("weights.safetensors");
        path.exists().then(|| bytes(&path))
    }

    /// The names of the batches of an input: `x1` and `x2` of `image_` where there are `input/image_x1` and
    /// `input/image_x2`. The only input of a network has no name.
    pub fn batches<'a>(&'a self, input: &'a str) -> impl Iterator<Item = &'a str> {
        let keys = self.meta.data.keys();
        let batches = keys.filter_map(move |key| key.strip_prefix("input/")?.strip_prefix(input));
        batches.filter(|batch| !batch.contains('_'))
    }

    /// Zeros of the shape of one row of an input, named as for [`batches`](Self::batches).
    ///
    /// # Panics
    /// If there is no such input, or it does not have `D` dimensions.
    pub fn example<const D: usize>(&self, input: &str, device: &Device) -> Tensor<D> {
        let shape: [usize; D] = self
            .example_shape(input)
            .try_into()
            .unwrap_or_else(|shape| {
                panic!("{input:?} of fixture {} has shape {shape:?}", self.name)
            });
        Tensor::zeros(shape, device)
    }

    /// The shape of one row of an input, named as for [`batches`](Self::batches).
    ///
    /// # Panics
    /// If there is no such input.
    pub fn example_shape(&self, input: &str) -> Vec<usize> {
        let batch = self.batches(input).next();
        let batch = batch.unwrap_or_else(|| panic!("fixture {} has no {input:?}", self.name));
        let stored = &self.meta.data[&format!("input/{input}{batch}")];
        [&[1], &stored.shape[1..]].concat()
    }

    /// The results, sorted by key.
    ///
    /// Details of a result are left out: they are read by key, such as [`values`](Self::values)
    /// of the result's key and `.delta`.
    ///
    /// # Panics
    /// If an entry lacks what every result has.
    pub fn cases(&self) -> impl Iterator<Item = Case> {
        let entries = self.meta.cases.iter();
        entries.filter_map(|(key, entry)| Case::parse(key, entry))
    }

    /// What `meta.json` says of each result by key, whatever its form.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.meta.cases.iter()
    }

    /// The inputs whose logits are known: `x2` stands for the logits `logits/x2`.
    pub fn logits(&self) -> impl Iterator<Item = &str> {
        let keys = self.meta.data.keys();
        keys.filter_map(|key| key.strip_prefix("logits/"))
    }

    /// Whether `meta.json` names this tensor, but the file with the tensors lacks it.
    pub fn lacks(&self, key: &str) -> bool {
        let is_named = self.meta.data.contains_key(key) || self.meta.cases.contains_key(key);
        is_named && !self.contains(key)
    }

    /// Whether there is a tensor with this key.
    pub fn contains(&self, key: &str) -> bool {
        self.parse().tensor(key).is_ok()
    }

    /// The tensor with this key.
    ///
    /// # Panics
    /// If there is no such tensor, or it does not have `D` dimensions.
    pub fn tensor<const D: usize>(&self, key: &str, device: &Device) -> Tensor<D> {
        let shape = self.shape(key);
        assert_eq!(
            shape.len(),
            D,
            "dimensions of {key} of fixture {}",
            self.name
        );
        Tensor::from_data(TensorData::new(self.values(key), shape), device)
    }

    /// The tensor with this key, of any rank up to four. Integers stay integers.
    ///
    /// # Panics
    /// If there is no such tensor, or it has more dimensions.
    pub fn any(&self, key: &str, device: &Device) -> AnyTensor {
        match self.shape(key).len() {
            1 => self.of_its_kind::<1>(key, device),
            2 => self.of_its_kind::<2>(key, device),
            3 => self.of_its_kind::<3>(key, device),
            4 => self.of_its_kind::<4>(key, device),
            rank => panic!("{key} of fixture {} has {rank} dimensions", self.name),
        }
    }

    fn of_its_kind<const D: usize>(&self, key: &str, device: &Device) -> AnyTensor {
        let tensor = self.tensor::<D>(key, device);
        match self.view(key).dtype() {
            Dtype::I64 | Dtype::I32 => tensor.int().into(),
            _ => tensor.into(),
        }
    }

    /// The baseline with this key, such as `baseline/zero`.
    ///
    /// A baseline of one value throughout is not stored as such: `shape` says how large to make it.
    ///
    /// # Panics
    /// If there is no such baseline, or it does not have `D` dimensions.
    pub fn baseline<const D: usize>(
        &self,
        key: &str,
        shape: [usize; D],
        device: &Device,
    ) -> Tensor<D> {
        let scalar = format!("{key}_scalar");
        if self.contains(&scalar) {
            Tensor::full(shape, self.values(&scalar)[0], device)
        } else if key == "baseline/zero" && !self.contains(key) {
            Tensor::zeros(shape, device)
        } else {
            self.tensor(key, device)
        }
    }

    /// Shape of the tensor with this key.
    ///
    /// # Panics
    /// If there is no such tensor.
    pub fn shape(&self, key: &str) -> Vec<usize> {
        self.view(key).shape().to_vec()
    }

    /// Values of the tensor with this key in row-major order, whatever type they are stored in.
    ///
    /// # Panics
    /// If there is no such tensor.
    pub fn values(&self, key: &str) -> Vec<f32> {
        let view = self.view(key);
        let bytes = view.data();
        match view.dtype() {
            Dtype::F32 => numbers(bytes, f32::from_le_bytes),
            Dtype::I64 => numbers(bytes, |number| i64::from_le_bytes(number) as f32),
            Dtype::I32 => numbers(bytes, |number| i32::from_le_bytes(number) as f32),
            Dtype::U8 => bytes.iter().copied().map(f32::from).collect(),
            other => panic!("{key} of fixture {} is stored as {other:?}", self.name),
        }
    }

    fn view(&self, key: &str) -> TensorView<'_> {
        self.parse()
            .tensor(key)
            .unwrap_or_else(|error| panic!("{key} of fixture {}: {error}", self.name))
    }

    fn parse(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.tensors)
            .unwrap_or_else(|error| panic!("cases.safetensors of fixture {}: {error}", self.name))
    }
}

/// The bytes of a file.
fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Decodes numbers that take `N` bytes each.
fn numbers<const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().copied().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every built-in fixture, and how many cases it has.
    const CASES: [(&str, usize); 11] = [
        ("mlp", 51),
        ("convnet", 78),
        ("gapnet", 87),
        ("resnet", 91),
        ("mobilenet", 93),
        ("captioner", 22),
        ("vqa", 34),
        ("policy", 88),
        ("textnet", 13),
        ("vit", 37),
        ("efficientnet_lite0", 29),
    ];

    #[test]
    fn every_case_has_tensors_of_the_stated_shapes() {
        let mut names = CASES.map(|(name, _)| name);
        names.sort_unstable();
        assert_eq!(Folder::built_in().names(), names);
        for (name, count) in CASES {
            let fixture = Fixture::open(name);
            let cases: Vec<Case> = fixture.cases().collect();
            assert_eq!(cases.len(), count, "cases of {name}");
            for case in cases {
                assert_eq!(fixture.shape(&case.key), case.shape, "{name} {}", case.key);
                let rows = fixture.shape(&case.inputs[0])[0];
                assert!(case.classes().is_empty() || case.classes().len() == rows);
            }
        }
    }

    #[test]
    fn values_of_each_stored_type_are_read() {
        let gapnet = Fixture::open("gapnet");
        assert_eq!(gapnet.values("target/x2"), [1.0, 6.0]);
        assert!((gapnet.values("logits/x2")[1] + 2.914).abs() < 1e-3);

        let pixels = Fixture::open("efficientnet_lite0").values("pixels/chelsea");
        assert_eq!(pixels.len(), 224 * 224 * 3);
        assert!(
            pixels
                .iter()
                .all(|&x| (0.0..=255.0).contains(&x) && x.fract() == 0.0)
        );
    }

    #[test]
    fn tensors_of_any_rank_keep_their_kind() {
        let device = Device::flex();
        let textnet = Fixture::open("textnet");
        let tokens = textnet.any("input/x2", &device);
        assert_eq!(tokens.shape().as_slice(), [2, 7]);
        assert!(!tokens.is_float());
        assert!(textnet.any("input/emb_x2", &device).is_float());
    }

    #[test]
    fn baselines_are_read_or_made() {
        let device = Device::flex();
        let photos = Fixture::open("efficientnet_lite0");
        let black = photos.baseline("baseline/black", [1, 1, 1, 2], &device);
        let zero = photos.baseline("baseline/zero", [1, 1, 1, 2], &device);
        assert_eq!(
            black.into_data().try_to_vec::<f32>().unwrap(),
            [-127.0 / 128.0; 2]
        );
        assert_eq!(zero.into_data().try_to_vec::<f32>().unwrap(), [0.0; 2]);

        let gapnet = Fixture::open("gapnet");
        let mean = gapnet.baseline("baseline/mean", [2, 3, 32, 32], &device);
        assert_eq!(mean.dims(), [2, 3, 32, 32]);
    }

    #[test]
    fn an_example_has_one_row_of_the_inputs_shape() {
        let device = Device::flex();
        let vqa = Fixture::open("vqa");
        assert_eq!(vqa.batches("image_").collect::<Vec<_>>(), ["x1", "x2"]);
        assert_eq!(vqa.example("image_", &device).dims(), [1, 3, 16, 16]);
        assert_eq!(vqa.example("tokens_", &device).dims(), [1, 5]);
        let textnet = Fixture::open("textnet");
        assert_eq!(textnet.batches("").collect::<Vec<_>>(), ["x1", "x2"]);
    }

    #[test]
    fn a_tensor_that_nothing_names_is_not_lacking() {
        let gapnet = Fixture::open("gapnet");
        assert!(!gapnet.lacks("input/x1"));
        assert!(!gapnet.lacks("input/x3"));
    }

    #[derive(Debug, Deserialize)]
    struct Deep {
        #[expect(dead_code, reason = "it is not there")]
        depth: usize,
    }

    #[test]
    #[should_panic(expected = "gapnet/meta.json: missing field `depth`")]
    fn a_size_that_config_lacks_is_named_with_its_file() {
        let _: Deep = Fixture::open("gapnet").config();
    }

    #[test]
    #[should_panic(expected = "input/x3 of fixture gapnet")]
    fn an_unknown_key_is_named() {
        Fixture::open("gapnet").values("input/x3");
    }

    #[test]
    #[should_panic(expected = "dimensions of input/x1 of fixture gapnet")]
    fn a_wrong_number_of_dimensions_is_named() {
        Fixture::open("gapnet").tensor::<3>("input/x1", &Device::flex());
    }

    #[test]
    #[should_panic(expected = "meta.json")]
    fn an_unknown_fixture_is_named() {
        Fixture::open("nonet");
    }
}
