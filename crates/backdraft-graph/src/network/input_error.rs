//! What can go wrong: tensors that a run can't begin with.

use thiserror::Error;

use crate::network::supplied::Supplied;

/// Tensors that a run can't begin with: inputs, references and replacements that don't fit the network.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InputError {
    /// Another number of inputs than the network was captured with.
    #[error("wrong number of inputs: the network takes {expected}, got {actual}")]
    WrongCount {
        /// Number the network takes.
        expected: usize,
        /// Number it got.
        actual: usize,
    },

    /// A tensor of the wrong shape, rank, kind or element type.
    #[error(
        "{tensor} must be {expected}{}, got {actual}{}",
        .tensor.like(),
        .tensor.help_to_fit()
    )]
    WrongTensor {
        /// Which tensor.
        tensor: Supplied,
        /// Kind, element type, rank or shape that is needed.
        expected: String,
        /// What there is.
        actual: String,
    },

    /// An input without elements.
    #[error("input {input} is empty (shape {shape}): pass at least one sample")]
    Empty {
        /// Position among the inputs.
        input: usize,
        /// Its shape.
        shape: String,
    },

    /// A tensor with NaN or infinite elements.
    #[error(
        "{tensor} has {count} elements that are NaN or infinite{}",
        .tensor.help_if_not_finite()
    )]
    NonFinite {
        /// Which tensor.
        tensor: Supplied,
        /// How many elements.
        count: i64,
    },

    /// Rules that compare with a reference, in a run without one.
    #[error(
        "the rules compare with a reference, but this run has none: add one with \
         `Probes::with_reference`"
    )]
    NoReference,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_that_does_not_fit_is_named_with_what_to_do() {
        let text = |tensor| {
            let (expected, actual) = ("f32 [2, 3]".into(), "f32 [1, 3]".into());
            InputError::WrongTensor {
                tensor,
                expected,
                actual,
            }
            .to_string()
        };
        assert_eq!(
            text(Supplied::Input(1)),
            "input 1 must be f32 [2, 3], got f32 [1, 3]"
        );
        assert_eq!(
            text(Supplied::Replacement("conv".into())),
            "the value in place of the output of `conv` must be f32 [2, 3], got f32 [1, 3]"
        );
        let reference = " must be f32 [2, 3], like the input, got f32 [1, 3]: pass a reference of the same \
                         shape and type, one for each sample";
        assert_eq!(
            text(Supplied::Reference(1)),
            format!("the reference for input 1{reference}")
        );
        assert_eq!(
            text(Supplied::References),
            format!("the reference for the inputs{reference}")
        );
    }

    #[test]
    fn a_tensor_that_is_not_finite_is_named_with_what_follows() {
        let text = |tensor| InputError::NonFinite { tensor, count: 3 }.to_string();
        assert_eq!(
            text(Supplied::Input(1)),
            "input 1 has 3 elements that are NaN or infinite: an explanation of them would be meaningless, so \
             clean the input first"
        );
        assert_eq!(
            text(Supplied::Layer("conv".into())),
            "the output of layer `conv` has 3 elements that are NaN or infinite, so nothing behind it can be \
             explained"
        );
        assert_eq!(
            text(Supplied::Reference(1)),
            "the reference for input 1 has 3 elements that are NaN or infinite: choose another"
        );
    }
}
