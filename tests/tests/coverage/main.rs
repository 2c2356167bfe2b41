//! Every module of `burn::nn` and every operation of Burn's intermediate representation: captured and
//! replayed, outputs and input gradients equal Burn's own, bit for bit; up to rounding where a convolution of our own
//! computes them.
//!
//! Run it with `--nocapture` to see the table.

mod check;
mod completeness;
mod ir;
mod recording;
mod report;

use std::panic;

use backdraft::DeepLiftRule;
use backdraft_graph::{Network, Probes};
use backdraft_tests::coverage::{self, Case, Family, TextClassifier, int, with_spread_weights};
use backdraft_tests::data_of;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};

use crate::recording::{Variants, record};

fn cases(families: Vec<Family>) -> Vec<Case> {
    let cases = families.into_iter().flat_map(|family| family.cases);
    cases.collect()
}

#[test]
fn coverage() {
    let modules = cases(coverage::modules());
    let operations = cases(coverage::operations());
    let recorded = recorded(modules.iter().chain(&operations));
    // Rows catch panics, those that they expect of Burn among them, and report the others.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let report = report::Report {
        modules: modules.iter().map(check::check).collect(),
        operations: operations.iter().map(check::check).collect(),
        recorded: recorded.len(),
        unreachable: ir::UNREACHABLE.len(),
    };
    panic::set_hook(hook);
    println!("{report}");
    assert_complete(&recorded);
    assert_eq!(report.failed(), 0, "rows marked NO differ from Burn");
}

#[test]
fn deep_lift_is_complete() {
    let mut cases = cases(coverage::modules());
    cases.extend(self::cases(coverage::operations()));
    for rules in [
        DeepLiftRule::Rescale.rule_map(1e-6),
        DeepLiftRule::RevealCancel.rule_map(1e-6),
    ] {
        let problem = |case| completeness::problem(case, &rules);
        let problems: Vec<String> = cases.iter().filter_map(problem).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

fn recorded<'a>(cases: impl Iterator<Item = &'a Case>) -> Variants {
    let recordings = cases.map(|case| {
        let inputs = case.tensors(0, &Device::flex());
        record(|device| {
            let inputs = inputs.iter().map(|input| input.to_device(device)).collect();
            case.subject.direct(device, inputs)
        })
    });
    recordings.flatten().collect()
}

/// Every operation of the intermediate representation occurs in a row, or is listed as unreachable.
fn assert_complete(recorded: &Variants) {
    let unreachable: Variants = (ir::UNREACHABLE.iter())
        .map(|(family, name, _)| (*family, (*name).to_owned()))
        .collect();
    let explained: Variants = recorded.union(&unreachable).cloned().collect();
    assert_eq!(
        explained,
        ir::all(),
        "operations in rows or unreachable, and all operations"
    );
    let reached: Vec<_> = recorded.intersection(&unreachable).collect();
    assert!(reached.is_empty(), "unreachable, but in a row: {reached:?}");
}

/// Integer inputs have no gradient; what they select from a table has.
#[test]
fn tokens_are_explained_at_their_embedding() {
    let device = Device::flex();
    let model = with_spread_weights(TextClassifier::new(&device));
    let input = int([2, 5], 0, 7);
    let tokens = |device: &Device| -> Tensor<2, Int> {
        input.tensor(1, 0, device).to_tensor().expect("tokens")
    };
    let score = |logits: Tensor<2>| logits.slice([0..2, 1..2]).reshape([2]);

    let net = Network::capture(&model, tokens(&device), TextClassifier::forward).unwrap();
    let probes = Probes::new().with_layer_gradient("embedding");
    let pass = net.run(tokens(&device), &probes).unwrap();
    let scores = score(pass.output().unwrap());
    let ours = pass.backward(scores).unwrap().layer("embedding").unwrap();

    let device = device.autodiff();
    let frozen = model.to_device(&device).freeze();
    let embedded = frozen.embedding.forward(tokens(&device)).require_grad();
    let gradients = score(frozen.classify(embedded.clone())).backward();
    let burns = embedded.grad(&gradients).unwrap();
    assert_eq!(data_of(&ours), data_of(&burns.into()));
}
