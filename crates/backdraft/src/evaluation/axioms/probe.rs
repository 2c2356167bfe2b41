//! The function at many points, to verify what an axiom takes for granted.

use rand::RngExt;
use rand::rngs::StdRng;

use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::layout::Rows;
use crate::evaluation::problem::Problem;
use crate::{Differentiable, Error};

/// Random points besides input and baseline. A function that isn't what it should be almost nowhere is
/// found out at the first; one that is nearly everywhere takes several.
const POINTS: usize = 16;

/// How far scores of one network may be apart that are the same, relative to the largest score.
pub(super) const ROUNDING: f64 = 1e-5;

/// As [`ROUNDING`], for two networks that compute in another order or with other weights.
pub(super) const REIMPLEMENTATION: f64 = 1e-4;

/// The function's values at input, baseline and random points.
pub(super) struct Probe {
    pub(super) points: Vec<Rows>,
    scores: Vec<Vec<f64>>,
    /// The largest absolute score of each sample.
    scales: Vec<f64>,
}

/// Where two functions differ.
pub(super) struct Disagreement {
    pub(super) sample: usize,
    pub(super) score: f64,
    pub(super) other: f64,
}

impl Probe {
    pub(super) fn new<M: Differentiable + ?Sized>(
        problem: &Problem<'_, M>,
        axiom: Axiom,
    ) -> Result<Self, Error> {
        let mut random = problem.random(axiom.stream());
        let ranges = ranges(problem);
        let samples = problem.input().len();
        let mut row = |_| ranges.iter().map(|range| range.draw(&mut random)).collect();
        let mut points = vec![problem.input().clone(), problem.baseline().clone()];
        for _ in 0..POINTS {
            points.push((0..samples).map(&mut row).collect());
        }
        let mut scores = vec![
            problem.input_scores()?.to_vec(),
            problem.baseline_scores()?.to_vec(),
        ];
        for point in &points[2..] {
            scores.push(problem.scores(point)?);
        }
        let largest = |sample: usize| {
            let scores = scores.iter().map(|scores| scores[sample].abs());
            scores.filter(|score| score.is_finite()).fold(0.0, f64::max)
        };
        Ok(Self {
            scales: (0..samples).map(largest).collect(),
            points,
            scores,
        })
    }

    /// Where another problem, at points that are changed, has another score.
    pub(super) fn disagreement<M: Differentiable + ?Sized>(
        &self,
        other: &Problem<'_, M>,
        tolerance: f64,
        mut change: impl FnMut(&mut [f64]),
    ) -> Result<Option<Disagreement>, Error> {
        for (point, scores) in self.points.iter().zip(&self.scores) {
            let mut point = point.clone();
            for row in &mut point {
                change(row);
            }
            let others = other.scores(&point)?;
            for (sample, (&score, other)) in scores.iter().zip(others).enumerate() {
                let same = (score - other).abs() <= tolerance * self.scales[sample];
                // Outside the function's domain there is nothing to compare.
                if !same && score.is_finite() {
                    return Ok(Some(Disagreement {
                        sample,
                        score,
                        other,
                    }));
                }
            }
        }
        Ok(None)
    }
}

/// The values that a feature may have.
#[derive(Clone, Copy)]
pub(super) struct Range {
    low: f64,
    high: f64,
}

impl Range {
    pub(super) fn draw(&self, random: &mut StdRng) -> f64 {
        random.random_range(self.low..=self.high)
    }
}

/// For each feature the range of the values that its input has in inputs and baseline. Points within it are
/// where attributions are about, and where the function is defined.
pub(super) fn ranges<M: Differentiable + ?Sized>(problem: &Problem<'_, M>) -> Vec<Range> {
    let mut start = 0;
    let of_input = |size: usize| {
        let rows = problem.input().iter().chain(problem.baseline());
        let values = rows.flat_map(|row| &row[start..start + size]);
        let [low, high] = values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &value| {
            [low.min(value), high.max(value)]
        });
        start += size;
        // An input of one value alone would never be changed.
        let margin = if low < high { 0.0 } else { 1.0 };
        let range = Range {
            low: low - margin,
            high: high + margin,
        };
        vec![range; size]
    };
    problem.sizes().flat_map(of_input).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{net, problem};

    const AXIOM: Axiom = Axiom::new("symmetry", 5);

    #[test]
    fn points_lie_between_the_smallest_and_largest_value() {
        let net = net(|x| x);
        let probe = Probe::new(&problem(&net, [[3.0, 1.0]]), AXIOM).unwrap();
        assert_eq!(probe.points.len(), 2 + POINTS);
        let values: Vec<f64> = probe.points.concat().concat();
        assert!(values.iter().all(|value| (0.0..=3.0).contains(value)));
        assert!(probe.points[2] != probe.points[3]);
    }

    #[test]
    fn another_function_is_found_out() {
        let (net, other) = (net(|x| x), net(|x| x.clamp_max(2.9)));
        let problem = problem(&net, [[3.0, 1.0]]);
        let probe = Probe::new(&problem, AXIOM).unwrap();
        let found = |other| probe.disagreement(other, ROUNDING, |_| ()).unwrap();
        assert!(found(&problem).is_none());
        let found = found(&problem.with_model(&other)).unwrap();
        assert_eq!((found.sample, found.score), (0, 3.0));
        assert!((found.other - 2.9).abs() < 1e-6);
    }
}
