//! Values next to the reference's.

use backdraft::{AnyTensor, Attribution, Conservation, Inputs, Method, Quadrature};
use backdraft_tests::{Case, Row, Table, relative_l2};
use burn::tensor::Tensor;

use crate::ablation::divided_by_scores;
use crate::kinks::{Kinks, disturbed};
use crate::methods::{name, quadrature};
use crate::references::Reference;
use crate::signs::aligned;
use crate::summary::Summary;

impl Reference {
    /// Compares the logits of every input that the fixture has them for.
    pub(crate) fn compare_logits(&self, table: &mut Table, summary: &mut Summary) {
        for batch in self.fixture.logits() {
            let case = format!("logits/{batch}");
            let needed = [vec![case.clone()], self.keys(batch)].concat();
            if let Some(lacking) = self.lacking(&needed) {
                summary.skip(self.fixture.name(), &case, lacking);
                continue;
            }
            let rows = self.fixture.shape(&case)[0];
            let inputs = self.batch_or_baseline(batch, rows);
            let pass = self.net.forward(inputs).unwrap();
            let row = Row {
                network: self.fixture.name().to_owned(),
                error: relative_l2(&values(&pass.outputs()[0]), &self.fixture.values(&case)),
                tolerance: 1e-4,
                case,
            };
            summary.add("logits", &row);
            table.push(row);
        }
    }

    /// Compares every case whose method we have.
    pub(crate) fn compare_cases(&self, table: &mut Table, summary: &mut Summary) {
        for case in self.fixture.cases() {
            if let Some(lacking) = self.lacking(&self.needed(&case)) {
                summary.skip(self.fixture.name(), &case.key, lacking);
                continue;
            }
            let Some(method) = self.method(&case) else {
                summary.leave_out(name(&case));
                continue;
            };
            let (net, inputs) = self
                .other_network(&case)
                .unwrap_or_else(|| (self.network(&case), self.batch(case.batch())));
            let target = self.target(&case);
            let held = self.held(&case);
            let explain = |inputs: Vec<AnyTensor>| {
                let inputs = Inputs::new(inputs).with_constant(held.clone());
                let explained = method.attribute(&net, inputs, &*target);
                explained
                    .unwrap_or_else(|error| panic!("{}/{}: {error}", self.fixture.name(), case.key))
            };
            let explained = explain(inputs.clone());
            let kinks = Kinks::of(&case, || disturbed(&inputs).map(explain).collect());
            let ours = self.in_their_convention(&case, &explained);
            let error = relative_l2(&ours, &self.fixture.values(&case.key));
            let moved =
                |other: &Attribution| relative_l2(&self.in_their_convention(&case, other), &ours);
            let row = Row {
                network: self.fixture.name().to_owned(),
                error,
                tolerance: kinks.tolerance(self.tolerance(&case), error, moved),
                case: case.key.clone(),
            };
            summary.add(&name(&case), &row);
            summary.count_elsewhere_wrong(&case);
            table.push(row);
            self.compare_gap(&case, &explained, &kinks, table, summary);
        }
    }

    /// Our values of a case as the reference gives them.
    fn in_their_convention(&self, case: &Case, explained: &Attribution) -> Vec<f32> {
        // The values of a joint case have a key each.
        let is_second = [".emb", ".tokens"]
            .iter()
            .any(|end| case.key.ends_with(end));
        let position = usize::from(is_second);
        let ours = values(&explained.values()[position]);
        let scale = weights_sum(case) as f32;
        let ours = ours.into_iter().map(|value| value * scale);
        if case.method == "Saliency" && case.args["abs"] == true {
            return ours.map(f32::abs).collect();
        }
        if case.method.ends_with("(multiply_by_inputs=False)") {
            let differences = self.differences(case);
            return ours.zip(differences).map(|(value, d)| value / d).collect();
        }
        if case.method == "AblationCAM" {
            return divided_by_scores(ours, explained.scores());
        }
        if case.is_sign_free() {
            let expected = self.fixture.values(&case.key);
            return aligned(ours.collect(), &expected, case.shape[0]);
        }
        ours.collect()
    }

