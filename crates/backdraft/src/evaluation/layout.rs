//! Where each feature is, and the values of all of them.

use burn::tensor::{Tensor, TensorData};

use crate::evaluation::feature::Feature;
use crate::inputs::rows::flat;
use crate::{AnyTensor, Error};

/// Values of all features, in order, for each sample.
pub type Rows = Vec<Vec<f64>>;

/// Where each feature is.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The float inputs, for their shapes, types and device.
    like: Vec<AnyTensor>,
    samples: usize,
}

impl Layout {
    pub(super) fn new(floats: Vec<AnyTensor>, samples: usize) -> Self {
        let like = floats;
        Self { like, samples }
    }

    /// How many features each float input has, in order.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        let samples = self.samples.max(1);
        let elements = self.like.iter().map(|like| like.shape().num_elements());
        elements.map(move |elements| elements / samples)
    }

    /// The feature at a position among all.
    pub(super) fn feature(&self, mut position: usize) -> Feature {
        let mut input = 0;
        for size in self.sizes() {
            if position < size {
                break;
            }
            position -= size;
            input += 1;
        }
        let mut index = self.like[input].shape()[1..].to_vec();
        for place in index.iter_mut().rev() {
            let length = *place;
            *place = position % length;
            position /= length;
        }
        Feature { input, index }
    }

    /// The position of a feature among all.
    pub(super) fn position(&self, feature: &Feature) -> Result<usize, Error> {
        let unknown = || {
            let shapes = self
                .like
                .iter()
                .map(|like| format!("{:?}", &like.shape()[1..]));
            let shapes = shapes.collect::<Vec<_>>().join(", ");
            Error::Unknown {
                what: "feature",
                name: feature.place(),
                known: format!("the float inputs have samples of shape {shapes}"),
            }
        };
        let shape = self.like.get(feature.input).ok_or_else(unknown)?.shape();
        let inside = feature.index.len() + 1 == shape.num_dims()
            && feature.index.iter().zip(&shape[1..]).all(|(i, n)| i < n);
        if !inside {
            return Err(unknown());
        }
        let before: usize = self.sizes().take(feature.input).sum();
        let steps = feature.index.iter().zip(&shape[1..]);
        Ok(before + steps.fold(0, |position, (i, n)| position * n + i))
    }

    /// The values of tensors that look like the inputs; `None` if they don't.
    pub(super) fn rows(&self, tensors: &[AnyTensor]) -> Option<Rows> {
        let shapes = tensors.iter().map(AnyTensor::shape);
        let same = shapes.eq(self.like.iter().map(AnyTensor::shape));
        same.then(|| self.own_rows(tensors))
    }

    /// The values of tensors that are known to look like the inputs.
    pub(super) fn own_rows(&self, tensors: &[AnyTensor]) -> Rows {
        let mut rows = vec![Vec::new(); self.samples];
        for (tensor, size) in tensors.iter().zip(self.sizes()) {
            // Adding zero makes plain zeros of negative ones, which look odd in reports.
            let values = flat(tensor).into_data();
            let values: Vec<f64> = values.iter::<f64>().map(|value| value + 0.0).collect();
            for (sample, row) in rows.iter_mut().enumerate() {
                row.extend(&values[sample * size..(sample + 1) * size]);
            }
        }
        rows
    }

    /// The tensors with these values.
    ///
    /// # Errors
    ///
    /// If there isn't one row for each sample, or not one value for each feature.
    pub(super) fn tensors(&self, rows: &Rows) -> Result<Vec<AnyTensor>, Error> {
        let features: usize = self.sizes().sum();
        if rows.len() != self.samples || rows.iter().any(|row| row.len() != features) {
            let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
            return Err(Error::InvalidOption {
                option: "values of the features",
                value: format!("rows of lengths {lengths:?}"),
                requirement: "there must be one row for each sample, with one value for each feature",
            });
        }
        let mut start = 0;
        let tensors = self.like.iter().zip(self.sizes()).map(|(like, size)| {
            let values = rows.iter().flat_map(|row| &row[start..start + size]);
            let values = TensorData::new(values.copied().collect(), [rows.len(), size]);
            start += size;
            let tensor = Tensor::<2>::from_data(values, (&like.device(), like.dtype()));
            AnyTensor::from(tensor).reshape_to(like.shape())
        });
        Ok(tensors.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn tensors() -> Vec<AnyTensor> {
        let device = Device::flex();
        let image = Tensor::<3>::from_data(
            [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [[8.0; 3], [9.0; 3]]],
            &device,
        );
        let scale = Tensor::<2>::from_data([[6.0], [7.0]], &device);
        vec![image.into(), scale.into()]
    }

    #[test]
    fn every_feature_has_one_position() {
        let layout = Layout::new(tensors(), 2);
        for position in 0..7 {
            assert_eq!(
                layout.position(&layout.feature(position)).unwrap(),
                position
            );
        }
        assert_eq!(layout.feature(5), Feature::at([1, 2]));
        assert_eq!(layout.feature(6), Feature::of_input(1, [0]));
    }

    #[test]
    fn a_feature_that_does_not_exist_is_named() {
        let layout = Layout::new(tensors(), 2);
        for feature in [
            Feature::at([2, 0]),
            Feature::at([1]),
            Feature::of_input(2, [0]),
        ] {
            let error = layout.position(&feature).unwrap_err().to_string();
            assert!(error.contains("[2, 3], [1]"), "{error}");
            assert!(
                error.starts_with(&format!("{feature} doesn't exist: ")),
                "{error}"
            );
        }
    }

    #[test]
    fn values_make_the_way_to_rows_and_back() {
        let layout = Layout::new(tensors(), 2);
        let rows = layout.rows(&tensors()).unwrap();
        assert_eq!(rows[0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(rows[1], [8.0, 8.0, 8.0, 9.0, 9.0, 9.0, 7.0]);
        let back = layout.tensors(&rows).unwrap();
        for (a, b) in back.iter().zip(tensors()) {
            assert_eq!(a.shape(), b.shape());
            flat(a).into_data().assert_eq(&flat(&b).into_data(), true);
        }
        assert!(layout.rows(&tensors()[..1]).is_none());
    }

    #[test]
    fn rows_of_other_lengths_are_refused() {
        let layout = Layout::new(tensors(), 2);
        for rows in [vec![vec![0.0; 7]], vec![vec![0.0; 7], vec![0.0; 6]]] {
            let error = layout.tensors(&rows).unwrap_err().to_string();
            assert!(error.contains("one row for each sample"), "{error}");
        }
    }
}
