//! One method's result, with what is worth telling about it.

use std::fmt;

use backdraft::{Attribution, Class, Error, Gap, Inputs, Method as _, Network, Plan};

use crate::args::Args;
use crate::method::MethodName;
use crate::pictures::Pictures;
use crate::progress::Bar;
use crate::subject::Subject;

/// A method's result and its pictures.
pub struct Explanation {
    pub method: MethodName,
    pub result: Attribution,
    pub pictures: Pictures,
}

impl Explanation {
    /// Runs a method with the options of the command line.
    pub fn new(
        method: MethodName,
        args: &Args,
        net: &Network,
        subject: &Subject,
        class: usize,
    ) -> Result<Self, Error> {
        let bar = Bar::new(method.to_string());
        let inputs = inputs(args, subject).with_progress(bar.callback());
        let result = method.build(args)?.attribute(net, inputs, Class(class))?;
        Ok(Self {
            method,
            pictures: Pictures::draw(method, &result, subject)?,
            result,
        })
    }

    /// What a method takes with these options.
    pub fn plan(
        method: MethodName,
        args: &Args,
        net: &Network,
        subject: &Subject,
    ) -> Result<Plan, Error> {
        method.build(args)?.plan(net, inputs(args, subject))
    }

    /// Layer, batching and completeness gap in a few words, those that there are.
    pub fn facts(&self) -> Option<String> {
        let layer = self.result.layer().map(|layer| format!("layer {layer}"));
        let batching = ["steps", "draws"].into_iter().find_map(|unit| {
            let number = self.result.option(unit)?;
            Some(format!("{number} {unit}"))
        });
        let facts: Vec<_> = [layer, batching, self.gap()]
            .into_iter()
            .flatten()
            .collect();
        (!facts.is_empty()).then(|| facts.join(", "))
    }

    fn gap(&self) -> Option<String> {
        let gap = self.first_gap()?;
        if gap.cancellation.is_some() {
            return Some("cancellation".into());
        }
        Some(match gap.relative.map(f64::abs) {
            Some(relative) if relative < 1e-4 => "gap below 0.01%".into(),
            Some(relative) => format!("gap {:.2}%", 100.0 * relative),
            None => format!("gap {:.1e}", gap.absolute),
        })
    }

    /// The completeness gap of the photo.
    pub fn first_gap(&self) -> Option<Gap> {
        self.result.gap()?.first().copied()
    }

    /// What the reader should not overlook.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.pictures.is_flat() {
            let method = self.result.method();
            warnings.push(format!(
                "the map of {method} is flat: there is no evidence for this class"
            ));
        }
        if let Some(cancellation) = self.first_gap().and_then(|gap| gap.cancellation) {
            warnings.push(cancellation.to_string());
        }
        if self.result.option("converged") == Some("false") {
            warnings.push("the gap is still above the tolerance: allow more `--steps`".into());
        }
        warnings
    }
}

/// The photo, with the memory budget of the command line.
fn inputs(args: &Args, subject: &Subject) -> Inputs {
    let inputs = subject.inputs.clone();
    match args.memory {
        Some(bytes) => inputs.with_memory_budget(bytes.as_u64()),
        None => inputs,
    }
}

/// `grad-cam of class 282 (layer head.relu6)`.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.result.method(), self.result.target())?;
        match self.facts() {
            Some(facts) => write!(f, " ({facts})"),
            None => Ok(()),
        }
    }
}
