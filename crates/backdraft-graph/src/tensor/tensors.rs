//! What a forward pass takes and returns: one tensor, or a tuple of up to four.

use burn::tensor::Tensor;
use burn::tensor::kind::Basic;

use crate::{AnyTensor, Error};

/// One tensor or a tuple of up to four tensors, of any ranks and kinds.
///
/// Implemented for `Tensor<D, K>`, for tuples of it, and for `Vec<AnyTensor>` where neither rank nor
/// number is known.
pub trait Tensors: Sized {
    /// The tensors in order.
    fn into_tensors(self) -> Vec<AnyTensor>;

    /// Rebuilds the typed value from tensors in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::WrongTensor`] if the number of tensors, a rank or a kind is another one.
    fn from_tensors(tensors: Vec<AnyTensor>) -> Result<Self, Error>;
}

impl Tensors for Vec<AnyTensor> {
    fn into_tensors(self) -> Vec<AnyTensor> {
        self
    }

    fn from_tensors(tensors: Vec<AnyTensor>) -> Result<Self, Error> {
        Ok(tensors)
    }
}

impl<const D: usize, K: Basic> Tensors for Tensor<D, K> {
    fn into_tensors(self) -> Vec<AnyTensor> {
        vec![self.into()]
    }

    fn from_tensors(tensors: Vec<AnyTensor>) -> Result<Self, Error> {
        let [tensor] = exactly(tensors)?;
        tensor.to_tensor()
    }
}

macro_rules! tuple_of_tensors {
    ($count:literal: $($rank:ident $kind:ident $name:ident),+) => {
        impl<$(const $rank: usize, $kind: Basic),+> Tensors for ($(Tensor<$rank, $kind>,)+) {
            fn into_tensors(self) -> Vec<AnyTensor> {
                let ($($name,)+) = self;
                vec![$($name.into()),+]
            }

            fn from_tensors(tensors: Vec<AnyTensor>) -> Result<Self, Error> {
                let [$($name),+] = exactly::<$count>(tensors)?;
                Ok(($($name.to_tensor()?,)+))
            }
        }
    };
}

tuple_of_tensors!(1: D1 K1 a);
tuple_of_tensors!(2: D1 K1 a, D2 K2 b);
tuple_of_tensors!(3: D1 K1 a, D2 K2 b, D3 K3 c);
tuple_of_tensors!(4: D1 K1 a, D2 K2 b, D3 K3 c, D4 K4 d);

fn exactly<const N: usize>(tensors: Vec<AnyTensor>) -> Result<[AnyTensor; N], Error> {
    let count = tensors.len();
    tensors.try_into().map_err(|_| Error::WrongTensor {
        expected: format!("{N} tensors"),
        actual: format!("{count}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int};

    #[test]
    fn a_tuple_keeps_order_rank_and_kind() {
        let device = Device::flex();
        let pair = (
            Tensor::<4>::zeros([1, 3, 2, 2], &device),
            Tensor::<2, Int>::zeros([1, 5], &device),
        );
        let tensors = pair.into_tensors();
        assert_eq!(tensors[0].shape().as_slice(), [1, 3, 2, 2]);
        let (image, tokens): (Tensor<4>, Tensor<2, Int>) = Tensors::from_tensors(tensors).unwrap();
        assert_eq!((image.dims(), tokens.dims()), ([1, 3, 2, 2], [1, 5]));
    }

    #[test]
    fn the_wrong_number_is_an_error() {
        let one = Tensor::<1>::zeros([1], &Device::flex()).into_tensors();
        assert!(<(Tensor<1>, Tensor<1>)>::from_tensors(one).is_err());
    }
}
