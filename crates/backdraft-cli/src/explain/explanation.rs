//! One method's result, with what is worth telling about it.

use std::fmt;
use std::time::{Duration, Instant};

use backdraft::catalog::Setup;
use backdraft::image::{Heatmap, Normalization};
use backdraft::{Attribution, Class, Error, Gap, Inputs, Method, Plan};

use crate::explain::args::Args;
use crate::method::MethodName;
use crate::network::Classifier;
use crate::progress::Bar;
use crate::regions::RegionsName;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// A method's result, and the map of it that pictures show.
pub struct Explanation {
    pub method: MethodName,
    pub result: Attribution,
    /// Channels are added up where one color stands for all of them.
    pub map: Heatmap,
    /// How long the method took.
    pub time: Duration,
}

impl Explanation {
    /// Runs a method with the options of the command line.
    pub fn new(
        method: MethodName,
        args: &Args,
        classifier: &Classifier,
        subject: &Subject,
        class: usize,
        terminal: &Terminal,
    ) -> Result<Self, Error> {
        let bar = Bar::new(method.name(), terminal.bars());
        let inputs = inputs(args, subject).with_progress(bar.callback());
        let start = Instant::now();
        let method_itself = build(method, args, &classifier.normalization)?;
        let result = method_itself.attribute(&classifier.net, inputs, Class(class))?;
        Ok(Self {
            method,
            time: start.elapsed(),
            map: result.clone().sum_channels().heatmap(0)?,
            result,
        })
    }

    /// What a method takes with these options.
    pub fn plan(
        method: MethodName,
        args: &Args,
        classifier: &Classifier,
        subject: &Subject,
    ) -> Result<Plan, Error> {
        let method = build(method, args, &classifier.normalization)?;
        method.plan(&classifier.net, inputs(args, subject))
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
        if self.map.is_flat() {
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

/// A method with the options that it takes.
pub fn build(
    method: MethodName,
    args: &Args,
    normalization: &Normalization,
) -> Result<Box<dyn Method>, Error> {
    method.entry().build(&setup(method, args, normalization))
}

/// The options of a method.
pub fn setup(method: MethodName, args: &Args, normalization: &Normalization) -> Setup {
    let refined = args.tolerance.filter(|_| method.takes_tolerance());
    // How many points or draws are enough where nothing is said, each method knows best.
    let setup = set(Setup::new(), args.steps, Setup::with_steps);
    let setup = set(setup, args.steps, Setup::with_draws).with_seed(args.seed());
    let setup = set(setup, refined, Setup::with_tolerance);
    let setup = set(setup, args.layer.as_ref(), Setup::with_layer);
    let regions = args.regions.as_ref().map(RegionsName::build);
    let setup = set(setup, regions, Setup::with_regions);
    let baseline = args.baseline_of(method);
    let baseline = baseline.map(|name| name.build(args.seed(), normalization));
    set(setup, baseline, Setup::with_baseline)
}

/// The options with one more, if it is given.
fn set<V>(setup: Setup, value: Option<V>, with: impl FnOnce(Setup, V) -> Setup) -> Setup {
    match value {
        Some(value) => with(setup, value),
        None => setup,
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
