//! A model with its forward pass, recorded for the input shapes at hand.

use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::backend::capture::TensorId;
use burn::module::Module;
use burn::tensor::Device;

use crate::capture::attempt::{Attempt, Failure};
#[cfg(test)]
use crate::capture::parameters::parameters_of;
use crate::capture::parameters::{Parameter, placeholder};
use crate::capture::recording::{Border, Recording, recorded_id};
use crate::capture::refusal::Refusal;
use crate::capture::source::Source;
use crate::capture::stand_ins::StandIns;
use crate::{AnyTensor, CaptureError, Error, Tensors};

/// A forward pass whose model and types are erased.
pub(crate) trait Forward: Send + Sync {
    /// Records the operations for inputs of the shapes and types of `like`; constants go to `device`.
    fn record(&self, like: &[AnyTensor], device: &Device) -> Result<Recording, Error>;
}

/// A model and the closure that runs it.
pub(crate) struct Captured<M, F, I, O> {
    source: Source<M>,
    forward: F,
    /// Recordings find out which parameters the forward pass reads.
    stand_ins: Mutex<StandIns>,
    types: PhantomData<fn(I) -> O>,
}

impl<M, F, I, O> Captured<M, F, I, O> {
    /// `parameters` are those of the captured model.
    pub(crate) fn new(source: Source<M>, parameters: Vec<Parameter>, forward: F) -> Self {
        Self {
            source,
            forward,
            stand_ins: Mutex::new(StandIns::new(parameters)),
            types: PhantomData,
        }
    }

    /// For tests.
    #[cfg(test)]
    pub(crate) fn of_model(model: M, forward: F) -> Self
    where
        M: Module,
    {
        let parameters = parameters_of(&model);
        Self::new(Source::copies_of(model), parameters, forward)
    }

