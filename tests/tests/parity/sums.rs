//! What conductances sum to, on every network at the layer of its cases. All that is explained passes through it.

use backdraft::{
    Attribution, Baseline, IntegratedGradients, LayerConductance, Method, NeuronConductance,
};
use backdraft_tests::{Case, Folder};

use crate::compare::values;
use crate::references::Reference;

/// A case that names a layer, a baseline and a target.
pub(crate) fn case(reference: &Reference) -> Case {
    let mut cases = reference.fixture.cases();
    let case = cases.find(|case| case.method == "LayerConductance");
    case.expect("every network has one")
}

/// The neuron that other cases look at in the layer of this one.
fn neuron(reference: &Reference, case: &Case) -> Vec<usize> {
    let mut others = reference.fixture.cases();
    let other = others.find(|other| other.layer == case.layer && other.neuron.is_some());
    let neuron = other.and_then(|other| other.neuron);
    neuron.expect("a case looks at a neuron of the layer")
}

/// Our result of any method for a case.
pub(crate) fn explain(reference: &Reference, case: &Case, method: Box<dyn Method>) -> Attribution {
    let method = reference.at_words(case, method);
    let inputs = reference.batch(case.batch());
    let target = reference.target(case);
    method.attribute(&reference.net, inputs, &*target).unwrap()
}

/// Kinks of rectifiers on the path leave both sums a little off. They are compared with all that flows, as evidence
/// for the target and against it may cancel.
#[test]
fn a_layer_sums_to_what_the_inputs_sum_to() {
    // The large network would take minutes.
    let folder = Folder::built_in();
    let mut small = folder.names();
    small.retain(|name| name != "efficientnet_lite0");
    for name in small {
        let reference = Reference::open(&folder, &name);
        let case = case(&reference);
        let baseline = Baseline::tensor(reference.baselines(&case));
        let layer = LayerConductance::at(reference.layer(&case))
            .with_steps(200)
            .with_baseline(baseline.clone());
        let inputs = IntegratedGradients::new()
            .with_steps(200)
            .with_baseline(baseline);
        let layer = explain(&reference, &case, Box::new(layer));
        let inputs = explain(&reference, &case, Box::new(inputs));
        let flows = layer.clone().abs().sums();
        let pairs = layer.sums().into_iter().zip(inputs.sums());
        for ((layer, inputs), flow) in pairs.zip(flows) {
            let apart = (layer - inputs).abs() / flow;
            println!("{name}: {apart:.1e} of a flow of {flow:.3}");
            assert!(apart < 3e-3, "{name}: {layer} {inputs}");
        }
    }
}

/// The functions of both networks are smooth.
#[test]
fn what_passes_through_a_neuron_sums_to_its_conductance() {
    for name in ["textnet", "vit"] {
        let reference = Reference::open(&Folder::built_in(), name);
        let case = case(&reference);
        let neuron = neuron(&reference, &case);
        let baseline = Baseline::tensor(reference.baselines(&case));
        let layer = LayerConductance::at(reference.layer(&case))
            .with_steps(200)
            .with_baseline(baseline.clone());
        let through = NeuronConductance::at(reference.layer(&case), neuron.clone())
            .with_steps(200)
            .with_baseline(baseline);
        let layer = explain(&reference, &case, Box::new(layer));
        let through = explain(&reference, &case, Box::new(through)).sums();
        let shape = layer.values()[0].shape();
        let place = neuron.iter().zip(&shape.as_slice()[1..]);
        let place = place.fold(0, |place, (index, size)| place * size + index);
        let values = values(&layer.values()[0]);
        let rows = values.chunks(values.len() / shape[0]);
        for (row, through) in rows.zip(through) {
            let expected = f64::from(row[place]);
            let apart = (through - expected).abs() / expected.abs();
            println!("{name}: {apart:.1e} of a conductance of {expected:.1e}");
            assert!(apart < 1e-3, "{name}: {through} {expected}");
        }
    }
}
