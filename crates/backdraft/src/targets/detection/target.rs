//! One box of a detector, or its score.

use std::fmt;

use burn::tensor::Tensor;

use crate::targets::detection::box_format::intersection_over_union;
use crate::targets::detection::{BoxSide, DetectorOutputs, Predictions};
use crate::targets::output::{check_class, check_samples, common, pick, values};
use crate::targets::{Explained, Target, TargetError};
use crate::{AnyTensor, Error};

/// The score of a class in one box of a detector, or a side of this box.
///
/// ```text
/// F = s_bc            the score of class c in box b; with objectness o_b, o_b s_bc
/// F = a side of b     left, top, right, bottom, center x, center y, width or height
/// ```
///
/// The box is found at the input and stays the same on a path: the [best](Self::best) one for a class, which is the one
/// with the highest score, or the one [nearest](Self::nearest) to a given box, which is the one that it overlaps most
/// (intersection over union). [`DetectorOutputs`] says where boxes and scores are.
///
/// ```
/// use backdraft::{BoxFormat, BoxSide, Detection, DetectorOutputs, Method, Network, Saliency};
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor};
///
/// // A detector of three boxes and two classes: [center x, center y, width, height, objectness, cat, dog].
/// let device = Device::default();
/// let model: Linear = LinearConfig::new(5, 3 * 7).init(&device);
/// let forward = |m: &Linear, x: Tensor<2>| {
///     let [batch, _] = x.dims();
///     m.forward(x).reshape([batch, 3, 7])
/// };
/// let image = Tensor::<2>::ones([1, 5], &device);
/// let net = Network::capture(&model, image.clone(), forward)?;
/// let yolox = DetectorOutputs::joined(BoxFormat::CenterSize).with_objectness().with_sigmoid();
///
/// // Why is there a dog?
/// let dog = Detection::best(yolox, 1);
/// let why = Saliency::new().attribute(&net, image.clone(), &dog)?;
/// println!("{}", why.target()); // score of class 1 in box 2
/// // And why does it end where it ends?
/// let end = dog.with_side(BoxSide::Right);
/// let why = Saliency::new().attribute(&net, image, &end)?;
/// assert!(why.target().starts_with("right side of box"));
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "FasterRCNNBoxScoreTarget")]
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    outputs: DetectorOutputs,
    choice: Choice,
    quantity: Quantity,
}

/// Which box of each sample.
#[derive(Clone, Debug, PartialEq)]
enum Choice {
    Best(usize),
    /// Left, top, right and bottom, for each sample.
    Nearest(Vec<[f64; 4]>),
}

/// What of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    TopScore,
    Score(usize),
    Side(BoxSide),
}

impl Detection {
    /// The box with the highest score for a class, of each sample: by default its score for this class.
    pub fn best(outputs: DetectorOutputs, class: usize) -> Self {
        Self {
            outputs,
            choice: Choice::Best(class),
            quantity: Quantity::Score(class),
        }
    }

    /// The box that overlaps a given one most: by default its score for the class that has the highest one in this box
    /// at the input.
    ///
    /// One `[left, top, right, bottom]` is given for each sample, in the units of the network's boxes, whatever their
    /// format.
    pub fn nearest(outputs: DetectorOutputs, boxes: impl Into<Vec<[f64; 4]>>) -> Self {
        Self {
            outputs,
            choice: Choice::Nearest(boxes.into()),
            quantity: Quantity::TopScore,
        }
    }

    /// The score of this class, in the box that was chosen.
    #[must_use]
    pub fn with_class(mut self, class: usize) -> Self {
        self.quantity = Quantity::Score(class);
        self
    }

    /// A side of the box that was chosen, instead of a score.
    #[must_use]
    pub fn with_side(mut self, side: BoxSide) -> Self {
        self.quantity = Quantity::Side(side);
        self
    }

