//! Every method on small networks.

use std::collections::BTreeSet;

use backdraft::catalog::METHODS;
use backdraft::{Attribution, Class, DeepLift, DeepLiftRule, Method};
use backdraft_tests::{SUBJECTS, Subject, relative_l2};
use burn::tensor::{Device, Tensor};

use crate::backend::Backend;
use crate::table::Table;
use crate::tolerance::Part;

/// Grad-CAM++ divides by sums over a token layer that are close to zero, so that rounding decides.
const LEFT_OUT: [(&str, &str); 1] = [("grad-cam++", "vit")];

/// The methods of the catalog that are defined for a network, by name.
fn methods(subject: &Subject) -> Vec<(&'static str, Box<dyn Method>)> {
    let defined = METHODS
        .iter()
        .filter(|entry| subject.suits(entry) && !LEFT_OUT.contains(&(entry.name, subject.name)));
    let cancel = DeepLift::new().with_rule(DeepLiftRule::RevealCancel);
    let variants: [(_, Box<dyn Method>); 1] = [("deep-lift", Box::new(cancel))];
    defined
        .map(|entry| {
            let setup = subject.setup_of(entry).with_relu(false);
            let setup = setup.with_steps(10).with_draws(5);
            (entry.name, entry.build(&setup).unwrap())
        })
        .chain(variants)
        .collect()
}

/// The method's name with its rule and layer.
fn title(result: &Attribution) -> String {
    let rule = result.option("rule").filter(|rule| *rule != "rescale");
    let layer = result.layer().filter(|_| !result.method().contains("cam"));
    let details = rule.into_iter().chain(layer.map(|_| "at a layer"));
    let details: Vec<&str> = details.collect();
    [&[result.method()], &details[..]].concat().join(", ")
}

fn values(result: &Attribution) -> Vec<f32> {
    let value = &result.values()[0];
    let flat: Tensor<1> = value.reshape([value.shape().num_elements()]);
    flat.into_data().iter().collect()
}

pub fn compare(backends: &[Backend], table: &mut Table) {
    let mut compared = BTreeSet::new();
    for subject in SUBJECTS {
        let flex = subject.net(&Device::flex());
        let inputs = subject.inputs(&Device::flex());
        let others: Vec<_> = (backends.iter())
            .map(|backend| {
                let device = &backend.device;
                (backend, subject.net(device), subject.inputs(device))
            })
            .collect();
        for (name, method) in methods(&subject) {
            let expected = method.compute(&flex, &inputs, &Class(1));
            let expected =
                expected.unwrap_or_else(|error| panic!("{name}, {}: {error}", subject.name));
            compared.insert(name);
            for (backend, net, inputs) in &others {
                let actual = method.compute(net, inputs, &Class(1));
                let actual = actual.unwrap_or_else(|error| {
                    panic!("{} on {}: {error}", subject.name, backend.name)
                });
                let error = relative_l2(&values(&actual), &values(&expected));
                let title = title(&expected);
                table.add(Part::Method, &title, backend.name, subject.name, error);
            }
        }
    }
    for entry in METHODS {
        assert!(
            compared.contains(entry.name),
            "{} is not compared",
            entry.name
        );
    }
}
