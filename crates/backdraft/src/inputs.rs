//! The inputs of an explanation, as methods see them.

use crate::rows::cat_rows;
use crate::target::{Explained, Target, explain};
use crate::{AnyTensor, Error, Tensors};

/// A batch of inputs: one tensor for each input of the network.
///
/// The first dimension of the first input is the batch. A method that looks at several versions of every
/// sample (points of a path, noisy copies) stacks them as [copies](Self::copies), so that one run of the
/// network sees them all: row `c * samples + s` is copy `c` of sample `s`.
///
/// ```
/// use backdraft::{AnyTensor, Inputs};
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::ones([2, 3], &Device::default());
/// let inputs = Inputs::new(x.clone());
/// let twice = inputs.stacked(&[vec![x.clone().into()], vec![(x * 2.0).into()]]);
/// assert_eq!((twice.samples(), twice.copies(), twice.rows()), (2, 2, 4));
/// ```
#[derive(Clone, Debug)]
pub struct Inputs {
    tensors: Vec<AnyTensor>,
    samples: usize,
    copies: usize,
}

impl Inputs {
    /// The inputs of one batch, as a network takes them.
    pub fn new(inputs: impl Tensors) -> Self {
        let tensors = inputs.into_tensors();
        let shape = tensors.first().map(AnyTensor::shape);
        let samples = shape.and_then(|shape| shape.first().copied());
        Self {
            samples: samples.unwrap_or(0),
            copies: 1,
            tensors,
        }
    }

    /// One tensor for each input of the network.
    pub fn tensors(&self) -> &[AnyTensor] {
        &self.tensors
    }

    /// Number of samples that are explained.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many versions of every sample there are.
    pub fn copies(&self) -> usize {
        self.copies
    }

    /// Number of rows: samples times copies.
    pub fn rows(&self) -> usize {
        self.samples * self.copies
    }

    /// The float inputs in order: what attributions are for.
    ///
    /// # Errors
    ///
    /// [`Error::NotPerSample`] if one of them doesn't have a row for each sample: then no sample has an
    /// attribution of its own.
    pub fn floats(&self) -> Result<Vec<AnyTensor>, Error> {
        let floats = self.tensors.iter().filter(|tensor| tensor.is_float());
        let floats: Vec<AnyTensor> = floats.cloned().collect();
        check_rows(&floats, self.rows())?;
        Ok(floats)
    }

    /// The same inputs with other values in the place of the float ones, in order.
    ///
    /// # Panics
    ///
    /// If there are fewer values than float inputs.
    #[must_use]
    pub fn with_floats(&self, floats: Vec<AnyTensor>) -> Self {
        let mut floats = floats.into_iter();
        let value = |tensor: &AnyTensor| {
            if tensor.is_float() {
                floats.next().expect("a value for every float input")
            } else {
                tensor.clone()
            }
        };
        Self {
            tensors: self.tensors.iter().map(value).collect(),
            ..*self
        }
    }

    /// Several versions of these inputs in one batch, given by the values of the float inputs. Integer inputs whose
    /// first dimension is the batch are repeated; others are shared by all rows and stay as they are.
    ///
    /// # Panics
    ///
    /// If there is no version, or one has fewer values than there are float inputs.
    #[must_use]
    pub fn stacked(&self, versions: &[Vec<AnyTensor>]) -> Self {
        if let [floats] = versions {
            return self.with_floats(floats.clone());
        }
        let versions: Vec<Self> = (versions.iter())
            .map(|floats| self.with_floats(floats.clone()))
            .collect();
        let rows = self.rows();
        let stack = |input: usize| {
            let tensors = versions
                .iter()
                .map(|version| version.tensors[input].clone());
            // What has no row for each sample is shared by all of them.
            match self.tensors[input].shape().first() {
                Some(&first) if first == rows => cat_rows(tensors.collect()),
                _ => self.tensors[input].clone(),
            }
        };
        Self {
            tensors: (0..self.tensors.len()).map(stack).collect(),
            samples: self.samples,
            copies: self.copies * versions.len(),
        }
    }

