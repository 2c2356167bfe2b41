//! One row: the replay compared with Burn.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backdraft_graph::{AnyTensor, Error, Network, Pass, Probes};
use backdraft_tests::data_of;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{AutodiffBackend, Dispatch};
use burn::tensor::{Device, Shape, Tensor, TensorData};

use crate::case::{Case, Gradient, OnNdArray};
use crate::difference::Difference;
use crate::inputs::{Input, weights};

/// What Burn may differ by from the replay on NdArray, relative to the largest value.
const NDARRAY_TOLERANCE: f64 = 1e-5;

/// The same where there is GELU, whose derivative is approximate in Burn's own run.
const GELU_TOLERANCE: f64 = 2e-3;

/// The outcome of a case.
#[derive(Default)]
pub struct Row {
    pub name: String,
    /// The recorded operations, each once.
    pub ops: Vec<String>,
    /// `None` if the row failed before outputs were compared.
    pub output: Option<Difference>,
    /// `None` where there is no gradient to compare.
    pub gradient: Option<Difference>,
    /// Outputs and gradients on NdArray; `None` where it can't run the operation.
    pub ndarray: Option<Difference>,
    /// Why something isn't compared bit for bit.
    pub notes: Vec<&'static str>,
    pub failures: Vec<String>,
}

/// Runs a case on Flex, where every bit must agree, and on NdArray.
pub fn check(case: &Case) -> Row {
    let mut row = Row {
        name: case.name.clone(),
        ..Row::default()
    };
    let run = || {
        on_flex(case, &mut row)?;
        on_ndarray(case, &mut row)
    };
    let failure = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return row,
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic_message(panic.as_ref()),
    };
    row.failures.push(failure);
    row
}

fn on_flex(case: &Case, row: &mut Row) -> Result<(), Error> {
    let device = Device::flex();
    let net = case.subject.capture(&device, case.tensors(0, &device))?;
    row.ops = distinct_ops(&net);
    let tolerance = match case.gradient {
        Gradient::Within(tolerance, reason) => {
            row.notes.push(reason);
            tolerance
        }
        Gradient::Undefined(reason) => {
            row.notes.push(reason);
            0.0
        }
        Gradient::Informative | Gradient::Zero => 0.0,
    };
    // The example's batch size, and another one.
    for more in [0, 1] {
        let output = outputs_differ(case, &net, more)?;
        if !output.is_exact() {
            row.failures
                .push(format!("output with {more} more samples"));
        }
        row.output.get_or_insert_default().include(output);
        if matches!(case.gradient, Gradient::Undefined(_)) {
            assert_backward_fails(case, &net, more);
        } else if let Some(gradient) = gradients_differ(case, &net, more)? {
            let agrees = gradient.is_exact() || gradient.is_within(tolerance) && tolerance > 0.0;
            if !agrees {
                row.failures
                    .push(format!("gradient with {more} more samples"));
            }
            row.gradient.get_or_insert_default().include(gradient);
        }
    }
    Ok(())
}

#[allow(
    deprecated,
    reason = "Burn deprecates NdArray, but runs it, and so do we"
)]
fn on_ndarray(case: &Case, row: &mut Row) -> Result<(), Error> {
    let device = Device::ndarray();
    let inputs = || case.tensors(0, &device);
    let net = case.subject.capture(&device, inputs())?;
    if let OnNdArray::Nothing(reason) = case.ndarray {
        row.notes.push(reason);
        assert_panics(|| case.subject.direct(&device, inputs()));
        let refused = matches!(net.forward(inputs()), Err(Error::Execution { .. }));
        assert!(refused, "NdArray's panic isn't an error");
        return Ok(());
    }
    let mut difference = outputs_differ(case, &net, 0)?;
    if let OnNdArray::Forward(reason) = case.ndarray {
        row.notes.push(reason);
        assert_backward_fails(case, &net, 0);
    } else if matches!(case.gradient, Gradient::Undefined(_)) {
        assert_backward_fails(case, &net, 0);
    } else if let Some(gradient) = gradients_differ(case, &net, 0)? {
        difference.include(gradient);
    }
    let tolerance = if row.ops.iter().any(|op| op == "Gelu") {
        row.notes
            .push("Burn's derivative of GELU is approximate on NdArray, ours is exact");
        GELU_TOLERANCE
    } else {
        NDARRAY_TOLERANCE
    };
    if !difference.is_within(tolerance) {
        row.failures.push("NdArray".into());
    }
    row.ndarray = Some(difference);
    Ok(())
}

