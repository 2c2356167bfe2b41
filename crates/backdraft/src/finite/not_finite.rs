//! What can go wrong: a number that is NaN or infinite where an explanation needs a finite one.

use std::fmt;

use thiserror::Error;

/// A number that is NaN or infinite where an explanation needs a finite one.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{what} of sample {sample}{}{}{}", isnt(.what), arises(.origin.as_ref()), help(.what))]
#[non_exhaustive]
pub struct NotFinite {
    /// What isn't finite.
    pub what: Quantity,
    /// The sample, by its position in the batch: the first one, if there are several.
    pub sample: usize,
    /// Where it arises, if the model shows its layers.
    pub origin: Option<Origin>,
}

impl NotFinite {
    pub(crate) fn new(what: Quantity, sample: usize, origin: Option<Origin>) -> Self {
        Self {
            what,
            sample,
            origin,
        }
    }

    /// The same in a batch of so many samples, of which there are several copies.
    pub(crate) fn among(self, samples: usize) -> Self {
        Self {
            sample: self.sample % samples,
            ..self
        }
    }
}

/// A quantity of a sample that should be finite.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// The target's value at the sample, or at another point that a method looks at.
    Score(f32),
    /// The target's value at the baseline.
    BaselineScore(f32),
    /// The target's gradient, or what a rule makes of it.
    Gradient,
    /// What the rules of a composite make of the score, whose derivative is finite.
    Relevance,
    /// The output of this layer.
    Activation(String),
    /// The values of an attribution, computed from scores and gradients that are finite.
    Attribution,
}

/// Where a number arises first that isn't finite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// In the output of this layer, whose operands are finite.
    Layer(String),
    /// In the target, which is computed from finite outputs.
    Target,
    /// In the derivative of this layer, nearest to the outputs, where everything that is computed is finite.
    Derivative(String),
    /// In the derivative of the target.
    TargetDerivative,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Score(_) | Self::BaselineScore(_) => f.write_str("the score"),
            Self::Gradient => f.write_str("the gradient"),
            Self::Relevance => f.write_str("the relevance"),
            Self::Activation(layer) => write!(f, "the output of layer `{layer}`"),
            Self::Attribution => f.write_str("the attribution"),
        }
    }
}

fn isnt(what: &Quantity) -> String {
    match what {
        Quantity::Score(score) => format!(" is {score}"),
        Quantity::BaselineScore(score) => format!(" is {score} at the baseline"),
        _ => " has elements that are NaN or infinite".into(),
    }
}

fn arises(origin: Option<&Origin>) -> String {
    const FINITE: &str = "what the network computes is finite";
    match origin {
        None => String::new(),
        Some(Origin::Layer(layer)) => {
            format!(": layer `{layer}` is the first to compute such a number")
        }
        Some(Origin::Target) => format!(": {FINITE}, but not what the target makes of it"),
        Some(Origin::Derivative(layer)) => {
            format!(": {FINITE}, but the derivative of layer `{layer}` has no finite value there")
        }
        Some(Origin::TargetDerivative) => {
            format!(": {FINITE}, but the derivative of the target has no finite value there")
        }
    }
}

fn help(what: &Quantity) -> &'static str {
    match what {
        Quantity::Score(_) | Quantity::Activation(_) => {
            ". Explain an input for which all numbers are finite, or change the function so that they are: an epsilon \
             under a root or in a denominator, a clamp before an exponential, single in place of half precision"
        }
        Quantity::BaselineScore(_) => {
            ". Choose a baseline for which all numbers are finite, or change the function so that they are: an epsilon \
             under a root or in a denominator, a clamp before an exponential, single in place of half precision"
        }
        Quantity::Gradient => {
            ". Keep away from this point with another input, another baseline or a rule that leaves out the ends of a \
             path, such as Gauss-Legendre, or change the function: an epsilon under a root or in a denominator"
        }
        Quantity::Relevance => {
            ". It was divided by contributions that cancel: choose a composite that tells positive from negative ones, such \
             as epsilon-plus, or a larger stabilizer"
        }
        Quantity::Attribution => {
            ". What it was computed from is finite: scale the inputs or the target so that products and sums stay in \
             the range of single precision"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(what: Quantity, origin: Option<Origin>) -> String {
        NotFinite::new(what, 2, origin).to_string()
    }

    #[test]
    fn sample_layer_and_remedy_are_named() {
        let score = text(
            Quantity::Score(f32::NAN),
            Some(Origin::Layer("norm.div".into())),
        );
        assert_eq!(
            score,
            "the score of sample 2 is NaN: layer `norm.div` is the first to compute such a number. Explain an input for \
             which all numbers are finite, or change the function so that they are: an epsilon under a root or in a \
             denominator, a clamp before an exponential, single in place of half precision"
        );
        let baseline = text(Quantity::BaselineScore(f32::NEG_INFINITY), None);
        assert!(
            baseline.starts_with(
                "the score of sample 2 is -inf at the baseline. Choose a baseline for which"
            ),
            "{baseline}"
        );
        let gradient = text(Quantity::Gradient, Some(Origin::Derivative("sqrt".into())));
        assert!(
            gradient.starts_with(
                "the gradient of sample 2 has elements that are NaN or infinite: what the network computes is finite, but \
                 the derivative of layer `sqrt` has no finite value there. Keep away"
            ),
            "{gradient}"
        );
    }
}
