//! Targets of networks that write sequences, whose output has shape `[batch, steps, vocabulary]`.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::targets::TargetError;
use crate::targets::output::{check_samples, float_output, wrong_output};
use crate::targets::{Explained, Target};
use crate::{AnyTensor, Error};

/// The logarithm of the probability of a token sequence: of a caption, given the image.
///
/// ```text
/// F = sum over steps t of log_softmax(logits[:, t])[token_t]
/// ```
///
/// The output has the shape `[batch, steps, vocabulary]`: logits of the next token at every step, as the
/// network gives them when it reads the sequence. Each sample has a list of the tokens that follow; where it is
/// shorter than the steps, the rest is padding and doesn't count.
///
/// ```
/// use backdraft::{Method, Network, Saliency, SequenceLogProbability};
/// # use burn::nn::{Linear, LinearConfig};
/// # use burn::tensor::{Device, Tensor};
/// # let device = Device::default();
/// # let model: Linear = LinearConfig::new(3, 20).init(&device);
/// # let features = Tensor::<3>::ones([1, 4, 3], &device);
/// # let net = Network::capture(&model, features.clone(), |m: &Linear, x: Tensor<3>| m.forward(x))?;
/// let caption = SequenceLogProbability::new(vec![vec![4, 17, 2]]);
/// let whole = Saliency::new().attribute(&net, features.clone(), &caption)?;
/// // The evidence for every word.
/// let words = Saliency::new().attribute_each(&net, features, caption.steps())?;
/// assert_eq!(words[1].target(), "log-probability of the token at step 1");
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceLogProbability {
    /// One list for each sample.
    tokens: Vec<Vec<usize>>,
    /// The only step that counts.
    step: Option<usize>,
}

impl SequenceLogProbability {
    /// All steps of these sequences, one list of tokens for each sample.
    pub fn new(tokens: Vec<Vec<usize>>) -> Self {
        Self { tokens, step: None }
    }

    /// Only the token at one step. A sample without a token there has a score of zero.
    #[must_use]
    pub fn at_step(mut self, step: usize) -> Self {
        self.step = Some(step);
        self
    }

    /// Every step by itself, up to the end of the longest sequence: targets for
    /// [`attribute_each`](crate::Method::attribute_each), which sum to this one.
    pub fn steps(&self) -> Vec<Self> {
        let steps = 0..self.longest();
        steps.map(|step| self.clone().at_step(step)).collect()
    }

    fn longest(&self) -> usize {
        self.tokens.iter().map(Vec::len).max().unwrap_or(0)
    }

    fn check(&self, samples: usize, steps: usize, vocabulary: usize) -> Result<(), Error> {
        check_samples(self.tokens.len(), "lists of tokens", samples)?;
        for (sample, tokens) in self.tokens.iter().enumerate() {
            if tokens.len() > steps {
                return Err(Error::Target(TargetError::SequenceTooLong {
                    sample,
                    tokens: tokens.len(),
                    steps,
                }));
            }
            if let Some(&token) = tokens.iter().find(|&&token| token >= vocabulary) {
                return Err(Error::Target(TargetError::OutOfVocabulary {
                    token,
                    sample,
                    vocabulary,
                }));
            }
        }
        let step = self.step.unwrap_or(0);
        if step >= self.longest() {
            return Err(Error::Target(TargetError::UnknownStep {
                step,
                steps: self.longest(),
            }));
        }
        Ok(())
    }

    /// Whether the sample's token at this step counts.
    fn counts(&self, sample: usize, step: usize) -> bool {
        step < self.tokens[sample].len() && self.step.is_none_or(|only| only == step)
    }
}

impl Target for SequenceLogProbability {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let logits = logits(outputs)?;
        let [samples, steps, vocabulary] = logits.dims();
        self.check(samples, steps, vocabulary)?;
        let device = logits.device();
        let places = || (0..samples).flat_map(|sample| (0..steps).map(move |step| (sample, step)));
        let token = |(sample, step): (usize, usize)| self.tokens[sample].get(step).copied();
        let tokens: Vec<i32> = places().map(|at| token(at).unwrap_or(0) as i32).collect();
        let tokens = TensorData::new(tokens, [samples, steps, 1]);
        let left_out: Vec<bool> = places().map(|(s, t)| !self.counts(s, t)).collect();
        let left_out = TensorData::new(left_out, [samples, steps, 1]);