fn outputs_differ(case: &Case, net: &Network, more: usize) -> Result<Difference, Error> {
    let device = net.device();
    let inputs = || case.tensors(more, device);
    let expected = case.subject.direct(device, inputs());
    let replayed = net.forward(inputs())?;
    Ok(Difference::between(
        &values(replayed.outputs()),
        &values(&expected),
    ))
}

/// How far the gradients of the float inputs are apart, and the outputs of that run; `None` if there is nothing to compare.
fn gradients_differ(case: &Case, net: &Network, more: usize) -> Result<Option<Difference>, Error> {
    if !case.inputs.iter().any(Input::is_float) {
        return Ok(None);
    }
    let pass = tracked_pass(case, net, more)?;
    let Some((outputs, expected)) = burn_gradients(case, net.device(), more) else {
        assert_not_differentiable(case, pass);
        return Ok(None);
    };
    let found: Vec<TensorData> = expected.iter().flatten().cloned().collect();
    let informative = !matches!(case.gradient, Gradient::Zero);
    assert_eq!(
        Difference::largest(&found) > 0.0,
        informative,
        "whether Burn's gradient isn't zero"
    );

    // Recording a tape must not change the outputs.
    let mut difference = Difference::between(&values(pass.outputs()), &outputs);
    let score = score(pass.outputs()).expect("Burn's outputs are float");
    let gradients = pass.backward(score)?;
    for (index, expected) in expected.into_iter().enumerate() {
        match (gradients.input(index), expected) {
            (Ok(actual), Some(expected)) => {
                difference.include(Difference::between(&[data_of(&actual)], &[expected]));
            }
            (Err(Error::NotDifferentiable { .. } | Error::NotProbed { .. }), None) => {}
            (actual, expected) => {
                panic!("gradient of input {index}: {actual:?}, but Burn has {expected:?}")
            }
        }
    }
    Ok(Some(difference))
}

fn tracked_pass(case: &Case, net: &Network, more: usize) -> Result<Pass, Error> {
    let inputs = case.tensors(more, net.device());
    net.run(inputs, &Probes::new().with_input_gradients())
}

/// Where Burn tracks nothing, there must be an error and no gradient.
fn assert_not_differentiable(case: &Case, pass: Pass) {
    let Some(score) = score(pass.outputs()) else {
        return;
    };
    let expected = matches!(case.gradient, Gradient::Zero);
    assert!(expected, "Burn has no gradient to compare with");
    let refused = matches!(pass.backward(score), Err(Error::NotDifferentiable { .. }));
    assert!(refused, "Burn has no gradient, but the replay has one");
}

/// Where Burn's backward pass panics, ours must return an error.
fn assert_backward_fails(case: &Case, net: &Network, more: usize) {
    assert_panics(|| burn_gradients(case, net.device(), more));
    let refused = match tracked_pass(case, net, more) {
        Ok(pass) => {
            let score = score(pass.outputs()).expect("Burn's outputs are float");
            matches!(pass.backward(score), Err(Error::Backward { .. }))
        }
        Err(error) => matches!(error, Error::Execution { .. }),
    };
    assert!(refused, "Burn's panic isn't an error");
}

fn assert_panics<T>(run: impl FnOnce() -> T) {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    assert!(outcome.is_err(), "Burn can do it after all");
}

/// The outputs of the frozen model on an autodiff device and its gradients by Burn, which are `None` for
/// inputs that have none; `None` where nothing is tracked.
fn burn_gradients(
    case: &Case,
    device: &Device,
    more: usize,
) -> Option<(Vec<TensorData>, Vec<Option<TensorData>>)> {
    let device = device.clone().autodiff();
    let inputs: Vec<AnyTensor> = case.tensors(more, &device).into_iter().map(leaf).collect();
    let outputs = case.subject.direct(&device, inputs.clone());
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
    Some((values(&outputs), gradients))
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

fn values(tensors: &[AnyTensor]) -> Vec<TensorData> {
    tensors.iter().map(data_of).collect()
}

fn distinct_ops(net: &Network) -> Vec<String> {
    let mut ops: Vec<String> = Vec::new();
    for layer in net.layers() {
        if !ops.iter().any(|op| op == layer.op()) {
            ops.push(layer.op().to_owned());
        }
    }
    ops
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "a panic without message".into())
}
