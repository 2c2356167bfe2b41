//! The name of an operation, as Burn's intermediate representation calls it.

use std::fmt::{self, Debug, Write};

use burn::backend::ir::OperationIr;

use crate::OpKind;

/// `Conv2d`, `Relu`, `MulScalar`: the innermost variant's name.
pub(crate) fn op_name(op: &OperationIr) -> String {
    match op {
        OperationIr::BaseFloat(op) | OperationIr::BaseInt(op) | OperationIr::BaseBool(op) => {
            variant_name(op)
        }
        OperationIr::NumericFloat(_, op) | OperationIr::NumericInt(_, op) => variant_name(op),
        OperationIr::Bool(op) => variant_name(op),
        OperationIr::Int(op) => variant_name(op),
        OperationIr::Float(_, op) => variant_name(op),
        OperationIr::Module(op) => variant_name(op),
        OperationIr::Activation(op) => variant_name(op),
        OperationIr::Distributed(op) => variant_name(op),
        OperationIr::Custom(op) => op.id.clone(),
        OperationIr::Init(_) => "Init".into(),
        OperationIr::Drop(_) => "Drop".into(),
    }
}

/// The same for people, who call a clamp a rectifier where it is one.
pub(crate) fn label(op: &OperationIr, kind: OpKind) -> String {
    match kind {
        OpKind::Relu => "Relu".into(),
        OpKind::Relu6 => "Relu6".into(),
        _ => op_name(op),
    }
}

/// `MaxPool2d` as layers are named: `max_pool2d`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The first identifier of the `Debug` form; formatting stops right after it.
fn variant_name(op: &impl Debug) -> String {
    struct Identifier(String);
    impl Write for Identifier {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for letter in text.chars() {
                if !letter.is_alphanumeric() {
                    return Err(fmt::Error);
                }
                self.0.push(letter);
            }
            Ok(())
        }
    }
    let mut name = Identifier(String::new());
    // The error is how formatting ends early.
    let _ = write!(name, "{op:?}");
    name.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_named_without_its_fields() {
        #[derive(Debug)]
        #[allow(dead_code)]
        enum Op {
            MaxPool2d(Vec<u8>),
        }
        assert_eq!(variant_name(&Op::MaxPool2d(vec![1])), "MaxPool2d");
    }

    #[test]
    fn names_become_snake_case() {
        assert_eq!(snake_case("MaxPool2d"), "max_pool2d");
        assert_eq!(snake_case("Relu6"), "relu6");
    }
}
