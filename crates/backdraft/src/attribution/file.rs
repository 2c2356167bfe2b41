//! Attributions on disk: the values, and everything that is known about them, in one `.safetensors` file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use burn::tensor::{DType, Device, TensorData};
use safetensors::{Dtype, View};

use crate::attribution::attribution::Attribution;
use crate::attribution::file_error::{FileError, VERSION};
use crate::attribution::file_names::{
    BASELINE_SCORES, FORMAT, REGION_ERRORS, REGION_FITS, REGION_NAMES, REGIONS, RELEVANCE, SCORES,
    WHOLE_CHANNELS, values_name,
};
use crate::attribution::file_reader::File;
use crate::attribution::region_values::RegionValues;
use crate::{AnyTensor, Error};

impl Attribution {
    /// Writes the attribution to a `.safetensors` file: the values in their own shapes and float types, and
    /// everything else that the result knows.
    ///
    /// | tensor | what it holds |
    /// |---|---|
    /// | `values.0`, `values.1`, ... | the attribution of each input or layer, `[batch, ...]` |
    /// | `scores` | the target's value for each sample, `[batch]` |
    /// | `baseline_scores` | the same at the baseline, for methods that have one |
    /// | `relevance` | what the outputs' relevance sums to, `[batch]`, for methods that propagate it |
    /// | `regions`, `region_errors` | values and standard errors of [regions](Self::regions), `[batch, regions]`, for methods that have them |
    /// | `region_fits` | how well they fit, `[batch]`, for methods that fit a model |
    ///
    /// The metadata are `format` and `version` of the file, `method`, `target`, `options` (a JSON list of pairs of
    /// name and value), `additive` (whether the values sum to what the method made them sum to), and, for
    /// methods that have one, `layer` and `baseline`; where they are known, `planes` (for each tensor `null` or the
    /// dimension of its channels and the number of its dimensions of frames), `region_names` (a list of a name for each
    /// region, or for those of all samples), `region_channels_whole` (`true` where regions have all channels of their
    /// positions) and `places` (for each dimension of
    /// positions where they lie, as fractions of the input's size). A file of this name is replaced.
    ///
    /// ```
    /// use backdraft::Attribution;
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let device = Device::default();
    /// let values = Tensor::<2>::from_data([[1.0, -2.5]], &device);
    /// let attribution = Attribution::new("saliency", "class 7", vec![values.into()], vec![5.0])?;
    /// # std::env::set_current_dir(std::env::temp_dir()).unwrap();
    /// attribution.save("why.safetensors")?;
    ///
    /// let loaded = Attribution::load("why.safetensors", &device)?;
    /// assert_eq!(loaded.target(), "class 7");
    /// assert_eq!(loaded.sums(), [-1.5]);
    /// # std::fs::remove_file("why.safetensors").unwrap();
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`FileError`] that names the path, if the folder doesn't exist or the file can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        if let Some(folder) = path.parent().filter(|it| *it != "" && !it.is_dir()) {
            return Err(FileError::MissingFolder {
                path: path.into(),
                folder: folder.into(),
            }
            .into());
        }
        fs::write(path, self.to_bytes()?).map_err(|source| FileError::Unwritable {
            path: path.into(),
            source,
        })?;
        Ok(())
    }

    /// The content of the file that [`save`](Self::save) writes.
    ///
    /// # Errors
    ///
    /// [`FileError::Unserializable`] if values can't be written down.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let bytes = safetensors::serialize(self.tensors_by_name()?, Some(self.metadata()));
        Ok(bytes.map_err(FileError::Unserializable)?)
    }

    /// Reads an attribution that [`save`](Self::save) wrote, onto a device.
    ///
    /// # Errors
    ///
    /// A [`FileError`] that names the path, if the file is missing, damaged, of another format or version, or if its
    /// entries don't fit together, and [`Error::NotFinite`] if a number in it is NaN or infinite.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => FileError::NotFound { path: path.into() },
            _ => FileError::Unreadable {
                path: path.into(),
                source,
            },
        })?;
        File::parse(path, &bytes)?.attribution(device)
    }

    fn tensors_by_name(&self) -> Result<Vec<(String, Entry)>, FileError> {
        let mut tensors = Vec::new();
        for (position, value) in self.values().iter().enumerate() {
            tensors.push((values_name(position), Entry::of(value)?));
        }
        tensors.push((SCORES.into(), Entry::row(self.scores())));
        if let Some(scores) = self.baseline_scores() {
            tensors.push((BASELINE_SCORES.into(), Entry::row(scores)));
        }
        if let Some(relevance) = self.relevance() {
            tensors.push((RELEVANCE.into(), Entry::row(relevance)));
        }
        if let Some(regions) = self.regions() {
            tensors.push((REGIONS.into(), Entry::table(regions.all_values())));
            let errors = regions.all_errors().map(Entry::table);
            tensors.extend(errors.map(|errors| (REGION_ERRORS.into(), errors)));
            let fits = regions.all_fits().map(Entry::row);
            tensors.extend(fits.map(|fits| (REGION_FITS.into(), fits)));
        }
        Ok(tensors)
    }

    fn metadata(&self) -> HashMap<String, String> {
        let options = serde_json::json!(self.options());
        let known = [
            ("format", Some(FORMAT.into())),
            ("version", Some(VERSION.into())),
            ("method", Some(self.method().into())),
            ("target", Some(self.target().into())),
            ("options", Some(options.to_string())),
            ("additive", Some(self.is_additive().to_string())),
            ("layer", self.layer().map(Into::into)),
            ("baseline", self.baseline().map(Into::into)),
            (
                REGION_NAMES,
                self.regions()
                    .and_then(|regions| known(regions.all_names()))
                    .map(|names| serde_json::json!(names).to_string()),
            ),
            (
                WHOLE_CHANNELS,
                (self
                    .regions()
                    .is_some_and(RegionValues::have_whole_channels))
                .then(|| "true".into()),
            ),
            (
                "planes",
                self.known_planes()
                    .map(|planes| serde_json::json!(planes).to_string()),
            ),
            (
                "places",
                known(self.places()).map(|places| serde_json::json!(places).to_string()),
            ),
        ];
        known
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text?)))
            .collect()
    }
}

