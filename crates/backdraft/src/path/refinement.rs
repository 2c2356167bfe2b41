//! Refines the path where the integral is furthest from the target's known change.

use std::num::NonZeroUsize;

use crate::inputs::rows::zip_all;
use crate::path::Quadrature;
use crate::path::along::{Along, Integral};
use crate::run::batching::Work;
use crate::{AnyTensor, Differentiable, Error};

/// Points of a panel. An odd number, so that one is in the middle, where the panel is cut in two: the score
/// there is known already.
const POINTS: NonZeroUsize = NonZeroUsize::new(5).unwrap();

/// By how much the panels' absolute gaps together may be above the tolerance. After kinks they have either
/// sign and mostly cancel; that the whole gap is small should still be no accident.
const CANCELLATION: f64 = 5.0;

pub(super) struct Refined {
    pub(super) values: Vec<AnyTensor>,
    pub(super) steps: usize,
    /// Whether the tolerance was reached within the budget.
    pub(super) converged: bool,
}

/// A part of the path with its own completeness gap.
struct Panel {
    range: (f64, f64),
    /// Scores at the beginning, in the middle and at the end.
    scores: [Vec<f64>; 3],
    values: Vec<AnyTensor>,
    /// The gap of every row, as a fraction of the row's scale.
    gaps: Vec<f64>,
}

/// Integrates over the whole curve.
pub(super) fn refine<M: Differentiable + ?Sized>(
    along: &Along<'_, M>,
    work: &mut Work,
    tolerance: f64,
    max_steps: usize,
) -> Result<Refined, Error> {
    let wide = |scores: &[f32]| scores.iter().copied().map(f64::from).collect::<Vec<_>>();
    let (start, end) = (wide(along.scores.0), wide(along.scores.1));
    let scales: Vec<f64> = start.iter().zip(&end).map(|(&a, &b)| scale(a, b)).collect();
    let whole = Panel::new(along, work, (0.0, 1.0), start, end, &scales)?;
    let mut panels = vec![whole];
    let mut steps = POINTS.get();
    loop {
        let converged = is_within(&panels, tolerance);
        if converged || steps + 2 * POINTS.get() > max_steps {
            return Ok(Refined {
                values: sum(&panels),
                steps,
                converged,
            });
        }
        let worst = take_worst(&mut panels);
        panels.extend(worst.halves(along, work, &scales)?);
        steps += 2 * POINTS.get();
    }
}

/// What gaps of a row are relative to: the change of its score or, where there is next to none, the score.
fn scale(start: f64, end: f64) -> f64 {
    let size = start.abs().max(end.abs());
    let change = (end - start).abs();
    if change > 1e-6 * size {
        change
    } else {
        size.max(f64::MIN_POSITIVE)
    }
}

impl Panel {
    fn new<M: Differentiable + ?Sized>(
        along: &Along<'_, M>,
        work: &mut Work,
        range: (f64, f64),
        start: Vec<f64>,
        end: Vec<f64>,
        scales: &[f64],
    ) -> Result<Self, Error> {
        let width = range.1 - range.0;
        let points: Vec<(f64, f64)> = (Quadrature::GaussLegendre.points(POINTS).into_iter())
            .map(|(position, weight)| (range.0 + width * position, width * weight))
            .collect();
        let integral = along.integral(work, &points)?;
        let gaps = (integral.sums().iter().zip(scales).enumerate())
            .map(|(row, (sum, scale))| (sum - (end[row] - start[row])) / scale)
            .collect();
        let Integral { values, mut scores } = integral;
        Ok(Self {
            range,
            scores: [start, scores.swap_remove(POINTS.get() / 2), end],
            values,
            gaps,
        })
    }

    fn halves<M: Differentiable + ?Sized>(
        self,
        along: &Along<'_, M>,
        work: &mut Work,
        scales: &[f64],
    ) -> Result<[Self; 2], Error> {
        let (from, to) = self.range;
        let cut = 0.5 * (from + to);
        let [start, middle, end] = self.scores;
        Ok([
            Self::new(along, work, (from, cut), start, middle.clone(), scales)?,
            Self::new(along, work, (cut, to), middle, end, scales)?,
        ])
    }

    fn worst_gap(&self) -> f64 {
        self.gaps.iter().map(|gap| gap.abs()).fold(0.0, f64::max)
    }
}

/// Whether the gap of every row is within the tolerance, and not only because panels cancel.
fn is_within(panels: &[Panel], tolerance: f64) -> bool {
    let rows = panels[0].gaps.len();
    (0..rows).all(|row| {
        let gaps = panels.iter().map(|panel| panel.gaps[row]);
        let absolute: f64 = gaps.clone().map(f64::abs).sum();
        gaps.sum::<f64>().abs() <= tolerance && absolute <= CANCELLATION * tolerance
    })
}

fn take_worst(panels: &mut Vec<Panel>) -> Panel {
    let larger = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
    let gaps = panels.iter().map(Panel::worst_gap).enumerate();
    let (worst, _) = gaps.max_by(larger).expect("there is a panel");
    panels.swap_remove(worst)
}

fn sum(panels: &[Panel]) -> Vec<AnyTensor> {
    let values = panels.iter().map(|panel| panel.values.clone());
    let sum = values.reduce(|a, b| zip_all(&a, &b, |a, b| a + b));
    sum.expect("there is a panel")
}
