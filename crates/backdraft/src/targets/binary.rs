//! Targets of classifiers with one logit, whose output has shape `[batch, 1]` or `[batch]`.

use burn::tensor::Tensor;

use crate::targets::output::{check_samples, common, constant, float_output, values, wrong_output};
use crate::targets::{Explained, Target};
use crate::{AnyTensor, Error};

const NEEDS: &str = "an output of shape [batch, 1] or [batch]";

/// The class that a single logit predicts: is this a cat, or not?
///
/// ```text
/// F = s (y - t),  s = 1 if y >= t at the input, else -1
/// ```
///
/// `y` is the output, of shape `[batch, 1]` or `[batch]`, and `t` the threshold that divides the two classes: 0, for
/// logits, unless [`with_threshold`](Self::with_threshold) says otherwise. So `F` is how far the output is on the side
/// of the class that is explained; of a logit it is the logit, or minus the logit. The side is that of each sample's
/// own prediction at the input and stays the same on a path; of [`positive`](Self::positive) it is always `s = 1`.
///
/// ```
/// use backdraft::{Binary, Method, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // Positive where x₀ > x₁.
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.clone().narrow(1, 0, 1) - x.narrow(1, 1, 1);
/// let x = Tensor::<2>::from_data([[1.0, 3.0]], &Device::default());
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// // The logit is -2: what is predicted is the negative class, for which x₁ is evidence.
/// let predicted = Saliency::new().attribute(&net, x.clone(), Binary::predicted())?;
/// assert_eq!((predicted.target(), predicted.scores()), ("negative class", &[2.0][..]));
/// assert_eq!(predicted.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap(), [-1.0, 1.0]);
///
/// let positive = Saliency::new().attribute(&net, x, Binary::positive())?;
/// assert_eq!(positive.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap(), [1.0, -1.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "BinaryClassifierOutputTarget")]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Binary {
    threshold: f64,
    always_positive: bool,
}

impl Binary {
    /// The class that is predicted, sample by sample. It is the positive one where the output is exactly the threshold.
    pub fn predicted() -> Self {
        Self::default()
    }

    /// The positive class, whatever is predicted.
    pub fn positive() -> Self {
        Self {
            always_positive: true,
            ..Self::default()
        }
    }

    /// The output that divides the two classes: 0.5 for a network that ends with a sigmoid. By default 0, for logits.
    #[must_use]
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    fn settled(self, outputs: &[AnyTensor]) -> Result<BinarySides, Error> {
        if !self.threshold.is_finite() {
            return Err(Error::InvalidOption {
                option: "threshold",
                value: self.threshold.to_string(),
                requirement: "it must be finite",
            });
        }
        let is_positive = |y: f64| self.always_positive || y >= self.threshold;
        let output = single(outputs)?;
        Ok(BinarySides {
            threshold: self.threshold,
            positive: values(&output).into_iter().map(is_positive).collect(),
        })
    }
}

impl Target for Binary {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        self.settled(outputs)?.scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        Ok(Some(Box::new(self.settled(outputs)?)))
    }
}

/// The side of the threshold that is explained of each sample.
struct BinarySides {
    threshold: f64,
    positive: Vec<bool>,
}

impl Target for BinarySides {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let output = single(outputs)?;
        let [samples] = output.dims();
        check_samples(self.positive.len(), "classes", samples)?;
        let sign = |&positive: &bool| if positive { 1.0 } else { -1.0 };
        let signs = constant(self.positive.iter().map(sign).collect(), [samples], &output);
        Ok(Explained {
            scores: (output - self.threshold) * signs,
            name: in_words(&self.positive),
        })
    }
}

/// The only number of each sample.
fn single(outputs: &[AnyTensor]) -> Result<Tensor<1>, Error> {
    let what = "a binary target";
    let output = float_output(outputs, 0, what, NEEDS)?;
    match *output.shape().as_slice() {
        [samples] | [samples, 1] => Ok(output.reshape([samples])),
        _ => {
            let help = ": `Class` explains one of several classes";
            Err(wrong_output(what, NEEDS, Some(output), help))
        }
    }
}

