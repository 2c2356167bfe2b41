//! HSIC of stored masks.
//!
//! The width of xplique is the median of the outputs, which differs from row to row: each row is explained by a method of
//! its own. Its criterion is divided by the number of samples, where the paper and ours have the square of one less.

use backdraft::{Hsic, Regions};
use backdraft_tests::SecondCase;

use super::network::{Second, of_regions};

const MASKS: &str = "hsic/masks";

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let [samples, cells, _] = second.fixture.shape(MASKS)[..] else {
        panic!("{}: masks are grids", case.key);
    };
    let masks = second.fixture.values(MASKS);
    let masks = masks.chunks(cells * cells);
    let masks: Vec<Vec<bool>> = masks
        .map(|mask| mask.iter().map(|&kept| kept > 0.5).collect())
        .collect();
    let scale = match case.variant() {
        "paper" => 1.0,
        "xplique" => ((samples - 1).pow(2) as f32) / samples as f32,
        other => panic!("{}: what is {other}?", case.key),
    };
    let (_, targets) = case.key.split_once('/').expect("targets");
    let outputs = second.fixture.values(&format!("hsic/outputs/{targets}"));
    let explain = |(row, outputs): (usize, &[f32])| {
        let hsic = Hsic::new()
            .with_coalitions(masks.clone())
            .with_width(f64::from(median(outputs).abs()))
            .with_regions(Regions::grid([cells]));
        let values = of_regions(&second.explain(case, hsic));
        values[row * cells * cells..(row + 1) * cells * cells].to_vec()
    };
    let rows = outputs.chunks(samples).enumerate().flat_map(explain);
    rows.map(|value| value * scale).collect()
}

fn median(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted.len() / 2;
    f32::midpoint(sorted[(sorted.len() - 1) / 2], sorted[middle])
}
