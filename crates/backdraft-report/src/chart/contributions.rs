//! What a result says of its regions or features, sample by sample.

use backdraft::Attribution;

use crate::ReportError;
use crate::shown::values_of;

/// What one region or feature of a sample contributes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Contribution {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) error: Option<f64>,
}

/// The contributions of one sample.
pub(super) fn of(
    attribution: &Attribution,
    sample: usize,
    names: Option<&[String]>,
) -> Result<Vec<Contribution>, ReportError> {
    let regions = attribution.regions();
    let (kind, values) = match regions {
        Some(regions) => ("region", doubles(regions.values(sample))),
        None => values_of(attribution, sample).ok_or_else(|| ReportError::NoChart {
            method: attribution.method().into(),
        })?,
    };
    let errors = regions.and_then(|regions| regions.standard_errors(sample));
    let known = regions.and_then(|regions| regions.names(sample));
    if let Some(names) = names.filter(|names| names.len() != values.len()) {
        return Err(ReportError::NameCount {
            label: attribution.method().into(),
            names: names.len(),
            values: values.len(),
        });
    }
    let name = |index: usize| match names.or(known) {
        Some(names) => names[index].clone(),
        None => format!("{kind} {index}"),
    };
    let contributions = values
        .iter()
        .enumerate()
        .map(|(index, &value)| Contribution {
            name: name(index),
            value,
            error: errors.map(|errors| f64::from(errors[index])),
        });
    Ok(contributions.collect())
}

fn doubles(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}
