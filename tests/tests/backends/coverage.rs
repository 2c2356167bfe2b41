//! Outputs and input gradients of every module and operation, as captured networks compute them.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

use backdraft_graph::{AnyTensor, Error, Network, PassError};
use backdraft_tests::coverage::{
    Case, Difference, Gradient, Input, Limit, modules, operations, score,
};
use backdraft_tests::data_of;
use burn::tensor::{Device, TensorData};

use crate::backend::Backend;
use crate::table::Table;
use crate::tolerance::{Part, is_apart, tolerance};

/// Prints what Burn can't do on a backend, which is checked too.
pub fn compare(backends: &[Backend], table: &mut Table) {
    for family in modules().into_iter().chain(operations()) {
        for case in &family.cases {
            let expected = caught(|| {
                let net = captured(case, &Device::flex())?;
                values(case, &net, !is_undefined(case))
            });
            let expected = expected.unwrap_or_else(|message| panic!("{}: {message}", case.name));
            for backend in backends {
                let error = caught(|| difference(case, backend, &expected));
                let error = error.unwrap_or_else(|message| {
                    println!("{} on {}: {message}", case.name, backend.name);
                    f64::INFINITY
                });
                let row = if is_apart(backend.name, &case.name) {
                    &case.name
                } else {
                    family.name
                };
                if error > tolerance(Part::Family, backend.name, row) {
                    println!("{} on {}: {error:.1e}", case.name, backend.name);
                }
                table.add(Part::Family, row, backend.name, &case.name, error);
            }
        }
    }
}

/// Of outputs, and of gradients unless Burn has none.
struct Values {
    outputs: Vec<TensorData>,
    /// `None` for an input that has no gradient.
    gradients: Option<Vec<Option<TensorData>>>,
}

fn difference(case: &Case, backend: &Backend, expected: &Values) -> Result<f64, Error> {
    let limit = case.limit(&backend.names());
    if let Some(limit) = &limit {
        println!("{} on {}: {}", case.name, backend.name, limit.reason());
    }
    if let Some(Limit::Unmovable(_)) = limit {
        case.assert_unmovable(&backend.device);
        return Ok(0.0);
    }
    let net = captured(case, &backend.device)?;
    if let Some(Limit::Nothing(_)) = limit {
        case.assert_fails(&net);
        return Ok(0.0);
    }
    if let Some(Limit::Recorded(_)) = limit {
        case.assert_replay_fails(&net);
        return Ok(0.0);
    }
    let fails = matches!(limit, Some(Limit::ForwardOnly(_))) || is_undefined(case);
    if fails {
        case.assert_backward_fails(&net, 0);
    }
    let actual = values(case, &net, !fails)?;
    let mut difference = Difference::between(&actual.outputs, &expected.outputs);
    difference.include(gradients_differ(&actual, expected));
    if let Some(Limit::Wrong(_)) = limit {
        let right = difference.is_within(tolerance(Part::Family, backend.name, &case.name));
        assert!(!right, "Burn's numbers are right after all");
        return Ok(0.0);
    }
    Ok(difference.relative)
}

fn gradients_differ(actual: &Values, expected: &Values) -> Difference {
    let mut difference = Difference::default();
    let both = actual.gradients.iter().zip(&expected.gradients);
    for (actual, expected) in both.flat_map(|(actual, expected)| actual.iter().zip(expected)) {
        assert_eq!(
            actual.is_some(),
            expected.is_some(),
            "whether there is a gradient"
        );
        difference.include(Difference::between(actual.as_slice(), expected.as_slice()));
    }
    difference
}

/// Whether Burn has no gradient on any backend.
fn is_undefined(case: &Case) -> bool {
    matches!(case.gradient, Gradient::Undefined(_))
}

fn captured(case: &Case, device: &Device) -> Result<Network, Error> {
    case.subject.capture(device, case.tensors(0, device))
}

fn values(case: &Case, net: &Network, gradients: bool) -> Result<Values, Error> {
    let outputs = net.forward(case.tensors(0, net.device()))?;
    Ok(Values {
        outputs: outputs.outputs().iter().map(numbers).collect(),
        gradients: gradients.then(|| input_gradients(case, net)).transpose()?,
    })
}

fn input_gradients(case: &Case, net: &Network) -> Result<Vec<Option<TensorData>>, Error> {
    if !case.inputs.iter().any(Input::is_float) {
        return Ok(Vec::new());
    }
    let pass = case.tracked_pass(net, 0)?;
    let gradients = match score(pass.outputs()).map(|score| pass.backward(score)) {
        Some(Ok(gradients)) => gradients,
        None | Some(Err(Error::Pass(PassError::NotDifferentiable { .. }))) => return Ok(Vec::new()),
        Some(Err(error)) => return Err(error),
    };
    let inputs = 0..case.inputs.len();
    Ok(inputs
        .map(|input| gradients.input(input).ok().as_ref().map(numbers))
        .collect())
}

/// The values in one type: backends have others for integers and booleans.
fn numbers(tensor: &AnyTensor) -> TensorData {
    let data = data_of(tensor);
    TensorData::new(data.iter::<f64>().collect::<Vec<_>>(), data.shape().clone())
}

/// What fails or panics, in words, and in silence: Burn's own panics are expected among them.
fn caught<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, String> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let result = catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(hook);
    match result {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(message(panic.as_ref())),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without message").to_owned()
}
