//! Expected gradients at stored points. Every row has points of its own.

use backdraft::{Baseline, ExpectedGradients};
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

/// The baselines, which the cases name in their keys alone.
const BASELINES: &str = "first:baseline/dist5";

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let fixture = &second.fixture;
    let indices = fixture.rows(&case.links("index")[0]);
    let positions = fixture.values(&case.links("alpha")[0]);
    let baselines = Baseline::distribution(vec![fixture.tensor(BASELINES)]);
    let rows = indices.iter().zip(positions.chunks(indices[0].len()));
    let explain = |(row, (indices, positions)): (usize, (&Vec<usize>, &[f32]))| {
        let positions = positions.iter().copied().map(f64::from);
        let points = indices.iter().copied().zip(positions);
        let method = ExpectedGradients::new(baselines.clone()).with_points(points.collect());
        let inputs = second.inputs(case).into_iter();
        let inputs = inputs.map(|input| input.rows(row..row + 1)).collect();
        let classes = vec![case.classes()[row]];
        all(&second
            .explain_inputs(case, method, inputs, classes)
            .values()[0])
    };
    rows.enumerate().flat_map(explain).collect()
}
