//! A model of any engine.

use crate::model::black_box_error::BlackBoxError;
use crate::model::checks::{check_inputs, not_finite};
use crate::{AnyTensor, Error, Inputs, Model};

/// What a closure of another engine may fail with.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// A model of which only the outputs are known: any closure from inputs to outputs, also one that calls another engine
/// or another machine.
///
/// The closure gets one tensor for each input and returns one tensor for each output, whose first dimension must be the
/// batch. Methods may pass more rows than you explain, as many versions of every sample as
/// [`Inputs::with_batch_size`] allows. There are no gradients: methods that need them don't accept a black box, at
/// compile time.
///
/// ```
/// use backdraft::{AnyTensor, BlackBox, Inputs, Model};
/// use burn::tensor::{Device, Float, Tensor, TensorData};
///
/// // Another engine, which knows plain numbers: the sum of every row.
/// fn engine(numbers: &[f32], columns: usize) -> Vec<f32> {
///     numbers.chunks(columns).map(|row| row.iter().sum()).collect()
/// }
///
/// let model = BlackBox::new(|inputs: &[AnyTensor]| {
///     let x = inputs[0].to_tensor::<2, Float>()?;
///     let [rows, columns] = x.dims();
///     let device = x.device();
///     let sums = engine(&x.into_data().try_to_vec::<f32>()?, columns);
///     Ok(vec![Tensor::<2>::from_data(TensorData::new(sums, [rows, 1]), &device).into()])
/// });
/// let x = Tensor::<2>::from_data([[1.0, 2.0], [3.0, 4.0]], &Device::default());
/// let outputs = model.outputs(&Inputs::new(x))?;
/// assert_eq!(outputs[0].shape().as_slice(), [2, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlackBox<F> {
    call: F,
}

impl<F> BlackBox<F>
where
    F: Fn(&[AnyTensor]) -> Result<Vec<AnyTensor>, AnyError>,
{
    /// The model that this closure computes.
    pub fn new(call: F) -> Self {
        Self { call }
    }
}

/// Outputs that don't fit are a typed [`BlackBoxError`]: none at all, one without a row for each row of the inputs, or
/// one with elements that are NaN or infinite.
impl<F> Model for BlackBox<F>
where
    F: Fn(&[AnyTensor]) -> Result<Vec<AnyTensor>, AnyError>,
{
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        check_inputs(inputs)?;
        let tensors: Vec<AnyTensor> = inputs
            .tensors()
            .iter()
            .cloned()
            .map(AnyTensor::without_autodiff)
            .collect();
        let outputs = (self.call)(&tensors).map_err(BlackBoxError::Failed)?;
        check_outputs(&outputs, inputs.rows())?;
        Ok(outputs
            .into_iter()
            .map(AnyTensor::without_autodiff)
            .collect())
    }
}

fn check_outputs(outputs: &[AnyTensor], rows: usize) -> Result<(), BlackBoxError> {
    if outputs.is_empty() {
        return Err(BlackBoxError::NoOutput);
    }
    for (output, tensor) in outputs.iter().enumerate() {
        let shape = tensor.shape();
        if shape.first() != Some(&rows) {
            let shape = format!("{:?}", shape.as_slice());
            return Err(BlackBoxError::Rows {
                output,
                shape,
                rows,
            });
        }
        let count = not_finite(tensor);
        if count > 0 {
            return Err(BlackBoxError::NotFinite { output, count });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::ResolvedTarget;
    use crate::{Attribution, Class, Method, NoiseLevel, SmoothGrad, Target, TopClass};
    use burn::tensor::{Device, Float, Tensor};

    fn x() -> Tensor<2> {
        Tensor::from_data([[1.0, -2.0], [3.0, 5.0]], &Device::flex())
    }

    fn function(
        f: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> BlackBox<impl Fn(&[AnyTensor]) -> Result<Vec<AnyTensor>, AnyError>> {
        BlackBox::new(move |inputs: &[AnyTensor]| {
            Ok(vec![f(inputs[0].to_tensor::<2, Float>()?).into()])
        })
    }

    /// What the score loses without any input.
    struct WithoutAll;

    impl<M: Model> Method<M> for WithoutAll {
        fn compute(
            &self,
            model: &M,
            inputs: &Inputs,
            target: &dyn Target,
        ) -> Result<Attribution, Error> {
            let resolved = ResolvedTarget::at(model, inputs, target)?;
            let zeros: Vec<_> = inputs
                .floats()?
                .iter()
                .map(|x| crate::inputs::rows::map(x, |x| x.zeros_like()))
                .collect();
            let outputs = model.outputs(&inputs.with_floats(zeros))?;
            let without = inputs.scores(resolved.target(), &outputs)?.scores;
            let scores = Tensor::<1>::from_data(resolved.scores.as_slice(), &without.device());
            let lost = (scores - without).reshape([inputs.rows(), 1]);
            Attribution::new(
                "without-all",
                resolved.name,
                vec![lost.into()],
                resolved.scores,
            )
        }
    }

    #[test]
    fn a_method_that_compares_outputs_explains_a_black_box() {
        let model = function(|x| x * 2.0 + 1.0);
        let lost = WithoutAll.attribute(&model, x(), Class(1)).unwrap();
        assert_eq!(lost.sums(), [-4.0, 10.0]);
        assert_eq!(lost.scores(), [-3.0, 11.0]);
        let top = WithoutAll.attribute(&model, x(), TopClass).unwrap();
        assert_eq!(top.sums(), [2.0, 10.0]);
        // Wrappers and plans need no gradient either.
        let quiet = SmoothGrad::new(WithoutAll).with_noise(NoiseLevel::Absolute(0.0));
        let quiet = quiet.attribute(&model, x(), Class(1)).unwrap();
        assert_eq!(quiet.sums(), [-4.0, 10.0]);
        assert_eq!(WithoutAll.plan(&model, x()).unwrap().peak_bytes(), None);
    }

    #[test]
    fn outputs_that_do_not_fit_are_named() {
        let error = |result: Result<Vec<AnyTensor>, Error>| result.unwrap_err().to_string();
        let inputs = &Inputs::new(x());
        let failed = BlackBox::new(|_: &[AnyTensor]| Err("no connection".into()));
        let expected = "the black box failed: no connection";
        assert_eq!(error(failed.outputs(inputs)), expected);
        let none = BlackBox::new(|_: &[AnyTensor]| Ok(Vec::new()));
        assert!(error(none.outputs(inputs)).contains("gave no output"));
        let rows = function(|x| x.sum_dim(0)).outputs(inputs);
        assert!(
            error(rows).contains("output 0 of the black box has shape [1, 2] for a batch of 2")
        );
        let infinite = function(Tensor::log).outputs(inputs);
        assert!(error(infinite).contains("1 elements that are NaN or infinite"));
        let empty =
            function(|x| x).outputs(&Inputs::new(Tensor::<2>::zeros([0, 2], &x().device())));
        assert!(error(empty).contains("input 0 is empty"));
    }
}
