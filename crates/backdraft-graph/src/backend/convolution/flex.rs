//! Convolutions on Flex, by [`backdraft_kernels`].

use backdraft_kernels as conv;
use burn::backend::Flex;
use burn::backend::TensorMetadata;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;

use crate::backend::convolution::convolution::{
    Activation, ConvParams, Convolution, OptionalTensor, activate, by_burn, through_activation,
};

impl Convolution for Flex {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        form: ConvParams,
    ) -> FloatTensor<Self> {
        let ConvParams {
            options,
            activation,
        } = form;
        let bias = bias.into_option();
        if conv::is_supported(&x, &weight, &options) {
            conv::conv2d(x, weight, bias, &options, activation.into())
        } else {
            activate::<Self>(Self::conv2d(x, weight, bias, options), activation)
        }
    }

    fn activation(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        if conv::are_f32(&[&x]) {
            conv::activate(x, activation.into())
        } else {
            activate::<Self>(x, activation)
        }
    }

    fn sum(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        if conv::are_f32(&[&a, &b]) && a.shape() == b.shape() {
            conv::sum(a, b)
        } else {
            Self::float_add(a, b)
        }
    }

    fn activation_gradient(
        gradient: FloatTensor<Self>,
        output: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        if conv::are_f32(&[&gradient, &output]) {
            conv::activation_gradient(gradient, output, activation.into())
        } else {
            through_activation::<Self>(gradient, Some(output), activation)
        }
    }

    fn convolution_input_gradient(
        gradient: FloatTensor<Self>,
        output: OptionalTensor<Self>,
        weight: FloatTensor<Self>,
        form: ConvParams,
        input: Shape,
    ) -> FloatTensor<Self> {
        let ConvParams {
            options,
            activation,
        } = form;
        let output = output.into_option();
        if conv::is_gradient_supported(&gradient, &weight, input.dims(), &options) {
            let input = input.dims();
            conv::conv2d_input_gradient(
                gradient,
                output,
                weight,
                input,
                &options,
                activation.into(),
            )
        } else {
            let gradient = through_activation::<Self>(gradient, output, activation);
            by_burn::<Self>(gradient, weight, options, input)
        }
    }
}

impl From<Activation> for conv::Activation {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Identity => Self::Identity,
            Activation::Relu => Self::Relu,
            Activation::Clamp { min, max } => Self::Clamp { min, max },
        }
    }
}
