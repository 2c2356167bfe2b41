//! Classifiers of photos with weights from a file, for as many classes as it has.

use std::path::Path;

use burn::tensor::Device;
use burn_store::{ModuleStore, SafetensorsStore};

use crate::{EfficientNetLite0, ModelError, ResNet18, weights};

/// The layer with a row of weights for each class.
const CLASSES: &str = "fc.weight";
/// From `torchvision`'s names to those of [`ResNet18`].
const DOWNSAMPLE: [(&str, &str); 2] = [
    (r"\.downsample\.0\.", ".downsample.conv."),
    (r"\.downsample\.1\.", ".downsample.bn."),
];

impl EfficientNetLite0 {
    /// The network with the weights in a safetensors file, which [`save_weights`](crate::save_weights) writes: the
    /// names of this module in `PyTorch`'s layout, and any number of classes.
    ///
    /// # Errors
    /// [`ModelError`] if the file can't be read, or the weights don't fit the network exactly.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self, ModelError> {
        let mut store = SafetensorsStore::from_file(path.as_ref());
        let model = Self::with_classes(classes(&mut store)?, device);
        weights::load_from(model, store, &[], device)
    }
}

impl ResNet18 {
    /// The network with the weights in a safetensors file, with `torchvision`'s names or those that
    /// [`save_weights`](crate::save_weights) writes, and any number of classes.
    ///
    /// # Errors
    /// [`ModelError`] if the file can't be read, or the weights don't fit the network exactly.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self, ModelError> {
        let mut store = SafetensorsStore::from_file(path.as_ref());
        for (from, to) in DOWNSAMPLE {
            store = store.with_key_remapping(from, to);
        }
        let model = Self::with_classes(classes(&mut store)?, device);
        weights::load_from(model, store, &[], device)
    }
}

/// How many classes the weights are for.
fn classes(store: &mut SafetensorsStore) -> Result<usize, ModelError> {
    let last = store.get_tensor(CLASSES)?;
    let classes = last.and_then(|last| last.shape.iter().copied().next());
    (classes.filter(|classes| *classes > 0))
        .ok_or_else(|| ModelError::Missing(vec![CLASSES.into()]))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use burn::tensor::Tensor;
    use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

    use super::*;
    use crate::save_weights;

    /// A file that is gone when it is dropped.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            let name = format!("own-weights-{name}-{}.safetensors", std::process::id());
            Self(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn a_network_has_as_many_classes_as_its_weights() {
        let device = Device::flex();
        let file = Temporary::new("classes");
        save_weights(&ResNet18::with_classes(3, &device), &file.0).unwrap();
        let model = ResNet18::load(&file.0, &device).unwrap();
        let logits = model.forward(Tensor::zeros([1, 3, 32, 32], &device));
        assert_eq!(logits.dims(), [1, 3]);

        let file = Temporary::new("lite");
        save_weights(&EfficientNetLite0::with_classes(2, &device), &file.0).unwrap();
        let model = EfficientNetLite0::load(&file.0, &device).unwrap();
        let logits = model.forward(Tensor::zeros([1, 3, 32, 32], &device));
        assert_eq!(logits.dims(), [1, 2]);
    }

    #[test]
    fn names_of_torchvision_are_known() {
        let device = Device::flex();
        let (ours, theirs) = (Temporary::new("ours"), Temporary::new("theirs"));
        save_weights(&ResNet18::with_classes(3, &device), &ours.0).unwrap();
        let bytes = std::fs::read(&ours.0).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let counter = TensorView::new(Dtype::I64, Vec::new(), &[0; 8]).unwrap();
        let mut tensors = vec![("bn1.num_batches_tracked".to_owned(), counter)];
        tensors.extend(file.tensors().into_iter().map(|(name, tensor)| {
            let name = name.replace("downsample.conv", "downsample.0");
            (name.replace("downsample.bn", "downsample.1"), tensor)
        }));
        std::fs::write(&theirs.0, serialize(tensors, None).unwrap()).unwrap();

        let image = Tensor::ones([1, 3, 32, 32], &device);
        let [ours, theirs] = [&ours, &theirs].map(|file| {
            let model = ResNet18::load(&file.0, &device).unwrap();
            model.forward(image.clone()).into_data()
        });
        assert_eq!(ours, theirs);
    }

    #[test]
    fn weights_of_another_network_are_refused() {
        let device = Device::flex();
        let file = Temporary::new("other");
        save_weights(&ResNet18::with_classes(3, &device), &file.0).unwrap();
        let error = EfficientNetLite0::load(&file.0, &device).unwrap_err();
        assert!(
            matches!(error, ModelError::Missing(_) | ModelError::Read(_)),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_refused() {
        let error = ResNet18::load("no/such/file", &Device::flex()).unwrap_err();
        assert!(matches!(error, ModelError::Read(_)), "{error}");
    }
}
