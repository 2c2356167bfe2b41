//! Reading an attribution from a file that nobody vouches for: whatever the bytes are, they give an attribution or an
//! error that names the entry.

use std::collections::HashMap;
use std::path::Path;

use backdraft_graph::Planes;
use burn::tensor::{DType, Device, Tensor, TensorData};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::Deserialize;

use crate::attribution::attribution::Attribution;
use crate::attribution::file_error::{FileError, VERSION};
use crate::attribution::file_names::{
    BASELINE_SCORES, FORMAT, REGION_ERRORS, REGION_FITS, REGION_NAMES, REGIONS, RELEVANCE, SCORES,
    WHOLE_CHANNELS, values_name,
};
use crate::attribution::region_values::RegionValues;
use crate::{AnyTensor, Error};

/// The most dimensions of a tensor that is read; none of Burn's own has more.
const MAX_RANK: usize = 64;

/// An opened file, known to hold an attribution of the version that is read here.
pub(super) struct File<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
}

impl<'a> File<'a> {
    pub(super) fn parse(path: &'a Path, bytes: &'a [u8]) -> Result<Self, FileError> {
        let damaged = |source| FileError::NotSafetensors {
            path: path.into(),
            source,
        };
        check_offsets(bytes).map_err(damaged)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        if metadata.get("format").is_none_or(|format| format != FORMAT) {
            return Err(FileError::NotAnAttribution { path: path.into() });
        }
        let file = Self {
            path,
            tensors: SafeTensors::deserialize(bytes).map_err(damaged)?,
            metadata,
        };
        match file.text("version")? {
            VERSION => Ok(file),
            version => Err(FileError::UnknownVersion {
                path: path.into(),
                version: version.into(),
            }),
        }
    }

    pub(super) fn attribution(&self, device: &Device) -> Result<Attribution, Error> {
        let scores = self.scores(SCORES)?;
        let samples = scores.len();
        let values = self.values(samples, device)?;
        self.check_names(values.len())?;
        let (method, target) = (self.text("method")?, self.text("target")?);
        let mut attribution = Attribution::new(method, target, values, scores)?;
        for (name, value) in self.json::<Vec<(String, String)>>("options", "a list of pairs")? {
            attribution = attribution.with_option(name, value);
        }
        if let Some(layer) = self.metadata.get("layer") {
            attribution = attribution.with_layer(layer);
        }
        if let Some(baseline) = self.metadata.get("baseline") {
            let scores = self.per_sample(BASELINE_SCORES, samples)?;
            attribution = attribution.with_baseline(baseline, scores)?;
        }
        if self.has(RELEVANCE) {
            attribution = attribution.with_relevance(self.per_sample(RELEVANCE, samples)?)?;
        }
        if self.has(REGIONS) {
            let values = self.table(REGIONS, samples)?;
            let errors = self
                .has(REGION_ERRORS)
                .then(|| self.table(REGION_ERRORS, samples));
            let fits = self
                .has(REGION_FITS)
                .then(|| self.per_sample(REGION_FITS, samples));
            let names = self.region_names(&values)?;
            let regions = RegionValues::of_rows(values, errors.transpose()?, fits.transpose()?);
            let whole = self.metadata.contains_key(WHOLE_CHANNELS)
                && self.json::<bool>(WHOLE_CHANNELS, "`true` or `false`")?;
            let regions = regions.with_names(names).with_whole_channels(whole);
            attribution = attribution.with_regions(regions);
        }
        attribution = self.with_axes(attribution)?;
        if !self.json::<bool>("additive", "`true` or `false`")? {
            attribution = attribution.without_gap();
        }
        Ok(attribution)
    }

    /// What the regions of these values are called, if the file says it.
    fn region_names(&self, values: &[Vec<f32>]) -> Result<Vec<String>, FileError> {
        if !self.metadata.contains_key(REGION_NAMES) {
            return Ok(Vec::new());
        }
        let names: Vec<String> = self.json(REGION_NAMES, "a list of names")?;
        let regions = values.first().map_or(0, Vec::len);
        if ![regions, regions * values.len()].contains(&names.len()) {
            let expected = format!("{regions} names for each sample or for all");
            let actual = format!("{} names", names.len());
            return Err(self.wrong(REGION_NAMES, expected, actual));
        }
        Ok(names)
    }

    /// Where the values have channels and positions, if the file says it.
    fn with_axes(&self, mut attribution: Attribution) -> Result<Attribution, FileError> {
        if self.metadata.contains_key("planes") {
            let expected = "a list of nulls and pairs of channels and frames";
            let planes = self.json::<Vec<Option<(usize, usize)>>>("planes", expected)?;
            let fit = planes
                .iter()
                .zip(attribution.values())
                .all(|(planes, value)| {
                    let rank = value.shape().num_dims();
                    planes.is_none_or(|(channels, frames)| {
                        channels > 0 && channels < rank && frames + 1 < rank
                    })
                });
            if !fit || planes.len() != attribution.values().len() {
                let actual = format!("{planes:?}");
                return Err(self.wrong("planes", "dimensions of the tensors", actual));
            }
            let planes = planes
                .into_iter()
                .map(|planes| planes.map(|(channels, frames)| Planes { channels, frames }));
            attribution = attribution.with_planes(planes.collect());
        }
        if self.metadata.contains_key("places") {
            let places = self.json::<Vec<Vec<f64>>>("places", "a list of lists of numbers")?;
            attribution = attribution.with_places(places);
        }
        Ok(attribution)
    }

    /// The attributions in their order.
    fn values(&self, samples: usize, device: &Device) -> Result<Vec<AnyTensor>, FileError> {
        (0..)
            .map(values_name)
            .map_while(|name| Some((self.tensors.tensor(&name).ok()?, name)))
            .map(|(view, name)| self.value(&name, &view, samples, device))
            .collect()
    }

