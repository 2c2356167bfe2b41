//! Regions that labels say.

use std::collections::BTreeMap;

use crate::AnyTensor;
use crate::inputs::rows::flat_integers;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::grid::{place_of, row_major};
use crate::perturbation::regions::resolved::Region;

/// A region for every label that isn't negative, in their order.
pub(super) fn regions(
    shapes: &[Vec<usize>],
    labels: &[AnyTensor],
) -> Result<Vec<Region>, RegionError> {
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
    let mut regions = BTreeMap::new();
    for (input, (shape, labels)) in shapes.iter().zip(labels).enumerate() {
        let labels = Labels::new(input, shape, labels)?;
        for element in 0..shape.iter().product() {
            let label = labels.of(&place_of(element, shape));
            if label >= 0 {
                let region = regions
                    .entry(label)
                    .or_insert_with(|| Region::empty(shapes.len()));
                region.push(input, element);
            }
        }
    }
    Ok(regions.into_values().collect())
}

/// The labels of one input, repeated along dimensions of one.
struct Labels {
    values: Vec<i64>,
    shape: Vec<usize>,
}

impl Labels {
    fn new(input: usize, shape: &[usize], labels: &AnyTensor) -> Result<Self, RegionError> {
        let given = labels.shape().to_vec();
        let wrong = |actual: String| RegionError::WrongRegions {
            input,
            expected: format!(
                "labels: a tensor of integers of shape [1, ...], the rest as in a sample of shape {shape:?} or 1"
            ),
            actual,
        };
        let Some(integers) = flat_integers(labels) else {
            return Err(wrong("a tensor that isn't of integers".into()));
        };
        let repeats = |(given, side): (&usize, &usize)| *given == 1 || given == side;
        let fits = given.len() == shape.len() + 1
            && given[0] == 1
            && given[1..].iter().zip(shape).all(repeats);
        if !fits {
            return Err(wrong(format!("shape {given:?}")));
        }
        Ok(Self {
            values: integers.into_data().iter::<i64>().collect(),
            shape: given[1..].to_vec(),
        })
    }

    fn of(&self, place: &[usize]) -> i64 {
        let place: Vec<usize> = (place.iter().zip(&self.shape))
            .map(|(&index, &size)| if size == 1 { 0 } else { index })
            .collect();
        self.values[row_major(&place, &self.shape)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int, Tensor};

    fn labels(values: [[i32; 3]; 1]) -> AnyTensor {
        Tensor::<2, Int>::from_data(values, &Device::flex()).into()
    }

    #[test]
    fn a_label_is_one_region_in_all_inputs() {
        let shapes = [vec![3], vec![3]];
        let regions = regions(&shapes, &[labels([[7, 2, 7]]), labels([[-1, 2, 9]])]).unwrap();
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
        let regions = regions(&shape, &[labels.into()]).unwrap();
        assert_eq!(regions[1].elements(0).collect::<Vec<_>>(), [1, 2, 4, 5]);
    }

    #[test]
    fn labels_that_do_not_fit_are_refused() {
        let error = |labels: &[AnyTensor]| regions(&[vec![3]], labels).unwrap_err().to_string();
        assert!(error(&[]).contains("0 tensors"));
        let floats = Tensor::<2>::zeros([1, 3], &Device::flex());
        assert!(error(&[floats.into()]).contains("isn't of integers"));
        let two = Tensor::<2, Int>::zeros([1, 2], &Device::flex());
        assert!(error(&[two.into()]).contains("got shape [1, 2]"));
    }
}
