//! What is known of a model: a run that does worse has found something.

use crate::trial::Found;

/// The forward pass agrees to rounding.
const FORWARD: f64 = 1e-5;
/// Finite differences in single precision aren't better.
const GRADIENT: f64 = 3e-2;

/// What a model's row must be.
pub struct Record {
    /// The layer of Grad-CAM.
    pub layer: &'static str,
    /// Whether the network has no default layer, so that this one is named.
    pub named: bool,
    pub axes: &'static str,
    /// Largest gap of Integrated Gradients from zero.
    pub integrated: f64,
    /// Largest gap of DeepLIFT from zero; without one, whatever it says is printed.
    pub deep_lift: Option<f64>,
}

impl Record {
    /// What is worse than recorded, in words.
    pub fn complaints(&self, found: &Found) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut check = |holds: bool, complaint: String| {
            if !holds {
                complaints.push(complaint);
            }
        };
        check(
            found.forward <= FORWARD,
            format!("forward {:.1e}", found.forward),
        );
        check(
            found.gradient <= GRADIENT,
            format!("gradient {:.1e}", found.gradient),
        );
        check(
            found.layer == self.layer,
            format!("layer {} instead of {}", found.layer, self.layer),
        );
        check(
            found.no_default.is_some() == self.named,
            format!("no default layer: {:?}", found.no_default),
        );
        check(
            found.axes == self.axes,
            format!("axes {} instead of {}", found.axes, self.axes),
        );
        let gap = found.integrated.gap;
        check(
            gap.abs() <= self.integrated,
            format!("Integrated Gradients' gap {gap:.1e}"),
        );
        if let Some(largest) = self.deep_lift {
            let sum = found.deep_lift.as_ref();
            check(
                sum.is_ok_and(|sum| sum.gap.abs() <= largest),
                "DeepLIFT's gap".to_owned(),
            );
        }
        complaints
    }
}
