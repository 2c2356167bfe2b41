use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backdraft_tests::Folder;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};

/// A temporary folder of fixtures, gone when it is dropped.
pub(super) struct Drafts(PathBuf);

impl Drafts {
    /// An empty folder for the test with this name.
    pub(super) fn new(test: &str) -> Self {
        let name = format!("backdraft-fixtures-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn folder(&self) -> Folder {
        Folder::at(&self.0)
    }
}

impl Drop for Drafts {
    fn drop(&mut self) {
        // A folder that stays is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Tensors by their keys.
#[derive(Default)]
struct Tensors(BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>);

impl Tensors {
    fn floats(&mut self, key: &str, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        let tensor = (Dtype::F32, shape.to_vec(), bytes.collect());
        self.0.insert(key.to_owned(), tensor);
    }

    fn integers(&mut self, key: &str, shape: &[usize], values: &[i64]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        let tensor = (Dtype::I64, shape.to_vec(), bytes.collect());
        self.0.insert(key.to_owned(), tensor);
    }

    fn write(&self, path: &Path) {
        let views = self.0.iter().map(|(key, (dtype, shape, bytes))| {
            let view = TensorView::new(*dtype, shape.clone(), bytes);
            (key, view.expect("the bytes fit the shape"))
        });
        safetensors::serialize_to_file(views, None, path).unwrap();
    }
}

/// A fixture that is being written.
pub(super) struct Draft {
    network: &'static str,
    config: Value,
    data: Map<String, Value>,
    cases: Map<String, Value>,
    weights: Tensors,
    tensors: Tensors,
}

impl Draft {
    pub(super) fn new(network: &'static str, config: Value) -> Self {
        Self {
            network,
            config,
            data: Map::new(),
            cases: Map::new(),
            weights: Tensors::default(),
            tensors: Tensors::default(),
        }
    }

    pub(super) fn weight(&mut self, key: &str, shape: &[usize], values: &[f32]) {
        self.weights.floats(key, shape, values);
    }

    pub(super) fn data(&mut self, key: &str, shape: &[usize], values: &[f32]) {
        self.data.insert(key.to_owned(), json!({"shape": shape}));
        self.tensors.floats(key, shape, values);
    }

    pub(super) fn tokens(&mut self, key: &str, shape: &[usize], values: &[i64]) {
        self.data.insert(key.to_owned(), json!({"shape": shape}));
        self.tensors.integers(key, shape, values);
    }

    /// A result for the batch `x2`. `entry` says of what, as `meta.json` does.
    pub(super) fn case(&mut self, key: &str, entry: &Value, shape: &[usize], values: &[f32]) {
        let mut case = json!({"library": "plain arithmetic", "input": "x2", "shape": shape});
        let case_entries = case.as_object_mut().unwrap();
        case_entries.extend(entry.as_object().unwrap().clone());
        self.cases.insert(key.to_owned(), case);
        self.tensors.floats(key, shape, values);
    }

    /// Takes a tensor out of the file that `meta.json` goes on to name.
    pub(super) fn lose(&mut self, key: &str) {
        self.tensors.0.remove(key).expect("it was there");
    }

    /// Takes all weights out.
    pub(super) fn lose_weights(&mut self) {
        self.weights.0.clear();
    }

    /// Adds the fixture to a folder, without a file of weights if there are none.
    pub(super) fn write(&self, folder: &Drafts, name: &str) {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        let meta = json!({
            "network": self.network,
            "config": self.config,
            "data": self.data,
            "cases": self.cases,
        });
        std::fs::write(path.join("meta.json"), meta.to_string()).unwrap();
        self.tensors.write(&path.join("cases.safetensors"));
        if !self.weights.0.is_empty() {
            self.weights.write(&path.join("weights.safetensors"));
        }
    }
}
