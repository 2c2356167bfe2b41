//! A network that works in several places at once.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

use backdraft_graph::{Batch, Nearby};
use burn::tensor::{Device, Tensor};

use crate::finite::Origin;
use crate::inputs::rows::cat_rows;
use crate::{AnyTensor, Differentiable, Differentiated, Error, Inputs, Model, Network, Target};

/// A network on several devices, or several times on one, which share the points that a method evaluates.
///
/// It takes the place of the network in every method for [`Differentiable`] models: paths, noise, expected
/// gradients. What a method asks for at once, its [batch](Inputs::with_batch_size), is divided,
/// so that should be a multiple of the number of replicas. Several samples of one point stay together.
///
/// - [`on`](Self::on) several devices each has its own copy of the weights. They can be of different backends.
/// - [`threads`](Self::threads) of one device share the weights. It helps where one run doesn't keep all cores
///   busy: small networks, or long chains of small layers.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use backdraft::{Class, Inputs, IntegratedGradients, Method, Network, Replicas};
/// # use burn::module::Module;
/// # use burn::nn::{Linear, LinearConfig};
/// # use burn::tensor::{Device, Tensor, Tolerance, activation::sigmoid};
/// # let device = Device::default();
/// # let model: Linear = LinearConfig::new(3, 5).init(&device);
/// # let x = Tensor::<2>::ones([1, 3], &device);
/// let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| sigmoid(m.forward(x)))?;
/// let (method, inputs) = (IntegratedGradients::new(), Inputs::new(x).with_batch_size(16));
/// let alone = method.attribute(&net, &inputs, Class(2))?;
/// let replicas = Replicas::threads(&net, NonZeroUsize::new(2).unwrap());
/// let shared = method.attribute(&replicas, inputs, Class(2))?;
/// let data = |attribution: &backdraft::Attribution| attribution.tensor::<2>().unwrap().into_data();
/// data(&shared).assert_approx_eq::<f32>(&data(&alone), Tolerance::relative(1e-5));
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Replicas {
    first: Network,
    others: Vec<Network>,
}

impl Replicas {
    /// A copy of the network on each device. Results are on the network's own device, which has a part in the work
    /// whether or not it is among the devices.
    ///
    /// # Errors
    ///
    /// As for [`Network::to_device`].
    pub fn on(net: &Network, devices: impl IntoIterator<Item = Device>) -> Result<Self, Error> {
        let others = devices.into_iter().map(Device::without_autodiff);
        let others = others.filter(|device| device != net.device());
        let others = others.map(|device| net.to_device(&device));
        Ok(Self {
            first: net.clone(),
            others: others.collect::<Result<_, _>>()?,
        })
    }

    /// The network on several threads of its device.
    pub fn threads(net: &Network, threads: NonZeroUsize) -> Self {
        Self {
            first: net.clone(),
            others: vec![net.clone(); threads.get() - 1],
        }
    }

    /// How many work at once.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }
}

impl Model for Replicas {
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        self.first.outputs(inputs)
    }

    fn batch_of(&self, inputs: &Inputs) -> Result<Batch, Error> {
        self.first.batch_of(inputs)
    }

    fn not_finite_at(&self, inputs: &Inputs) -> Option<Origin> {
        self.first.not_finite_at(inputs)
    }

    fn nearby(&self, inputs: &Inputs) -> Result<Option<Nearby>, Error> {
        self.first.nearby(inputs)
    }
}

impl Differentiable for Replicas {
    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
        let mut parts = shares(inputs.copies(), self.count());
        let own = parts.next().expect("there is a replica");
        let home = self.first.device();
        thread::scope(|scope| {
            let nets = self.others.iter().zip(parts);
            let nets = nets.filter(|(_, copies)| !copies.is_empty());
            let others: Vec<_> = nets
                .map(|(net, copies)| {
                    let inputs = inputs.part(copies).to_device(net.device());
                    scope.spawn(move || net.gradients(&inputs, target))
                })
                .collect();
            let mut results = vec![self.first.gradients(&inputs.part(own), target)];
            for other in others {
                let result = other.join().unwrap_or_else(|panic| resume_unwind(panic));
                results.push(result.map(|result| moved(result, home)));
            }
            let results = results.into_iter().collect::<Result<Vec<_>, _>>();
            Ok(joined(results?))
        })
    }
}

