//! What Burn computes for a case, and where it can't.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backdraft_graph::{AnyTensor, Error, Network, Pass, Probes};
use burn::backend::ops::FloatTensorOps;
use burn::backend::{AutodiffBackend, Dispatch};
use burn::tensor::{Device, Shape, Tensor, TensorData};

use super::case::Case;
use super::inputs::weights;
use crate::data_of;

impl Case {
    /// The outputs of the frozen model on an autodiff device and its gradients by Burn, which are `None` for
    /// inputs that have none; `None` where nothing is tracked.
    ///
    /// # Panics
    ///
    /// If Burn can't differentiate the case.
    pub fn gradients_by_burn(
        &self,
        device: &Device,
        more: usize,
    ) -> Option<(Vec<TensorData>, Vec<Option<TensorData>>)> {
        let device = device.clone().autodiff();
        let inputs: Vec<AnyTensor> = self.tensors(more, &device).into_iter().map(leaf).collect();
        let outputs = self.subject.direct(&device, inputs.clone());
        let score = score(&outputs)?;
        if !score.is_tracked() {
            return None;
        }
        let gradients = Dispatch::backward(score.into_dispatch());
        let gradient = |input: AnyTensor| {
            let floats = input.is_float().then_some(input)?;
            let gradient = Dispatch::grad(&floats.into_dispatch(), &gradients)?;
            Some(data_of(&AnyTensor::from_dispatch(gradient)))
        };
        let gradients = inputs.into_iter().map(gradient).collect();
        Some((outputs.iter().map(data_of).collect(), gradients))
    }

    /// A run that can be differentiated with respect to the float inputs.
    ///
    /// # Errors
    ///
    /// As [`Network::run`].
    pub fn tracked_pass(&self, net: &Network, more: usize) -> Result<Pass, Error> {
        let inputs = self.tensors(more, net.device());
        net.run(inputs, &Probes::new().with_input_gradients())
    }

    /// Where Burn panics, the replay returns an error.
    ///
    /// # Panics
    ///
    /// If that isn't so.
    pub fn assert_fails(&self, net: &Network) {
        let inputs = || self.tensors(0, net.device());
        assert_panics(|| self.subject.direct(net.device(), inputs()));
        let refused = matches!(net.forward(inputs()), Err(Error::Execution { .. }));
        assert!(refused, "Burn's panic isn't an error");
    }

    /// Where Burn's backward pass panics, ours returns an error.
    ///
    /// # Panics
    ///
    /// If that isn't so.
    pub fn assert_backward_fails(&self, net: &Network, more: usize) {
        assert_panics(|| self.gradients_by_burn(net.device(), more));
        let refused = match self.tracked_pass(net, more) {
            Ok(pass) => {
                let score = score(pass.outputs()).expect("Burn's outputs are float");
                matches!(pass.backward(score), Err(Error::Backward { .. }))
            }
            Err(error) => matches!(error, Error::Execution { .. }),
        };
        assert!(refused, "Burn's panic isn't an error");
    }
}

fn assert_panics<T>(run: impl FnOnce() -> T) {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    assert!(outcome.is_err(), "Burn can do it after all");
}

/// A float tensor whose gradient is kept.
fn leaf(input: AnyTensor) -> AnyTensor {
    if !input.is_float() {
        return input;
    }
    AnyTensor::from_dispatch(Dispatch::float_set_require_grad(
        input.into_dispatch(),
        true,
    ))
}

/// A weighted sum of all float outputs; `None` if there are none.
pub fn score(outputs: &[AnyTensor]) -> Option<Tensor<1>> {
    let floats = outputs.iter().filter(|output| output.is_float());
    let weighted = floats.map(|output| {
        let count = output.shape().num_elements();
        let flat = Dispatch::float_reshape(output.clone().into_dispatch(), Shape::new([count]));
        let flat = Tensor::<1>::from_dispatch(flat);
        let weights = weights(count, &flat.device());
        (flat * weights).sum()
    });
    weighted.reduce(|sum, term| sum + term)
}
