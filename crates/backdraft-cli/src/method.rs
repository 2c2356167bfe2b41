//! The methods of the catalog, as the command line offers them.

use std::fmt;

use backdraft::catalog::{Entry, Family, Gives, METHODS, Need, Setting, Setup};
use backdraft::{Error, Method};
use clap::builder::PossibleValue;

use crate::args::Args;
use crate::baseline::BaselineName;

/// Points on a path or random draws, if not given.
const STEPS: usize = 50;
/// The most points of a path that is refined, if not given.
const MAX_STEPS: usize = 1000;

/// A method, by the name that it has in `manifest.json`.
#[derive(Clone, Copy, Debug)]
pub struct MethodName(&'static Entry);

impl MethodName {
    /// Every method that can be asked for: there is no option that names a neuron.
    pub fn all() -> impl Iterator<Item = Self> {
        let offered = METHODS
            .iter()
            .filter(|it| !it.needs.contains(&Need::Neuron));
        offered.map(Self)
    }

    /// The methods that need no further option, and nothing that the network lacks, which is attention.
    pub fn without_options() -> impl Iterator<Item = Self> {
        let asks = [Need::LayerName, Need::Attention];
        Self::all().filter(move |method| !asks.iter().any(|need| method.0.needs.contains(need)))
    }

    /// The method with this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|method| method.name() == name)
    }

    /// The name, as it is given and written.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The name with what the method computes, for the help.
    pub fn possible_value(self) -> PossibleValue {
        PossibleValue::new(self.0.name).help(self.0.summary)
    }

    /// Whether it looks at a layer of choice.
    pub fn takes_layer(self) -> bool {
        self.0.takes(Setting::Layer)
    }

    /// Whether it looks at many points.
    pub fn takes_steps(self) -> bool {
        self.draws() || self.0.takes(Setting::Steps)
    }

    /// Whether it can refine its path.
    pub fn takes_tolerance(self) -> bool {
        self.0.takes(Setting::Tolerance)
    }

    /// Whether it evaluates so many points that it can be told how much memory to take.
    pub fn takes_memory(self) -> bool {
        self.draws() || self.takes_baseline()
    }

    /// Whether it draws random points.
    pub fn draws(self) -> bool {
        self.0.draws()
    }

    /// What its values are for.
    pub fn gives(self) -> Gives {
        self.0.gives
    }

    /// Whether its values can be negative.
    pub fn is_signed(self) -> bool {
        self.0.signed
    }

    /// Whether it changes how rectifiers pass gradients.
    pub fn changes_rectifiers(self) -> bool {
        self.0.needs.contains(&Need::Rectifiers)
    }

    /// The baseline where none is given, if it has one.
    pub fn default_baseline(self) -> Option<BaselineName> {
        self.takes_baseline().then_some(match self.0.family {
            Family::Shap => BaselineName::Background,
            _ => BaselineName::Average,
        })
    }

    /// The method with the options that it takes.
    pub fn build(self, args: &Args) -> Result<Box<dyn Method>, Error> {
        let refined = args.tolerance.filter(|_| self.takes_tolerance());
        let points = if refined.is_some() { MAX_STEPS } else { STEPS };
        let points = args.steps.unwrap_or(points);
        let setup = Setup::new()
            .with_steps(points)
            .with_draws(points)
            .with_seed(args.seed());
        let setup = set(setup, refined, Setup::with_tolerance);
        let setup = set(setup, args.layer.as_ref(), Setup::with_layer);
        let baseline = args.baseline_of(self).map(|name| name.build(args.seed()));
        self.0.build(&set(setup, baseline, Setup::with_baseline))
    }

    fn takes_baseline(self) -> bool {
        self.0.takes(Setting::Baseline)
    }
}

/// The options with one more, if it is given.
fn set<V>(setup: Setup, value: Option<V>, with: impl FnOnce(Setup, V) -> Setup) -> Setup {
    match value {
        Some(value) => with(setup, value),
        None => setup,
    }
}

/// Names are distinct.
impl PartialEq for MethodName {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Display for MethodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