    fn settled(&self, outputs: &[AnyTensor]) -> Result<HeldBoxes, Error> {
        let predictions = self.outputs.read(outputs)?;
        predictions.check_probabilities()?;
        let boxes = match &self.choice {
            Choice::Best(class) => best(&predictions, *class)?,
            Choice::Nearest(given) => nearest(&predictions, given)?,
        };
        let quantity = match self.quantity {
            Quantity::TopScore => {
                let scores = predictions.picked(&boxes).scores();
                let [_, classes] = scores.dims();
                HeldQuantity::Scores(values(&scores).chunks(classes).map(largest).collect())
            }
            Quantity::Score(class) => HeldQuantity::Scores(vec![class; boxes.len()]),
            Quantity::Side(side) => HeldQuantity::Side(side),
        };
        Ok(HeldBoxes {
            outputs: self.outputs,
            boxes,
            quantity,
        })
    }
}

impl Target for Detection {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        self.settled(outputs)?.scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        Ok(Some(Box::new(self.settled(outputs)?)))
    }
}

/// One box of each sample.
struct HeldBoxes {
    outputs: DetectorOutputs,
    boxes: Vec<usize>,
    quantity: HeldQuantity,
}

/// What of the boxes: the score of a class for each, or a side of all.
enum HeldQuantity {
    Scores(Vec<usize>),
    Side(BoxSide),
}

impl Target for HeldBoxes {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let predictions = self.outputs.read(outputs)?;
        check_samples(self.boxes.len(), "boxes", predictions.samples)?;
        let count = predictions.count();
        if let Some(missing) = self.boxes.iter().find(|&&chosen| chosen >= count) {
            return Err(Error::Unknown {
                what: "box",
                name: missing.to_string(),
                known: format!("the network has boxes 0 to {}", count - 1),
            });
        }
        let picked = predictions.picked(&self.boxes);
        Ok(Explained {
            scores: match &self.quantity {
                HeldQuantity::Scores(classes) => scores_of(&picked, classes)?,
                HeldQuantity::Side(side) => picked.side(*side),
            },
            name: self.to_string(),
        })
    }
}

impl fmt::Display for HeldBoxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (boxes, of_boxes) = match &self.boxes[..] {
            [one] => (format!("box {one}"), ""),
            several => (format!("boxes {several:?}"), "s"),
        };
        match &self.quantity {
            HeldQuantity::Side(side) => write!(f, "{side} of {boxes}"),
            HeldQuantity::Scores(classes) => match common(classes) {
                Some(class) => write!(f, "score{of_boxes} of class {class} in {boxes}"),
                None => write!(f, "scores of classes {classes:?} in {boxes}"),
            },
        }
    }
}

/// Each row's score for its class.
fn scores_of(picked: &Predictions, classes: &[usize]) -> Result<Tensor<1>, Error> {
    let scores = picked.scores();
    let [_, count] = scores.dims();
    for &class in classes {
        check_class(class, count)?;
    }
    Ok(pick(scores, classes))
}

/// The box of every sample in which a class has its highest score.
fn best(predictions: &Predictions, class: usize) -> Result<Vec<usize>, Error> {
    let scores = predictions.scores();
    let [_, classes] = scores.dims();
    check_class(class, classes)?;
    let scores = values(&scores.narrow(1, class, 1));
    Ok(scores.chunks(predictions.count()).map(largest).collect())
}

/// The box of every sample that overlaps the sample's given one most.
fn nearest(predictions: &Predictions, given: &[[f64; 4]]) -> Result<Vec<usize>, Error> {
    check_samples(given.len(), "boxes", predictions.samples)?;
    let corners = predictions.corners();
    let of_samples = corners.chunks(predictions.count());
    let nearest = of_samples
        .zip(given)
        .enumerate()
        .map(|(sample, (boxes, &given))| {
            check_given(given)?;
            let overlaps: Vec<f64> = boxes
                .iter()
                .map(|&corners| intersection_over_union(corners, given))
                .collect();
            let chosen = largest(&overlaps);
            if overlaps[chosen] == 0.0 {
                return Err(Error::Target(TargetError::NoBoxThere {
                    sample,
                    given: format!("{given:?}"),
                    example: format!("{:?}", boxes[0]),
                }));
            }
            Ok(chosen)
        });
    nearest.collect()
}

