//! The mechanism: a rule for linear operations as data.

use std::fmt;

use crate::Error;
use crate::backprop::lrp::part::Part;

/// What is added to denominators by default.
const STABILIZER: f64 = 1e-6;

/// A rule of layer-wise relevance propagation for linear operations `z = w x + b`, as data.
///
/// The relevance `R` of the output is given to the input by shares. In a share `s` every term `k` takes a part of the
/// input, one of the weights and one of the bias:
///
/// ```text
/// R_x = Σ_s Σ_k  x_k · w_kᵀ [ R_s / stabilized(z_s) ],     z_s = Σ_k (w_k x_k + b_k)
/// ```
///
/// `x_k`, `w_k` and `b_k` are those parts, of the shapes of `x`, `w` and `b`, and `R_s` is all relevance of the output or a
/// part of it, as [`Of`] says. `w_kᵀ` is the derivative of the operation with weights `w_k`, so one rule is for dense
/// layers, convolutions of all kinds and matrix products alike. Terms whose part of the input is zero throughout aren't
/// computed: after a rectifier the rule [`z_plus`](crate::lrp::rules::z_plus) has a single one.
///
/// A layer and the batch normalization that follows it are one layer to the rule, with the weights and the bias that both
/// have together, unless it is told [otherwise](Self::without_folding).
#[derive(Clone)]
pub struct LinearRule {
    name: String,
    pub(super) shares: Vec<Share>,
    pub(super) stabilizer: f64,
    pub(super) has_bias: bool,
    /// Whether what terms don't account for is handed on in equal parts.
    pub(super) conserves: bool,
    pub(super) folds: bool,
}

/// Relevance, and the terms that it is given to.
#[derive(Clone, Debug)]
pub struct Share {
    pub(super) of: Of,
    pub(super) terms: Vec<Term>,
}

/// Which relevance a [`Share`] has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Of {
    /// All of it.
    All,
    /// A multiple of it.
    Times(f64),
    /// That of outputs that aren't negative.
    Positive,
    /// That of negative outputs.
    Negative,
}

/// A product of parts of input and weights, and a part of the bias beside it.
#[derive(Clone, Debug)]
pub struct Term {
    pub(super) input: Part,
    pub(super) weight: Part,
    pub(super) bias: Part,
    pub(super) is_subtracted: bool,
}

impl Term {
    /// A term with a part of the input and a part of the weights, without bias.
    pub fn new(input: Part, weight: Part) -> Self {
        Self {
            input,
            weight,
            bias: Part::Zero,
            is_subtracted: false,
        }
    }

    /// The term with a part of the bias in its denominator.
    #[must_use]
    pub fn with_bias(mut self, part: Part) -> Self {
        self.bias = part;
        self
    }

    /// The term with the other sign.
    #[must_use]
    pub fn subtracted(mut self) -> Self {
        self.is_subtracted = !self.is_subtracted;
        self
    }
}

impl Share {
    /// Gives relevance to terms.
    pub fn new(of: Of, terms: impl IntoIterator<Item = Term>) -> Self {
        Self {
            of,
            terms: terms.into_iter().collect(),
        }
    }
}

impl LinearRule {
    /// A rule by its shares.
    pub fn new(name: impl Into<String>, shares: impl IntoIterator<Item = Share>) -> Self {
        Self {
            name: name.into(),
            shares: shares.into_iter().collect(),
            stabilizer: STABILIZER,
            has_bias: true,
            conserves: false,
            folds: true,
        }
    }

    /// What [`stabilized`](crate::lrp::stabilized) adds to denominators; 1e-6 by default.
    #[must_use]
    pub fn with_stabilizer(mut self, stabilizer: f64) -> Self {
        self.stabilizer = stabilizer;
        self
    }

    /// The rule with a bias of zero, so that no relevance is left in it.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.has_bias = false;
        self
    }

    /// The rule [without bias](Self::without_bias), which hands on in equal parts to everything that a unit sees what its
    /// terms don't account for: so relevance is conserved to the last digits. It is the relevance of outputs to which
    /// nothing contributes, which are what they are by their bias alone, and what the stabilizer takes.
    #[must_use]
    pub fn conserving(mut self) -> Self {
        self.conserves = true;
        self.without_bias()
    }

    /// The rule for a layer alone, without the batch normalization that follows it.
    #[must_use]
    pub fn without_folding(mut self) -> Self {
        self.folds = false;
        self
    }

    /// The rule's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does with biases, if it isn't usual.
    pub(super) fn of_bias(&self) -> &'static str {
        match (self.conserves, self.has_bias) {
            (true, _) => ", conserving",
            (false, false) => ", without bias",
            (false, true) => "",
        }
    }

    /// Refuses a stabilizer that isn't one, and values for the channels of weights or biases.
    pub(super) fn check(&self) -> Result<(), Error> {
        if !(self.stabilizer.is_finite() && self.stabilizer >= 0.0) {
            return Err(Error::InvalidOption {
                option: "stabilizer",
                value: self.stabilizer.to_string(),
                requirement: "it must be a finite number that isn't negative",
            });
        }
        let terms = self.shares.iter().flat_map(|share| &share.terms);
        let mut of_weights = terms.flat_map(|term| [&term.weight, &term.bias]);
        match of_weights.find(|part| part.is_per_channel()) {
            Some(part) => Err(Error::InvalidOption {
                option: "rule",
                value: format!("{}: {part:?}", self.name),
                requirement: "an input alone has values for every channel: give weights and biases one",
            }),
            None => Ok(()),
        }
    }
}

/// The name, and what isn't usual.
impl fmt::Debug for LinearRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.stabilizer != STABILIZER {
            write!(f, ", stabilizer {}", self.stabilizer)?;
        }
        f.write_str(self.of_bias())?;
        if !self.folds {
            f.write_str(", without folding")?;
        }
        Ok(())
    }
}
