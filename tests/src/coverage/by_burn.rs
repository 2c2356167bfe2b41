//! What Burn computes for a case, and where it can't.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backdraft_graph::{AnyTensor, Error, Network, Pass, PassError, Probes};
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

    /// Where Burn panics, the replay returns an error. A backend that computes lazily may fail only when values are
    /// read, in both.
    ///
    /// # Panics
    ///
    /// If that isn't so.
    pub fn assert_fails(&self, net: &Network) {
        let inputs = self.tensors(0, net.device());
        assert_panics(|| read(&self.subject.direct(net.device(), inputs)));
        self.assert_replay_fails(net);
    }

    /// The replay fails.
    ///
    /// # Panics
    ///
    /// If that isn't so.
    pub fn assert_replay_fails(&self, net: &Network) {
        match net.forward(self.tensors(0, net.device())) {
            Ok(pass) => assert_panics(|| read(pass.outputs())),
            Err(error) => assert!(
                matches!(error, Error::Pass(PassError::Execution { .. })),
                "{error}"
            ),
        }
    }

    /// Burn can't run the model on the device.
    ///
    /// # Panics
    ///
    /// If it can.
    pub fn assert_unmovable(&self, device: &Device) {
        assert_panics(|| self.subject.direct(device, self.tensors(0, device)));
    }

    /// Where Burn's backward pass panics, ours returns an error. Lazy backends may fail when gradients are read.
    ///
    /// # Panics
    ///
    /// If that isn't so.
    pub fn assert_backward_fails(&self, net: &Network, more: usize) {
        assert_panics(|| self.gradients_by_burn(net.device(), more));
        let gradients = self.tracked_pass(net, more).and_then(|pass| {
            let score = score(pass.outputs()).expect("Burn's outputs are float");
            pass.backward(score)
        });
        match gradients {
            Ok(gradients) => assert_panics(|| {
                let inputs = (0..self.inputs.len()).filter_map(|input| gradients.input(input).ok());
                inputs
                    .map(|gradient| data_of(&gradient))
                    .collect::<Vec<_>>()
            }),
            Err(error) => {
                let named = matches!(
                    error,
                    Error::Pass(PassError::Backward { .. } | PassError::Execution { .. })
                );
                assert!(named, "{error}");
            }
        }
    }
}

fn read(tensors: &[AnyTensor]) -> Vec<TensorData> {
    tensors.iter().map(data_of).collect()
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
