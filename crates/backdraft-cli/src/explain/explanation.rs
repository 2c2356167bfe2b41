//! One method's result, with what is worth telling about it.

use std::fmt;
use std::time::{Duration, Instant};

use backdraft::catalog::Setup;
use backdraft::image::{Heatmap, Normalization};
use backdraft::{Attribution, Class, Composite, Conservation, Error, Gap, Inputs, Method, Plan};

use crate::explain::args::Args;
use crate::explain::asked::Asked;
use crate::network::Classifier;
use crate::progress::Bar;
use crate::regions::RegionsName;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// A method's result, and the map of it that pictures show.
pub struct Explanation {
    pub asked: Asked,
    pub result: Attribution,
    /// Channels are added up where one color stands for all of them.
    pub map: Heatmap,
    /// How long the method took.
    pub time: Duration,
}

impl Explanation {
    /// Runs a method with the options of the command line.
    pub fn new(
        asked: Asked,
        args: &Args,
        classifier: &Classifier,
        subject: &Subject,
        class: usize,
        terminal: &Terminal,
    ) -> Result<Self, Error> {
        let bar = Bar::new(asked.to_string(), terminal.bars());
        let inputs = inputs(args, subject).with_progress(bar.callback());
        let start = Instant::now();
        let method = build(asked, args, &classifier.normalization)?;
        let result = method.attribute(&classifier.net, inputs, Class(class))?;
        Ok(Self {
            asked,
            time: start.elapsed(),
            map: result.clone().sum_channels().heatmap(0)?,
            result,
        })
    }

    /// What a method takes with these options.
    pub fn plan(
        asked: Asked,
        args: &Args,
        classifier: &Classifier,
        subject: &Subject,
    ) -> Result<Plan, Error> {
        let method = build(asked, args, &classifier.normalization)?;
        method.plan(&classifier.net, inputs(args, subject))
    }

    /// Layer, composite, batching, completeness gap and conservation in a few words, those that there are.
    pub fn facts(&self) -> Option<String> {
        let layer = self.result.layer().map(|layer| format!("layer {layer}"));
        let batching = ["steps", "draws"].into_iter().find_map(|unit| {
            let number = self.result.option(unit)?;
            Some(format!("{number} {unit}"))
        });
        let composite = self.result.option("composite").map(ToOwned::to_owned);
        let facts = [layer, composite, batching, self.gap(), self.conservation()];
        let facts: Vec<_> = facts.into_iter().flatten().collect();
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

    fn conservation(&self) -> Option<String> {
        let conservation = self.first_conservation()?;
        Some(match conservation.relative() {
            Some(lost) if lost.abs() < 1e-4 => "relevance lost below 0.01%".into(),
            Some(lost) if lost < 0.0 => format!("relevance gained {:.2}%", -100.0 * lost),
            Some(lost) => format!("relevance lost {:.2}%", 100.0 * lost),
            None => format!("relevance lost {:.1e}", conservation.lost()),
        })
    }

    /// What became of the photo's relevance.
    pub fn first_conservation(&self) -> Option<Conservation> {
        self.result.conservation()?.first().copied()
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
    asked: Asked,
    args: &Args,
    normalization: &Normalization,
) -> Result<Box<dyn Method>, Error> {
    (asked.method.entry()).build(&setup(asked, args, normalization))
}

/// The options of a method.
pub fn setup(asked: Asked, args: &Args, normalization: &Normalization) -> Setup {
    let Asked {
        method, composite, ..
    } = asked;
    let refined = args.tolerance.filter(|_| method.takes_tolerance());
    // How many points or draws are enough where nothing is said, each method knows best.
    let setup = set(Setup::new(), args.steps, Setup::with_steps);
    let setup = set(setup, args.steps, Setup::with_draws).with_seed(args.seed());
    let setup = set(setup, refined, Setup::with_tolerance);
    let setup = set(setup, args.layer.as_ref(), Setup::with_layer);
    let regions = args.regions.as_ref().map(RegionsName::build);
    let setup = set(setup, regions, Setup::with_regions);
    let composite = composite.map(|name| name.build(normalization));
    let composite = if args.conserving {
        composite.map(Composite::conserving)
    } else {
        composite
    };
    let setup = set(setup, composite, Setup::with_composite);
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