fn check_given(given: [f64; 4]) -> Result<(), Error> {
    let [left, top, right, bottom] = given;
    if given.iter().all(|number| number.is_finite()) && left < right && top < bottom {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "a given box",
        value: format!("{given:?}"),
        requirement: "it must be [left, top, right, bottom], finite, with left < right and top < bottom",
    })
}

/// The first position of the largest value; NaN of either sign counts as the largest, so that it shows.
fn largest(values: &[f64]) -> usize {
    let order = |a: f64, b: f64| a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b));
    let positions = (0..values.len()).rev();
    let largest = positions.max_by(|&a, &b| order(values[a], values[b]));
    largest.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::BoxFormat;
    use crate::{Baseline, Inputs, IntegratedGradients, Method, Network, Saliency};
    use burn::nn::Linear;
    use burn::tensor::Device;

    /// Three boxes of two classes: center x, center y, width, height, objectness, and the classes.
    const BOXES: [[f32; 7]; 3] = [
        [2.0, 2.0, 4.0, 4.0, 0.5, 0.75, 0.25],
        [3.0, 3.0, 2.0, 6.0, 1.0, 0.25, 0.5],
        [8.0, 8.0, 2.0, 2.0, 0.25, 1.0, 1.0],
    ];

    fn yolox() -> DetectorOutputs {
        DetectorOutputs::joined(BoxFormat::CenterSize).with_objectness()
    }

    /// The boxes, and the same in another order.
    fn output() -> AnyTensor {
        let [a, b, c] = BOXES;
        Tensor::<3>::from_data([[a, b, c], [c, a, b]], &Device::flex()).into()
    }

    fn explained(target: &Detection, outputs: &[AnyTensor]) -> (Vec<f64>, String) {
        let explained = target.scores(outputs).unwrap();
        (values(&explained.scores), explained.name)
    }

    fn error(target: &Detection, outputs: &[AnyTensor]) -> String {
        target.scores(outputs).unwrap_err().to_string()
    }

    #[test]
    fn the_best_box_has_the_highest_product_of_objectness_and_class() {
        // 0.375, 0.25, 0.25 and 0.125, 0.5, 0.25.
        let (scores, name) = explained(&Detection::best(yolox(), 0), &[output()]);
        assert_eq!(
            (scores, name.as_str()),
            (vec![0.375; 2], "scores of class 0 in boxes [0, 1]")
        );
        let (scores, name) = explained(&Detection::best(yolox(), 1), &[output()]);
        assert_eq!(
            (scores, name.as_str()),
            (vec![0.5; 2], "scores of class 1 in boxes [1, 2]")
        );
        let other = Detection::best(yolox(), 1).with_class(0);
        assert_eq!(explained(&other, &[output()]).0, [0.25; 2]);
    }

    #[test]
    fn a_given_box_finds_the_one_that_it_overlaps_most() {
        let target = Detection::nearest(yolox(), [[2.5, 0.0, 4.0, 6.0], [6.0, 6.0, 10.0, 10.0]]);
        let (scores, name) = explained(&target, &[output()]);
        // The second box is of class 1; the third one's classes are equal, so it is of the first.
        assert_eq!(scores, [0.5, 0.25]);
        assert_eq!(name, "scores of classes [1, 0] in boxes [1, 0]");
    }

    #[test]
    fn every_side_of_the_chosen_box_is_a_target() {
        for (side, expected, name) in [
            (BoxSide::Left, 0.0, "left side of boxes [0, 1]"),
            (BoxSide::Bottom, 4.0, "bottom of boxes [0, 1]"),
            (BoxSide::CenterX, 2.0, "center x of boxes [0, 1]"),
            (BoxSide::Height, 4.0, "height of boxes [0, 1]"),
        ] {
            let target = Detection::best(yolox(), 0).with_side(side);
            let explained = explained(&target, &[output()]);
            assert_eq!(explained, (vec![expected; 2], name.to_string()));
        }
    }

    #[test]
    fn boxes_may_be_last_and_followed_by_more_columns() {
        let joined: Tensor<3> = output().to_tensor().unwrap();
        let last = AnyTensor::from(joined.swap_dims(1, 2));
        let layout = yolox().with_boxes_last().with_classes(1);
        let (scores, _) = explained(&Detection::best(layout, 0), std::slice::from_ref(&last));
        assert_eq!(scores, [0.375; 2]);
        let error = error(&Detection::best(layout, 1), &[last]);
        assert_eq!(
            error,
            "class 1 doesn't exist: the network has classes 0 to 0"
        );
    }

    #[test]
    fn separate_outputs_and_logits() {
        let device = Device::flex();
        let logits = Tensor::<3>::from_data([[[0.0, 0.0], [9.0, 9.0], [3.0, 1.0]]], &device);
        let boxes = [[[0.0, 0.0, 1.0, 1.0], [2.0, 1.0, 6.0, 9.0], [0.0; 4]]];
        let boxes = Tensor::<3>::from_data(boxes, &device);
        let outputs = [logits.into(), boxes.into()];
        let layout = DetectorOutputs::separate(1, 0, BoxFormat::Corners);
        // By its logit it is box 1, by its probability box 2.
        let (scores, name) = explained(&Detection::best(layout, 0), &outputs);
        assert_eq!(
            (scores, name.as_str()),
            (vec![9.0], "score of class 0 in box 1")
        );
        let (scores, name) = explained(&Detection::best(layout.with_softmax(), 0), &outputs);
        assert_eq!(name, "score of class 0 in box 2");
        assert!((scores[0] - 1.0 / (1.0 + (-2.0_f64).exp())).abs() < 1e-6);
        let (scores, _) = explained(&Detection::best(layout.with_sigmoid(), 0), &outputs);
        assert!((scores[0] - 1.0 / (1.0 + (-9.0_f64).exp())).abs() < 1e-6);
        let near = Detection::nearest(layout, [[3.0, 3.0, 4.0, 4.0]]).with_side(BoxSide::Height);
        assert_eq!(
            explained(&near, &outputs),
            (vec![8.0], "height of box 1".into())
        );
    }

    #[test]
    fn objectness_that_is_a_logit_is_found_out() {
        let mut boxes = BOXES;
        boxes[1][4] = -2.0;
        let output = AnyTensor::from(Tensor::<3>::from_data([boxes], &Device::flex()));
        let text = error(&Detection::best(yolox(), 0), std::slice::from_ref(&output));
        assert!(
            text.contains("-2") && text.contains("with_sigmoid"),
            "{text}"
        );
        let (scores, _) = explained(&Detection::best(yolox().with_sigmoid(), 1), &[output]);
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!((scores[0] - sigmoid(0.25) * sigmoid(1.0)).abs() < 1e-6);
    }

    #[test]
    fn a_value_that_is_no_number_is_the_largest() {
        for nan in [f64::NAN, -f64::NAN] {
            assert_eq!(largest(&[0.5, nan, 0.2]), 1);
        }
        assert_eq!(largest(&[0.5, 2.0, 2.0]), 1);
    }

    #[test]
    fn a_detector_has_a_class() {
        let none = Detection::best(yolox().with_classes(0), 0);
        let output = Tensor::<3>::zeros([1, 3, 7], &Device::flex());
        assert!(error(&none, &[output.into()]).contains("at least 1"));
    }

    #[test]
    fn outputs_that_do_not_fit_are_named() {
        let best = Detection::best(yolox(), 0);
        let device = Device::flex();
        let zeros = |shape: [usize; 3]| AnyTensor::from(Tensor::<3>::zeros(shape, &device));
        assert_eq!(
            error(&best, &[zeros([1, 3, 5])]),
            "output 0 of shape [1, 3, 5] can't be read as boxes: it needs at least 6 columns, not 5"
        );
        let flat = Tensor::<2>::zeros([3, 7], &device);
        assert!(error(&best, &[flat.into()]).contains("three dimensions"));
        assert!(error(&best, &[zeros([1, 0, 7])]).contains("at least one box"));
        let layout = DetectorOutputs::separate(0, 1, BoxFormat::Corners);
        let best = Detection::best(layout, 0);
        assert!(error(&best, &[zeros([1, 3, 4])]).contains("got none"));
        let text = error(&best, &[zeros([1, 3, 5]), zeros([1, 3, 2])]);
        assert!(text.contains("4 columns for a box, not 5"), "{text}");
        let text = error(&best, &[zeros([1, 3, 4]), zeros([1, 4, 2])]);
        assert!(
            text.contains("output 1") && text.contains("3 boxes"),
            "{text}"
        );
        let softmax = Detection::best(layout.with_softmax(), 0);
        let text = error(&softmax, &[zeros([1, 3, 4]), zeros([1, 3, 1])]);
        assert!(
            text.contains("single class") && text.contains("with_sigmoid"),
            "{text}"
        );
    }

    #[test]
    fn given_boxes_that_do_not_fit_are_named() {
        let near = |boxes: &[[f64; 4]]| Detection::nearest(yolox(), boxes);
        let text = error(&near(&[[0.0, 0.0, 1.0, 1.0]]), &[output()]);
        assert_eq!(text, "1 boxes were given for a batch of 2 samples");
        let text = error(&near(&[[20.0, 20.0, 30.0, 30.0]; 2]), &[output()]);
        assert_eq!(
            text,
            "no box of sample 0 overlaps the given one, [20.0, 20.0, 30.0, 30.0]: it must be [left, top, right, \
             bottom] in the units of the network's boxes, of which the first is [0.0, 0.0, 4.0, 4.0]"
        );
        let text = error(&near(&[[4.0, 0.0, 1.0, 1.0]; 2]), &[output()]);
        assert!(text.contains("left < right"), "{text}");
    }

    /// Two boxes whose scores are x₀² and 3 x₁ and whose lefts are x₀ and x₁: at the input the first is the best one,
    /// near zero the second.
    #[test]
    fn the_box_of_the_input_is_held_along_a_path_for_every_batch_size() {
        let device = Device::flex();
        let x = Tensor::<2>::from_data([[4.0, 5.0], [1.0, 2.0]], &device);
        let forward = |_: &Vec<Linear>, x: Tensor<2>| {
            let [batch, _] = x.dims();
            let (a, b) = (x.clone().narrow(1, 0, 1), x.narrow(1, 1, 1));
            let scores = Tensor::cat(vec![a.clone() * a.clone(), b.clone() * 3.0], 1);
            let zeros = a.clone() * 0.0;
            let columns = [&a, &zeros, &a, &zeros, &b, &zeros, &b, &zeros].map(Tensor::clone);
            let boxes = Tensor::cat(columns.to_vec(), 1).reshape([batch, 2, 4]);
            (boxes, scores.reshape([batch, 2, 1]))
        };
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let best = Detection::best(DetectorOutputs::separate(0, 1, BoxFormat::CornerSize), 0);
        let right = best.clone().with_side(BoxSide::Right);
        let gradient = Saliency::new().attribute(&net, x.clone(), &right).unwrap();
        assert_eq!(
            values(&gradient.tensor::<2>().unwrap()),
            [2.0, 0.0, 0.0, 2.0]
        );
        let path = IntegratedGradients::new().with_baseline(Baseline::zeros());
        for rows in [1, 2, 6, 64] {
            let inputs = Inputs::new(x.clone()).with_batch_size(rows);
            for (target, expected) in [
                (&best, [16.0, 0.0, 0.0, 6.0]),
                (&right, [8.0, 0.0, 0.0, 4.0]),
            ] {
                let result = path.attribute(&net, &inputs, target).unwrap();
                let found = values(&result.tensor::<2>().unwrap());
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-4, "{found} at {rows} rows");
                }
            }
        }
    }
}