    fn value(
        &self,
        name: &str,
        view: &TensorView<'_>,
        samples: usize,
        device: &Device,
    ) -> Result<AnyTensor, FileError> {
        let shape = view.shape();
        let dtype = match view.dtype() {
            Dtype::F64 => Some(DType::F64),
            Dtype::F32 => Some(DType::F32),
            Dtype::F16 => Some(DType::F16),
            Dtype::BF16 => Some(DType::BF16),
            _ => None,
        };
        let fits = shape.first() == Some(&samples) && shape.len() <= MAX_RANK;
        let Some(dtype) = dtype.filter(|_| fits) else {
            let expected = format!("floats of shape [{samples}, ...]");
            return Err(self.wrong(name, expected, describe(view)));
        };
        if !device.supports_dtype(dtype) {
            return Err(FileError::UnsupportedType {
                path: self.path.into(),
                dtype,
                device: format!("{device:?}"),
            });
        }
        let row = [shape.iter().product::<usize>()];
        let data = TensorData::from_bytes_vec(view.data().to_vec(), row, dtype);
        let row = Tensor::<1>::from_data(data, (device, dtype));
        Ok(AnyTensor::from(row).reshape_to(shape.to_vec()))
    }

    /// Refuses values that would be left out: not numbered one by one, or of another name.
    fn check_names(&self, values: usize) -> Result<(), FileError> {
        let is_value = |name: &str| {
            let position = name.strip_prefix("values.").and_then(|it| it.parse().ok());
            position.is_some_and(|it: usize| it < values && values_name(it) == name)
        };
        let known = |name: &str| {
            let regions = [REGIONS, REGION_ERRORS, REGION_FITS];
            let named = [&[SCORES, BASELINE_SCORES, RELEVANCE][..], &regions].concat();
            named.contains(&name) || is_value(name)
        };
        match self.tensors.iter().find(|(name, _)| !known(name)) {
            Some((name, view)) => Err(self.wrong(name, "absent", describe(&view))),
            None => Ok(()),
        }
    }

    /// A number for each of so many samples.
    fn per_sample(&self, name: &str, samples: usize) -> Result<Vec<f32>, FileError> {
        let numbers = self.scores(name)?;
        if numbers.len() != samples {
            let expected = format!("one number for each of {samples} samples");
            let actual = format!("{} numbers", numbers.len());
            return Err(self.wrong(name, expected, actual));
        }
        Ok(numbers)
    }

    /// A tensor that holds a number for each sample.
    fn scores(&self, name: &str) -> Result<Vec<f32>, FileError> {
        const EXPECTED: &str = "a row of F32";
        let Ok(view) = self.tensors.tensor(name) else {
            return Err(self.wrong(name, EXPECTED, "missing"));
        };
        if view.dtype() != Dtype::F32 || view.shape().len() != 1 {
            return Err(self.wrong(name, EXPECTED, describe(&view)));
        }
        let (numbers, _) = view.data().as_chunks();
        Ok(numbers.iter().copied().map(f32::from_le_bytes).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// A tensor that holds a row of numbers for each sample.
    fn table(&self, name: &str, samples: usize) -> Result<Vec<Vec<f32>>, FileError> {
        let expected = || format!("F32 of shape [{samples}, regions]");
        let Ok(view) = self.tensors.tensor(name) else {
            return Err(self.wrong(name, expected(), "missing"));
        };
        let [rows, columns] = view.shape() else {
            return Err(self.wrong(name, expected(), describe(&view)));
        };
        if view.dtype() != Dtype::F32 || *rows != samples || *columns == 0 {
            return Err(self.wrong(name, expected(), describe(&view)));
        }
        let (numbers, _) = view.data().as_chunks();
        let numbers: Vec<f32> = numbers.iter().copied().map(f32::from_le_bytes).collect();
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(self.wrong(name, "finite numbers", "NaN or infinite ones"));
        }
        Ok(numbers.chunks(*columns).map(<[f32]>::to_vec).collect())
    }

    fn text(&self, name: &str) -> Result<&str, FileError> {
        let text = self.metadata.get(name).map(String::as_str);
        text.ok_or_else(|| self.wrong(name, "a text", "missing"))
    }

    /// Metadata with a structure.
    fn json<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<T, FileError> {
        let text = self.text(name)?;
        serde_json::from_str(text).map_err(|_| self.wrong(name, expected, format!("`{text}`")))
    }

    fn wrong(
        &self,
        entry: &str,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> FileError {
        FileError::WrongEntry {
            path: self.path.into(),
            entry: entry.into(),
            expected: expected.into(),
            actual: actual.into(),
        }
    }
}

fn describe(view: &TensorView<'_>) -> String {
    format!("{} of shape {:?}", view.dtype(), view.shape())
}

/// Refuses a header whose tensors lie outside the file, before the parser adds the lengths up: sums of such lengths may
/// overflow.
fn check_offsets(bytes: &[u8]) -> Result<(), SafeTensorError> {
    #[derive(Deserialize)]
    struct Info {
        data_offsets: Option<(usize, usize)>,
    }
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return Err(SafeTensorError::HeaderTooSmall);
    };
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let Some(header) = rest.get(..length) else {
        return Err(SafeTensorError::InvalidHeaderLength);
    };
    let tensors: HashMap<String, Info> =
        serde_json::from_slice(header).map_err(SafeTensorError::InvalidHeaderDeserialization)?;
    let outside = |info: &Info| info.data_offsets.is_some_and(|(_, end)| end > rest.len());
    match tensors.into_iter().find(|(_, info)| outside(info)) {
        Some((name, _)) => Err(SafeTensorError::InvalidOffset(name)),
        None => Ok(()),
    }
}