/// Divides copies as evenly as it goes; the first gets no less than the others.
fn shares(copies: usize, replicas: usize) -> impl Iterator<Item = Range<usize>> {
    let bound = move |share: usize| (share * copies).div_ceil(replicas);
    (0..replicas).map(move |share| bound(share)..bound(share + 1))
}

fn moved(result: Differentiated, device: &Device) -> Differentiated {
    let gradients = result.gradients.iter();
    Differentiated {
        scores: result.scores.to_device(device),
        target: result.target,
        gradients: gradients
            .map(|gradient| gradient.to_device(device))
            .collect(),
    }
}

/// The results of all parts in order.
fn joined(mut results: Vec<Differentiated>) -> Differentiated {
    if results.len() == 1 {
        return results.swap_remove(0);
    }
    let target = results[0].target.clone();
    let scores = results.iter().map(|result| result.scores.clone());
    let gradients = (0..results[0].gradients.len()).map(|input| {
        let parts = results.iter().map(|result| result.gradients[input].clone());
        cat_rows(parts.collect())
    });
    Differentiated {
        scores: Tensor::cat(scores.collect(), 0),
        target,
        gradients: gradients.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribution, Class, Classes, IntegratedGradients, Method, Saliency, SmoothGrad};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::sigmoid;
    use burn::tensor::{Distribution, Tolerance};

    fn net() -> Network {
        let device = Device::flex();
        let model: Linear = LinearConfig::new(3, 5).init(&device);
        let forward = |m: &Linear, x: Tensor<2>| sigmoid(m.forward(x));
        Network::capture(&model, Tensor::ones([1, 3], &device), forward).unwrap()
    }

    fn x() -> Tensor<2> {
        Tensor::random([2, 3], Distribution::Default, &Device::flex())
    }

    fn threads(net: &Network, threads: usize) -> Replicas {
        Replicas::threads(net, NonZeroUsize::new(threads).unwrap())
    }

    fn assert_same(actual: &Attribution, expected: &Attribution) {
        let data = |attribution: &Attribution| attribution.tensor::<2>().unwrap().into_data();
        let tolerance = Tolerance::rel_abs(1e-5, 1e-7);
        data(actual).assert_approx_eq::<f32>(&data(expected), tolerance);
        assert_eq!(actual.scores(), expected.scores());
    }

    #[test]
    fn copies_are_divided_evenly() {
        let divide = |copies, replicas| shares(copies, replicas).collect::<Vec<_>>();
        assert_eq!(divide(8, 2), [0..4, 4..8]);
        assert_eq!(divide(8, 3), [0..3, 3..6, 6..8]);
        assert_eq!(divide(1, 3), [0..1, 1..1, 1..1]);
    }

    #[test]
    fn together_they_give_what_one_gives() {
        let (net, x) = (net(), x());
        let target = || Classes(vec![4, 2]);
        let path = IntegratedGradients::new().with_steps(11);
        let inputs = Inputs::new(x.clone()).with_batch_size(10);
        let noise = SmoothGrad::new(Saliency::new()).with_draws(7);
        for count in [1, 2, 3] {
            let replicas = threads(&net, count);
            let (one, many) = (
                path.attribute(&net, &inputs, target()).unwrap(),
                path.attribute(&replicas, &inputs, target()).unwrap(),
            );
            assert_same(&many, &one);
            let (one, many) = (
                noise.attribute(&net, x.clone(), target()).unwrap(),
                noise.attribute(&replicas, x.clone(), target()).unwrap(),
            );
            assert_same(&many, &one);
        }
    }

    #[test]
    #[cfg(feature = "ndarray")]
    #[allow(
        deprecated,
        reason = "Burn deprecates NdArray, but runs it, and so do we"
    )]
    fn devices_may_be_of_different_backends() {
        let (net, x) = (net(), x());
        let replicas = Replicas::on(&net, [Device::flex(), Device::ndarray()]).unwrap();
        assert_eq!(replicas.count(), 2);
        let path = IntegratedGradients::new();
        let one = path.attribute(&net, x.clone(), Class(1)).unwrap();
        let many = path.attribute(&replicas, x, Class(1)).unwrap();
        assert_same(&many, &one);
    }

    #[test]
    fn an_error_of_one_is_the_error_of_all() {
        let replicas = threads(&net(), 2);
        let error = IntegratedGradients::new().attribute(&replicas, x(), Class(9));
        assert!(
            matches!(error, Err(Error::Unknown { what: "class", .. })),
            "{error:?}"
        );
    }
}
