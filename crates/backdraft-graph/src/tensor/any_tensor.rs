//! Tensors whose rank and kind are known only at run time.

use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::backend::{AutodiffBackend, Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::kind::{Basic, Kind};
use burn::tensor::{DType, Device, Shape, Tensor};

use crate::Error;

/// A tensor of any rank and kind (float, int or bool), on any device.
///
/// A network's inputs, outputs and activations have ranks that Rust's type system can't know, so the
/// graph works on this type and users convert at its border:
///
/// ```
/// use backdraft_graph::AnyTensor;
/// use burn::tensor::{Device, Tensor};
///
/// let any = AnyTensor::from(Tensor::<2>::ones([2, 3], &Device::default()));
/// assert_eq!(any.shape().as_slice(), [2, 3]);
/// let back: Tensor<2> = any.to_tensor()?;
/// # Ok::<(), backdraft_graph::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AnyTensor(DispatchTensor);

impl AnyTensor {
    /// Wraps a tensor of Burn's run-time backend.
    pub fn from_dispatch(tensor: DispatchTensor) -> Self {
        Self(tensor)
    }

    /// The tensor of Burn's run-time backend, for work that Burn's rank-typed API can't express.
    pub fn into_dispatch(self) -> DispatchTensor {
        self.0
    }

    /// The size of every dimension.
    pub fn shape(&self) -> Shape {
        self.0.shape()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.0.dtype()
    }

    /// The device that holds the values.
    pub fn device(&self) -> Device {
        Device::new(self.0.device())
    }

    /// Float, int or bool. `None` for a quantized tensor, which no network here accepts.
    pub fn kind(&self) -> Option<Kind> {
        match self.dtype() {
            DType::QFloat(_) => None,
            dtype if dtype.is_float() => Some(Kind::Float),
            dtype if dtype.is_bool() => Some(Kind::Bool),
            _ => Some(Kind::Int),
        }
    }

    /// Whether the elements are floats, which is what has a gradient.
    pub fn is_float(&self) -> bool {
        self.kind() == Some(Kind::Float)
    }

    /// The same values as a tensor of rank `D` and kind `K`.
    ///
    /// # Errors
    ///
    /// [`Error::WrongTensor`] if the rank or the kind is another one.
    pub fn to_tensor<const D: usize, K: Basic>(&self) -> Result<Tensor<D, K>, Error> {
        let shape = self.shape();
        if shape.num_dims() != D || self.kind() != Some(K::KIND) {
            return Err(Error::WrongTensor {
                expected: format!("a {} tensor of rank {D}", K::name()),
                actual: self.describe(),
            });
        }
        Ok(Tensor::from_dispatch(self.0.clone()))
    }

    /// The values of a float tensor in another shape.
    ///
    /// # Panics
    ///
    /// If the number of elements differs, or the tensor isn't float.
    pub fn reshape<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_dispatch(Dispatch::float_reshape(self.0.clone(), Shape::new(shape)))
    }

    /// The values of a tensor of any kind in a shape whose rank is known at run time.
    ///
    /// # Panics
    ///
    /// If the number of elements differs.
    #[must_use]
    pub fn reshape_to(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Self(match self.kind() {
            Some(Kind::Int) => Dispatch::int_reshape(self.0, shape),
            Some(Kind::Bool) => Dispatch::bool_reshape(self.0, shape),
            _ => Dispatch::float_reshape(self.0, shape),
        })
    }

    /// Zeros of this kind, type and device in another shape, in the memory of one element.
    pub(crate) fn zeros_of(&self, shape: &Shape) -> Self {
        let one = Shape::from(vec![1; shape.num_dims()]);
        let device = self.device().without_autodiff();
        let (device, dtype) = (device.as_dispatch(), self.dtype());
        Self(match self.kind() {
            Some(Kind::Int) => {
                let zero = Dispatch::int_zeros(one, device, dtype.into());
                Dispatch::int_expand(zero, shape.clone())
            }
            Some(Kind::Bool) => {
                let zero = Dispatch::bool_zeros(one, device, dtype.into());
                Dispatch::bool_expand(zero, shape.clone())
            }
            _ => {
                let zero = Dispatch::float_zeros(one, device, dtype.into());
                Dispatch::float_expand(zero, shape.clone())
            }
        })
    }

    /// The same values on another device; free if the tensor is already there.
    #[must_use]
    pub fn to_device(&self, device: &Device) -> Self {
        let target = device.as_dispatch();
        let tensor = self.0.clone();
        Self(match self.kind() {
            Some(Kind::Int) => Dispatch::int_to_device(tensor, target),
            Some(Kind::Bool) => Dispatch::bool_to_device(tensor, target),
            _ => Dispatch::float_to_device(tensor, target),
        })
    }

    /// Floats of half precision in single precision, so that sums lose nothing; every other tensor as it is. Part of
    /// the backward pass if the tensor is.
    #[must_use]
    pub fn upcast(&self) -> Self {
        match self.dtype() {
            DType::F16 | DType::BF16 | DType::Flex32 => self.cast(DType::F32),
            _ => self.clone(),
        }
    }

    /// A tensor in the precision of another of its kind; part of the backward pass if the tensor is.
    ///
    /// # Panics
    ///
    /// If one of them is float and the other isn't, or one is bool.
    #[must_use]
    pub fn cast_like(&self, other: &Self) -> Self {
        self.cast(other.dtype())
    }

    fn cast(&self, dtype: DType) -> Self {
        if self.dtype() == dtype {
            return self.clone();
        }
        let tensor = self.0.clone();
        Self(match self.kind() {
            Some(Kind::Int) => Dispatch::int_cast(tensor, dtype.into()),
            _ => Dispatch::float_cast(tensor, dtype.into()),
        })
    }

    /// The same values without any association to autodiff.
    #[must_use]
    pub fn without_autodiff(self) -> Self {
        if !self.device().is_autodiff() {
            return self;
        }
        Self(match self.kind() {
            Some(Kind::Int) => Dispatch::int_inner(self.0),
            Some(Kind::Bool) => Dispatch::bool_inner(self.0),
            Some(Kind::Float) => Dispatch::inner(self.0),
            None => Dispatch::q_inner(self.0),
        })
    }

    /// The elements of a float tensor in one row.
    ///
    /// # Panics
    ///
    /// If the tensor isn't float.
    pub fn flat(&self) -> Tensor<1> {
        self.reshape([self.shape().num_elements()])
    }

    /// A float tensor repeated along its dimensions of size one.
    ///
    /// # Panics
    ///
    /// If another dimension differs, or the tensor isn't float.
    #[must_use]
    pub fn expand_to(self, shape: Shape) -> Self {
        Self(Dispatch::float_expand(self.0, shape))
    }

    /// The opposite of [`expand_to`](Self::expand_to): sums a float tensor over what was repeated.
    ///
    /// # Panics
    ///
    /// If the tensor isn't float.
    #[must_use]
    pub fn sum_to(self, shape: &Shape) -> Self {
        let repeated = (self.shape().iter().zip(shape.iter()).enumerate())
            .filter(|(_, (size, target))| size != target)
            .map(|(dim, _)| dim)
            .collect::<Vec<_>>();
        Self(repeated.into_iter().fold(self.0, Dispatch::float_sum_dim))
    }

    /// How many elements of a float tensor are NaN or infinite.
    pub(crate) fn count_non_finite(&self) -> i64 {
        let values = self.flat();
        // NaN and infinity pass through sums: one pass over the values, if all is well.
        if values.clone().sum().into_scalar::<f64>().is_finite() {
            return 0;
        }
        values.is_finite().bool_not().int().sum().into_scalar()
    }

    /// Kind and shape in words, for messages: `float [1, 3, 8, 8]`.
    pub(crate) fn describe(&self) -> String {
        let kind = self.kind().map_or("quantized", |kind| kind.as_str());
        format!(
            "a {} tensor of shape {:?}",
            kind.to_lowercase(),
            self.shape().as_slice()
        )
    }
}

