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
    let (kind, values, errors, known) = match attribution.regions() {
        Some(regions) => (
            "region",
            regions
                .values(sample)
                .iter()
                .copied()
                .map(f64::from)
                .collect(),
            regions.standard_errors(sample),
            regions.names(sample),
        ),
        None => {
            let (kind, values) =
                values_of(attribution, sample).ok_or_else(|| ReportError::NoChart {
                    method: attribution.method().into(),
                })?;
            (kind, values, None, None)
        }
    };
    let values: Vec<f64> = values;
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
