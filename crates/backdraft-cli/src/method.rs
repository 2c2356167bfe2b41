//! The methods of the catalog, as the command line offers them.

use std::fmt;
use std::iter::once;

use backdraft::catalog::{Entry, Family, Gives, METHODS, Need, Setting};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::baseline::BaselineName;

/// Maps of a layer that evaluate the network once for each channel.
const BY_CHANNEL: [&str; 2] = ["score-cam", "ablation-cam"];

/// A method, by the name that it has in `manifest.json`.
#[derive(Clone, Copy, Debug)]
pub struct MethodName(&'static Entry);

impl MethodName {
    /// Every method that can be asked for: there is no option that names a neuron, no picture of pairs, and photos are
    /// explained one by one.
    pub fn all() -> impl Iterator<Item = Self> {
        let never = [Need::Neuron, Need::SeveralSamples];
        let is_offered = move |it: &&Entry| {
            it.gives != Gives::Pairs && !never.iter().any(|need| it.needs.contains(need))
        };
        let offered = METHODS.iter().filter(is_offered);
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

    /// The method by its name, for the command line.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        PossibleValuesParser::new(Self::all().map(Self::possible_value))
            .map(|given| Self::find(&given).expect("only names of methods are possible"))
    }

    /// The row of the catalog.
    pub fn entry(self) -> &'static Entry {
        self.0
    }

    /// The name with what the method computes, for the help.
    fn possible_value(self) -> PossibleValue {
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

    /// Whether it replaces regions.
    pub fn takes_regions(self) -> bool {
        self.0.takes(Setting::Regions)
    }

    /// Whether it propagates relevance by a composite of choice.
    pub fn takes_composite(self) -> bool {
        self.0.takes(Setting::Composite)
    }

    /// Whether it evaluates so many points that it can be told how much memory to take.
    pub fn takes_memory(self) -> bool {
        self.draws() || self.takes_baseline() || BY_CHANNEL.contains(&self.name())
    }

    /// Whether it draws random points.
    pub fn draws(self) -> bool {
        self.0.draws()
    }

    /// What its values are for.
    pub fn gives(self) -> Gives {
        self.0.gives
    }

    /// Whether its values of both signs tell evidence for the target from evidence against it.
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
            // One, since every one takes as many evaluations.
            Family::Perturbation => BaselineName::Blur(BaselineName::SIGMA),
            _ => BaselineName::Average,
        })
    }

    fn takes_baseline(self) -> bool {
        self.0.takes(Setting::Baseline)
    }
}

/// Several methods as a command line has them: names, or the word for all.
#[derive(Clone, Copy, Debug)]
pub enum Choice {
    All,
    One(MethodName),
}

impl Choice {
    /// The methods, each once, in the given order.
    pub fn methods(choices: &[Self]) -> Vec<MethodName> {
        let mut chosen = Vec::new();
        for choice in choices {
            let methods: Vec<_> = match choice {
                Self::All => MethodName::without_options().collect(),
                Self::One(method) => vec![*method],
            };
            for method in methods {
                if !chosen.contains(&method) {
                    chosen.push(method);
                }
            }
        }
        chosen
    }

    /// `all` and the names of the given methods.
    pub fn parser(
        methods: impl Iterator<Item = MethodName>,
    ) -> impl TypedValueParser<Value = Self> {
        let names = methods.map(MethodName::possible_value);
        PossibleValuesParser::new(once("all".into()).chain(names)).map(|given| {
            match MethodName::find(&given) {
                Some(method) => Self::One(method),
                None => Self::All,
            }
        })
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
