//! The straight line.

use crate::inputs::rows::{zip, zip_all};
use crate::path::path::{Curve, Path};
use crate::{AnyTensor, Baseline, Error, Inputs};

/// The straight line from a baseline, `x(a) = b + a (x - b)`: the path of
/// [`IntegratedGradients`](super::IntegratedGradients). Of an [average](Baseline::average) of baselines, one from each.
#[derive(Clone, Debug, Default)]
pub struct StraightLine {
    baseline: Baseline,
}

impl StraightLine {
    /// From this baseline.
    pub fn from(baseline: Baseline) -> Self {
        Self { baseline }
    }
}

impl Path for StraightLine {
    fn method(&self) -> &'static str {
        "integrated-gradients"
    }

    fn baseline(&self) -> String {
        self.baseline.to_string()
    }

    fn count(&self) -> usize {
        self.baseline.count()
    }

    fn curves(&self, inputs: &Inputs) -> Result<Vec<Box<dyn Curve>>, Error> {
        let input = inputs.floats()?;
        let baselines = self.baseline.resolve(inputs)?.into_iter();
        let segment = |start: Vec<AnyTensor>| -> Box<dyn Curve> {
            let difference = zip_all(&input, &start, |x, b| x - b);
            Box::new(Segment { start, difference })
        };
        Ok(baselines.map(segment).collect())
    }
}

/// From one baseline to the input.
struct Segment {
    start: Vec<AnyTensor>,
    difference: Vec<AnyTensor>,
}

impl Curve for Segment {
    fn at(&self, position: f64) -> Vec<AnyTensor> {
        let pairs = self.start.iter().zip(&self.difference);
        pairs
            .map(|(b, d)| zip(b, d, |b, d| b + d * position))
            .collect()
    }

    fn velocity(&self, _: f64) -> Vec<AnyTensor> {
        self.difference.clone()
    }
}
