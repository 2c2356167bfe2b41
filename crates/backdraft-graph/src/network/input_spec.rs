//! What a network accepts as input.

use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::tensor::kind::Kind;
use burn::tensor::{DType, Device, Shape};

use crate::network::device;
use crate::{AnyTensor, Error, InputError, Supplied};

/// One input of a network: everything but its shape is fixed.
#[derive(Clone, Debug)]
pub(crate) struct InputSpec {
    kind: Kind,
    dtype: DType,
    shape: Shape,
}

impl InputSpec {
    /// What the example input at a position says.
    pub(crate) fn of((input, example): (usize, &AnyTensor)) -> Result<Self, InputError> {
        let kind = example.kind().ok_or_else(|| InputError::WrongTensor {
            tensor: Supplied::Input(input),
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

    /// A tensor of the example's shape and type in the memory of one element.
    pub(crate) fn placeholder(&self, device: &Device) -> AnyTensor {
        let one = vec![1; self.shape.num_dims()].into();
        self.zeros(one, device).zeros_of(&self.shape)
    }

    /// A tensor of the example's shape and type, for recording on another device.
    pub(crate) fn example(&self, device: &Device) -> AnyTensor {
        self.zeros(self.shape.clone(), device)
    }

    fn zeros(&self, shape: Shape, device: &Device) -> AnyTensor {
        let settings = device.settings();
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

    pub(crate) fn check(&self, input: usize, tensor: &AnyTensor) -> Result<(), InputError> {
        let rank = self.shape.num_dims();
        if tensor.shape().num_dims() != rank || tensor.dtype() != self.dtype {
            return Err(InputError::WrongTensor {
                tensor: Supplied::Input(input),
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

/// Checks that a reference fits its input, which has been checked.
pub(crate) fn check_reference(
    input: usize,
    tensor: &AnyTensor,
    reference: &AnyTensor,
    device: &Device,
) -> Result<(), Error> {
    let describe = |tensor: &AnyTensor| {
        let (dtype, shape) = (tensor.dtype(), tensor.shape());
        format!("{} {:?}", dtype.name(), shape.as_slice())
    };
    if reference.shape() != tensor.shape() || reference.dtype() != tensor.dtype() {
        return Err(Error::Input(InputError::WrongTensor {
            tensor: Supplied::Reference(input),
            expected: describe(tensor),
            actual: describe(reference),
        }));
    }
    device::check(
        || format!("the reference for input {input}"),
        reference,
        device,
    )?;
    Ok(check_finite(reference, || Supplied::Reference(input))?)
}

fn check_not_empty(input: usize, tensor: &AnyTensor) -> Result<(), InputError> {
    let shape = tensor.shape();
    if shape.num_elements() == 0 {
        return Err(InputError::Empty {
            input,
            shape: format!("{:?}", shape.as_slice()),
        });
    }
    Ok(())
}

/// Reports NaN and infinite elements of a float tensor, which is named if it has them.
pub(crate) fn check_finite(
    tensor: &AnyTensor,
    supplied: impl FnOnce() -> Supplied,
) -> Result<(), InputError> {
    match non_finite(tensor) {
        0 => Ok(()),
        count => Err(InputError::NonFinite {
            tensor: supplied(),
            count,
        }),
    }
}

fn non_finite(tensor: &AnyTensor) -> i64 {
    if tensor.is_float() {
        tensor.count_non_finite()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, InputError, Network, Pass, Probes, Supplied, Tensors};
    use burn::nn::Linear;
    use burn::tensor::{Device, Int, Tensor};

    fn run_with(reference: impl Tensors) -> Result<Pass, Error> {
        let x = Tensor::<2>::ones([2, 3], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| x.exp();
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        net.run(x, &Probes::new().with_reference(reference))
    }

    fn wrong(result: Result<Pass, Error>) -> Option<Supplied> {
        match result {
            Err(Error::Input(InputError::WrongTensor { tensor, .. })) => Some(tensor),
            _ => None,
        }
    }

    #[test]
    fn a_reference_must_fit_its_input() {
        let device = Device::flex();
        let short = run_with(Tensor::<2>::ones([1, 3], &device));
        let message = short.unwrap_err().to_string();
        assert!(message.contains("input 0"), "{message}");
        assert!(message.contains("f32 [2, 3]"), "{message}");
        assert!(message.contains("f32 [1, 3]"), "{message}");
        let integers = run_with(Tensor::<2, Int>::ones([2, 3], &device));
        assert_eq!(wrong(integers), Some(Supplied::Reference(0)));
        let x = Tensor::<2>::ones([2, 3], &device);
        let two = run_with((x.clone(), x));
        assert_eq!(wrong(two), Some(Supplied::References));
    }

    #[test]
    fn a_reference_must_be_finite() {
        let nan = Tensor::<2>::from_floats([[0.0, f32::NAN, 0.0]; 2], &Device::flex());
        let error = run_with(nan).unwrap_err();
        assert!(matches!(
            error,
            Error::Input(InputError::NonFinite {
                tensor: Supplied::Reference(0),
                count: 2
            })
        ));
    }
}
