//! Boxes and their scores, one in a row.

use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::{Int, Tensor, TensorData};

use crate::Error;
use crate::targets::TargetError;
use crate::targets::detection::{BoxFormat, BoxSide};
use crate::targets::output::{constant, values};

/// What makes probabilities of scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScoreScale {
    AsTheyAre,
    Sigmoid,
    Softmax,
}

/// Boxes and their scores, one in a row; those of a sample stand together.
pub(super) struct Predictions {
    pub samples: usize,
    pub format: BoxFormat,
    pub scale: ScoreScale,
    /// `[rows, 4]`
    pub boxes: Tensor<2>,
    /// `[rows, 1]`
    pub objectness: Option<Tensor<2>>,
    /// `[rows, classes]`
    pub classes: Tensor<2>,
}

impl Predictions {
    /// How many boxes each sample has.
    pub fn count(&self) -> usize {
        self.boxes.dims()[0] / self.samples
    }

    /// One box of each sample.
    pub fn picked(&self, boxes: &[usize]) -> Self {
        let count = self.count();
        let row = |(sample, chosen): (usize, &usize)| (sample * count + chosen) as i32;
        let rows: Vec<i32> = boxes.iter().enumerate().map(row).collect();
        let rows = TensorData::new(rows, [boxes.len()]);
        let rows = Tensor::<1, Int>::from_data(rows, &self.boxes.device());
        let pick = |tensor: &Tensor<2>| tensor.clone().select(0, rows.clone());
        Self {
            samples: boxes.len(),
            format: self.format,
            scale: self.scale,
            boxes: pick(&self.boxes),
            objectness: self.objectness.as_ref().map(pick),
            classes: pick(&self.classes),
        }
    }

    /// The score of every class: `[rows, classes]`.
    pub fn scores(&self) -> Tensor<2> {
        let classes = self.classes.clone();
        let classes = match self.scale {
            ScoreScale::AsTheyAre => classes,
            ScoreScale::Sigmoid => sigmoid(classes),
            ScoreScale::Softmax => softmax(classes, 1),
        };
        match self.objectness.clone() {
            None => classes,
            Some(objectness) if self.scale == ScoreScale::AsTheyAre => classes * objectness,
            Some(objectness) => classes * sigmoid(objectness),
        }
    }

    /// One side of every box: `[rows]`.
    pub fn side(&self, side: BoxSide) -> Tensor<1> {
        let [rows, _] = self.boxes.dims();
        let weights = self.format.weights(side);
        let weights = constant(weights.to_vec(), [1, 4], &self.boxes);
        let weighted = self.boxes.clone() * weights;
        weighted.sum_dim(1).reshape([rows])
    }

    /// Left, top, right and bottom of every box.
    pub fn corners(&self) -> Vec<[f64; 4]> {
        let numbers = values(&self.boxes);
        let (boxes, _) = numbers.as_chunks::<4>();
        let corners = |&numbers: &[f64; 4]| self.format.corners(numbers);
        boxes.iter().map(corners).collect()
    }

    /// A product of scores means nothing unless both are probabilities.
    pub fn check_probabilities(&self) -> Result<(), Error> {
        let Some(objectness) = &self.objectness else {
            return Ok(());
        };
        if self.scale != ScoreScale::AsTheyAre {
            return Ok(());
        }
        let mut scores = values(objectness).into_iter().chain(values(&self.classes));
        match scores.find(|score| !(0.0..=1.0).contains(score)) {
            Some(score) => Err(Error::Target(TargetError::NotProbability { score })),
            None => Ok(()),
        }
    }
}
