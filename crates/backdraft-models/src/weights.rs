use std::path::Path;

use burn::tensor::{DType, Device};
use burn_store::{
    BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter,
    SafetensorsStore,
};

use crate::ModelError;

/// Gives `model` the weights in `bytes`: a safetensors file with `PyTorch`'s names and layout.
///
/// The floats are cast to the default float type of `device`, whatever the file's precision.
pub(crate) fn load<M: ModuleSnapshot>(
    model: M,
    bytes: &[u8],
    device: &Device,
) -> Result<M, ModelError> {
    let store = SafetensorsStore::from_bytes(Some(bytes.to_vec()));
    load_from(model, store, &[], device)
}

/// How many batches a normalization has seen: `PyTorch` counts them to train.
const COUNTER: &str = ".num_batches_tracked";

/// Gives `model` the weights in `store`, in `PyTorch`'s layout. Tensors whose names begin with one of `ignored` may
/// be left over, and so may counters of batches.
pub(crate) fn load_from<M: ModuleSnapshot>(
    mut model: M,
    store: SafetensorsStore,
    ignored: &[&str],
    device: &Device,
) -> Result<M, ModelError> {
    let cast = FloatCastAdapter::to(device.settings().float_dtype.into());
    // A partial load is allowed only so that it can be told exactly what is missing.
    let mut store = store
        .with_from_adapter(PyTorchToBurnAdapter.chain(cast))
        .allow_partial(true);

    let mut result = model.load_from(&mut store)?;
    if !result.missing.is_empty() {
        let paths = result.missing.into_iter().map(|(path, _)| path);
        return Err(ModelError::Missing(paths.collect()));
    }
    let is_ignored = |name: &String| {
        name.ends_with(COUNTER) || ignored.iter().any(|start| name.starts_with(start))
    };
    result.unused.retain(|name| !is_ignored(name));
    if !result.unused.is_empty() {
        return Err(ModelError::Unused(result.unused));
    }
    Ok(model)
}

/// Saves the weights of `model` as a safetensors file with `PyTorch`'s names and layout, in half
/// precision: this crate's form of trained weights. A file of that name is replaced.
///
/// # Errors
/// [`ModelError::Write`] if the file can't be written.
pub fn save_weights<M: ModuleSnapshot>(
    model: &M,
    path: impl AsRef<Path>,
) -> Result<(), ModelError> {
    let half = FloatCastAdapter::to(DType::F16);
    let mut store = SafetensorsStore::from_file(path.as_ref())
        .with_to_adapter(BurnToPyTorchAdapter.chain(half))
        .overwrite(true);
    model.save_into(&mut store).map_err(ModelError::Write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use safetensors::tensor::{Dtype, TensorView};

    /// A file with float16 tensors of consecutive values 1, 2, 3, ...
    fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
        let ones_upwards = [0x3C00u16, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600];
        let bytes: Vec<u8> = ones_upwards.iter().flat_map(|x| x.to_le_bytes()).collect();
        let views = tensors.iter().map(|(name, shape)| {
            let length = 2 * shape.iter().product::<usize>();
            let view = TensorView::new(Dtype::F16, shape.to_vec(), &bytes[..length]);
            (*name, view.expect("the bytes fit the shape"))
        });
        safetensors::serialize(views, None).expect("the tensors can be written")
    }

    fn load_linear(bytes: &[u8]) -> Result<Linear, ModelError> {
        let device = Device::flex();
        load(LinearConfig::new(3, 2).init(&device), bytes, &device)
    }

    #[test]
    fn half_precision_linear_is_transposed_and_widened() {
        let linear = load_linear(&file(&[("weight", &[2, 3]), ("bias", &[2])])).unwrap();
        let weight = linear.weight.val().into_data();
        assert_eq!(weight.shape().as_slice(), [3, 2]);
        assert_eq!(
            weight.try_to_vec::<f32>().unwrap(),
            [1., 4., 2., 5., 3., 6.]
        );
    }

    #[test]
    fn saved_weights_come_back_in_half_precision() {
        let path = std::env::temp_dir().join(format!("weights-{}.st", std::process::id()));
        let linear = load_linear(&file(&[("weight", &[2, 3]), ("bias", &[2])])).unwrap();
        for _ in 0..2 {
            save_weights(&linear, &path).unwrap();
        }
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let weight = file.tensor("weight").unwrap();
        assert_eq!((weight.dtype(), weight.shape()), (Dtype::F16, &[2, 3][..]));
        let again = load_linear(&bytes).unwrap();
        assert_eq!(
            again.weight.val().into_data(),
            linear.weight.val().into_data()
        );
    }

    #[test]
    fn a_file_that_cannot_be_written_is_an_error() {
        let linear = load_linear(&file(&[("weight", &[2, 3]), ("bias", &[2])])).unwrap();
        let error = save_weights(&linear, "no/such/folder/weights.safetensors").unwrap_err();
        assert!(matches!(error, ModelError::Write(_)), "{error}");
    }

    #[test]
    fn a_missing_tensor_is_named() {
        let error = load_linear(&file(&[("weight", &[2, 3])])).unwrap_err();
        assert!(matches!(&error, ModelError::Missing(paths) if paths == &["bias"]));
        assert!(error.to_string().contains("lack bias"));
    }

    #[test]
    fn a_tensor_without_place_is_named() {
        let tensors: &[(&str, &[usize])] = &[("weight", &[2, 3]), ("bias", &[2]), ("scale", &[2])];
        let error = load_linear(&file(tensors)).unwrap_err();
        assert!(matches!(&error, ModelError::Unused(paths) if paths == &["scale"]));
    }

    #[test]
    fn only_what_is_named_may_be_left_over() {
        let device = Device::flex();
        let tensors: &[(&str, &[usize])] = &[
            ("weight", &[2, 3]),
            ("bias", &[2]),
            ("scale.a", &[2]),
            ("shift", &[2]),
            ("bn.num_batches_tracked", &[1]),
        ];
        let load = |ignored: &[&str]| {
            let store = SafetensorsStore::from_bytes(Some(file(tensors)));
            let linear: Linear = LinearConfig::new(3, 2).init(&device);
            load_from(linear, store, ignored, &device)
        };
        let error = load(&["scale."]).unwrap_err();
        assert!(matches!(&error, ModelError::Unused(paths) if paths == &["shift"]));
        assert!(load(&["scale.", "shift"]).is_ok());
    }

    #[test]
    fn a_wrong_shape_is_refused() {
        let error = load_linear(&file(&[("weight", &[3, 2]), ("bias", &[2])])).unwrap_err();
        assert!(matches!(&error, ModelError::Read(_)));
        assert!(error.to_string().contains("weight"));
    }

    #[test]
    fn bytes_of_another_format_are_refused() {
        assert!(matches!(
            load_linear(b"not a file of tensors"),
            Err(ModelError::Read(_))
        ));
    }
}