impl<const D: usize, K: Basic> From<Tensor<D, K>> for AnyTensor {
    fn from(tensor: Tensor<D, K>) -> Self {
        Self(tensor.into_dispatch())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Bool, Float, Int, TensorData};

    #[test]
    fn a_tensor_returns_with_its_kind_and_rank() {
        let device = Device::flex();
        let any = AnyTensor::from(Tensor::<2, Int>::from_data([[1, 2]], &device));
        assert_eq!(any.kind(), Some(Kind::Int));
        let back = any.to_tensor::<2, Int>().unwrap();
        back.into_data()
            .assert_eq(&TensorData::from([[1, 2]]), false);
    }

    #[test]
    fn half_precision_is_widened_and_back() {
        let half = Tensor::<1>::from_data([0.1], &Device::flex()).cast(DType::F16);
        let half = AnyTensor::from(half);
        let wide = half.upcast();
        assert_eq!((half.dtype(), wide.dtype()), (DType::F16, DType::F32));
        let value: f32 = wide.reshape([1]).into_scalar();
        assert!((value - 0.1).abs() > 1e-6, "the rounding stays: {value}");
        assert_eq!(wide.cast_like(&half).dtype(), DType::F16);
        let double = Tensor::<1>::from_data([0.1], (&Device::flex(), DType::F64));
        assert_eq!(AnyTensor::from(double).upcast().dtype(), DType::F64);
    }

    #[test]
    fn the_wrong_rank_or_kind_is_named() {
        let any = AnyTensor::from(Tensor::<2>::zeros([2, 3], &Device::flex()));
        let error = any.to_tensor::<3, Float>().unwrap_err().to_string();
        assert!(error.contains("float tensor of shape [2, 3]"), "{error}");
        assert!(any.to_tensor::<2, Bool>().is_err());
    }
}
