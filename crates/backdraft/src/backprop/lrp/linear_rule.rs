//! The mechanism: a rule for linear operations as data.

use std::fmt;

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::tensor::Tensor;

use crate::Error;
use crate::backprop::lrp::operands::{Weights, is_setting};
use crate::backprop::lrp::part::Part;
use crate::backprop::lrp::stabilizer::per_unit;

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
/// `w_kᵀ` is the derivative of the same operation with other weights, so one rule is for dense layers, convolutions of
/// all kinds and matrix products alike. Terms whose part of the input is zero throughout aren't computed: after a rectifier
/// the rule [`z_plus`](crate::lrp::rules::z_plus) has a single one.
///
/// A layer and the batch normalization that follows it are one layer to the rule, with the weights and the bias that both
/// have together, unless it is told [otherwise](Self::without_folding).
#[derive(Clone)]
pub struct LinearRule {
    name: String,
    shares: Vec<Share>,
    stabilizer: f64,
    has_bias: bool,
    folds: bool,
}

/// Relevance, and the terms that it is given to.
#[derive(Clone, Debug)]
pub struct Share {
    of: Of,
    terms: Vec<Term>,
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
    input: Part,
    weight: Part,
    bias: Part,
    is_subtracted: bool,
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

    /// Values with the term's sign.
    fn signed(&self, values: Tensor<1>) -> Tensor<1> {
        if self.is_subtracted { -values } else { values }
    }

    /// Whether it is the operation itself.
    fn is_whole(&self, has_bias: bool) -> bool {
        let parts = [&self.input, &self.weight, &self.bias];
        has_bias && !self.is_subtracted && parts.iter().all(|part| **part == Part::Whole)
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

    /// The share's part of the relevance.
    fn relevance(&self, relevance: Tensor<1>, output: impl FnOnce() -> Tensor<1>) -> Tensor<1> {
        let is_negative = || output().lower_elem(0.0);
        match self.of {
            Of::All => relevance,
            Of::Times(factor) => relevance * factor,
            Of::Positive => relevance.mask_fill(is_negative(), 0.0),
            Of::Negative => relevance.mask_fill(is_negative().bool_not(), 0.0),
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

    /// Refuses a stabilizer that isn't one.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.stabilizer.is_finite() && self.stabilizer >= 0.0 {
            return Ok(());
        }
        Err(Error::InvalidOption {
            option: "stabilizer",
            value: self.stabilizer.to_string(),
            requirement: "it must be a finite number that isn't negative",
        })
    }

    /// The operands with which an operation has parts of its weight and bias.
    fn weights(
        &self,
        step: &Step,
        operand: usize,
        weight: &Part,
        bias: &Part,
    ) -> Vec<(usize, AnyTensor)> {
        let bias = if self.has_bias { bias } else { &Part::Zero };
        Weights::of(step, operand).with(step, weight, bias)
    }

    /// The output, without its bias if the rule leaves that out.
    fn output(&self, step: &Step, operand: usize) -> Tensor<1> {
        if self.has_bias {
            return step.output().flat();
        }
        let without = self.weights(step, operand, &Part::Whole, &Part::Zero);
        step.output_with(&without).flat()
    }

    /// A term at an operation; `None` where it is zero.
    fn term_at<'a>(&self, term: &'a Term, step: &Step, operand: usize) -> Option<TermAt<'a>> {
        let input = term.input.of_some(&step.operand(operand))?;
        Some(TermAt {
            term,
            input,
            weights: self.weights(step, operand, &term.weight, &term.bias),
            is_whole: term.is_whole(self.has_bias),
        })
    }

    /// What the terms of a share give to the operand; `None` if all of them are zero.
    fn given(
        &self,
        share: &Share,
        step: &Step,
        operand: usize,
        relevance: &AnyTensor,
    ) -> Option<Tensor<1>> {
        let terms = share.terms.iter();
        let terms: Vec<_> = terms
            .filter_map(|term| self.term_at(term, step, operand))
            .collect();
        let outputs = terms.iter().map(|term| term.output(step, operand));
        let z = outputs.reduce(|sum, next| sum + next)?;
        let relevant = share.relevance(relevance.flat(), || self.output(step, operand));
        let per_output = per_unit(relevant, z, self.stabilizer);
        let per_output = AnyTensor::from(per_output).reshape_to(relevance.shape());
        let given = terms
            .iter()
            .map(|term| term.given(step, operand, &per_output));
        given.reduce(|sum, next| sum + next)
    }
}

/// The name, and what isn't usual.
impl fmt::Debug for LinearRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.stabilizer != STABILIZER {
            write!(f, ", stabilizer {}", self.stabilizer)?;
        }
        if !self.has_bias {
            f.write_str(", without bias")?;
        }
        if !self.folds {
            f.write_str(", without folding")?;
        }
        Ok(())
    }
}

impl Rule for LinearRule {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let x = step.operand(operand);
        if is_setting(step, operand) {
            return AnyTensor::from(x.flat().zeros_like()).reshape_to(x.shape());
        }
        let shares = self.shares.iter();
        let given = shares.filter_map(|share| self.given(share, step, operand, &gradient));
        let sum = given.reduce(|sum, next| sum + next);
        let sum = sum.unwrap_or_else(|| x.flat().zeros_like());
        AnyTensor::from(sum).reshape_to(x.shape())
    }

    fn folds_normalization(&self) -> bool {
        self.folds
    }
}

/// A term at an operation.
struct TermAt<'a> {
    term: &'a Term,
    input: AnyTensor,
    /// What stands in the place of weight and bias.
    weights: Vec<(usize, AnyTensor)>,
    is_whole: bool,
}

impl TermAt<'_> {
    /// What the term brings to the denominator.
    fn output(&self, step: &Step, operand: usize) -> Tensor<1> {
        if self.is_whole {
            return step.output().flat();
        }
        let mut operands = self.weights.clone();
        operands.push((operand, self.input.clone()));
        self.term.signed(step.output_with(&operands).flat())
    }

    /// The relevance that its part of the input gets.
    fn given(&self, step: &Step, operand: usize, per_output: &AnyTensor) -> Tensor<1> {
        let back = step.derivative_with(&self.weights, operand, per_output.clone());
        self.term.signed(back.flat() * self.input.flat())
    }
}
