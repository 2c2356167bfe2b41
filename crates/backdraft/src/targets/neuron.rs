//! One element of an output of any rank.

use crate::targets::TargetError;
use crate::targets::output::check_float;
use crate::targets::{Explained, Target};
use crate::{AnyTensor, Error};

/// One element of the first output, of any rank, by its index without the batch.
///
/// `Neuron::new([3, 6])` is step 3, token 6 of an output of shape `[batch, steps, vocabulary]`, and `Neuron::new([])`
/// the only number of each sample in an output of shape `[batch]`. On a network
/// [up to a layer](crate::Network::with_output_at) it is a neuron of this layer, and every method explains what
/// the neuron looks at:
///
/// ```
/// use backdraft::{IntegratedGradients, Method, Network, Neuron, Saliency};
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::activation::relu;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let model = vec![LinearConfig::new(3, 8).init(&device), LinearConfig::new(8, 2).init(&device)];
/// let x = Tensor::<2>::ones([1, 3], &device);
/// let forward = |m: &Vec<Linear>, x: Tensor<2>| m[1].forward(relu(m[0].forward(x)));
/// let net = Network::capture(&model, x.clone(), forward)?;
///
/// let hidden = net.with_output_at("relu")?;
/// // Captum's `NeuronGradient` and `NeuronIntegratedGradients`.
/// let gradient = Saliency::new().attribute(&hidden, x.clone(), Neuron::new([5]))?;
/// let path = IntegratedGradients::new().attribute(&hidden, x, Neuron::new([5]))?;
/// assert_eq!(path.target(), "neuron [5]");
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "NeuronDeepLift")]
#[doc(alias = "NeuronDeepLiftShap")]
#[doc(alias = "NeuronGradientShap")]
#[doc(alias = "NeuronGuidedBackprop")]
#[doc(alias = "NeuronDeconvolution")]
#[doc(alias = "NeuronGradient")]
#[doc(alias = "NeuronIntegratedGradients")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neuron {
    index: Vec<usize>,
}

impl Neuron {
    /// The element at this index, one position for each dimension after the batch.
    pub fn new(index: impl Into<Vec<usize>>) -> Self {
        Self {
            index: index.into(),
        }
    }
}

impl Target for Neuron {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let unknown = |shape: &[usize]| {
            Error::Target(TargetError::UnknownNeuron {
                index: format!("{:?}", self.index),
                shape: format!("{shape:?}"),
            })
        };
        let output = outputs.first().ok_or_else(|| unknown(&[]))?;
        check_float(output, 0)?;
        let shape = output.shape();
        let place = shape
            .split_first()
            .and_then(|(_, sizes)| place(&self.index, sizes));
        let place = place.ok_or_else(|| unknown(&shape))?;
        let samples = shape[0];
        let elements = shape[1..].iter().product();
        let flat = output.reshape([samples, elements]);
        Ok(Explained {
            scores: flat
                .slice([0..samples, place..place + 1])
                .reshape([samples]),
            name: format!("neuron {:?}", self.index),
        })
    }
}

/// The position of an index among the elements of a sample.
fn place(index: &[usize], sizes: &[usize]) -> Option<usize> {
    let fits = index.len() == sizes.len() && index.iter().zip(sizes).all(|(i, size)| i < size);
    let position = |outer, (i, size): (&usize, &usize)| outer * size + i;
    fits.then(|| index.iter().zip(sizes).fold(0, position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int, Tensor, TensorData};

    fn output() -> AnyTensor {
        let device = Device::flex();
        let elements = Tensor::<1, Int>::arange(0..12, &device).float();
        elements.reshape([2, 3, 2]).into()
    }

    #[test]
    fn it_is_the_element_of_every_sample() {
        let explained = Neuron::new([2, 1]).scores(&[output()]).unwrap();
        let expected = TensorData::from([5.0, 11.0]);
        explained.scores.into_data().assert_eq(&expected, false);
        assert_eq!(explained.name, "neuron [2, 1]");
        let scalar = Tensor::<1>::from_data([3.0, 4.0], &Device::flex());
        let explained = Neuron::new([]).scores(&[scalar.into()]).unwrap();
        let expected = TensorData::from([3.0, 4.0]);
        explained.scores.into_data().assert_eq(&expected, false);
    }

    #[test]
    fn an_index_that_does_not_exist_is_shown_with_the_shape() {
        for index in [vec![2], vec![3, 0], vec![0, 2], vec![0, 0, 0]] {
            let error = Neuron::new(index.clone()).scores(&[output()]).unwrap_err();
            let text = error.to_string();
            assert!(
                matches!(error, Error::Target(TargetError::UnknownNeuron { .. })),
                "{text}"
            );
            assert!(
                text.contains(&format!("{index:?}")) && text.contains("[2, 3, 2]"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_integer_output_has_no_neurons_to_explain() {
        let output = Tensor::<2, Int>::zeros([1, 2], &Device::flex());
        let error = Neuron::new([0]).scores(&[output.into()]).unwrap_err();
        assert!(error.to_string().contains("no gradient"), "{error}");
    }
}