/// A list that says something.
fn known<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

/// A tensor on its way into a file.
struct Entry {
    dtype: Dtype,
    shape: Vec<usize>,
    data: TensorData,
}

impl Entry {
    fn of(tensor: &AnyTensor) -> Result<Self, FileError> {
        let shape = tensor.shape().to_vec();
        let (dtype, stored) = match tensor.dtype() {
            DType::F64 => (Dtype::F64, DType::F64),
            DType::F16 => (Dtype::F16, DType::F16),
            DType::BF16 => (Dtype::BF16, DType::BF16),
            _ => (Dtype::F32, DType::F32),
        };
        let row = tensor.reshape([shape.iter().product::<usize>()]);
        Ok(Self {
            dtype,
            shape,
            data: row.try_into_data_dtype(stored)?,
        })
    }

    fn table(rows: &[Vec<f32>]) -> Self {
        let columns = rows.first().map_or(0, Vec::len);
        Self {
            dtype: Dtype::F32,
            shape: vec![rows.len(), columns],
            data: TensorData::new(rows.concat(), [rows.len(), columns]),
        }
    }

    fn row(values: &[f32]) -> Self {
        Self {
            dtype: Dtype::F32,
            shape: vec![values.len()],
            data: TensorData::from(values),
        }
    }
}

