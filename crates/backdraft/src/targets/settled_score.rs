//! A target computed by closures, of which one looks at the input first.

use std::marker::PhantomData;
use std::sync::Arc;

use burn::tensor::Tensor;

use crate::targets::{Explained, Target};
use crate::{AnyTensor, Error, Tensors};

/// A scalar for each sample that depends on what the network says at the input: on its own prediction, say.
///
/// A [`Score`](crate::Score) is computed from the outputs at every point anew, so a class or a region that it finds by
/// itself may be another one at each point of a path. Here the first closure sees the outputs at the input, once, and
/// returns what is to be kept: a tensor or a tuple of tensors, of any kind. The second takes the outputs at a point and
/// what was kept, and returns a tensor of shape `[batch]`. What is kept is constant: no gradient flows through it.
///
/// ```
/// use backdraft::{IntegratedGradients, Method, Network, SettledScore};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Int, Tensor};
///
/// // The top logit minus the second.
/// let margin = SettledScore::new(
///     "margin of the prediction",
///     |logits: Tensor<2>| logits.topk_with_indices(2, 1).1,
///     |logits: Tensor<2>, top: Tensor<2, Int>| {
///         let [batch, _] = logits.dims();
///         let top = logits.gather(1, top);
///         (top.clone().narrow(1, 0, 1) - top.narrow(1, 1, 1)).reshape([batch])
///     },
/// );
///
/// let x = Tensor::<2>::from_data([[1.0, 4.0, 2.0]], &Device::default());
/// let net = Network::capture(&Vec::new(), x.clone(), |_: &Vec<Linear>, x: Tensor<2>| x * 1.0)?;
/// let why = IntegratedGradients::new().attribute(&net, x, margin)?;
/// assert_eq!(why.scores(), [2.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
pub struct SettledScore<G, F, O, S> {
    name: String,
    settle: G,
    compute: Arc<F>,
    types: PhantomData<fn(O, S)>,
}

impl<G, F, O, S> SettledScore<G, F, O, S>
where
    G: Fn(O) -> S + Send + Sync,
    F: Fn(O, S) -> Tensor<1> + Send + Sync + 'static,
    O: Tensors + 'static,
    S: Tensors + 'static,
{
    /// The scalar that `compute` gives of outputs and of what `settle` finds in those at the input; `name` is what
    /// results say was explained.
    pub fn new(name: impl Into<String>, settle: G, compute: F) -> Self {
        Self {
            name: name.into(),
            settle,
            compute: Arc::new(compute),
            types: PhantomData,
        }
    }

    fn settled(&self, outputs: &[AnyTensor]) -> Result<Held<F, O, S>, Error> {
        let outputs = outputs.iter().cloned().map(AnyTensor::without_autodiff);
        let outputs = O::from_tensors(outputs.collect())?;
        Ok(Held {
            name: self.name.clone(),
            compute: Arc::clone(&self.compute),
            state: (self.settle)(outputs).into_tensors(),
            types: PhantomData,
        })
    }
}

impl<G, F, O, S> Target for SettledScore<G, F, O, S>
where
    G: Fn(O) -> S + Send + Sync,
    F: Fn(O, S) -> Tensor<1> + Send + Sync + 'static,
    O: Tensors + 'static,
    S: Tensors + 'static,
{
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        self.settled(outputs)?.scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        Ok(Some(Box::new(self.settled(outputs)?)))
    }
}

/// The scalar, with what was found at the input.
struct Held<F, O, S> {
    name: String,
    compute: Arc<F>,
    state: Vec<AnyTensor>,
    types: PhantomData<fn(O, S)>,
}