        let chosen = log_softmax(logits, 2).gather(2, Tensor::<3, Int>::from_data(tokens, &device));
        let chosen = chosen.mask_fill(Tensor::<3, Bool>::from_data(left_out, &device), 0.0);
        Ok(Explained {
            scores: chosen.sum_dim(1).reshape([samples]),
            name: match self.step {
                None => "log-probability of the sequence".into(),
                Some(step) => format!("log-probability of the token at step {step}"),
            },
        })
    }
}

fn logits(outputs: &[AnyTensor]) -> Result<Tensor<3>, Error> {
    let (what, needs) = (
        "a sequence",
        "an output of shape [batch, steps, vocabulary]",
    );
    let output = float_output(outputs, 0, what, needs)?;
    let logits = output.to_tensor();
    logits.map_err(|_| wrong_output(what, needs, Some(output), ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Two samples of two steps over three tokens, with probabilities 1/2, 1/4, 1/4 and 1/8, 1/8, 3/4 at the
    /// first sample's steps, and uniform ones for the second sample.
    fn output() -> Vec<AnyTensor> {
        let first = [[2.0_f32, 1.0, 1.0], [1.0, 1.0, 6.0]].map(|row| row.map(f32::ln));
        let logits = [first, [[7.0; 3], [-2.0; 3]]];
        vec![Tensor::<3>::from_data(logits, &Device::flex()).into()]
    }

    fn scores(target: &SequenceLogProbability) -> Vec<f64> {
        let explained = target.scores(&output()).unwrap();
        explained.scores.into_data().iter().collect()
    }

    fn assert_close(scores: &[f64], expected: [f64; 2]) {
        for (score, expected) in scores.iter().zip(expected) {
            assert!((score - expected).abs() < 1e-6, "{scores:?}");
        }
    }

    #[test]
    fn the_steps_probabilities_are_multiplied() {
        let target = SequenceLogProbability::new(vec![vec![1, 2], vec![0, 0]]);
        let expected = [(0.25_f64 * 0.75).ln(), (1.0_f64 / 9.0).ln()];
        assert_close(&scores(&target), expected);
    }

    #[test]
    fn a_shorter_list_leaves_steps_out() {
        let target = SequenceLogProbability::new(vec![vec![0, 2], vec![2]]);
        assert_close(
            &scores(&target),
            [(0.5_f64 * 0.75).ln(), (1.0_f64 / 3.0).ln()],
        );
        let steps = target.steps();
        assert_eq!(steps.len(), 2);
        assert_close(&scores(&steps[0]), [0.5_f64.ln(), (1.0_f64 / 3.0).ln()]);
        assert_close(&scores(&steps[1]), [0.75_f64.ln(), 0.0]);
    }

    #[test]
    fn an_impossible_token_of_the_padding_is_no_nan() {
        let logits = [[[0.0, 0.0], [f32::NEG_INFINITY, 0.0]]];
        let output = Tensor::<3>::from_data(logits, &Device::flex());
        let target = SequenceLogProbability::new(vec![vec![1]]);
        let scores = target.scores(&[output.into()]).unwrap().scores;
        assert!((scores.into_scalar::<f64>() - 0.5_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn tokens_that_do_not_fit_are_named() {
        let error = |tokens| {
            let target = SequenceLogProbability::new(tokens);
            target.scores(&output()).unwrap_err().to_string()
        };
        assert_eq!(
            error(vec![vec![0]]),
            "1 lists of tokens were given for a batch of 2 samples"
        );
        assert_eq!(
            error(vec![vec![0], vec![0; 3]]),
            "sample 1 has 3 tokens, but the output has 2 steps"
        );
        assert_eq!(
            error(vec![vec![0, 3], vec![0]]),
            "token 3 of sample 0 isn't in the vocabulary of 3 tokens"
        );
        assert_eq!(
            error(vec![vec![], vec![]]),
            "no sample has a token at step 0: the longest list has 0"
        );
        let late = SequenceLogProbability::new(vec![vec![0], vec![0]]).at_step(1);
        assert!(matches!(
            late.scores(&output()),
            Err(Error::Target(TargetError::UnknownStep {
                step: 1,
                steps: 1
            }))
        ));
        let flat = Tensor::<2>::zeros([2, 3], &Device::flex());
        let target = SequenceLogProbability::new(vec![vec![0], vec![0]]);
        let error = target.scores(&[flat.into()]).unwrap_err();
        assert!(
            matches!(
                error,
                Error::WrongShape {
                    what: "a sequence",
                    ..
                }
            ),
            "{error}"
        );
    }
}
