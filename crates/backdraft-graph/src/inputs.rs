//! What a network accepts as input.

use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::tensor::kind::Kind;
use burn::tensor::{DType, Device, Shape};

use crate::{AnyTensor, Error};

/// One input of a network: everything but its shape is fixed.
#[derive(Clone, Debug)]
pub(crate) struct InputSpec {
    kind: Kind,
    dtype: DType,
    shape: Shape,
}

impl InputSpec {
    /// What the example input at a position says.
    pub(crate) fn of((input, example): (usize, &AnyTensor)) -> Result<Self, Error> {
        let kind = example.kind().ok_or_else(|| Error::WrongInput {
            input,
            expected: "a float, int or bool tensor".into(),
            actual: example.describe(),
        })?;
        check_not_empty(input, example)?;
        Ok(Self {
            kind,
            dtype: example.dtype(),
            shape: example.shape(),
        })
    }

    /// A tensor of the example's shape and type, for recording on another device.
    pub(crate) fn example(&self, device: &Device) -> AnyTensor {
        let (shape, settings) = (self.shape.clone(), device.settings());
        let device = device.as_dispatch();
        AnyTensor::from_dispatch(match self.kind {
            Kind::Int => Dispatch::int_zeros(shape, device, settings.int_dtype),
            Kind::Bool => Dispatch::bool_zeros(shape, device, settings.bool_dtype),
            Kind::Float => Dispatch::float_zeros(shape, device, self.dtype.into()),
        })
    }

    pub(crate) fn is_float(&self) -> bool {
        matches!(self.kind, Kind::Float)
    }

    pub(crate) fn check(&self, input: usize, tensor: &AnyTensor) -> Result<(), Error> {
        let rank = self.shape.num_dims();
        if tensor.shape().num_dims() != rank || tensor.dtype() != self.dtype {
            return Err(Error::WrongInput {
                input,
                expected: format!(
                    "{} of rank {rank}, like {:?}",
                    self.dtype.name(),
                    self.shape.as_slice()
                ),
                actual: format!("{} {:?}", tensor.dtype().name(), tensor.shape().as_slice()),
            });
        }
        check_not_empty(input, tensor)
    }
}

fn check_not_empty(input: usize, tensor: &AnyTensor) -> Result<(), Error> {
    let shape = tensor.shape();
    if shape.num_elements() == 0 {
        return Err(Error::EmptyInput {
            input,
            shape: format!("{:?}", shape.as_slice()),
        });
    }
    Ok(())
}

/// Reports NaN and infinite elements of a float input.
pub(crate) fn check_values(input: usize, tensor: &AnyTensor) -> Result<(), Error> {
    match tensor.is_float().then(|| tensor.count_non_finite()) {
        None | Some(0) => Ok(()),
        Some(count) => Err(Error::NonFiniteInput { input, count }),
    }
}
