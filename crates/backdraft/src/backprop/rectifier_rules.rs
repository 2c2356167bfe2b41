//! The rectifier rules of Guided Backpropagation and of the deconvolutional network.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::Dispatch;
use burn::backend::ops::ActivationOps;

/// Lets only positive gradients through, and only where the rectifier passed its input:
/// `relu(g · f'(x))`. For ReLU that is `relu(g) · [x > 0]`.
///
/// Springenberg et al., *Striving for Simplicity: The All Convolutional Net*, 2015. A leaky rectifier
/// passes a scaled gradient where its input is negative, so there the rule keeps that gradient's
/// positive part.
#[derive(Clone, Copy, Debug, Default)]
pub struct GuidedRectifier;

impl Rule for GuidedRectifier {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        positive_part(step.derivative(operand, gradient))
    }

    fn needs_input(&self) -> bool {
        false
    }
}

/// Lets only positive gradients through, whatever the rectifier's input was: `relu(g)`.
///
/// Zeiler & Fergus, *Visualizing and Understanding Convolutional Networks*, 2014.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeconvnetRectifier;

impl Rule for DeconvnetRectifier {
    fn gradient(&self, _step: &Step, _operand: usize, gradient: AnyTensor) -> AnyTensor {
        positive_part(gradient)
    }

    fn needs_input(&self) -> bool {
        false
    }
}

fn positive_part(gradient: AnyTensor) -> AnyTensor {
    AnyTensor::from_dispatch(Dispatch::relu(gradient.into_dispatch()))
}
