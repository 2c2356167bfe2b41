//! Targets of classifiers, whose output has shape `[batch, classes]`.

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

use crate::targets::output::{
    check_class, check_samples, common, float_output, pick, top, wrong_output,
};
use crate::targets::{Explained, Target, TargetError};
use crate::{AnyTensor, Error};

/// The logit of one class, the same for every sample.
#[doc(alias = "ClassifierOutputTarget")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class(pub usize);

/// The logit of another class for each sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes(pub Vec<usize>);

/// The logit of the class that the network prefers, sample by sample.
///
/// Of a single logit no class is the top one, so an output of shape `[batch, 1]` is refused:
/// [`Binary`](crate::Binary) explains the class that it predicts, [`Class(0)`](Class) the number as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopClass;

/// The logit of one class minus that of another: why this and not that?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margin {
    /// The class that is explained.
    pub class: usize,
    /// The class it is compared with.
    pub over: usize,
}

/// The logarithm of a class's softmax probability, which also reacts to evidence for other classes. Of a single logit
/// it would always be zero, so that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogProbability(pub usize);

impl Target for Class {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let logits = logits(outputs)?;
        Ok(Explained {
            scores: column(&logits, self.0)?,
            name: format!("class {}", self.0),
        })
    }
}

impl Target for Classes {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let logits = logits(outputs)?;
        let [samples, classes] = logits.dims();
        check_samples(self.0.len(), "classes", samples)?;
        for &class in &self.0 {
            check_class(class, classes)?;
        }
        Ok(Explained {
            scores: pick(logits, &self.0),
            name: in_words(&self.0),
        })
    }
}

impl Target for TopClass {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        top_classes(outputs)?.scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        Ok(Some(Box::new(top_classes(outputs)?)))
    }
}

impl Target for Margin {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let logits = logits(outputs)?;
        Ok(Explained {
            scores: column(&logits, self.class)? - column(&logits, self.over)?,
            name: format!("class {} minus class {}", self.class, self.over),
        })
    }
}

impl Target for LogProbability {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let logits = of_several_classes(logits(outputs)?)?;
        Ok(Explained {
            scores: column(&log_softmax(logits, 1), self.0)?,
            name: format!("log-probability of class {}", self.0),
        })
    }
}

/// The logits of several classes, or of one.
pub(super) fn logits(outputs: &[AnyTensor]) -> Result<Tensor<2>, Error> {
    let (what, needs) = ("a class", "an output of shape [batch, classes]");
    let output = float_output(outputs, 0, what, needs)?;
    let help = match output.shape().num_dims() {
        1 => {
            ": `Binary` explains the class that a single logit predicts, `Neuron::new([])` the output as it is"
        }
        _ => ": pass a `Score` that computes one scalar for each sample from this output",
    };
    let logits = output.to_tensor();
    logits.map_err(|_| wrong_output(what, needs, Some(output), help))
}

/// Logits among which one can be the largest.
fn of_several_classes(logits: Tensor<2>) -> Result<Tensor<2>, Error> {
    let shape = logits.dims();
    if shape[1] > 1 {
        return Ok(logits);
    }
    Err(Error::Target(TargetError::SingleClass {
        shape: format!("{shape:?}"),
        help: "`Binary` explains the class that a single logit predicts, `Class(0)` the number as it is",
    }))
}

fn top_classes(outputs: &[AnyTensor]) -> Result<Classes, Error> {
    let logits = of_several_classes(logits(outputs)?)?;
    Ok(Classes(top(logits)))
}

fn column(logits: &Tensor<2>, class: usize) -> Result<Tensor<1>, Error> {
    let [samples, classes] = logits.dims();
    check_class(class, classes)?;
    Ok(logits
        .clone()
        .slice([0..samples, class..class + 1])
        .reshape([samples]))
}

fn in_words(classes: &[usize]) -> String {
    match common(classes) {
        Some(class) => format!("class {class}"),
        None => format!("classes {classes:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int, TensorData};

    fn explained(target: &impl Target) -> Result<Explained, Error> {
        let logits = [[1.0, 3.0, 2.0], [5.0, 4.0, 6.0]];
        let logits = Tensor::<2>::from_data(logits, &Device::flex());
        target.scores(&[logits.into()])
    }

    fn assert_scores(target: &impl Target, scores: [f32; 2], name: &str) {
        let explained = explained(target).unwrap();
        explained
            .scores
            .into_data()
            .assert_eq(&TensorData::from(scores), false);
        assert_eq!(explained.name, name);
    }

    #[test]
    fn every_target_picks_its_logits() {
        assert_scores(&Class(2), [2.0, 6.0], "class 2");
        assert_scores(&Classes(vec![1, 0]), [3.0, 5.0], "classes [1, 0]");
        assert_scores(&TopClass, [3.0, 6.0], "classes [1, 2]");
        assert_scores(
            &Margin { class: 1, over: 0 },
            [2.0, -1.0],
            "class 1 minus class 0",
        );
    }

    #[test]
    fn the_log_probability_is_that_of_the_softmax() {
        let scores = explained(&LogProbability(1)).unwrap().scores;
        let scores: Vec<f64> = scores.into_data().iter::<f64>().collect();
        let softmax =
            |row: [f64; 3]| (row[1].exp() / row.iter().map(|logit| logit.exp()).sum::<f64>()).ln();
        assert!((scores[0] - softmax([1.0, 3.0, 2.0])).abs() < 1e-6);
        assert!((scores[1] - softmax([5.0, 4.0, 6.0])).abs() < 1e-6);
    }

    #[test]
    fn a_class_that_does_not_exist_is_named() {
        let error = explained(&Class(3)).unwrap_err().to_string();
        assert_eq!(
            error,
            "class 3 doesn't exist: the network has classes 0 to 2"
        );
        assert!(explained(&Classes(vec![0, 7])).is_err());
        assert!(explained(&Margin { class: 0, over: 3 }).is_err());
        assert!(explained(&LogProbability(9)).is_err());
    }

    #[test]
    fn classes_that_are_no_floats_have_no_gradient() {
        let classes = Tensor::<2, Int>::from_data([[1, 0]], &Device::flex());
        let error = Class(0)
            .scores(&[classes.into()])
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains("first output") && error.contains("Int"),
            "{error}"
        );
    }

    #[test]
    fn one_class_for_each_sample_is_needed() {
        let error = explained(&Classes(vec![1])).unwrap_err().to_string();
        assert_eq!(error, "1 classes were given for a batch of 2 samples");
    }

    #[test]
    fn an_output_that_is_no_logits_needs_a_score() {
        let output = Tensor::<3>::zeros([1, 2, 3], &Device::flex());
        let error = Class(0).scores(&[output.into()]).unwrap_err().to_string();
        assert!(
            error.contains("[1, 2, 3]") && error.contains("Score"),
            "{error}"
        );
    }
}
