//! One row: the replay compared with Burn.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backdraft_graph::{AnyTensor, Error, Network, Pass, PassError};
use backdraft_tests::coverage::{Case, Difference, Gradient, Input, score};
use backdraft_tests::data_of;
use burn::tensor::{Device, TensorData};

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
    /// Why something isn't compared bit for bit.
    pub notes: Vec<&'static str>,
    pub failures: Vec<String>,
}

/// Why rows with convolutions of images agree up to rounding only.
const OWN_CONVOLUTION: &str = "backdraft-kernels adds in another order than Burn";

/// Runs a case on Flex, where every bit must agree, but for convolutions of images.
pub fn check(case: &Case) -> Row {
    let mut row = Row {
        name: case.name.clone(),
        ..Row::default()
    };
    let failure = match catch_unwind(AssertUnwindSafe(|| compare(case, &mut row))) {
        Ok(Ok(())) => return row,
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic_message(panic.as_ref()),
    };
    row.failures.push(failure);
    row
}

fn compare(case: &Case, row: &mut Row) -> Result<(), Error> {
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
    let rounding = if row.ops.iter().any(|op| op == "Conv2d") {
        row.notes.push(OWN_CONVOLUTION);
        1e-5
    } else {
        0.0
    };
    // The example's batch size, and another one.
    for more in [0, 1] {
        let output = outputs_differ(case, &net, more)?;
        if !agrees(&output, rounding) {
            row.failures
                .push(format!("output with {more} more samples"));
        }
        row.output.get_or_insert_default().include(output);
        if matches!(case.gradient, Gradient::Undefined(_)) {
            case.assert_backward_fails(&net, more);
        } else if let Some(gradient) = gradients_differ(case, &net, more)? {
            if !agrees(&gradient, tolerance.max(rounding)) {
                row.failures
                    .push(format!("gradient with {more} more samples"));
            }
            row.gradient.get_or_insert_default().include(gradient);
        }
    }
    Ok(())
}

/// Every bit, unless there is a tolerance.
fn agrees(difference: &Difference, tolerance: f64) -> bool {
    difference.is_exact() || (tolerance > 0.0 && difference.is_within(tolerance))
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
    let pass = case.tracked_pass(net, more)?;
    let Some((outputs, expected)) = case.gradients_by_burn(net.device(), more) else {
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
            (
                Err(Error::Pass(PassError::NotDifferentiable { .. } | PassError::NotProbed { .. })),
                None,
            ) => {}
            (actual, expected) => {
                panic!("gradient of input {index}: {actual:?}, but Burn has {expected:?}")
            }
        }
    }
    Ok(Some(difference))
}

/// Where Burn tracks nothing, there must be an error and no gradient.
fn assert_not_differentiable(case: &Case, pass: Pass) {
    let Some(score) = score(pass.outputs()) else {
        return;
    };
    let expected = matches!(case.gradient, Gradient::Zero);
    assert!(expected, "Burn has no gradient to compare with");
    let refused = matches!(
        pass.backward(score),
        Err(Error::Pass(PassError::NotDifferentiable { .. }))
    );
    assert!(refused, "Burn has no gradient, but the replay has one");
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
