//! The mechanism: a rule for linear operations as data.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::tensor::Tensor;

use crate::backprop::lrp::operands::Weights;
use crate::backprop::lrp::part::Part;
use crate::backprop::lrp::stabilizer::stabilized;

/// A rule of layer-wise relevance propagation for linear operations `z = w x + b`, as data.
///
/// The relevance `R` of the output is given to the input by shares; of each share `s` the terms `k` take parts of the
/// input, the weights and the bias:
///
/// ```text
/// R_x = Σ_s Σ_k  x_k · w_kᵀ [ R_s / stabilized(z_s) ],     z_s = Σ_k (w_k x_k + b_k)
/// ```
///
/// `w_kᵀ` is the derivative of the same operation with other weights, so that a rule is one for dense layers,
/// convolutions of any kind and matrix products alike.
#[derive(Clone, Debug)]
pub struct LinearRule {
    name: String,
    shares: Vec<Share>,
    stabilizer: f64,
    has_bias: bool,
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
    is_subtracted: bool,
    input: Part,
    weight: Part,
    bias: Part,
}

impl Term {
    /// A term with a part of the input and a part of the weights, without bias.
    pub fn new(input: Part, weight: Part) -> Self {
        Self {
            is_subtracted: false,
            input,
            weight,
            bias: Part::Zero,
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
        !self.is_subtracted && has_bias && parts.iter().all(|part| matches!(part, Part::Whole))
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

    fn relevance(&self, step: &Step, relevance: Tensor<1>) -> Tensor<1> {
        let where_negative = |is: bool| {
            let negative = step.output().flat().lower_elem(0.0);
            let other = if is { negative.bool_not() } else { negative };
            relevance.clone().mask_fill(other, 0.0)
        };
        match self.of {
            Of::All => relevance,
            Of::Times(factor) => relevance * factor,
            Of::Positive => where_negative(false),
            Of::Negative => where_negative(true),
        }
    }
}

impl LinearRule {
    /// A rule by its shares.
    pub fn new(name: impl Into<String>, shares: impl IntoIterator<Item = Share>) -> Self {
        Self {
            name: name.into(),
            shares: shares.into_iter().collect(),
            stabilizer: 1e-6,
            has_bias: true,
        }
    }

    /// What [`stabilized`](crate::lrp::stabilized) adds to denominators; 1e-6 by default.
    #[must_use]
    pub fn with_stabilizer(mut self, stabilizer: f64) -> Self {
        self.stabilizer = stabilizer;
        self
    }

    /// The rule with a bias of zero: nothing of the relevance is left in it.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.has_bias = false;
        self
    }

    /// The rule's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operands that a term replaces, beside the input.
    fn weights(&self, step: &Step, operand: usize, term: &Term) -> Vec<(usize, AnyTensor)> {
        let bias = if self.has_bias {
            &term.bias
        } else {
            &Part::Zero
        };
        let weights = Weights::of(step, operand);
        weights.map_or_else(Vec::new, |weights| weights.with(step, &term.weight, bias))
    }
}

/// What a term replaces in an operation.
struct Replaced<'a> {
    term: &'a Term,
    input: AnyTensor,
    weights: Vec<(usize, AnyTensor)>,
}

impl Rule for LinearRule {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let shape = step.operand(operand).shape();
        let shares = self.shares.iter().map(|share| {
            let relevance = share.relevance(step, gradient.flat());
            self.given(share, step, operand, relevance, gradient.shape().to_vec())
        });
        let sum = shares.reduce(|sum, next| sum + next);
        let sum = sum.unwrap_or_else(|| step.operand(operand).flat().zeros_like());
        AnyTensor::from(sum).reshape_to(shape)
    }
}

impl LinearRule {
    /// What the terms of a share give to the operand.
    fn given(
        &self,
        share: &Share,
        step: &Step,
        operand: usize,
        relevance: Tensor<1>,
        shape: Vec<usize>,
    ) -> Tensor<1> {
        let x = step.operand(operand);
        let terms = share.terms.iter().filter(|term| term.input.is_some_of(&x));
        let terms: Vec<_> = terms
            .map(|term| Replaced {
                term,
                input: term.input.of(&x),
                weights: self.weights(step, operand, term),
            })
            .collect();
        let outputs = terms.iter().map(|replaced| {
            if replaced.term.is_whole(self.has_bias) {
                return step.output().flat();
            }
            let mut operands = replaced.weights.clone();
            operands.push((operand, replaced.input.clone()));
            replaced.term.signed(step.output_with(&operands).flat())
        });
        let Some(z) = outputs.reduce(|sum, next| sum + next) else {
            return x.flat().zeros_like();
        };
        let per_output =
            AnyTensor::from(relevance / stabilized(z, self.stabilizer)).reshape_to(shape);
        let terms = terms.into_iter().map(|replaced| {
            let back = step.derivative_with(&replaced.weights, operand, per_output.clone());
            replaced.term.signed(back.flat() * replaced.input.flat())
        });
        let sum = terms.reduce(|sum, next| sum + next);
        sum.expect("there are terms")
    }
}
