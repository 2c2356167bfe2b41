//! Where a detector's outputs have what.

use burn::tensor::Tensor;

use crate::targets::TargetError;
use crate::targets::detection::predictions::ScoreScale;
use crate::targets::detection::{BoxFormat, Predictions};
use crate::targets::output::float_output;
use crate::{AnyTensor, Error};

const WHAT: &str = "a detection";
const NEEDS: &str = "outputs of shape [batch, boxes, columns]";

/// Where a detector's outputs have boxes, objectness and the scores of classes.
///
/// Boxes and scores are decoded, and nothing is suppressed yet: what a network gives before non-maximum suppression.
///
/// | detector | outputs | |
/// |---|---|---|
/// | YOLOX | `[batch, boxes, 5 + classes]` | `joined(BoxFormat::CenterSize).with_objectness()`, if its scores are logits `.with_sigmoid()` |
/// | `YOLOv8` | `[batch, 4 + classes, boxes]` | `joined(BoxFormat::CenterSize).with_boxes_last()` |
/// | DETR | logits `[batch, queries, classes]`, boxes `[batch, queries, 4]` | `separate(1, 0, BoxFormat::CenterSize).with_softmax()` |
/// | SSD | boxes `[batch, boxes, 4]`, logits `[batch, boxes, classes]` | `separate(0, 1, BoxFormat::Corners).with_softmax()` |
///
/// Objectness is one column before the classes', and a box's score for a class is the product of both. The class that
/// stands for "no object" is counted like any other: the last one of DETR, the first one of SSD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetectorOutputs {
    format: BoxFormat,
    /// The outputs that hold boxes and scores.
    boxes: usize,
    scores: usize,
    first_score: usize,
    has_objectness: bool,
    classes: Option<usize>,
    boxes_last: bool,
    scale: ScoreScale,
}

impl DetectorOutputs {
    /// The first output holds everything: four columns of the box, then those of the scores. Its shape is
    /// `[batch, boxes, columns]`.
    pub fn joined(format: BoxFormat) -> Self {
        Self {
            first_score: 4,
            ..Self::separate(0, 0, format)
        }
    }

    /// One output holds the boxes, of shape `[batch, boxes, 4]`, and another one the scores, of shape
    /// `[batch, boxes, columns]`: their positions among the network's outputs.
    pub fn separate(boxes: usize, scores: usize, format: BoxFormat) -> Self {
        Self {
            format,
            boxes,
            scores,
            first_score: 0,
            has_objectness: false,
            classes: None,
            boxes_last: false,
            scale: ScoreScale::AsTheyAre,
        }
    }

    /// The column before the classes' says whether there is anything in the box; it multiplies their scores.
    #[must_use]
    pub fn with_objectness(mut self) -> Self {
        self.has_objectness = true;
        self
    }

    /// How many columns are classes; what follows them, such as the coefficients of masks, isn't read. By default all
    /// columns to the last.
    #[must_use]
    pub fn with_classes(mut self, classes: usize) -> Self {
        self.classes = Some(classes);
        self
    }

    /// Boxes are the last dimension of every output, `[batch, columns, boxes]`.
    #[must_use]
    pub fn with_boxes_last(mut self) -> Self {
        self.boxes_last = true;
        self
    }

    /// Scores are logits of which a sigmoid makes probabilities, objectness too. By default they are taken as they are.
    #[must_use]
    pub fn with_sigmoid(mut self) -> Self {
        self.scale = ScoreScale::Sigmoid;
        self
    }

    /// Scores are logits of which a softmax over the classes makes probabilities, and of objectness a sigmoid. By
    /// default they are taken as they are.
    #[must_use]
    pub fn with_softmax(mut self) -> Self {
        self.scale = ScoreScale::Softmax;
        self
    }

    /// All boxes of these outputs.
    pub(super) fn read(&self, outputs: &[AnyTensor]) -> Result<Predictions, Error> {
        if self.classes == Some(0) {
            return Err(Error::InvalidOption {
                option: "classes of a detector",
                value: "0".into(),
                requirement: "it must be at least 1",
            });
        }
        let boxes = self.output(outputs, self.boxes)?;
        let scores = self.output(outputs, self.scores)?;
        let [samples, count, box_columns] = boxes.dims();
        let [score_samples, score_count, score_columns] = scores.dims();
        let misfit = |output: usize, needs: String| {
            let shape = format!("{:?}", outputs[output].shape().as_slice());
            Err(Error::Target(TargetError::DetectorShape {
                output,
                shape,
                needs,
            }))
        };
        if count == 0 || samples == 0 {
            return misfit(self.boxes, "at least one box".into());
        }
        if self.boxes != self.scores && box_columns != 4 {
            return misfit(
                self.boxes,
                format!("4 columns for a box, not {box_columns}"),
            );
        }
        if (samples, count) != (score_samples, score_count) {
            let needs = format!(
                "scores for {count} boxes of {samples} samples, as output {}",
                self.boxes
            );
            return misfit(self.scores, needs);
        }
        let before = self.first_score + usize::from(self.has_objectness);
        let needed = before + self.classes.unwrap_or(1);
        if score_columns < needed {
            return misfit(
                self.scores,
                format!("at least {needed} columns, not {score_columns}"),
            );
        }
        let classes = self.classes.unwrap_or(score_columns - before);
        if classes < 2 && self.scale == ScoreScale::Softmax {
            return Err(Error::Target(TargetError::SingleClass {
                shape: format!("{:?}", outputs[self.scores].shape().as_slice()),
                help: "`DetectorOutputs::with_sigmoid` makes a probability of a single logit",
            }));
        }
        let rows = samples * count;
        let columns = |tensor: Tensor<3>, first, number| {
            tensor.narrow(2, first, number).reshape([rows, number])
        };
        Ok(Predictions {
            samples,
            format: self.format,
            scale: self.scale,
            objectness: self
                .has_objectness
                .then(|| columns(scores.clone(), before - 1, 1)),
            classes: columns(scores, before, classes),
            boxes: columns(boxes, 0, 4),
        })
    }

    /// An output as `[batch, boxes, columns]`.
    fn output(&self, outputs: &[AnyTensor], position: usize) -> Result<Tensor<3>, Error> {
        let output = float_output(outputs, position, WHAT, NEEDS)?;
        let Ok(tensor) = output.to_tensor::<3, _>() else {
            return Err(Error::Target(TargetError::DetectorShape {
                output: position,
                shape: format!("{:?}", output.shape().as_slice()),
                needs: "three dimensions".into(),
            }));
        };
        Ok(if self.boxes_last {
            tensor.swap_dims(1, 2)
        } else {
            tensor
        })
    }
}