    /// Input minus baseline, which is never zero in the fixtures.
    fn differences(&self, case: &Case) -> Vec<f32> {
        let input = self.fixture.values(&case.inputs[0]);
        let baseline = values(&self.baselines(case)[0]);
        let pairs = input.into_iter().zip(baseline.into_iter().cycle());
        pairs.map(|(input, baseline)| input - baseline).collect()
    }

    /// Our completeness gap and the reference's, as fractions of the target's change.
    fn compare_gap(
        &self,
        case: &Case,
        explained: &Attribution,
        kinks: &Kinks<'_>,
        table: &mut Table,
        summary: &mut Summary,
    ) {
        // All values of a joint case have one gap.
        let key = case.key.strip_suffix(".image").unwrap_or(&case.key);
        let key = format!("{key}.delta");
        if self.fixture.lacks(&key) {
            summary.skip(self.fixture.name(), &key, &key);
        }
        if !self.fixture.contains(&key) {
            return;
        }
        if let Some(conservation) = explained.conservation() {
            return self.compare_conservation(case, &key, &conservation, table, summary);
        }
        let expected = self.fixture.values(&key);
        let at_baseline = explained
            .baseline_scores()
            .expect("a method with a baseline");
        // The reference has one for each pair of sample and baseline.
        let per_sample = expected.len() / at_baseline.len();
        let scores = explained.scores().iter().zip(at_baseline);
        let absolute_sums = explained.absolute_sums();
        let rows = explained.sums().into_iter().zip(scores);
        for (sample, (sum, (score, at_baseline))) in rows.enumerate() {
            let change = f64::from(score - at_baseline);
            let deltas = &expected[sample * per_sample..(sample + 1) * per_sample];
            let expected = deltas.iter().copied().map(f64::from).sum::<f64>() / per_sample as f64;
            // The change is a difference of numbers in float32, which may be far larger than it.
            let rounding = f64::from(f32::EPSILON * score.abs().max(at_baseline.abs()));
            let error = (weights_sum(case) * sum - change - expected).abs() / change.abs();
            // So is the sum of the contributions: a change of 0.08 may be made of contributions that sum to 370.
            let rounding = (10.0 * rounding).max(f64::from(f32::EPSILON) * absolute_sums[sample]);
            let tolerance = self.tolerance(case).max(rounding / change.abs());
            let moved = |other: &Attribution| {
                weights_sum(case) * (other.sums()[sample] - sum).abs() / change.abs()
            };
            let row = Row {
                network: self.fixture.name().to_owned(),
                error,
                tolerance: kinks.tolerance(tolerance, error, moved),
                case: format!("{key}[{sample}]"),
            };
            summary.add("completeness gap", &row);
            table.push(row);
        }
    }
}

impl Reference {
    /// What our relevance and the reference's lose on the way, as fractions of the score.
    fn compare_conservation(
        &self,
        case: &Case,
        key: &str,
        conservation: &[Conservation],
        table: &mut Table,
        summary: &mut Summary,
    ) {
        let expected = self.fixture.values(key);
        for (sample, (ours, expected)) in conservation.iter().zip(expected).enumerate() {
            let row = Row {
                network: self.fixture.name().to_owned(),
                error: (ours.lost() - f64::from(expected)).abs() / ours.given.abs(),
                tolerance: self.tolerance(case),
                case: format!("{key}[{sample}]"),
            };
            summary.add("lost relevance", &row);
            table.push(row);
        }
    }
}

/// Captum's trapezoid weights sum to (n - 1) / n, ours to one. Its conductance has no weights.
fn weights_sum(case: &Case) -> f64 {
    match case.args["n_steps"].as_f64() {
        Some(n)
            if case.method != "LayerConductance" && quadrature(case) == Quadrature::Trapezoid =>
        {
            (n - 1.0) / n
        }
        _ => 1.0,
    }
}

pub(crate) fn values(tensor: &AnyTensor) -> Vec<f32> {
    let flat: Tensor<1> = tensor.reshape([tensor.shape().num_elements()]);
    flat.into_data().iter::<f32>().collect()
}
