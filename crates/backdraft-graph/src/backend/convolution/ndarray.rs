//! Convolutions on NdArray, whose transposed convolution is slow and whose convolution is fast.

use burn::backend::NdArray;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;

use crate::backend::convolution::by_forward;
use crate::backend::convolution::convolution::{
    ConvParams, Convolution, OptionalTensor, through_activation,
};

impl Convolution for NdArray {
    fn convolution_input_gradient(
        gradient: FloatTensor<Self>,
        output: OptionalTensor<Self>,
        weight: FloatTensor<Self>,
        form: ConvParams,
        input: Shape,
    ) -> FloatTensor<Self> {
        let output = output.into_option();
        let gradient = through_activation::<Self>(gradient, output, form.activation);
        by_forward::input_gradient::<Self>(gradient, weight, input.dims(), &form.options)
    }
}