impl<F, O, S> Target for Held<F, O, S>
where
    F: Fn(O, S) -> Tensor<1> + Send + Sync,
    O: Tensors,
    S: Tensors,
{
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        // A replica of the network may be on another device.
        let device = outputs
            .first()
            .map(|output| output.device().without_autodiff());
        let state = self.state.iter().map(|tensor| match &device {
            Some(device) => tensor.to_device(device),
            None => tensor.clone(),
        });
        let state = S::from_tensors(state.collect())?;
        Ok(Explained {
            scores: (self.compute)(O::from_tensors(outputs.to_vec())?, state),
            name: self.name.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::output::values;
    use crate::{Baseline, Inputs, IntegratedGradients, Method, Network, Saliency, TopClass};
    use burn::nn::Linear;
    use burn::tensor::{DType, Device, Int};

    type Logits = Tensor<2>;

    /// The logit of the class that is on top at the input, as `TopClass`.
    fn top() -> impl Target {
        SettledScore::new(
            "top",
            |logits: Logits| logits.argmax(1),
            |logits: Logits, top: Tensor<2, Int>| {
                let [samples, _] = logits.dims();
                logits.gather(1, top).reshape([samples])
            },
        )
    }

    #[test]
    fn what_was_found_at_the_input_is_kept() {
        let device = Device::flex();
        let logits =
            |values: [[f32; 2]; 2]| -> AnyTensor { Tensor::<2>::from_data(values, &device).into() };
        let at_input = logits([[1.0, 3.0], [6.0, 5.0]]);
        let settled = top()
            .resolved(std::slice::from_ref(&at_input))
            .unwrap()
            .unwrap();
        let scores = |outputs| values(&settled.scores(&[outputs]).unwrap().scores);
        assert_eq!(scores(at_input), [3.0, 6.0]);
        assert_eq!(scores(logits([[9.0, 2.0], [0.0, 8.0]])), [2.0, 0.0]);
    }

    #[test]
    fn float_state_of_several_outputs_is_no_part_of_the_gradient() {
        let device = Device::flex();
        let x = Tensor::<2>::from_data([[3.0, 2.0]], &device);
        let forward = |_: &Vec<Linear>, x: Tensor<2>| (x.clone() * 2.0, x * 1.0);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        // 2x · x, of which the second x is the input's.
        let target = SettledScore::new(
            "product",
            |(_, x): (Tensor<2>, Tensor<2>)| x,
            |(double, _): (Tensor<2>, Tensor<2>), x: Tensor<2>| {
                (double * x).sum_dim(1).reshape([1])
            },
        );
        let gradient = Saliency::new().attribute(&net, x, target).unwrap();
        assert_eq!(gradient.scores(), [26.0]);
        assert_eq!(values(&gradient.tensor::<2>().unwrap()), [6.0, 4.0]);
    }

    #[test]
    fn a_network_of_half_precision_is_settled_in_single_precision() {
        let x = Tensor::<2>::from_data([[3.0, 2.0]], &Device::flex()).cast(DType::F16);
        let net = Network::capture(&Vec::new(), x.clone(), |_: &Vec<Linear>, x: Tensor<2>| {
            x * 2.0
        });
        // 2x · 2x, of which the second is the input's.
        let target = SettledScore::new(
            "product",
            |y: Tensor<2>| y,
            |y: Tensor<2>, kept: Tensor<2>| (y * kept).sum_dim(1).reshape([1]),
        );
        let path = IntegratedGradients::new().with_baseline(Baseline::zeros());
        let result = path.attribute(&net.unwrap(), x, target).unwrap();
        assert_eq!(result.scores(), [52.0]);
        for (found, expected) in values(&result.tensor::<2>().unwrap())
            .iter()
            .zip([36.0, 16.0])
        {
            assert!((found - expected).abs() < 0.05, "{found}");
        }
    }

    /// Logits x₀² and 3 x₁: at the input the first is on top, near zero the second.
    #[test]
    fn a_path_explains_what_the_input_is_for_every_batch_size() {
        let x = Tensor::<2>::from_data([[4.0, 5.0], [1.0, 2.0]], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| {
            let first = x.clone().narrow(1, 0, 1);
            Tensor::cat(vec![first.clone() * first, x.narrow(1, 1, 1) * 3.0], 1)
        };
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let path = IntegratedGradients::new().with_baseline(Baseline::zeros());
        for rows in [1, 2, 6, 64] {
            let inputs = Inputs::new(x.clone()).with_batch_size(rows);
            let result = path.attribute(&net, &inputs, top()).unwrap();
            let found = values(&result.tensor::<2>().unwrap());
            for (found, expected) in found.iter().zip([16.0, 0.0, 0.0, 6.0]) {
                assert!((found - expected).abs() < 1e-4, "{found} at {rows} rows");
            }
            let same = path.attribute(&net, inputs, TopClass).unwrap();
            assert_eq!(found, values(&same.tensor::<2>().unwrap()));
        }
    }

    #[test]
    fn outputs_of_another_form_are_an_error() {
        let output = Tensor::<3>::zeros([1, 2, 3], &Device::flex());
        let error = top().scores(&[output.into()]).unwrap_err().to_string();
        assert!(error.contains("[1, 2, 3]"), "{error}");
    }
}
