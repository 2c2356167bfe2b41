//! A linear rule at an operation.

use std::cell::OnceCell;

use backdraft_graph::{AnyTensor, OpKind, Rule, Step};
use burn::tensor::Tensor;

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::operands::{Weights, is_setting};
use crate::backprop::lrp::part::Part;
use crate::backprop::lrp::stabilizer::per_unit;

impl Rule for LinearRule {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let x = step.operand(operand);
        let nothing = || x.flat().zeros_like();
        let at_step = AtStep {
            rule: self,
            step,
            operand,
            x: &Operand::of(step, operand),
        };
        let received = if is_setting(step, operand) {
            None
        } else {
            at_step.received(&gradient)
        };
        AnyTensor::from(received.unwrap_or_else(nothing)).reshape_to(x.shape())
    }

    fn folds_normalization(&self) -> bool {
        self.folds
    }
}

/// A rule at one operand of an operation.
#[derive(Clone, Copy)]
struct AtStep<'a> {
    rule: &'a LinearRule,
    step: &'a Step,
    operand: usize,
    x: &'a Operand,
}

impl<'a> AtStep<'a> {
    /// What the operand receives of the relevance of the output; `None` if it is nothing.
    fn received(self, relevance: &AnyTensor) -> Option<Tensor<1>> {
        let shares = self.rule.shares.iter();
        let given = shares.filter_map(|share| self.given(share, relevance));
        let given: Vec<ShareAt> = given.collect();
        let rest = self.rule.conserves.then(|| self.rest(relevance, &given));
        let received = given.into_iter().map(|given| given.received);
        received.chain(rest).reduce(|sum, next| sum + next)
    }

    /// What the terms of a share give to the operand; `None` if all of them are zero.
    fn given(self, share: &'a Share, relevance: &AnyTensor) -> Option<ShareAt> {
        let part = self.part(share.of, relevance.flat())?;
        let terms = share.terms.iter();
        let terms: Vec<_> = terms.filter_map(|term| self.term(term)).collect();
        let outputs = terms.iter().map(|term| term.output(self));
        let z = outputs.reduce(|sum, next| sum + next)?;
        let per_output = per_unit(part, z.clone(), self.rule.stabilizer);
        let per_output = AnyTensor::from(per_output).reshape_to(relevance.shape());
        let received = terms.iter().map(|term| term.received(self, &per_output));
        Some(ShareAt {
            received: received.reduce(|sum, next| sum + next)?,
            z,
            per_output: per_output.flat(),
        })
    }

    /// In equal parts what the shares haven't given.
    fn rest(self, relevance: &AnyTensor, given: &[ShareAt]) -> Tensor<1> {
        let rest = given.iter().fold(relevance.flat(), |rest, given| {
            rest - given.per_output.clone() * given.z.clone()
        });
        let ones = AnyTensor::from(self.x.x.flat().ones_like()).reshape_to(self.x.x.shape());
        let operands = self.weights(&Part::One, &Part::Zero);
        let connected = [&operands[..], &[(self.operand, ones)]].concat();
        let count = self.step.output_with(&connected).flat();
        let per_output = AnyTensor::from(per_unit(rest, count, 0.0));
        let per_output = per_output.reshape_to(relevance.shape());
        let rest = self
            .step
            .derivative_with(&operands, self.operand, per_output);
        rest.flat()
    }

    /// A share's part of the relevance; `None` if outputs of its sign have none, as negative ones before a rectifier.
    fn part(self, of: Of, relevance: Tensor<1>) -> Option<Tensor<1>> {
        let is_negative = || self.output().lower_elem(0.0);
        let part = match of {
            Of::All => return Some(relevance),
            Of::Times(factor) => return Some(relevance * factor),
            Of::Positive => relevance.mask_fill(is_negative(), 0.0),
            Of::Negative => relevance.mask_fill(is_negative().bool_not(), 0.0),
        };
        let is_some: bool = part.clone().abs().max().not_equal_elem(0.0).into_scalar();
        is_some.then_some(part)
    }

    /// The output, without its bias if the rule leaves that out.
    fn output(self) -> Tensor<1> {
        if self.rule.has_bias {
            return self.step.output().flat();
        }
        let without = self.weights(&Part::Whole, &Part::Zero);
        self.step.output_with(&without).flat()
    }

    /// A term; `None` where it is zero.
    fn term(self, term: &'a Term) -> Option<TermAt<'a>> {
        let input = self.x.part(&term.input)?;
        let parts = [&term.input, &term.weight, &term.bias];
        Some(TermAt {
            term,
            input,
            weights: self.weights(&term.weight, &term.bias),
            is_output: self.rule.has_bias
                && !term.is_subtracted
                && parts.iter().all(|part| **part == Part::Whole),
        })
    }

    /// The operands with which the operation has parts of its weight and bias.
    fn weights(self, weight: &Part, bias: &Part) -> Vec<(usize, AnyTensor)> {
        let bias = if self.rule.has_bias {
            bias
        } else {
            &Part::Zero
        };
        Weights::of(self.step, self.operand).with(self.step, weight, bias)
    }
}

/// An operand.
struct Operand {
    x: AnyTensor,
    /// The dimension of its channels.
    channels: usize,
    /// Whether something in it is negative, once that was looked at.
    has_negative: OnceCell<bool>,
}

impl Operand {
    fn of(step: &Step, operand: usize) -> Self {
        let x = step.operand(operand);
        let channels = match step.kind() {
            OpKind::Linear | OpKind::MatMul => x.shape().num_dims() - 1,
            _ => 1,
        };
        Self {
            x,
            channels,
            has_negative: OnceCell::new(),
        }
    }

    /// A part of it; `None` where that is zero throughout.
    fn part(&self, part: &Part) -> Option<AnyTensor> {
        match part {
            Part::Zero => None,
            Part::Positive if !self.has_negative() => Some(self.x.clone()),
            Part::Negative if !self.has_negative() => None,
            part => Some(part.of(&self.x, self.channels)),
        }
    }

    fn has_negative(&self) -> bool {
        let look = || self.x.flat().min().lower_elem(0.0).into_scalar();
        *self.has_negative.get_or_init(look)
    }
}

/// A share at an operand: what its terms gave.
struct ShareAt {
    /// To the operand.
    received: Tensor<1>,
    /// The sum of the terms' outputs.
    z: Tensor<1>,
    /// For each of its units.
    per_output: Tensor<1>,
}

/// A term at an operand.
struct TermAt<'a> {
    term: &'a Term,
    input: AnyTensor,
    /// What stands in the place of weight and bias.
    weights: Vec<(usize, AnyTensor)>,
    /// Whether its output is that of the operation.
    is_output: bool,
}

impl TermAt<'_> {
    /// What the term brings to the denominator.
    fn output(&self, at: AtStep<'_>) -> Tensor<1> {
        if self.is_output {
            return at.step.output().flat();
        }
        let input = [(at.operand, self.input.clone())];
        let operands = [&self.weights[..], &input].concat();
        self.signed(at.step.output_with(&operands).flat())
    }

    /// The relevance that its part of the input receives.
    fn received(&self, at: AtStep<'_>, per_output: &AnyTensor) -> Tensor<1> {
        let back = (at.step).derivative_with(&self.weights, at.operand, per_output.clone());
        self.signed(back.flat() * self.input.flat())
    }

    /// Values with the term's sign.
    fn signed(&self, values: Tensor<1>) -> Tensor<1> {
        if self.term.is_subtracted {
            -values
        } else {
            values
        }
    }
}