    fn stand_ins(&self) -> MutexGuard<'_, StandIns> {
        (self.stand_ins.lock()).unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M, F, I, O> Forward for Captured<M, F, I, O>
where
    M: Module,
    F: Fn(&M, I) -> O + Send + Sync,
    I: Tensors,
    O: Tensors,
{
    fn record(&self, like: &[AnyTensor], device: &Device) -> Result<Recording, Error> {
        let mut stand_ins = self.stand_ins().clone();
        loop {
            let (attempt, outputs) = Attempt::run(device, |capture, border| {
                self.run(like, &stand_ins, capture, border)
            })?;
            match outputs {
                Ok(outputs) => return Ok(attempt.recording(outputs, stand_ins.paths(), device)),
                Err(Failure::Error(error)) => return Err(error),
                Err(Failure::Panic(panic)) => {
                    let refusal = Refusal::of(&panic.message);
                    // Every time around, the forward pass can read more than before.
                    if !refusal.is_lifted(&attempt, &mut stand_ins) {
                        return Err(refusal.error(&panic, &attempt, &stand_ins, like).into());
                    }
                    self.stand_ins().clone_from(&stand_ins);
                }
            }
        }
    }
}

impl<M, F, I, O> Captured<M, F, I, O>
where
    M: Module,
    F: Fn(&M, I) -> O,
    I: Tensors,
    O: Tensors,
{
    fn run(
        &self,
        like: &[AnyTensor],
        stand_ins: &StandIns,
        capture: &Device,
        border: &mut Border,
    ) -> Result<Vec<TensorId>, Error> {
        let (model, difference) = stand_ins.stand_in(self.source.model(capture), capture);
        if let Some(difference) = difference.filter(|_| self.source.is_built()) {
            return Err(CaptureError::BuiltOtherwise { difference }.into());
        }
        let inputs: Vec<_> = like.iter().map(|t| placeholder(t, capture)).collect();
        border.parameters = stand_ins.recorded(&model);
        border.inputs = inputs.iter().filter_map(recorded_id).collect();
        let outputs = (self.forward)(&model, I::from_tensors(inputs)?);
        Ok(output_ids(&outputs.into_tensors())?)
    }
}

fn output_ids(outputs: &[AnyTensor]) -> Result<Vec<TensorId>, CaptureError> {
    if outputs.is_empty() {
        return Err(CaptureError::NoOutput);
    }
    (outputs.iter().enumerate())
        .map(|(index, tensor)| {
            recorded_id(tensor).ok_or_else(|| CaptureError::OutputElsewhere {
                index,
                device: format!("{:?}", tensor.device()),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use crate::{CaptureError, Error, Network, Rewrite};
    use burn::module::{Module, Param, ParamId};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Device, Distribution, Int, Tensor, TensorData, Tolerance};

    /// A linear layer on rows whose length is a parameter, as in code generated from ONNX.
    #[derive(Module, Debug)]
    struct Model {
        width: Param<Tensor<1, Int>>,
        scale: Param<Tensor<1>>,
        fc: Linear,
    }

    impl Model {
        fn new(device: &Device) -> Self {
            let width = Tensor::from_data([2], device);
            Self {
                width: Param::initialized(ParamId::new(), width),
                scale: Param::from_data([3.0], device),
                fc: LinearConfig::new(2, 2).init(device),
            }
        }

        /// `x` in rows of `width`, read as it stands.
        fn rows(&self, x: Tensor<2>) -> Tensor<2> {
            let width = self.width.val().into_scalar::<i32>();
            x.reshape([-1, width])
        }
    }

    fn example(rows: usize) -> Tensor<2> {
        Tensor::random([rows, 4], Distribution::Default, &Device::flex())
    }

    fn capture(forward: fn(&Model, Tensor<2>) -> Tensor<2>) -> Result<Network, Error> {
        Network::capture(&Model::new(&Device::flex()), example(1), forward)
    }

    fn assert_runs(net: &Network, model: &Model, forward: fn(&Model, Tensor<2>) -> Tensor<2>) {
        for rows in [1, 3] {
            let x = example(rows);
            let output: Tensor<2> = net.forward(x.clone()).unwrap().output().unwrap();
            output
                .into_data()
                .assert_approx_eq::<f32>(&forward(model, x).into_data(), Tolerance::default());
        }
    }

    #[test]
    fn parameters_can_be_read() {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let forward = |m: &Model, x: Tensor<2>| {
            RUNS.fetch_add(1, Relaxed);
            let scaled = m.rows(x) * m.scale.val().unsqueeze();
            m.fc.forward(scaled) + m.scale.val().into_scalar::<f32>()
        };
        let model = Model::new(&Device::flex());
        let net = Network::capture(&model, example(1), forward).unwrap();
        assert_eq!(RUNS.load(Relaxed), 2, "the second run reads both");
        net.output_shapes(example(3)).unwrap();
        assert_eq!(RUNS.load(Relaxed), 3, "what is read is known by then");
        assert_runs(&net, &model, forward);

        // They stay parameters of their layers.
        let layers = net.layers();
        let counts: Vec<(&str, usize)> = (layers.iter())
            .map(|layer| (layer.name(), layer.parameter_count()))
            .collect();
        assert_eq!(
            counts,
            [("reshape", 0), ("scale", 1), ("fc", 6), ("add_scalar", 0)]
        );
        let shifted = net.rewritten(Rewrite::ShiftInput { by: 0.5 });
        assert!(shifted.is_ok(), "{shifted:?}");
    }

    #[test]
    fn what_is_computed_of_parameters_can_be_read() {
        let forward = |m: &Model, x: Tensor<2>| {
            let half = (m.width.val() * 4 / 2 - 2).into_scalar::<i32>();
            m.fc.forward(x.reshape([-1, half]))
        };
        let model = Model::new(&Device::flex());
        let net = Network::capture(&model, example(1), forward).unwrap();
        assert_eq!(net.layer("fc").unwrap().output_shape().as_slice(), [2, 2]);
        assert_runs(&net, &model, forward);
    }

    #[test]
    fn a_forward_pass_that_reads_nothing_runs_once() {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        capture(|m, x| {
            RUNS.fetch_add(1, Relaxed);
            m.fc.forward(x.reshape([-1, 2]))
        })
        .unwrap();
        assert_eq!(RUNS.load(Relaxed), 1);
    }

    #[test]
    fn inputs_cant_be_read() {
        let device = Device::flex();
        let model = Model::new(&device);
        let example = (example(1), example(1));
        let error = Network::capture(&model, example, |m: &Model, (x, y)| {
            let largest = (y.clone().max() * m.scale.val()).into_scalar::<f32>();
            m.rows(x + y * largest)
        })
        .unwrap_err();
        assert!(matches!(
            error,
            Error::Capture(CaptureError::DataDependent { .. })
        ));
        assert!(error.to_string().contains("depend on input 1,"), "{error}");
    }

    #[test]
    fn what_nothing_computes_cant_be_read() {
        let error = capture(|m, x| {
            let scale = m.scale.val() * 2.0;
            m.rows(x * scale.clone().unsqueeze()) * scale.into_scalar::<f32>()
        })
        .unwrap_err();
        assert!(matches!(
            error,
            Error::Capture(CaptureError::NotComputed { .. })
        ));
        assert!(
            error
                .to_string()
                .contains("computed from parameter `scale`"),
            "{error}"
        );

        let error = capture(|m, x| {
            let last = Tensor::<1, Int>::arange(0..4, &x.device()).max();
            m.rows(x) * last.into_scalar::<i32>()
        })
        .unwrap_err();
        assert!(
            error.to_string().contains("computed from no parameter"),
            "{error}"
        );
    }

    /// A model that creates tensors on a device of its own.
    #[derive(Module, Debug)]
    struct WithDevice {
        fc: Linear,
        features: usize,
        #[module(skip)]
        device: Device,
    }

    impl WithDevice {
        fn new(features: usize, device: &Device) -> Self {
            Self {
                fc: LinearConfig::new(features, 2).init(device),
                features,
                device: device.clone(),
            }
        }

        fn forward(&self, x: Tensor<2>) -> Tensor<2> {
            let shift = Tensor::<1, Int>::arange(0..self.features as i64, &self.device);
            self.fc.forward(x + shift.float().unsqueeze())
        }
    }

    #[test]
    fn a_model_with_a_device_of_its_own_is_built_for_the_recording() {
        let device = Device::flex();
        let model = WithDevice::new(2, &device);
        let x = Tensor::<2>::from_data([[1.0, -2.0]], &device);
        let build = |device: &Device| WithDevice::new(2, device);
        let net = Network::capture_built(&model, build, x.clone(), WithDevice::forward).unwrap();
        let logits: Tensor<2> = net.forward(x.clone()).unwrap().output().unwrap();
        logits
            .into_data()
            .assert_approx_eq::<f32>(&model.forward(x.clone()).into_data(), Tolerance::default());
        assert_eq!(net.layer("fc").unwrap().parameter_count(), 6);

        let build = |device: &Device| WithDevice::new(3, device);
        let error = Network::capture_built(&model, build, x, WithDevice::forward).unwrap_err();
        assert!(matches!(
            error,
            Error::Capture(CaptureError::BuiltOtherwise { .. })
        ));
        assert!(
            error.to_string().contains("`fc.weight` of shape [3, 2]"),
            "{error}"
        );
    }

    /// Tensors of another device than the recording's, with the operation that they meet it in.
    #[test]
    fn a_tensor_from_elsewhere_is_named_with_its_remedy() {
        type Forward = fn(&WithDevice, Tensor<2>) -> Tensor<2>;
        let forwards: [Forward; 6] = [
            WithDevice::forward,
            |m, x| m.fc.forward(x).to_device(&m.device),
            |m, x| Tensor::cat(vec![m.fc.forward(x), Tensor::zeros([1, 2], &m.device)], 0),
            |m, x| m.fc.forward(x).select(1, Tensor::from_data([0], &m.device)),
            |m, x| m.fc.forward(x) + Tensor::zeros([1, 2], &m.device.clone().autodiff()),
            |m, x| {
                let table = Tensor::zeros([1, 2], &m.device.clone().autodiff());
                m.fc.forward(x.clone()) + table.to_device(&x.device())
            },
        ];
        let device = Device::flex();
        let model = WithDevice::new(2, &device);
        for (index, forward) in forwards.into_iter().enumerate() {
            let x = Tensor::<2>::zeros([1, 2], &device);
            let error = Network::capture(&model, x, forward).unwrap_err();
            let other = matches!(error, Error::Capture(CaptureError::OtherDevice { .. }));
            assert!(other, "{index}: {error}");
            let text = error.to_string();
            let remedies = ["x.device()", "to_device(&x.device())", "capture_built"];
            assert!(
                remedies.iter().all(|remedy| text.contains(remedy)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_table_that_the_closure_brings_is_a_constant_where_it_is_moved() {
        let device = Device::flex();
        let model = LinearConfig::new(2, 2).init(&device);
        let table = Tensor::<2>::from_data([[5.0, 7.0]], &device);
        let x = Tensor::<2>::zeros([1, 2], &device);
        let net = Network::capture(&model, x.clone(), move |_: &Linear, x: Tensor<2>| {
            x.clone() + table.clone().to_device(&x.device())
        });
        let output: Tensor<2> = net.unwrap().forward(x).unwrap().output().unwrap();
        output
            .into_data()
            .assert_eq(&TensorData::from([[5.0f32, 7.0]]), false);
    }
}
