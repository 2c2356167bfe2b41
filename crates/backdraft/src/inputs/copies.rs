//! Several versions of inputs in one batch.

use std::ops::Range;

use backdraft_graph::Arrangement;
use burn::tensor::Tensor;

use crate::inputs::rows::cat_rows;
use crate::inputs::samples::whole;
use crate::model::ModelError;
use crate::targets::{Explained, Target, explain};
use crate::{AnyTensor, Error, Inputs};

impl Inputs {
    /// Several versions of these inputs in one batch, given by the values of the explained inputs. Other inputs with
    /// samples are repeated; what all samples share stays as it is.
    ///
    /// # Panics
    ///
    /// If there is no version, or one has fewer values than there are explained inputs.
    #[must_use]
    pub fn stacked(&self, versions: &[Vec<AnyTensor>]) -> Self {
        if let [floats] = versions {
            return self.with_floats(floats.clone());
        }
        let versions: Vec<Self> = (versions.iter())
            .map(|floats| self.with_floats(floats.clone()))
            .collect();
        let stack = |input: usize| {
            let tensors = versions.iter().map(|version| &version.tensors[input]);
            match &self.batch.inputs()[input] {
                Some(arrangement) => {
                    let rows = tensors.map(|tensor| arrangement.apply(tensor));
                    whole(arrangement, &cat_rows(rows.collect()))
                }
                None => self.tensors[input].clone(),
            }
        };
        Self {
            tensors: (0..self.tensors.len()).map(stack).collect(),
            copies: self.copies * versions.len(),
            ..self.renewed()
        }
    }

    /// Some of the copies.
    pub(crate) fn part(&self, copies: Range<usize>) -> Self {
        if copies.len() == self.copies {
            return self.clone();
        }
        let rows = copies.start * self.samples..copies.end * self.samples;
        let tensors = self.tensors.iter().zip(self.batch.inputs());
        let tensors = tensors.map(|(tensor, arrangement)| match arrangement {
            Some(arrangement) => whole(arrangement, &arrangement.apply(tensor).rows(rows.clone())),
            None => tensor.clone(),
        });
        Self {
            tensors: tensors.collect(),
            copies: copies.len(),
            ..self.renewed()
        }
    }

    /// The target's scores, one for each row, from the outputs that a network gives for these inputs.
    ///
    /// The target sees one copy of the batch at a time, and single precision where the outputs have half.
    ///
    /// # Errors
    ///
    /// As for [`Target::scores`], [`TargetError::ScoreCount`](crate::targets::TargetError::ScoreCount) if there isn't
    /// one score for each sample, and
    /// [`ModelError::OutputRows`] if there are several copies and an output doesn't have a row for each.
    pub fn scores(&self, target: &dyn Target, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let copies = (0..self.copies).map(|copy| {
            let outputs = self.copy_of(outputs, copy)?;
            let outputs: Vec<_> = outputs.iter().map(AnyTensor::upcast).collect();
            explain(target, &outputs, self.samples)
        });
        let copies = copies.collect::<Result<Vec<_>, _>>()?;
        let name = copies[0].name.clone();
        let scores = copies.into_iter().map(|explained| explained.scores);
        Ok(Explained {
            scores: Tensor::cat(scores.collect(), 0),
            name,
        })
    }

    /// The rows of one copy of the batch.
    ///
    /// # Errors
    ///
    /// [`ModelError::OutputRows`] if an output doesn't have a row for each row of the inputs, where there are
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
        if let Some(arrangements) = self.batch.outputs() {
            let of = |(output, arrangement): (&AnyTensor, &Arrangement)| {
                let rows = arrangement.apply(output).rows(start..start + self.samples);
                whole(arrangement, &rows)
            };
            return Ok(outputs.iter().zip(arrangements).map(of).collect());
        }
        let of = |(index, output): (usize, &AnyTensor)| {
            let shape = output.shape();
            if shape.first() != Some(&self.rows()) {
                return Err(Error::Model(ModelError::OutputRows {
                    output: index,
                    shape: format!("{:?}", shape.as_slice()),
                    rows: self.rows(),
                }));
            }
            Ok(output.rows(start..start + self.samples))
        };
        outputs.iter().enumerate().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::testing::rows;
    use crate::{Class, Classes};
    use burn::tensor::{Device, Float, Int, TensorData};

    #[test]
    fn copies_are_stacked_one_after_the_other_and_integers_repeated() {
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
            .to_tensor::<2, Float>()
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
                Error::Model(ModelError::OutputRows {
                    output: 0,
                    rows: 4,
                    ..
                })
            ),
            "{error}"
        );
    }
}
