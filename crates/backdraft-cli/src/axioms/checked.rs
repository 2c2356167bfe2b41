//! What was found. The keys of its JSON are a promise.

use std::fmt;

use backdraft::evaluation::Outcome;
use serde::Serialize;

use crate::answer::Target;
use crate::axioms::promises;

/// What was found on a photo.
#[derive(Serialize)]
pub struct Checked {
    pub photo: String,
    pub network: &'static str,
    pub backend: String,
    pub target: Target,
    pub baseline: String,
    pub seed: u64,
    pub methods: Vec<CheckedMethod>,
    pub version: &'static str,
}

/// What was found about a method.
#[derive(Serialize)]
pub struct CheckedMethod {
    pub method: &'static str,
    pub checks: Vec<CheckedAxiom>,
}

/// What was found about a method and an axiom.
#[derive(Serialize)]
pub struct CheckedAxiom {
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Whether the method is known to keep the axiom.
    promised: bool,
}

impl Checked {
    /// Counterexamples to what methods are known to keep, each in words.
    pub fn broken(&self) -> Vec<String> {
        let checks = self.methods.iter().flat_map(|method| {
            let broken = method.checks.iter().filter(|check| check.is_broken());
            broken.map(|check| format!("{}: {}", method.method, check.outcome))
        });
        checks.collect()
    }
}

impl CheckedAxiom {
    pub fn new(method: &str, outcome: Outcome) -> Self {
        Self {
            promised: promises::keeps(method, outcome.check.name()),
            outcome,
        }
    }

    /// Whether there is a counterexample to what the method is known to keep.
    fn is_broken(&self) -> bool {
        self.promised && self.outcome.failed()
    }
}

/// `passed 1.2e-7`: the verdict, and by how much the axiom is missed.
impl fmt::Display for CheckedAxiom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(judgment) = &self.outcome.judgment else {
            return f.write_str("n/a");
        };
        write!(f, "{}", judgment.verdict)?;
        if self.is_broken() {
            write!(f, "!")?;
        }
        match judgment.slack {
            _ if judgment.cases == 0 => Ok(()),
            0.0 => f.write_str(" 0"),
            slack => write!(f, " {slack:.1e}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use backdraft::axioms::Completeness;
    use backdraft::evaluation::{Check, Problem};
    use backdraft::{Baseline, Class, Network, Saliency};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    use super::*;

    /// The gradient of a function that is flat at the input misses all of its change.
    fn failed() -> Outcome {
        let x = Tensor::<2>::from_data([[2.0]], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| 1.0 - relu(1.0 - x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let problem = Problem::new(&net, x, Baseline::zeros(), Class(0)).unwrap();
        Completeness::new()
            .check(&problem, |_| Saliency::new())
            .unwrap()
    }

    #[test]
    fn only_what_a_method_is_known_to_keep_can_be_broken() {
        let known = CheckedAxiom::new("saliency", failed());
        assert_eq!(
            (known.is_broken(), known.to_string()),
            (false, "failed 1.0e0".into())
        );
        let broken = CheckedAxiom::new("integrated-gradients", failed());
        assert_eq!(
            (broken.is_broken(), broken.to_string()),
            (true, "failed! 1.0e0".into())
        );
    }
}
