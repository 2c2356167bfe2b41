//! Regions that labels say.

use std::collections::BTreeMap;

use crate::AnyTensor;
use crate::inputs::Inputs;
use crate::inputs::rows::flat_integers;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::place::{place_of, row_major};
use crate::perturbation::regions::resolved::Region;

/// A region for every label that isn't negative, in their order: once for all rows, or, if labels differ from sample to
/// sample, for each row.
pub(super) fn regions(
    shapes: &[Vec<usize>],
    labels: &[AnyTensor],
    inputs: &Inputs,
) -> Result<Vec<Vec<Region>>, RegionError> {
    if labels.len() != shapes.len() {
        return Err(RegionError::WrongRegions {
            input: labels.len().min(shapes.len()),
            expected: format!(
                "one of {} tensors of labels, one for each input",
                shapes.len()
            ),
            actual: format!("{} tensors", labels.len()),
        });
    }
    let labels = shapes.iter().zip(labels).enumerate();
    let labels: Vec<Labels> = labels
        .map(|(input, (shape, labels))| Labels::new(input, shape, labels, inputs.samples()))
        .collect::<Result<_, _>>()?;
    let differ = labels.iter().any(|labels| labels.samples > 1);
    let rows = if differ { inputs.rows() } else { 1 };
    let each: Vec<Vec<Region>> = (0..rows)
        .map(|row| of_sample(shapes, &labels, row % inputs.samples().max(1)))
        .collect();
    let counts = each.iter().map(Vec::len);
    match counts
        .enumerate()
        .find(|(_, count)| *count != each[0].len())
    {
        None => Ok(each),
        Some((sample, count)) => Err(RegionError::WrongRegions {
            input: 0,
            expected: "as many in every sample: explain samples of other numbers one at a time"
                .into(),
            actual: format!(
                "{} in sample 0 and {count} in sample {sample}",
                each[0].len()
            ),
        }),
    }
}

fn of_sample(shapes: &[Vec<usize>], labels: &[Labels], sample: usize) -> Vec<Region> {
    let mut regions = BTreeMap::new();
    for (input, (shape, labels)) in shapes.iter().zip(labels).enumerate() {
        for element in 0..shape.iter().product() {
            let label = labels.of(sample, &place_of(element, shape));
            if label >= 0 {
                let region = regions
                    .entry(label)
                    .or_insert_with(|| Region::empty(shapes.len()));
                region.push(input, element);
            }
        }
    }
    regions.into_values().collect()
}

/// The labels of one input, repeated along dimensions of one.
struct Labels {
    /// One sample's, or those of all samples.
    values: Vec<i64>,
    samples: usize,
    shape: Vec<usize>,
}

impl Labels {
    fn new(
        input: usize,
        shape: &[usize],
        labels: &AnyTensor,
        samples: usize,
    ) -> Result<Self, RegionError> {
        let given = labels.shape().to_vec();
        let wrong = |actual: String| RegionError::WrongRegions {
            input,
            expected: format!(
                "labels: a tensor of integers of shape [1, ...] or [{samples}, ...], the rest as in a sample of shape \
                 {shape:?} or 1"
            ),
            actual,
        };
        let Some(integers) = flat_integers(labels) else {
            return Err(wrong("a tensor that isn't of integers".into()));
        };
        let repeats = |(given, side): (&usize, &usize)| *given == 1 || given == side;
        let fits = given.len() == shape.len() + 1
            && (given[0] == 1 || given[0] == samples)
            && given[1..].iter().zip(shape).all(repeats);
        if !fits {
            return Err(wrong(format!("shape {given:?}")));
        }
        Ok(Self {
            values: integers.into_data().iter::<i64>().collect(),
            samples: given[0],
            shape: given[1..].to_vec(),
        })
    }

    fn of(&self, sample: usize, place: &[usize]) -> i64 {
        let place: Vec<usize> = (place.iter().zip(&self.shape))
            .map(|(&index, &size)| if size == 1 { 0 } else { index })
            .collect();
        let size = self.values.len() / self.samples;
        let sample = if self.samples == 1 { 0 } else { sample };
        self.values[sample * size + row_major(&place, &self.shape)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int, Tensor};

    fn labels(values: [[i32; 3]; 1]) -> AnyTensor {
        Tensor::<2, Int>::from_data(values, &Device::flex()).into()
    }

    fn inputs(samples: usize) -> Inputs {
        Inputs::new(Tensor::<2>::zeros([samples, 3], &Device::flex()))
    }

    #[test]
    fn every_sample_may_have_its_own_labels() {
        let labels = Tensor::<2, Int>::from_data([[0, 0, 1], [5, -1, 4]], &Device::flex());
        let each = regions(&[vec![3]], &[labels.into()], &inputs(2)).unwrap();
        let elements = |sample: usize, region: usize| -> Vec<usize> {
            each[sample][region].elements(0).collect()
        };
        assert_eq!([elements(0, 0), elements(0, 1)], [vec![0, 1], vec![2]]);
        // In ascending order of labels.
        assert_eq!([elements(1, 0), elements(1, 1)], [[2], [0]]);
        let uneven = Tensor::<2, Int>::from_data([[0, 0, 1], [5, -1, 5]], &Device::flex());
        let error = regions(&[vec![3]], &[uneven.into()], &inputs(2)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("2 in sample 0 and 1 in sample 1"), "{text}");
    }

    #[test]
    fn a_label_is_one_region_in_all_inputs() {
        let shapes = [vec![3], vec![3]];
        let both = [labels([[7, 2, 7]]), labels([[-1, 2, 9]])];
        let regions = &regions(&shapes, &both, &inputs(1)).unwrap()[0];
        let elements = |region: &Region, input| region.elements(input).collect::<Vec<_>>();
        // Labels 2, 7 and 9.
        assert_eq!(elements(&regions[0], 0), [1]);
        assert_eq!(elements(&regions[0], 1), [1]);
        assert_eq!(elements(&regions[1], 0), [0, 2]);
        assert_eq!(elements(&regions[2], 1), [2]);
    }

    #[test]
    fn labels_are_repeated_over_channels() {
        let shape = [vec![2, 1, 3]];
        let labels = Tensor::<4, Int>::from_data([[[[0, 1, 1]]]], &Device::flex());
        let regions = &regions(&shape, &[labels.into()], &inputs(1)).unwrap()[0];
        assert_eq!(regions[1].elements(0).collect::<Vec<_>>(), [1, 2, 4, 5]);
    }

    #[test]
    fn labels_that_do_not_fit_are_refused() {
        let error = |labels: &[AnyTensor]| {
            let error = regions(&[vec![3]], labels, &inputs(1)).unwrap_err();
            error.to_string()
        };
        assert!(error(&[]).contains("0 tensors"));
        let floats = Tensor::<2>::zeros([1, 3], &Device::flex());
        assert!(error(&[floats.into()]).contains("isn't of integers"));
        let two = Tensor::<2, Int>::zeros([1, 2], &Device::flex());
        assert!(error(&[two.into()]).contains("got shape [1, 2]"));
    }
}
