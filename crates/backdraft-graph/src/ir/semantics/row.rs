//! What the table says about an operation.

use crate::OpKind;

/// What is known of an operation without its operands' values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Semantics {
    /// What it is, to rules and to people.
    pub(crate) kind: OpKind,
    /// Why it can't be replayed; `None` if it can.
    pub(crate) refusal: Option<&'static str>,
    /// What Burn's autodiff keeps of it until its backward step.
    pub(crate) tape: Tape,
    /// Where its outputs are put.
    pub(crate) output: Placement,
    /// Where the gradients of its operands are put.
    pub(crate) gradient: Placement,
    /// How its floating-point operations are counted.
    pub(crate) flops: Flops,
}

/// What the tape keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tape {
    pub(crate) operands: KeptOperands,
    pub(crate) hidden: Hidden,
}

/// The operands that the tape keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KeptOperands {
    /// Those at these positions.
    At(&'static [usize]),
    /// Each of the first two for the gradient of the other.
    Factors,
    /// The divisor, and the dividend for the divisor's gradient.
    Quotient,
    /// All of them.
    All,
}

/// What the tape keeps that is no tensor of the graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hidden {
    Nothing,
    /// So many masks with an element for each one of the output.
    Masks(u64),
    /// An index for each element of the output.
    Indices,
    /// So many tensors of the output's size: the output itself, or results between the steps of an operation that
    /// Burn differentiates in several.
    Results(u64),
    /// So many tensors with an attention's scores.
    Scores(u64),
}

/// Where a result is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// It is what was there, in the same order in memory.
    View,
    /// It is what was there, in memory in another order.
    StridedView,
    /// It overwrites a value of its size that nothing else needs, if there is one.
    Reuse,
    /// It gets memory of its own.
    New,
}

/// How floating-point operations are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Flops {
    /// Nothing is computed.
    Nothing,
    /// One for each element of the largest tensor.
    Elements,
    /// For each element of the output a sum of products over the first operand's last dimension.
    Products,
    /// For each element of the output a sum of products over the window and the channels of its group.
    Convolution,
    /// For each element of the input a product for each element of its channel's window.
    TransposedConvolution,
    /// Two products and a softmax.
    Attention,
}

impl Tape {
    const NOTHING: Self = Self::operands(&[]);

    /// Operands alone.
    pub(super) const fn operands(positions: &'static [usize]) -> Self {
        Self {
            operands: KeptOperands::At(positions),
            hidden: Hidden::Nothing,
        }
    }
}

/// Rows begin with the kind and say what is unusual.
impl Semantics {
    /// An operation that keeps nothing, writes its results to new memory and computes each element once.
    pub(super) const fn new(kind: OpKind) -> Self {
        Self {
            kind,
            refusal: None,
            tape: Tape::NOTHING,
            output: Placement::New,
            gradient: Placement::New,
            flops: Flops::Elements,
        }
    }

    /// An operation that computes each element from one of each operand, and can overwrite them.
    pub(super) const fn elementwise(kind: OpKind) -> Self {
        Self::new(kind).placed(Placement::Reuse, Placement::Reuse)
    }

    /// An operation that can't be replayed.
    pub(super) const fn refused(reason: &'static str) -> Self {
        Self::new(OpKind::Other).refusing(reason)
    }

    pub(super) const fn refusing(mut self, reason: &'static str) -> Self {
        self.refusal = Some(reason);
        self
    }

    pub(super) const fn keeping(mut self, positions: &'static [usize]) -> Self {
        self.tape.operands = KeptOperands::At(positions);
        self
    }

    pub(super) const fn keeping_operands(mut self, operands: KeptOperands) -> Self {
        self.tape.operands = operands;
        self
    }

    pub(super) const fn hiding(mut self, hidden: Hidden) -> Self {
        self.tape.hidden = hidden;
        self
    }

    pub(super) const fn placed(mut self, output: Placement, gradient: Placement) -> Self {
        self.output = output;
        self.gradient = gradient;
        self
    }

    pub(super) const fn counted(mut self, flops: Flops) -> Self {
        self.flops = flops;
        self
    }
}