impl View for Entry {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.data.as_bytes().into()
    }

    fn data_len(&self) -> usize {
        self.data.as_bytes().len()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use burn::tensor::{FloatDType, Tensor};

    use super::*;

    /// A file of its own for each test, gone at its end.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new() -> Self {
            static COUNT: AtomicUsize = AtomicUsize::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("backdraft-{}-{number}.safetensors", std::process::id());
            Self(std::env::temp_dir().join(name))
        }

        fn of(bytes: &[u8]) -> Self {
            let file = Self::new();
            fs::write(&file.0, bytes).unwrap();
            file
        }

        fn load(&self) -> Result<Attribution, Error> {
            Attribution::load(&self.0, &Device::flex())
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    /// Two samples of two inputs.
    fn attribution(dtype: FloatDType) -> Attribution {
        let device = Device::flex();
        let images = Tensor::<4>::from_data(
            [
                [[[0.1, -2.5]], [[3.0, 1.0]]],
                [[[0.0, 1e-4]], [[7.0, -0.3]]],
            ],
            &device,
        );
        let features = Tensor::<2>::from_data([[1.0 / 3.0], [f32::MIN_POSITIVE]], &device);
        let values = vec![images.cast(dtype).into(), features.cast(dtype).into()];
        Attribution::new("integrated-gradients", "class 7", values, vec![5.0, -0.1])
            .unwrap()
            .with_option("steps", 50)
            .with_option("quoted \"name\"", "é, [1]")
            .with_layer("head.relu6")
            .with_baseline("zeros", vec![0.3, -0.0])
            .unwrap()
            .with_relevance(vec![4.5, -0.0])
            .unwrap()
    }

    fn saved(attribution: &Attribution) -> Vec<u8> {
        let file = Temporary::new();
        attribution.save(&file.0).unwrap();
        fs::read(&file.0).unwrap()
    }

    fn bits(scores: Option<&[f32]>) -> Option<Vec<u32>> {
        Some(scores?.iter().map(|score| score.to_bits()).collect())
    }

    fn assert_same(loaded: &Attribution, saved: &Attribution) {
        assert_eq!(loaded.values().len(), saved.values().len());
        for (loaded, saved) in loaded.values().iter().zip(saved.values()) {
            assert_eq!(loaded.dtype(), saved.dtype());
            assert_eq!(loaded.shape(), saved.shape());
            let row = |tensor: &AnyTensor| tensor.reshape([tensor.shape().num_elements()]);
            assert_eq!(row(loaded).into_data(), row(saved).into_data());
        }
        assert_eq!(loaded.method(), saved.method());
        assert_eq!(loaded.target(), saved.target());
        assert_eq!(bits(Some(loaded.scores())), bits(Some(saved.scores())));
        assert_eq!(loaded.options(), saved.options());
        assert_eq!(loaded.layer(), saved.layer());
        assert_eq!(loaded.baseline(), saved.baseline());
        assert_eq!(
            bits(loaded.baseline_scores()),
            bits(saved.baseline_scores())
        );
        assert_eq!(bits(loaded.relevance()), bits(saved.relevance()));
        assert_eq!(loaded.is_additive(), saved.is_additive());
        let first_gap = |it: &Attribution| it.gap().map(|gaps| gaps[0]);
        assert_eq!(first_gap(loaded), first_gap(saved));
    }

    #[test]
    fn what_is_loaded_is_what_was_saved() {
        for dtype in [
            FloatDType::F64,
            FloatDType::F32,
            FloatDType::F16,
            FloatDType::BF16,
        ] {
            let attribution = attribution(dtype);
            let loaded = Temporary::of(&saved(&attribution)).load().unwrap();
            assert_same(&loaded, &attribution);
        }
        let reduced = attribution(FloatDType::F32).abs();
        assert_same(&Temporary::of(&saved(&reduced)).load().unwrap(), &reduced);
    }

    #[test]
    fn regions_keep_their_names_and_that_they_hold_channels() {
        let regions = RegionValues::new(&[vec![1.0, 2.0], vec![3.0, -4.0]], None, None);
        let regions = regions.with_whole_channels(true);
        let named = |names: &[&str]| {
            let regions = regions.clone();
            let names = names.iter().map(|&name| name.into()).collect();
            attribution(FloatDType::F32).with_regions(regions.with_names(names))
        };
        let loaded = Temporary::of(&saved(&named(&["age", "\"city\""]))).load();
        let loaded = loaded.unwrap();
        assert_eq!(loaded.regions(), named(&["age", "\"city\""]).regions());
        let error = Temporary::of(&saved(&named(&["a", "b", "c"])))
            .load()
            .unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("region_names") && error.contains("3 names"),
            "{error}"
        );
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let values = Tensor::<2>::zeros([1, 3], &Device::flex());
        let plain = Attribution::new("saliency", "", vec![values.into()], vec![1.0]).unwrap();
        let loaded = Temporary::of(&saved(&plain)).load().unwrap();
        assert_same(&loaded, &plain);
        assert_eq!(loaded.gap(), None);
    }

    #[test]
    fn many_inputs_keep_their_order() {
        let value =
            |number: usize| AnyTensor::from(Tensor::<1>::full([1], number as f32, &Device::flex()));
        let values = (0..12).map(value).collect();
        let many = Attribution::new("saliency", "class 0", values, vec![1.0]).unwrap();
        assert_same(&Temporary::of(&saved(&many)).load().unwrap(), &many);
    }

    #[test]
    fn a_batch_of_no_samples_returns() {
        let values = Tensor::<2>::zeros([0, 3], &Device::flex());
        let empty = Attribution::new("saliency", "class 0", vec![values.into()], vec![]).unwrap();
        let loaded = Temporary::of(&saved(&empty)).load().unwrap();
        assert_eq!(loaded.values()[0].shape().as_slice(), [0, 3]);
    }

    #[test]
    fn a_missing_file_or_folder_is_named() {
        let error = Attribution::load("no/such.safetensors", &Device::flex()).unwrap_err();
        assert!(matches!(error, Error::File(FileError::NotFound { .. })));
        assert!(error.to_string().contains("`no/such.safetensors`"));
        let error = attribution(FloatDType::F32).save("no/such.safetensors");
        assert!(matches!(
            error,
            Err(Error::File(FileError::MissingFolder { .. }))
        ));
        let error = Attribution::load(std::env::temp_dir(), &Device::flex()).unwrap_err();
        assert!(matches!(error, Error::File(FileError::Unreadable { .. })));
        let error = attribution(FloatDType::F32).save(std::env::temp_dir());
        assert!(matches!(
            error,
            Err(Error::File(FileError::Unwritable { .. }))
        ));
    }

    fn refusal(bytes: &[u8]) -> String {
        Temporary::of(bytes).load().unwrap_err().to_string()
    }

    /// A file with the given header, and `length` bytes of zeros after it.
    fn with_header(header: &str, length: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + length, 0);
        bytes
    }

    /// A file of one sample whose tensors and metadata are those given, besides what every file has.
    fn with_entries(tensors: &str, metadata: &str, length: usize) -> Vec<u8> {
        let known = r#""format":"backdraft attribution","method":"saliency","target":"class 0","additive":"true""#;
        let scores = r#""scores":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#;
        let header = format!(r#"{{"__metadata__":{{{known},{metadata}}},{scores}{tensors}}}"#);
        with_header(&header, length)
    }

    const V1: &str = r#""version":"1","options":"[]""#;

    #[test]
    fn other_files_are_refused_in_words() {
        let text = refusal(b"not a file of tensors at all");
        assert!(text.contains("is not an intact safetensors file"), "{text}");
        let weights = r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
        let text = refusal(&with_header(weights, 4));
        assert!(text.contains("without an attribution"), "{text}");
        let text = refusal(&with_entries("", r#""version":"2""#, 4));
        assert!(text.contains("in version 2 of the format"), "{text}");
        assert!(
            Temporary::of(&with_entries("", V1, 4))
                .load()
                .unwrap()
                .values()
                .is_empty()
        );
    }

    #[test]
    fn entries_that_do_not_fit_are_named() {
        let value = |name: &str, dtype: &str, shape: &str, bytes: usize| {
            format!(
                r#","{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[4,{}]}}"#,
                4 + bytes
            )
        };
        for (name, dtype, shape, bytes) in [
            ("values.0", "F32", "[2]", 8),
            ("values.0", "I32", "[1]", 4),
            ("values.0", "F32", "[]", 4),
            ("values.0", "F32", &format!("[1{}]", ",1".repeat(99)), 4),
            ("values.1", "F32", "[1]", 4),
            ("values.00", "F32", "[1]", 4),
            ("weights", "F32", "[1]", 4),
        ] {
            let tensors = value(name, dtype, shape, bytes);
            let text = refusal(&with_entries(&tensors, V1, 4 + bytes));
            assert!(
                text.contains(&format!("is damaged: `{name}` should be")),
                "{text}"
            );
        }
        for (metadata, entry) in [
            (r#""options":"[]""#, "version"),
            (r#""version":"1""#, "options"),
            (r#""version":"1","options":"{}""#, "options"),
            (
                r#""version":"1","options":"[]","baseline":"zeros""#,
                "baseline_scores",
            ),
        ] {
            let text = refusal(&with_entries("", metadata, 4));
            assert!(text.contains(&format!("`{entry}` should be")), "{text}");
        }
        let two = value("baseline_scores", "F32", "[2]", 8);
        let metadata = format!(r#"{V1},"baseline":"zeros""#);
        let text = refusal(&with_entries(&two, &metadata, 12));
        assert!(text.contains("one number for each of 1 samples"), "{text}");
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        // Together the eight are longer than any number says.
        const EIGHTH: u64 = 0x2000_0000_0000_0000;
        let huge: Vec<_> = (0..8)
            .map(|number| {
                let (start, end) = (number * (EIGHTH - 1), (number + 1) * (EIGHTH - 1));
                let shape = EIGHTH - 1;
                format!(
                    r#""{number}":{{"dtype":"U8","shape":[{shape}],"data_offsets":[{start},{end}]}}"#
                )
            })
            .collect();
        let text = refusal(&with_header(&format!("{{{}}}", huge.join(",")), 0));
        assert!(text.contains("is not an intact safetensors file"), "{text}");
        for length in [u64::MAX, 1 << 40, 9] {
            let text = refusal(&[&length.to_le_bytes()[..], b"{}"].concat());
            assert!(text.contains("is not an intact safetensors file"), "{text}");
        }
    }

    #[test]
    fn a_cut_off_file_is_an_error_at_any_length() {
        let whole = saved(&attribution(FloatDType::F32));
        for length in 0..whole.len() {
            refusal(&whole[..length]);
        }
    }

    #[test]
    fn no_damaged_byte_is_a_panic() {
        let whole = saved(&attribution(FloatDType::F16));
        for position in 0..whole.len() {
            for damage in [b'0', b'9', b'"', 0, 0xff] {
                let mut bytes = whole.clone();
                bytes[position] = damage;
                let _ = Temporary::of(&bytes).load();
            }
        }
    }
}
