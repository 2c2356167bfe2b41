//! One element of the output.

use super::{Explained, Target};
use crate::{AnyTensor, Error};

/// One element of the first output, of any rank, by its index without the batch.
///
/// `Neuron::new([3, 6])` is step 3, token 6 of an output of shape `[batch, steps, vocabulary]`. On a network
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "NeuronGradient")]
#[doc(alias = "NeuronIntegratedGradients")]
pub struct Neuron(Vec<usize>);

impl Neuron {
    /// The element at this index, which has a number for each dimension of the output behind the batch.
    pub fn new(index: impl Into<Vec<usize>>) -> Self {
        Self(index.into())
    }

    /// The element's place in a row, if the output has one.
    fn offset(&self, row: &[usize]) -> Option<usize> {
        let fits = row.len() == self.0.len() && self.0.iter().zip(row).all(|(i, size)| i < size);
        let step = |offset, (&index, &size): (&usize, &usize)| offset * size + index;
        fits.then(|| self.0.iter().zip(row).fold(0, step))
    }
}

impl Target for Neuron {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let output = outputs.first().filter(|output| output.is_float());
        let shape = output
            .map(|output| output.shape().to_vec())
            .unwrap_or_default();
        let found = (shape.split_first()).and_then(|(&rows, row)| Some((rows, self.offset(row)?)));
        let (Some(output), Some((rows, offset))) = (output, found) else {
            return Err(Error::UnknownNeuron {
                neuron: format!("{:?}", self.0),
                shape: format!("{shape:?}"),
            });
        };
        let elements = shape[1..].iter().product();
        let flat = output.reshape([rows, elements]);
        Ok(Explained {
            scores: flat.narrow(1, offset, 1).reshape([rows]),
            name: format!("neuron {:?}", self.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int, Tensor};

    fn output() -> Vec<AnyTensor> {
        let values = Tensor::<1, Int>::arange(0..12, &Device::flex()).float();
        vec![values.reshape([2, 2, 3]).into()]
    }

    #[test]
    fn an_index_picks_one_element_of_every_sample() {
        let explained = Neuron::new([1, 2]).scores(&output()).unwrap();
        assert_eq!(explained.values(), [5.0, 11.0]);
        assert_eq!(explained.name, "neuron [1, 2]");
    }

    #[test]
    fn an_index_outside_is_refused_with_the_shape() {
        for index in [vec![2, 0], vec![0, 3], vec![1], vec![0, 0, 0], vec![]] {
            let error = Neuron(index).scores(&output()).unwrap_err().to_string();
            assert!(error.contains("[2, 2, 3]"), "{error}");
        }
        assert!(Neuron::new([0]).scores(&[]).is_err());
    }
}