    /// The target's scores, one for each row, from the outputs that a network gives for these inputs.
    ///
    /// The target sees one copy of the batch at a time.
    ///
    /// # Errors
    ///
    /// As for [`Target::scores`], [`Error::ScoreCount`] if there isn't one score for each sample, and
    /// [`Error::OutputRows`] if there are several copies and an output doesn't have a row for each.
    pub fn scores(&self, target: &dyn Target, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let copies = (0..self.copies).map(|copy| {
            let outputs = self.copy_of(outputs, copy)?;
            explain(target, &outputs, self.samples)
        });
        let copies = copies.collect::<Result<Vec<_>, _>>()?;
        let name = copies[0].name.clone();
        let scores = copies.into_iter().map(|explained| explained.scores);
        Ok(Explained {
            scores: burn::tensor::Tensor::cat(scores.collect(), 0),
            name,
        })
    }

    /// The rows of one copy of the batch.
    ///
    /// # Errors
    ///
    /// [`Error::OutputRows`] if an output doesn't have a row for each row of the inputs, where there are
    /// several copies.
    pub(crate) fn copy_of(
        &self,
        outputs: &[AnyTensor],
        copy: usize,
    ) -> Result<Vec<AnyTensor>, Error> {
        if self.copies == 1 {
            return Ok(outputs.to_vec());
        }
        let start = copy * self.samples;
        let of = |(index, output): (usize, &AnyTensor)| {
            let shape = output.shape();
            if shape.first() != Some(&self.rows()) {
                return Err(Error::OutputRows {
                    output: index,
                    shape: format!("{:?}", shape.as_slice()),
                    rows: self.rows(),
                });
            }
            Ok(output.rows(start..start + self.samples))
        };
        outputs.iter().enumerate().map(of).collect()
    }
}

/// Checks that every tensor is float and has this many rows.
pub(crate) fn check_rows(tensors: &[AnyTensor], rows: usize) -> Result<(), Error> {
    for (position, tensor) in tensors.iter().enumerate() {
        let shape = tensor.shape();
        if !tensor.is_float() || shape.first() != Some(&rows) {
            return Err(Error::NotPerSample {
                position,
                shape: format!("{:?}", shape.as_slice()),
                samples: rows,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Classes};
    use burn::tensor::{Device, Int, Tensor, TensorData};

    fn rows(values: [[f32; 2]; 2]) -> AnyTensor {
        Tensor::<2>::from_data(values, &Device::flex()).into()
    }

    #[test]
    fn copies_are_stacked_behind_each_other_and_integers_repeated() {
        let device = Device::flex();
        let tokens = Tensor::<2, Int>::from_data([[7], [8]], &device);
        let x = Tensor::<2>::zeros([2, 2], &device);
        let inputs = Inputs::new((x, tokens));
        let versions = [
            rows([[1.0, 2.0], [3.0, 4.0]]),
            rows([[5.0, 6.0], [7.0, 8.0]]),
        ];
        let stacked = inputs.stacked(&versions.map(|version| vec![version]));
        let x = stacked.floats().unwrap()[0]
            .to_tensor::<2, burn::tensor::Float>()
            .unwrap();
        let expected = TensorData::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]);
        x.into_data().assert_eq(&expected, false);
        let tokens = stacked.tensors()[1]
            .to_tensor::<2, Int>()
            .unwrap()
            .into_data();
        tokens.assert_eq(&TensorData::from([[7], [8], [7], [8]]), false);
    }

    #[test]
    fn the_target_of_every_sample_is_that_of_all_its_copies() {
        let x = rows([[1.0, 2.0], [3.0, 4.0]]);
        let inputs = Inputs::new(vec![x.clone()]);
        let twice = inputs.stacked(&[vec![x], vec![rows([[5.0, 6.0], [7.0, 8.0]])]]);
        let scores = twice
            .scores(&Classes(vec![0, 1]), &twice.floats().unwrap())
            .unwrap();
        assert_eq!(scores.values(), [1.0, 4.0, 5.0, 8.0]);
        assert_eq!(scores.name, "classes [0, 1]");
        assert!(twice.scores(&Class(2), &twice.floats().unwrap()).is_err());
        // A model that doesn't keep the batch dimension can't be asked about several copies at once.
        let error = twice
            .scores(&Class(0), &inputs.floats().unwrap())
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::OutputRows {
                    output: 0,
                    rows: 4,
                    ..
                }
            ),
            "{error}"
        );
    }
}