fn in_words(positive: &[bool]) -> String {
    let word = |&positive: &bool| if positive { "positive" } else { "negative" };
    if let Some(all) = common(positive) {
        return format!("{} class", word(all));
    }
    let words: Vec<_> = positive.iter().map(word).collect();
    format!("classes [{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::TargetError;
    use crate::{Class, Inputs, IntegratedGradients, LogProbability, Method, Network, TopClass};
    use burn::nn::Linear;
    use burn::tensor::{Device, Int, TensorData};

    fn column() -> AnyTensor {
        Tensor::<2>::from_data([[2.0], [-3.0], [0.0]], &Device::flex()).into()
    }

    fn scores(target: Binary, output: AnyTensor) -> (Vec<f64>, String) {
        let explained = target.scores(&[output]).unwrap();
        (values(&explained.scores), explained.name)
    }

    #[test]
    fn the_predicted_class_has_the_logit_or_minus_the_logit() {
        let row = Tensor::<1>::from_data([2.0, -3.0, 0.0], &Device::flex());
        for output in [column(), row.into()] {
            let (predicted, name) = scores(Binary::predicted(), output.clone());
            assert_eq!(predicted, [2.0, 3.0, 0.0]);
            assert_eq!(name, "classes [positive, negative, positive]");
            let (positive, name) = scores(Binary::positive(), output);
            assert_eq!(positive, [2.0, -3.0, 0.0]);
            assert_eq!(name, "positive class");
        }
    }

    #[test]
    fn a_probability_is_compared_with_its_threshold() {
        let probabilities = Tensor::<1>::from_data([0.75, 0.125], &Device::flex());
        let target = Binary::predicted().with_threshold(0.5);
        let (scores, _) = scores(target, probabilities.into());
        assert_eq!(scores, [0.25, 0.375]);
        let error = target.with_threshold(f64::NAN).scores(&[column()]);
        assert!(matches!(
            error,
            Err(Error::InvalidOption {
                option: "threshold",
                ..
            })
        ));
    }

    /// Logits x₀² - x₁, with shape `[batch]` or `[batch, 1]`.
    fn networks(x: &Tensor<2>) -> [Network; 2] {
        let logit = |x: Tensor<2>| {
            let first = x.clone().narrow(1, 0, 1);
            first.clone() * first - x.narrow(1, 1, 1)
        };
        let column = move |_: &Vec<Linear>, x: Tensor<2>| logit(x);
        let row = move |_: &Vec<Linear>, x: Tensor<2>| {
            let [samples, _] = x.dims();
            logit(x).reshape([samples])
        };
        [
            Network::capture(&Vec::new(), x.clone(), column).unwrap(),
            Network::capture(&Vec::new(), x.clone(), row).unwrap(),
        ]
    }

    /// The second sample is negative at the input and positive half way: its side is that of the input all along.
    #[test]
    fn the_side_is_held_along_a_path_for_every_batch_size() {
        let x = Tensor::<2>::from_data([[2.0, 1.0], [1.0, 2.0]], &Device::flex());
        let start = Tensor::<2>::from_data([[0.0, 0.0], [3.0, 2.0]], &Device::flex());
        let path = IntegratedGradients::new().with_baseline(crate::Baseline::tensor(start));
        for net in networks(&x) {
            for rows in [1, 2, 6, 64] {
                let inputs = Inputs::new(x.clone()).with_batch_size(rows);
                let result = path.attribute(&net, inputs, Binary::predicted()).unwrap();
                assert_eq!(result.target(), "classes [positive, negative]");
                assert_eq!(result.scores(), [3.0, 1.0]);
                let found = values(&result.tensor::<2>().unwrap());
                // 2² and -1; minus 1² - 3², and nothing for what stays the same.
                for (found, expected) in found.iter().zip([4.0, -1.0, 8.0, 0.0]) {
                    assert!((found - expected).abs() < 1e-4, "{found} at {rows} rows");
                }
            }
        }
    }

    #[test]
    fn one_logit_has_no_top_class() {
        for target in [&TopClass as &dyn Target, &LogProbability(0)] {
            for error in [
                target.scores(&[column()]).unwrap_err(),
                target
                    .scores(&[Tensor::<2>::zeros([1, 1], &Device::flex()).into()])
                    .unwrap_err(),
            ] {
                let text = error.to_string();
                assert!(
                    matches!(error, Error::Target(TargetError::SingleClass { .. })),
                    "{text}"
                );
                assert!(text.contains("`Binary`"), "{text}");
            }
        }
        assert!(TopClass.resolved(&[column()]).is_err());
        // Who asks for the logit gets it.
        let logit = Class(0).scores(&[column()]).unwrap().scores;
        assert_eq!(values(&logit), [2.0, -3.0, 0.0]);
    }

    #[test]
    fn an_output_without_classes_names_what_explains_it() {
        let row = Tensor::<1>::from_data([2.0, -3.0], &Device::flex());
        let error = Class(0).scores(&[row.into()]).unwrap_err().to_string();
        assert!(
            error.contains("[2]") && error.contains("`Binary`") && error.contains("Neuron"),
            "{error}"
        );
    }

    #[test]
    fn several_logits_are_refused() {
        let device = Device::flex();
        let outputs: [AnyTensor; 3] = [
            Tensor::<2>::zeros([3, 2], &device).into(),
            Tensor::<3>::zeros([3, 1, 1], &device).into(),
            Tensor::<2, Int>::zeros([3, 1], &device).into(),
        ];
        let errors = outputs.map(|output| Binary::predicted().scores(&[output]).unwrap_err());
        assert!(
            errors[0].to_string().contains("[3, 2]: `Class`"),
            "{}",
            errors[0]
        );
        assert!(errors[1].to_string().contains("[3, 1, 1]"), "{}", errors[1]);
        assert!(
            errors[2].to_string().contains("no gradient"),
            "{}",
            errors[2]
        );
    }

    #[test]
    fn a_settled_side_belongs_to_its_samples() {
        let settled = Binary::predicted().resolved(&[column()]).unwrap().unwrap();
        let other = TensorData::from([[5.0], [5.0], [-5.0]]);
        let other = Tensor::<2>::from_data(other, &Device::flex());
        let explained = settled.scores(&[other.into()]).unwrap();
        assert_eq!(values(&explained.scores), [5.0, -5.0, -5.0]);
        let one = Tensor::<2>::from_data([[1.0]], &Device::flex());
        let error = settled.scores(&[one.into()]).unwrap_err().to_string();
        assert_eq!(error, "3 classes were given for a batch of 1 samples");
    }
}
